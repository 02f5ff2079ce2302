//! A text slice does not convert into cleared words.
use alliance::safety::{ClearedText, Release};

pub fn clear(release: &Release) -> ClearedText {
    let _release = release;
    ClearedText::from("hello")
}

fn main() {}
