//! How long a text is for a model.

use std::{fmt, sync::Arc};

/// Counts tokens. An estimate unless it knows the model's own vocabulary.
///
/// - **N1 monotone** – a text counts no fewer tokens than any prefix of it.
/// - **N2 nothing is nothing** – the empty text counts zero.
pub trait TokenCounter: fmt::Debug + Send + Sync {
    /// The number of tokens in `text`.
    fn count(&self, text: &str) -> usize;
}

impl<T: TokenCounter + ?Sized> TokenCounter for Arc<T> {
    fn count(&self, text: &str) -> usize {
        (**self).count(text)
    }
}

impl<T: TokenCounter + ?Sized> TokenCounter for Box<T> {
    fn count(&self, text: &str) -> usize {
        (**self).count(text)
    }
}

/// Three bytes a token: cheap, and on the long side for English and German, so that a budget holds.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct ByteEstimate;

impl TokenCounter for ByteEstimate {
    fn count(&self, text: &str) -> usize {
        text.len().div_ceil(3)
    }
}

/// Counts with OpenAI's `o200k_base` vocabulary, which is loaded when first used (some 25 MB of memory).
/// For other models it is an estimate.
#[cfg(feature = "tiktoken")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct Tiktoken;

#[cfg(feature = "tiktoken")]
impl TokenCounter for Tiktoken {
    fn count(&self, text: &str) -> usize {
        tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len()
    }
}
