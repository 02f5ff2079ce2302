//! Cleared words are not written down.
use alliance::safety::{ClearedText, Release};

pub fn clear(release: &Release) -> ClearedText {
    let _release = release;
    ClearedText { text: "hello".into(), source: alliance::safety::Source::Review }
}

fn main() {}
