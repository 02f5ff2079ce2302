//! An event shows cleared words only.
use alliance::{safety::Release, turn::TurnEvent};

pub fn show(release: &Release) -> TurnEvent {
    let _release = release;
    TurnEvent::Words("hello".into())
}

fn main() {}
