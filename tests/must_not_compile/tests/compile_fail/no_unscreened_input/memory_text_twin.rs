//! A memory is screened again before a model sees it.
use alliance::{prompt::PromptBuilder, safety::Screening};

pub fn remember(prompt: PromptBuilder, memory: Screening) {
    let _memory = &memory.clone();
    let _ = prompt.memory(memory);
}

fn main() {}
