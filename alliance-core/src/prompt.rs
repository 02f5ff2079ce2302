//! What a backend gets to see, and where its words come from.
//!
//! # Order and trust
//!
//! | place | part | whose words | trust | never cut |
//! |---|---|---|---|---|
//! | 1 | [`Role::Instruction`]: the engine's rules, one reflection only where fixed words follow, a protocol's aim | the engine's and the host's, fixed before anybody spoke | the only part that may tell a model what to do | yes |
//! | 2 | [`Role::Memory`]: the safety plan | the person's, stored | data | yes |
//! | 3 | [`Role::Memory`]: the summary of the last session | a consolidator's, stored | data | |
//! | 4 | [`Role::Memory`]: memories, most relevant first | a consolidator's, stored | data | |
//! | 5 | [`Role::Person`] and [`Role::Agent`]: earlier exchanges, oldest first | the person's, and what was shown | data | |
//! | 6 | [`Role::Person`]: what the person says now | the person's | data | yes |
//!
//! The instruction comes first and is one part, so nothing that is data can stand before it or inside it. A memory is
//! one JSON string: nothing in it can end it early. Data holds no character that a reader does not see and no token of
//! a chat template: a space stands in each (`< |im_start|>`). Beyond that nobody's words are changed, and no list of
//! tricks is looked for: a model may still *believe* what somebody wrote, so what it says is reviewed, whatever it
//! was told. `tests/breakouts.rs` tries some dozens of ways out in each part, here and on each wire.

mod plain;
mod schema;

use std::{fmt, sync::Arc};

use alliance_safety::{ClearedText, Locale, ScreenedWords, Screening};

use plain::plain;
pub use schema::{AnswerSchema, SchemaError};

use crate::token::TokenCounter;

/// What a backend gets to see. Cheap to clone; `Debug` shows lengths only.
///
/// A person's words come from a [`Screening`] and from nowhere else, and an agent's earlier words from
/// [`ClearedText`]. The order is fixed: instruction, safety plan, summary of the last session, memories,
/// earlier exchanges oldest first, the person's words now.
#[derive(Clone)]
pub struct Prompt(Arc<Inner>);

struct Inner {
    parts: Vec<Part>,
    locale: Locale,
    max_reply_tokens: usize,
    reflection_only: bool,
    answer_schema: Option<AnswerSchema>,
    /// Whether the first memory is the safety plan.
    has_plan: bool,
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
            safety_plan: None,
            summary: Vec::new(),
            memories: Vec::new(),
            exchanges: Vec::new(),
            summary_tokens: 200,
            memory_tokens: 500,
            max_tokens: 6000,
            max_reply_tokens: 400,
            reflection_only: false,
            answer_schema: None,
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

    /// The form that the reply has to have, where a program reads it. A backend that cannot ask for one may leave it
    /// out: whoever reads the reply checks it.
    #[must_use]
    pub fn answer_schema(&self) -> Option<&AnswerSchema> {
        self.0.answer_schema.as_ref()
    }

