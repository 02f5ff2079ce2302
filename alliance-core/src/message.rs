//! What the host hands in: a person's message, and the words of a human who took over.

use std::{fmt, sync::Arc};

use crate::id::TurnId;

/// The longest message, in bytes of UTF-8.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// What a person says in one turn. `Debug` shows its length only.
#[derive(Clone)]
pub struct Message {
    text: Arc<str>,
    turn: Option<TurnId>,
}

/// A message that cannot be a turn. Nothing was stored and nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// There is nothing but white space in it.
    #[error("the message is empty")]
    Empty,
    /// It is longer than [`MAX_MESSAGE`].
    #[error("the message has {bytes} bytes, and {MAX_MESSAGE} are the most")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
}

impl Message {
    /// A message with these words.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), turn: None }
    }

    /// Gives the turn an id of the host. The same id again gives the stored answer and no second effect; where
    /// that turn was cut off, what was shown of it, marked as interrupted. Saying it again takes a new id.
    #[must_use]
    pub const fn turn(mut self, id: TurnId) -> Self {
        self.turn = Some(id);
        self
    }

    pub(crate) const fn turn_id(&self) -> Option<TurnId> {
        self.turn
    }

    pub(crate) fn check(self) -> Result<Arc<str>, MessageError> {
        if self.text.trim().is_empty() {
            Err(MessageError::Empty)
        } else if self.text.len() > MAX_MESSAGE {
            Err(MessageError::TooLong { bytes: self.text.len() })
        } else {
            Ok(self.text)
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} bytes)", self.text.len())
    }
}

/// Words of a human who took over. Marked as theirs wherever they are shown or kept, and not reviewed.
#[derive(Clone, PartialEq, Eq)]
pub struct HumanText(Arc<str>);

impl HumanText {
    /// Words of a human.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HumanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HumanText({} bytes)", self.0.len())
    }
}
