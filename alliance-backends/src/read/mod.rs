//! Readers of streamed replies, without any input or output of their own: bytes go in, chunks come out.
//!
//! For whoever writes a backend for another client or another wire, and for the fuzzing of ours. Each reader takes
//! bytes cut anywhere, looks at every byte once, and holds no more than its limits say.

mod lines;
mod reply;
mod sse;
mod thought;

pub use lines::LineReader;
pub(crate) use reply::Draft;
pub use reply::{ReplyReader, Wire};
pub use sse::{SseEvent, SseReader};

/// How much a reader takes. What goes beyond is an error, and never cut off silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadLimits {
    /// The longest line, and the longest data of one event, in bytes. Default 256 KiB.
    pub line: usize,
    /// All bytes of one reply as they come, in bytes. Default 4 MiB.
    pub total: usize,
    /// The words of one reply, in bytes. What goes beyond ends the reply as if the provider had kept its own limit.
    /// Default 64 KiB.
    pub words: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { line: 256 * 1024, total: 4 * 1024 * 1024, words: 64 * 1024 }
    }
}
