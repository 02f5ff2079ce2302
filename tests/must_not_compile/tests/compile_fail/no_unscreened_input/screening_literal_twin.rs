//! A screening is not written down: a layer makes it.
use alliance::safety::{SafetyLayer, ScreenContext, Screening};

pub fn screen(layer: SafetyLayer, context: ScreenContext) -> Screening {
    let _layer = (&layer, &context);
    layer.screen("hello", &context)
}

fn main() {}
