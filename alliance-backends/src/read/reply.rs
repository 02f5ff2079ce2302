//! One reply in one of the three wire formats.

use std::{collections::VecDeque, fmt};

use alliance_core::backend::{BackendError, Chunk, StopReason, Usage};

use super::{LineReader, ReadLimits, SseReader, thought::Thought};
use crate::{
    http::HttpFailure,
    wire::{anthropic, ollama, openai},
};

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wire {
    /// Chat completions over server-sent events.
    OpenAi,
    /// Messages over server-sent events.
    Anthropic,
    /// Chat over newline-delimited JSON.
    Ollama,
}

/// Reads one reply: bytes go in, chunks come out. Ends once: after [`Chunk::End`] or an error comes nothing more.
///
/// A block of `<think>` that the words begin with is left out. One that is not closed is an error, unless a filter or the
/// limit of length ended the reply within it.
///
/// ```
/// use alliance_backends::read::{ReadLimits, ReplyReader, Wire};
///
/// let mut reader = ReplyReader::new(Wire::Ollama, ReadLimits::default());
/// reader.push(br#"{"message":{"content":"I hear you."},"done":false}"#);
/// reader.push(b"\n");
/// assert!(reader.next_chunk().is_some_and(|chunk| chunk.is_ok()));
/// reader.close();
/// assert!(reader.next_chunk().is_some_and(|chunk| chunk.is_err())); // It stopped without its end.
/// assert!(reader.next_chunk().is_none());
/// ```
pub struct ReplyReader {
    framing: Framing,
    draft: Draft,
    total: usize,
    max_total: usize,
}

enum Framing {
    OpenAi(SseReader),
    Anthropic(SseReader),
    Ollama(LineReader),
}

impl ReplyReader {
    /// A reader of one reply.
    #[must_use]
    pub fn new(wire: Wire, limits: ReadLimits) -> Self {
        let framing = match wire {
            Wire::OpenAi => Framing::OpenAi(SseReader::new(limits.line)),
            Wire::Anthropic => Framing::Anthropic(SseReader::new(limits.line)),
            Wire::Ollama => Framing::Ollama(LineReader::new(limits.line)),
        };
        Self { framing, draft: Draft::new(limits.words), total: 0, max_total: limits.total }
    }

    /// Takes as words only what follows a schema, where the wire keeps that apart from a model's other words.
    #[must_use]
    pub const fn answer_only(mut self) -> Self {
        self.draft.answer_only = true;
        self
    }

    /// Takes the next bytes, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.draft.over {
            return;
        }
        self.total = self.total.saturating_add(bytes.len());
        // What is within the limit is read, so that where the bytes are cut changes nothing.
        let beyond = self.total.saturating_sub(self.max_total);
        let bytes = bytes.get(..bytes.len().saturating_sub(beyond)).unwrap_or_default();
        let draft = &mut self.draft;
        let mut read = match &mut self.framing {
            Framing::OpenAi(reader) => reader.push(bytes, |event| openai::read(event.data, draft)),
            Framing::Anthropic(reader) => reader.push(bytes, |event| anthropic::read(event.data, draft)),
            Framing::Ollama(reader) => reader.push(bytes, |line| ollama::read(line, draft)),
        };
        if beyond > 0 && read.is_ok() {
            read = Err(HttpFailure::TooLarge);
        }
        if let Err(failure) = read {
            self.fail(failure);
        }
    }

    /// There are no more bytes. Without the end of a reply among them that is an error.
    pub fn close(&mut self) {
        self.end(HttpFailure::Cut);
    }

    /// The connection broke. A reply that was complete but for its formal end counts as whole.
    pub fn fail(&mut self, failure: HttpFailure) {
        self.end(failure);
    }

    fn end(&mut self, failure: HttpFailure) {
        let draft = &mut self.draft;
        if failure == HttpFailure::Cut {
            let read = match &mut self.framing {
                Framing::OpenAi(reader) => reader.close(|event| openai::read(event.data, draft)),
                Framing::Anthropic(reader) => reader.close(|event| anthropic::read(event.data, draft)),
                // A last line without its end is a line where it is whole, and cannot be read otherwise.
                Framing::Ollama(reader) => {
                    reader.rest().and_then(|line| ollama::read(line, draft)).map_err(|_| failure)
                }
            };
            if let Err(failure) = read {
                return draft.fail(failure.into_error());
            }
        }
        if draft.stop.is_some() { draft.end() } else { draft.fail(failure.into_error()) }
    }

    /// The next piece of the reply, where there is one.
    pub fn next_chunk(&mut self) -> Option<Result<Chunk, BackendError>> {
        self.draft.out.pop_front()
    }

    /// Whether the reply ended, well or not. What was read before may still wait in
    /// [`next_chunk`](Self::next_chunk).
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.draft.over
    }
}

