//! The parts of a prompt as messages.

use std::sync::Arc;

use alliance_core::prompt::{Prompt, Role};

/// In whose name a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// The engine's instruction, and nothing else.
    System,
    /// The person, and everything that is data.
    User,
    /// What was shown earlier.
    Assistant,
}

impl Speaker {
    /// As all three wires call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message: texts that follow each other in the same name.
#[derive(Debug)]
pub(crate) struct Speech {
    pub(crate) speaker: Speaker,
    pub(crate) texts: Vec<Arc<str>>,
}

/// The messages of a prompt. Neighbours in the same name are one message of several texts, since many servers want
/// the names to take turns. Memories are one text, a JSON object that holds them as strings, sent as data in the
/// person's name. Where the agent spoke first, an ellipsis stands for the person.
pub(crate) fn speeches(prompt: &Prompt) -> Vec<Speech> {
    let mut speeches: Vec<Speech> = Vec::new();
    let mut say = |speaker, text: Arc<str>| match speeches.last_mut() {
        Some(last) if last.speaker == speaker => last.texts.push(text),
        last => {
            if speaker == Speaker::Assistant && last.is_none_or(|last| last.speaker == Speaker::System) {
                speeches.push(Speech { speaker: Speaker::User, texts: vec!["…".into()] });
            }
            speeches.push(Speech { speaker, texts: vec![text] });
        }
    };
    let mut memories: Vec<&str> = Vec::new();
    for part in prompt.parts() {
        if part.role == Role::Memory {
            memories.push(&part.text);
            continue;
        }
        if part.role != Role::Instruction && !memories.is_empty() {
            // Each is a JSON string already, so that none can end the list.
            say(Speaker::User, format!("{{\"memories\":[{}]}}", memories.join(",")).into());
            memories.clear();
        }
        let speaker = match part.role {
            Role::Instruction => Speaker::System,
            Role::Agent => Speaker::Assistant,
            // What is not known gets the least trust.
            _ => Speaker::User,
        };
        say(speaker, part.text.clone());
    }
    speeches
}
