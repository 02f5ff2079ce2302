//! What a person said earlier goes into a prompt as a screening.
use alliance::{
    prompt::PromptBuilder,
    safety::{ClearedText, Screening},
};

pub fn go_on(prompt: PromptBuilder, said: Screening, shown: Vec<ClearedText>) {
    let _said = &said.clone();
    let _ = prompt.exchange(String::from("hello"), shown);
}

fn main() {}
