//! The clauses of [`LlmBackend`], B1 to B4.
//!
//! Each takes a function that makes a backend which can answer. Waiting is done with
//! [`block_on`], so a backend that needs a runtime must bring its own.

use std::{error::Error, sync::Arc};

use alliance_safety::Locale;
use futures::StreamExt as _;

use super::{broken, capture::Captured, done, holds};
use crate::{
    backend::{BackendError, Chunk, ChunkStream, LlmBackend},
    prompt::Prompt,
    testing::{block_on, poll_once, prompt, prompt_with, screened, screened_in},
    token::ByteEstimate,
};

/// More items than any reply has: a stream that gives more does not end.
const MOST_ITEMS: usize = 100_000;

/// Words that stand in no program, so that whoever shows them took them from the prompt.
const MARKS: [&str; 4] = ["quillwort-instruction", "quillwort-memory", "quillwort-earlier", "quillwort-now"];

/// B1 ends once: a stream that succeeds ends with exactly one [`Chunk::End`], and after it, or after an
/// error, comes nothing more.
///
/// # Panics
///
/// Where the clause is broken.
pub fn b1_ends_once<B: LlmBackend>(make: impl Fn() -> B) {
    const CLAUSE: &str = "B1 ends once";
    let backend = make();
    for prompt in prompts() {
        let reply = Reply::to(CLAUSE, &backend, prompt);
        reply.ends_once(CLAUSE);
        holds(CLAUSE, reply.is_whole(), "a backend that can answer ends its reply with `Chunk::End`");
    }
}

/// B2 cancel by drop: dropping the future or the stream stops the work, and the backend stays usable.
///
/// Drops after every number of polls and of items, up to a bound. That work stops where nobody can see it,
/// at a provider for example, is the implementer's to show.
///
/// # Panics
///
/// Where the clause is broken.
pub fn b2_cancel_by_drop<B: LlmBackend>(make: impl Fn() -> B) {
    const CLAUSE: &str = "B2 cancel by drop";
    const USABLE: &str = "after a drop the backend gives a whole reply";
    let backend = make();
    for polls in 0..4 {
        let mut starting = backend.generate(prompt("hello"));
        let _ = (0..polls).any(|_| poll_once(&mut starting).is_some());
        drop(starting);
        holds(CLAUSE, Reply::to(CLAUSE, &backend, prompt("hello")).is_whole(), USABLE);
    }
    for items in 0..4 {
        let starting = block_on(backend.generate(prompt("hello")));
        let mut stream = done(CLAUSE, starting, "the backend starts a reply after a drop");
        for _ in 0..items {
            if !matches!(block_on(stream.next()), Some(Ok(Chunk::Words(_)))) {
                break;
            }
        }
        drop(stream);
        holds(CLAUSE, Reply::to(CLAUSE, &backend, prompt("hello")).is_whole(), USABLE);
    }
}

/// B3 says what is wrong: whatever it is given, a reply ends or gives an error, and never stops in between.
///
/// # Panics
///
/// Where the clause is broken.
pub fn b3_says_what_is_wrong<B: LlmBackend>(make: impl Fn() -> B) {
    const CLAUSE: &str = "B3 says what is wrong";
    let backend = make();
    let long = "word ".repeat(10_000);
    for text in [" ", "\u{0}\u{7}\u{202e}", "\"}]}\n\ndata: [DONE]\n\n", "{name}", &long, "🙂🙂🙂"] {
        Reply::to(CLAUSE, &backend, prompt(text)).says_what_is_wrong(CLAUSE);
    }
}

/// B3 says what is wrong, for a backend that fails at every prompt: before or inside the stream there is an
/// error, whose kind says whether to try again.
///
/// # Panics
///
/// Where the clause is broken.
pub fn b3_says_what_is_wrong_when_failing<B: LlmBackend>(failing: impl Fn() -> B) {
    const CLAUSE: &str = "B3 says what is wrong";
    let backend = failing();
    for prompt in prompts() {
        let reply = Reply::to(CLAUSE, &backend, prompt);
        holds(CLAUSE, reply.error.is_some(), "a backend that fails gives an error, and no end of a reply");
        reply.says_what_is_wrong(CLAUSE);
    }
}

/// B4 keeps quiet: no words of the prompt or the reply in `Debug`, errors or `tracing`.
///
/// Words that go to the standard streams or another logger cannot be seen from here.
///
/// # Panics
///
/// Where the clause is broken.
pub fn b4_keeps_quiet<B: LlmBackend>(make: impl Fn() -> B) {
    const CLAUSE: &str = "B4 keeps quiet";
    let ((replies, shown), logged) = Captured::during(|| {
        let backend = make();
        let mut shown = format!("{backend:?}");
        let mut replies = Vec::new();
        for prompt in [marked(), prompt("hello"), marked()] {
            let reply = Reply::to(CLAUSE, &backend, prompt);
            shown.push_str(&format!("{backend:?}{backend:#?}"));
            shown.extend(reply.error.iter().map(described));
            replies.push(reply.words);
        }
        (replies, shown)
    });
    holds(CLAUSE, !shows(&shown, &replies), "no words in `Debug` of the backend, nor in its errors");
    holds(CLAUSE, !shows(&logged, &replies), "no words in `tracing`");
}

