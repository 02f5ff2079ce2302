//! What was shown earlier goes into a prompt as cleared words.
use alliance::{
    prompt::PromptBuilder,
    safety::{ClearedText, Screening},
};

pub fn go_on(prompt: PromptBuilder, said: Screening, shown: Vec<ClearedText>) {
    let _shown = &shown.clone();
    let _ = prompt.exchange(said, vec![String::from("hello")]);
}

fn main() {}
