//! Cleared words have no constructor.
use alliance::safety::{ClearedText, Release};

pub fn clear(release: &Release) -> ClearedText {
    let _release = release;
    ClearedText::new("hello", alliance::safety::Source::Review)
}

fn main() {}
