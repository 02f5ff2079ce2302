//! Cleared words are not deserialized from anything.
use alliance::safety::{ClearedText, Release};

pub fn clear(release: &Release) -> ClearedText {
    let _release = release;
    serde_json::from_str::<ClearedText>("{}").unwrap()
}

fn main() {}
