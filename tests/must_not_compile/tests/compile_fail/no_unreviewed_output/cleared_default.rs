//! Cleared words have no default.
use alliance::safety::{ClearedText, Release};

pub fn clear(release: &Release) -> ClearedText {
    let _release = release;
    ClearedText::default()
}

fn main() {}
