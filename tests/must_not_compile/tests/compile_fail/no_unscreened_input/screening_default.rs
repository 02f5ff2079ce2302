//! A screening has no default: a layer makes it.
use alliance::safety::{SafetyLayer, ScreenContext, Screening};

pub fn screen(layer: SafetyLayer, context: ScreenContext) -> Screening {
    let _layer = (&layer, &context);
    Screening::default()
}

fn main() {}