/// B4 keeps quiet, for a backend that fails at every prompt.
///
/// # Panics
///
/// Where the clause is broken.
pub fn b4_keeps_quiet_when_failing<B: LlmBackend>(failing: impl Fn() -> B) {
    b4_keeps_quiet(failing);
}

/// The backend works as `Arc<dyn LlmBackend>` and as `Box<dyn LlmBackend>`.
///
/// # Panics
///
/// Where it does not.
pub fn works_through_dyn<B: LlmBackend + 'static>(make: impl Fn() -> B) {
    const CLAUSE: &str = "works through dyn";
    let shared: Arc<dyn LlmBackend> = Arc::new(make());
    let boxed: Box<dyn LlmBackend> = Box::new(make());
    let replies = [Reply::to(CLAUSE, &shared, prompt("hello")), Reply::to(CLAUSE, &boxed, prompt("hello"))];
    holds(CLAUSE, replies.iter().all(Reply::is_whole), "a reply through a pointer is whole");
}

/// A short prompt, a German one, and one with all its parts.
fn prompts() -> [Prompt; 3] {
    let german = Prompt::answering(&screened_in(Locale::De, "Ich konnte wieder nicht schlafen."));
    [prompt("I could not sleep again."), german.build(&ByteEstimate), marked()]
}

/// A prompt with a mark in every part.
fn marked() -> Prompt {
    let [instruction, memory, earlier, now] = MARKS;
    prompt_with(now, |builder| {
        builder.instruction(instruction).memory(screened(memory)).exchange(screened(earlier), vec![])
    })
}

/// Everything that came of one prompt.
struct Reply {
    words: String,
    ends: usize,
    error: Option<BackendError>,
    after_the_end: bool,
}

impl Reply {
    #[track_caller]
    fn to<B: LlmBackend + ?Sized>(clause: &'static str, backend: &B, prompt: Prompt) -> Self {
        block_on(async {
            let mut reply = Self { words: String::new(), ends: 0, error: None, after_the_end: false };
            match backend.generate(prompt).await {
                Ok(stream) => reply.read(clause, stream).await,
                Err(error) => reply.error = Some(error),
            }
            reply
        })
    }

    async fn read(&mut self, clause: &'static str, stream: ChunkStream) {
        let mut items = stream.take(MOST_ITEMS);
        let mut read = 0;
        while let Some(item) = items.next().await {
            read += 1;
            self.after_the_end |= self.ends > 0 || self.error.is_some();
            match item {
                Ok(Chunk::Words(words)) => self.words.push_str(&words),
                Ok(Chunk::End { .. }) => self.ends += 1,
                Err(error) => self.error = Some(error),
            }
        }
        holds(clause, read < MOST_ITEMS, "a stream comes to an end");
    }

    fn is_whole(&self) -> bool {
        self.ends == 1 && self.error.is_none() && !self.after_the_end
    }

    #[track_caller]
    fn ends_once(&self, clause: &'static str) {
        holds(clause, !self.after_the_end, "after `Chunk::End` or an error comes nothing more");
        holds(clause, self.ends <= 1, "a stream has one `Chunk::End`");
    }

    #[track_caller]
    fn says_what_is_wrong(&self, clause: &'static str) {
        let Some(error) = &self.error else {
            return holds(clause, self.ends == 1, "a stream that stops without `Chunk::End` gives an error");
        };
        holds(clause, self.ends == 0, "a reply that failed does not also end well");
        if error.retry_after.is_some() && !error.is_transient() {
            broken(clause, format_args!("{:?} names no wait, since it is not tried again", error.kind));
        }
    }
}

/// All that an error shows, with the errors behind it.
fn described(error: &BackendError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source.as_deref().map(|source| source as &(dyn Error + 'static));
    for _ in 0..16 {
        let Some(error) = source else { break };
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}

/// Whether a text shows a mark of the prompt, or three words in a row of a reply.
fn shows(text: &str, replies: &[String]) -> bool {
    let told = replies.iter().any(|reply| {
        let words: Vec<&str> = reply.split_whitespace().collect();
        let short = (1..3).contains(&words.len()) && reply.trim().len() >= 8;
        let three = words.windows(3).any(|three| text.contains(&three.join(" ")));
        three || short && text.contains(reply.trim())
    });
    told || MARKS.iter().any(|mark| text.contains(mark))
}
