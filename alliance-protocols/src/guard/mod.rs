//! Guards: a small total language that decides which way a state goes on.
//!
//! Comparisons, `and`, `or`, `not`, `+` and `-` over slots and a few functions; no loops, no effects. A guard is
//! parsed and checked when a definition loads, so that reading it later cannot fail. A comparison with an empty
//! slot is false, whatever the comparison; sums stop at the bounds of 64 bits.

mod evaluate;
mod lexer;
mod parser;
mod types;

use alliance_core::protocol::{Flag, Outcome};

pub(crate) use evaluate::World;

use crate::definition::SlotKind;

/// The longest guard, in bytes.
pub(crate) const MOST_BYTES: usize = 400;
/// How deep a guard nests at most.
pub(crate) const MOST_DEPTH: usize = 40;

/// A guard whose names were looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    Or(Box<Guard>, Box<Guard>),
    And(Box<Guard>, Box<Guard>),
    Not(Box<Guard>),
    Compare(Comparison, Number, Number),
    /// Whether a choice or yes-or-no slot holds this word, or holds another.
    Holds {
        slot: String,
        word: String,
        equal: bool,
    },
    /// How the child ended.
    Outcome {
        outcome: Outcome,
        equal: bool,
    },
    Filled(String),
    Flag(Flag),
    /// Whether the person just said that this is all.
    Done,
}

/// A number in a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Int(i64),
    Slot(String),
    Count(String),
    Visits(String),
    Elapsed,
    Turns,
    Sum(Box<Number>, Box<Number>),
    Difference(Box<Number>, Box<Number>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// What a guard may name.
pub(crate) trait Names {
    /// The kind of a slot.
    fn slot(&self, name: &str) -> Option<SlotKind>;
    /// The choices of a slot.
    fn choices(&self, slot: &str) -> Vec<&str>;
    /// All slots.
    fn slots(&self) -> Vec<&str>;
    /// All states.
    fn states(&self) -> Vec<&str>;
}

/// What is wrong with a guard, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GuardError {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl GuardError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

impl Guard {
    /// Reads and checks a guard.
    pub(crate) fn read(text: &str, names: &dyn Names) -> Result<Self, GuardError> {
        types::condition(&parser::parse(text)?, names)
    }
}

#[cfg(test)]
mod tests;
