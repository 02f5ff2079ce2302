//! A listener made of rules.
//!
//! It reflects what was meant, asks open questions, sums up now and then, and says plainly what it is. It
//! gives no advice, names no illness and promises nothing. All of its words are in
//! `data/reflective`, one folder a language, so that a clinician can read and correct them. No
//! clinician has done so yet.

mod answer;
mod book;
mod entry;
mod hear;
mod past;
mod pattern;
mod slots;
mod turn;
mod word;

#[cfg(test)]
mod tests;

use alliance_core::{
    backend::{BackendError, BackendErrorKind, Chunk, ChunkStream, LlmBackend, StopReason},
    prompt::Prompt,
};
use futures::StreamExt as _;

use book::Book;

/// Words in one chunk of the stream.
const WORDS_PER_CHUNK: usize = 4;

/// Answers by rules alone: deterministic, offline, in English and in German.
///
/// The same prompt gives the same words. Which of several phrases is said depends on a hash of the person's
/// words and the number of their turns; nothing is random. A phrase is not said again while it is in one of
/// the last ten replies that the prompt shows.
///
/// Where the prompt asks for one reflection, it says one sentence that asks nothing. Other instructions are not
/// followed, since there is no model to follow them, and a memory is taken up only where the person's own words
/// name the same person or animal again.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct Reflective;

impl Reflective {
    /// The listener with its built-in words.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[async_trait::async_trait]
impl LlmBackend for Reflective {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let book = Book::of(prompt.locale())
            .map_err(|error| BackendError::new(BackendErrorKind::Rejected).source(error))?;
        let reply = answer::answer(book, &prompt);
        Ok(futures::stream::iter(chunks(&reply)).boxed())
    }
}

/// Cuts after every few words, so that a host sees words come as from a model.
fn chunks(reply: &str) -> Vec<Result<Chunk, BackendError>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    for (_, space) in
        reply.match_indices(' ').enumerate().filter(|(count, _)| (count + 1) % WORDS_PER_CHUNK == 0)
    {
        let end = space.0 + 1;
        chunks.push(Ok(Chunk::Words(reply[start..end].to_owned())));
        start = end;
    }
    if start < reply.len() {
        chunks.push(Ok(Chunk::Words(reply[start..].to_owned())));
    }
    chunks.push(Ok(Chunk::End { stop: StopReason::Complete, usage: None }));
    chunks
}