impl fmt::Debug for ReplyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyReader")
            .field("read", &self.total)
            .field("over", &self.draft.over)
            .finish_non_exhaustive()
    }
}

/// What was heard of a reply so far.
pub(crate) struct Draft {
    out: VecDeque<Result<Chunk, BackendError>>,
    stop: Option<StopReason>,
    /// What the provider counted, where it did.
    pub(crate) prompt_tokens: Option<u64>,
    pub(crate) reply_tokens: Option<u64>,
    /// Whether words beside the answer to a schema are left out.
    pub(crate) answer_only: bool,
    thought: Thought,
    /// Bytes of words that may still come.
    left: usize,
    over: bool,
}

impl Draft {
    const fn new(words: usize) -> Self {
        Self {
            out: VecDeque::new(),
            stop: None,
            prompt_tokens: None,
            reply_tokens: None,
            answer_only: false,
            thought: Thought::new(),
            left: words,
            over: false,
        }
    }

    /// More words.
    pub(crate) fn words(&mut self, words: &str) {
        if !self.over {
            let words = self.thought.pass(words);
            self.give(&words);
        }
    }

    /// Words of the reply itself. Beyond the limit it ends, at a place between characters.
    fn give(&mut self, words: &str) {
        let within = words.floor_char_boundary_of(self.left);
        let taken = words.get(..within).unwrap_or_default();
        self.left -= taken.len();
        if !taken.is_empty() {
            self.out.push_back(Ok(Chunk::Words(taken.to_owned())));
        }
        if taken.len() < words.len() {
            self.stop = Some(StopReason::Length);
            self.end();
        }
    }

    /// Why the reply ends. The first reason stands.
    pub(crate) fn stop(&mut self, stop: StopReason) {
        self.stop.get_or_insert(stop);
    }

    /// The provider will not say it: whatever reason follows, this one stands.
    pub(crate) fn refused(&mut self) {
        self.stop = Some(StopReason::Filtered);
    }

    /// Whether a reason was given.
    pub(crate) const fn stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// The reply is complete.
    pub(crate) fn end(&mut self) {
        if self.over {
            return;
        }
        match self.thought.rest() {
            Some(held) => self.give(&held),
            None if matches!(self.stop, None | Some(StopReason::Complete)) => {
                return self.fail(HttpFailure::NotTheFormat.into_error());
            }
            // It ran out of length, or into a filter, while it thought.
            None => {}
        }
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        // A call counts even where the server counts no tokens.
        let usage = Usage::of_call(self.prompt_tokens.unwrap_or(0), self.reply_tokens.unwrap_or(0));
        let stop = self.stop.unwrap_or(StopReason::Complete);
        self.out.push_back(Ok(Chunk::End { stop, usage: Some(usage) }));
    }

    /// The reply broke off.
    pub(crate) fn fail(&mut self, error: BackendError) {
        if !std::mem::replace(&mut self.over, true) {
            self.out.push_back(Err(error));
        }
    }
}

trait Boundary {
    fn floor_char_boundary_of(&self, most: usize) -> usize;
}

impl Boundary for str {
    /// The last place between characters that is not beyond `most`.
    fn floor_char_boundary_of(&self, most: usize) -> usize {
        if most >= self.len() {
            return self.len();
        }
        (0..=most).rev().find(|&place| self.is_char_boundary(place)).unwrap_or(0)
    }
}
