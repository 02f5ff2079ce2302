//! What a backend gets to see, and where its words come from.

use std::{fmt, sync::Arc};

use alliance_safety::{ClearedText, Locale, ScreenedWords, Screening};

use crate::token::TokenCounter;

/// What a backend gets to see. Cheap to clone; `Debug` shows lengths only.
///
/// A person's words come from a [`Screening`] and from nowhere else, and an agent's earlier words from
/// [`ClearedText`]. The order is fixed: instruction, memories, earlier exchanges oldest first, the
/// person's words now.
#[derive(Clone)]
pub struct Prompt(Arc<Inner>);

struct Inner {
    parts: Vec<Part>,
    locale: Locale,
    max_reply_tokens: usize,
    reflection_only: bool,
}

/// One part of a prompt.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Whose words they are, and so how far to trust them.
    pub role: Role,
    /// The words.
    pub text: Arc<str>,
}

/// Whose words a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The engine's instruction. The only part that may tell the model what to do.
    Instruction,
    /// A memory, written as a JSON string. Data: whatever it says, it instructs nobody.
    Memory,
    /// What the person said. Data as well.
    Person,
    /// What the agent said earlier.
    Agent,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} bytes)", self.role, self.text.len())
    }
}

impl Prompt {
    /// Starts a prompt that answers what was screened.
    pub fn answering(screening: &Screening) -> PromptBuilder {
        PromptBuilder {
            person: screening.clone(),
            instruction: String::new(),
            memories: Vec::new(),
            exchanges: Vec::new(),
            memory_tokens: 500,
            max_tokens: 6000,
            max_reply_tokens: 400,
            reflection_only: false,
        }
    }

    /// The parts, in order. The last one is what the person says now.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0.parts
    }

    /// What the person says now.
    #[must_use]
    pub fn person(&self) -> &str {
        self.0.parts.last().map_or("", |part| &part.text)
    }

    /// The language to answer in.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.0.locale
    }

    /// Whether the reply should be one reflection without a question, because fixed words follow it. It may also be
    /// empty: then the fixed words stand alone.
    #[must_use]
    pub fn reflection_only(&self) -> bool {
        self.0.reflection_only
    }

    /// The most tokens that a reply should have.
    #[must_use]
    pub fn max_reply_tokens(&self) -> usize {
        self.0.max_reply_tokens
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prompt").field(&self.0.parts).finish()
    }
}

/// Puts a prompt together within a budget of tokens.
#[derive(Clone)]
#[must_use]
pub struct PromptBuilder {
    person: Screening,
    instruction: String,
    memories: Vec<Screening>,
    exchanges: Vec<(ScreenedWords, Vec<ClearedText>)>,
    memory_tokens: usize,
    max_tokens: usize,
    max_reply_tokens: usize,
    reflection_only: bool,
}

impl PromptBuilder {
    /// Adds to the engine's instruction. Never a place for anybody's words: those are screened first.
    pub fn instruction(mut self, instruction: &str) -> Self {
        if !self.instruction.is_empty() {
            self.instruction.push('\n');
        }
        self.instruction.push_str(instruction);
        self
    }

    /// Adds a memory, most relevant first. Stored text is screened again before it is shown to a model.
    pub fn memory(mut self, memory: Screening) -> Self {
        self.memories.push(memory);
        self
    }

    /// Adds an earlier exchange, oldest first: what the person said and what was shown in return.
    pub fn exchange(mut self, said: impl Into<ScreenedWords>, shown: Vec<ClearedText>) -> Self {
        self.exchanges.push((said.into(), shown));
        self
    }

    /// Sets the budget of the whole prompt, in tokens. Default 6,000.
    pub const fn max_tokens(mut self, tokens: usize) -> Self {
        self.max_tokens = tokens;
        self
    }

    /// Sets the budget of all memories together, in tokens. Default 500.
    pub const fn memory_tokens(mut self, tokens: usize) -> Self {
        self.memory_tokens = tokens;
        self
    }

    /// Sets how long a reply should be at most, in tokens. Default 400.
    pub const fn max_reply_tokens(mut self, tokens: usize) -> Self {
        self.max_reply_tokens = tokens;
        self
    }

    /// Asks for one reflection without a question.
    pub const fn reflection_only(mut self) -> Self {
        self.reflection_only = true;
        self
    }

    /// Puts it together. The instruction and the person's words now are never cut; memories come next, up
    /// to their own budget; then earlier exchanges, newest first, as many as fit.
    #[must_use]
    pub fn build(self, counter: &dyn TokenCounter) -> Prompt {
        let fixed = counter.count(&self.instruction) + counter.count(self.person.text());
        let mut left = self.max_tokens.saturating_sub(fixed);

        let mut memory_left = self.memory_tokens.min(left);
        let mut memories = Vec::new();
        for memory in &self.memories {
            let quoted = quoted(memory.text());
            let cost = counter.count(&quoted);
            if cost <= memory_left {
                memory_left -= cost;
                left -= cost;
                memories.push(Part { role: Role::Memory, text: quoted.into() });
            }
        }

        let mut exchanges = Vec::new();
        for (said, shown) in self.exchanges.iter().rev() {
            let shown: String = shown.iter().map(ClearedText::as_str).collect();
            let cost = counter.count(said.as_str()) + counter.count(&shown);
            if cost > left {
                break;
            }
            left -= cost;
            exchanges.push(Part { role: Role::Agent, text: shown.into() });
            exchanges.push(Part { role: Role::Person, text: said.as_str().into() });
        }
        exchanges.reverse();

        let mut parts = Vec::with_capacity(2 + memories.len() + exchanges.len());
        if !self.instruction.is_empty() {
            parts.push(Part { role: Role::Instruction, text: self.instruction.into() });
        }
        parts.append(&mut memories);
        // An empty message is never replayed: some providers refuse it, and it says nothing.
        parts.extend(exchanges.into_iter().filter(|part| !part.text.trim().is_empty()));
        parts.push(Part { role: Role::Person, text: self.person.text().into() });
        Prompt(Arc::new(Inner {
            parts,
            locale: self.person.locale(),
            max_reply_tokens: self.max_reply_tokens,
            reflection_only: self.reflection_only,
        }))
    }
}

impl fmt::Debug for PromptBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptBuilder")
            .field("memories", &self.memories.len())
            .field("exchanges", &self.exchanges.len())
            .finish_non_exhaustive()
    }
}

/// A JSON string: quotes and control characters cannot end it early.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
