//! Cleared words have no default.
use alliance::safety::{ClearedText, Release};

pub fn clear(release: &Release) -> ClearedText {
    let _release = release;
    release.shown().clone()
}

fn main() {}