    /// The same prompt within `tokens`, for a model that takes less. The instruction, the safety plan and the person's
    /// words now are never cut, so a prompt of those alone can stay longer. The summary and memories come next, in
    /// their order; then earlier exchanges, newest first, as many as fit, each whole.
    #[must_use]
    pub fn within(&self, tokens: usize, counter: &dyn TokenCounter) -> Self {
        let parts = &self.0.parts;
        let costs: Vec<usize> = parts.iter().map(|part| counter.count(&part.text)).collect();
        if costs.iter().sum::<usize>() <= tokens {
            return self.clone();
        }
        let last = parts.len().saturating_sub(1);
        let plan = parts.iter().position(|part| part.role == Role::Memory).filter(|_| self.0.has_plan);
        let mut keep: Vec<bool> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| index == last || part.role == Role::Instruction || Some(index) == plan)
            .collect();
        let fixed: usize = costs.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(cost, _)| cost).sum();
        let mut left = tokens.saturating_sub(fixed);
        for ((part, cost), keep) in parts.iter().zip(&costs).zip(&mut keep) {
            if part.role == Role::Memory && !*keep && *cost <= left {
                left -= cost;
                *keep = true;
            }
        }
        // An exchange begins with what the person said: what follows it goes or stays with it.
        let mut exchange = 0;
        let earlier = parts.iter().zip(&costs).zip(&mut keep).rev().skip(1);
        let mut open = Vec::new();
        for ((part, cost), keep) in earlier {
            if !matches!(part.role, Role::Person | Role::Agent) {
                break;
            }
            exchange += cost;
            open.push(keep);
            if part.role == Role::Person {
                if exchange > left {
                    break;
                }
                left -= exchange;
                exchange = 0;
                open.drain(..).for_each(|keep| *keep = true);
            }
        }
        let kept = parts.iter().zip(keep).filter(|(_, keep)| *keep).map(|(part, _)| part.clone());
        Self(Arc::new(Inner {
            parts: kept.collect(),
            locale: self.0.locale,
            max_reply_tokens: self.0.max_reply_tokens,
            reflection_only: self.0.reflection_only,
            answer_schema: self.0.answer_schema.clone(),
            has_plan: self.0.has_plan,
        }))
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
    safety_plan: Option<Screening>,
    summary: Vec<Screening>,
    memories: Vec<Screening>,
    exchanges: Vec<(ScreenedWords, Vec<ClearedText>)>,
    summary_tokens: usize,
    memory_tokens: usize,
    max_tokens: usize,
    max_reply_tokens: usize,
    reflection_only: bool,
    answer_schema: Option<AnswerSchema>,
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

    /// The person's own safety plan. It is a memory that is never left out.
    pub fn safety_plan(mut self, plan: Screening) -> Self {
        self.safety_plan = Some(plan);
        self
    }

    /// Adds a point of what the last session was about, in the order in which it was spoken about.
    pub fn summary(mut self, point: Screening) -> Self {
        self.summary.push(point);
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

    /// Sets the budget of the summary, in tokens. Default 200.
    pub const fn summary_tokens(mut self, tokens: usize) -> Self {
        self.summary_tokens = tokens;
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

    /// Asks for a reply that follows this schema, for a program to read.
    pub fn answer_schema(mut self, schema: AnswerSchema) -> Self {
        self.answer_schema = Some(schema);
        self
    }

    /// Puts it together. The instruction, the safety plan and the person's words now are never cut; the summary and
    /// memories come next, each up to their own budget; then earlier exchanges, newest first, as many as fit.
    #[must_use]
    pub fn build(self, counter: &dyn TokenCounter) -> Prompt {
        let now: Arc<str> = plain(self.person.text()).into();
        let mut fixed = counter.count(&self.instruction) + counter.count(&now);
        let mut memories = Vec::new();
        if let Some(plan) = &self.safety_plan {
            let quoted = quoted(plan.text());
            fixed += counter.count(&quoted);
            memories.push(Part { role: Role::Memory, text: quoted.into() });
        }
        let mut left = self.max_tokens.saturating_sub(fixed);
        for (tier, tokens) in [(&self.summary, self.summary_tokens), (&self.memories, self.memory_tokens)] {
            let mut tier_left = tokens.min(left);
            for memory in tier {
                let quoted = quoted(memory.text());
                let cost = counter.count(&quoted);
                if cost <= tier_left {
                    tier_left -= cost;
                    left -= cost;
                    memories.push(Part { role: Role::Memory, text: quoted.into() });
                }
            }
        }

        let mut exchanges = Vec::new();
        for (said, shown) in self.exchanges.iter().rev() {
            let shown: String = shown.iter().map(ClearedText::as_str).collect();
            let (said, shown) = (plain(said.as_str()), plain(&shown));
            let cost = counter.count(&said) + counter.count(&shown);
            if cost > left {
                break;
            }
            left -= cost;
            exchanges.push(Part { role: Role::Agent, text: shown.into() });
            exchanges.push(Part { role: Role::Person, text: said.into() });
        }
        exchanges.reverse();

        let mut parts = Vec::with_capacity(2 + memories.len() + exchanges.len());
        if !self.instruction.is_empty() {
            parts.push(Part { role: Role::Instruction, text: self.instruction.into() });
        }
        parts.append(&mut memories);
        // An empty message is never replayed: some providers refuse it, and it says nothing.
        parts.extend(exchanges.into_iter().filter(|part| !part.text.trim().is_empty()));
        parts.push(Part { role: Role::Person, text: now });
        Prompt(Arc::new(Inner {
            parts,
            locale: self.person.locale(),
            max_reply_tokens: self.max_reply_tokens,
            reflection_only: self.reflection_only,
            answer_schema: self.answer_schema,
            has_plan: self.safety_plan.is_some(),
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
    serde_json::Value::from(plain(text)).to_string()
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{testing::prompt_with, testing::screened, token::ByteEstimate};

    fn full() -> Prompt {
        prompt_with("now", |builder| {
            (0..4).fold(
                builder.instruction("rules").memory(screened("first")).memory(screened("second")),
                |b, n| b.exchange(screened(&format!("said {n}")), vec![]),
            )
        })
    }

    fn texts(prompt: &Prompt) -> Vec<&str> {
        prompt.parts().iter().map(|part| &*part.text).collect()
    }

    #[test]
    fn a_prompt_is_cut_from_its_oldest_exchange_on() {
        let prompt = full();
        let count = |prompt: &Prompt| prompt.parts().iter().map(|part| ByteEstimate.count(&part.text)).sum();
        let whole: usize = count(&prompt);
        assert_eq!(texts(&prompt.within(whole, &ByteEstimate)), texts(&prompt));
        assert_eq!(
            texts(&prompt.within(whole - 1, &ByteEstimate)),
            ["rules", "\"first\"", "\"second\"", "said 1", "said 2", "said 3", "now"]
        );
        assert_eq!(texts(&prompt.within(6, &ByteEstimate)), ["rules", "\"first\"", "now"]);
        assert_eq!(texts(&prompt.within(0, &ByteEstimate)), ["rules", "now"]);
        let plan =
            prompt_with("now", |builder| builder.safety_plan(screened("my plan")).memory(screened("first")));
        assert_eq!(texts(&plan.within(0, &ByteEstimate)), ["\"my plan\"", "now"]);
        for tokens in 3..whole {
            assert!(count(&prompt.within(tokens, &ByteEstimate)) <= tokens);
        }
    }
}
