//! A prompt answers what was screened, and no bare text.
use alliance::{prompt::Prompt, safety::Screening};

pub fn answer(screening: &Screening) {
    let _screening = screening;
    let _ = Prompt::answering("hello");
}

fn main() {}
