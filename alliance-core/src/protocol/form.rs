//! The form of an answer that a model may read where rules cannot.

use std::fmt;

use super::SlotValue;

/// The form of an answer that a model may read where the rules of a protocol read none.
///
/// Words of a person's own are no form: a protocol takes them as they are.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerForm {
    /// A whole number, from `min` to `max`, both included.
    Number {
        /// The lowest.
        min: i64,
        /// The highest.
        max: i64,
    },
    /// One of these, by the names that the definition gives them.
    Choice(Vec<String>),
}

impl AnswerForm {
    /// Whether `value` has this form.
    #[must_use]
    pub fn admits(&self, value: &SlotValue) -> bool {
        match (self, value) {
            (Self::Number { min, max }, SlotValue::Number(number)) => (min..=max).contains(&number),
            (Self::Choice(names), SlotValue::Choice(name)) => names.contains(name),
            _ => false,
        }
    }
}

impl fmt::Debug for AnswerForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { min, max } => write!(f, "Number({min} to {max})"),
            Self::Choice(names) => write!(f, "Choice({} names)", names.len()),
        }
    }
}
