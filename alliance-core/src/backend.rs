//! What generates words.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::prompt::Prompt;

/// The words of a model as they come.
pub type ChunkStream = BoxStream<'static, Result<Chunk, BackendError>>;

/// Continues a conversation.
///
/// Streaming is the primitive; a backend without it returns one chunk. Whatever it says goes through
/// review before anybody sees it. Clauses, each a test of [`llm_backend_laws!`](crate::llm_backend_laws):
///
/// - **B1 ends once** – a stream that succeeds ends with exactly one [`Chunk::End`]; after it, or after an
///   error, comes nothing more. A stream that just stops was cut off and counts as an error.
/// - **B2 cancel by drop** – dropping the future or the stream stops the work, and the backend stays usable.
/// - **B3 says what is wrong** – every failure is a [`BackendError`] whose kind says whether to try again.
/// - **B4 keeps quiet** – no words of the prompt or the reply in `Debug`, errors or logs.
///
/// The stream is `'static`, so it cannot borrow from `&self`: move an `Arc` of what it needs into it.
///
/// ```
/// use std::sync::Arc;
/// use alliance_core::backend::{BackendError, Chunk, ChunkStream, LlmBackend, StopReason};
/// use alliance_core::prompt::Prompt;
/// use futures::StreamExt as _;
///
/// #[derive(Clone, Debug)]
/// struct Parrot(Arc<Inner>);
/// #[derive(Debug)]
/// struct Inner { greeting: String }
///
/// #[async_trait::async_trait]
/// impl LlmBackend for Parrot {
///     async fn generate(&self, _prompt: Prompt) -> Result<ChunkStream, BackendError> {
///         let inner = Arc::clone(&self.0);
///         let words = async move { Ok(Chunk::Words(inner.greeting.clone())) };
///         let end = async { Ok(Chunk::End { stop: StopReason::Complete, usage: None }) };
///         Ok(futures::stream::once(words).chain(futures::stream::once(end)).boxed())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a backend",
    note = "implement `LlmBackend::generate`; see examples/03_your_backend.rs"
)]
#[async_trait]
pub trait LlmBackend: fmt::Debug + Send + Sync {
    /// Starts a reply to `prompt`.
    ///
    /// # Errors
    ///
    /// Whatever went wrong before the first words; what goes wrong later comes through the stream.
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError>;
}

#[async_trait]
impl<B: LlmBackend + ?Sized> LlmBackend for Arc<B> {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        (**self).generate(prompt).await
    }
}

#[async_trait]
impl<B: LlmBackend + ?Sized> LlmBackend for Box<B> {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        (**self).generate(prompt).await
    }
}

/// One piece of a reply. `Debug` shows the length of words only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Chunk {
    /// More words, cut anywhere between characters.
    Words(String),
    /// The reply is complete.
    End {
        /// Why it ended.
        stop: StopReason,
        /// What it cost, where the backend knows.
        usage: Option<Usage>,
    },
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "Words({} bytes)", words.len()),
            Self::End { stop, usage } => write!(f, "End({stop:?}, {usage:?})"),
        }
    }
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The model was done.
    Complete,
    /// The limit of tokens was reached.
    Length,
    /// The provider's own filter stopped it.
    Filtered,
}

/// What a reply cost, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub reply_tokens: u64,
    /// Calls of a model.
    pub calls: u32,
}

impl Usage {
    /// The cost of one call.
    #[must_use]
    pub const fn of_call(prompt_tokens: u64, reply_tokens: u64) -> Self {
        Self { prompt_tokens, reply_tokens, calls: 1 }
    }

    /// This and `other` together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            reply_tokens: self.reply_tokens.saturating_add(other.reply_tokens),
            calls: self.calls.saturating_add(other.calls),
        }
    }
}

/// What kind of failure it was: what to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BackendErrorKind {
    /// No connection, or the server is down. Worth another try.
    Unavailable,
    /// Too many requests. Worth another try, after the wait that the error names.
    RateLimited,
    /// No answer in time. Worth another try.
    TimedOut,
    /// The stream was cut or held something that is not an answer. Worth another try.
    Malformed,
    /// The request was refused: wrong key, unknown model, prompt too long. The same again will fail again.
    Rejected,
}

/// A backend could not give words. Holds no words of a conversation: nothing that a provider said in an
/// error is ever shown as the answer.
#[derive(Debug, thiserror::Error)]
#[error("the backend could not generate a reply: {}", kind.describe())]
#[non_exhaustive]
pub struct BackendError {
    /// What to act on.
    pub kind: BackendErrorKind,
    /// How long the provider asks to wait, for [`BackendErrorKind::RateLimited`].
    pub retry_after: Option<Duration>,
    /// What to read.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl BackendErrorKind {
    const fn describe(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::RateLimited => "rate limited",
            Self::TimedOut => "timed out",
            Self::Malformed => "malformed answer",
            Self::Rejected => "rejected",
        }
    }
}

impl BackendError {
    /// A failure of this kind.
    #[must_use]
    pub const fn new(kind: BackendErrorKind) -> Self {
        Self { kind, retry_after: None, source: None }
    }

    /// Adds the error behind it. It must not hold words of a conversation.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds how long the provider asks to wait.
    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        !matches!(self.kind, BackendErrorKind::Rejected)
    }
}
