//! Cleared words are not parsed from text.
use alliance::safety::{ClearedText, Release};

pub fn clear(release: &Release) -> ClearedText {
    let _release = release;
    "hello".parse::<ClearedText>().unwrap()
}

fn main() {}
