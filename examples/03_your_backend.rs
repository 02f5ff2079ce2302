//! A backend of your own, in full: a client of a model server that streams its answer line by line.
//!
//! The server is a double, so that the example runs offline; put your HTTP client in its place and keep the
//! rest. It shows what a backend has to get right: the stream owns an `Arc` of what it needs, every failure
//! becomes a kind that says whether to try again, an answer that just stops is an error, and no error and no
//! `Debug` holds words. It ends by running every law of the contract and printing which hold.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    collections::VecDeque,
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use alliance::{
    backend::{BackendError, BackendErrorKind, Chunk, ChunkStream, LlmBackend, StopReason, Usage},
    prelude::*,
    prompt::{Prompt, Role},
    testing::{block_on, laws::backend as laws, prompt},
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

/// The backend. Cheap to clone: clones share one client.
#[derive(Clone)]
struct LineBackend(Arc<Inner>);

struct Inner {
    server: Server,
    model: &'static str,
}

#[async_trait::async_trait]
impl LlmBackend for LineBackend {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        // The stream lives longer than this borrow of `self`, so it gets an `Arc` of its own. Dropping the
        // stream drops the answer with it, and with a real client the connection: B2.
        let inner = Arc::clone(&self.0);
        let lines = inner.server.post(&inner.request(&prompt)).await.map_err(failure)?;
        let reading = Reading { inner, lines, over: false };
        Ok(stream::unfold(reading, |mut reading| async move {
            let item = reading.next_item().await?;
            Some((item, reading))
        })
        .boxed())
    }
}

impl Inner {
    /// The prompt as the server wants it. Only the engine's instruction may instruct; all else is data.
    fn request(&self, prompt: &Prompt) -> Value {
        let messages = prompt.parts().iter().map(|part| {
            let role = match part.role {
                Role::Instruction => "system",
                Role::Agent => "assistant",
                _ => "user",
            };
            json!({ "role": role, "content": &*part.text })
        });
        let messages: Vec<Value> = messages.collect();
        json!({ "model": self.model, "max_tokens": prompt.max_reply_tokens(), "messages": messages })
    }
}

/// An answer that is being read.
struct Reading {
    inner: Arc<Inner>,
    lines: Lines,
    over: bool,
}

impl Reading {
    /// The next item of the stream. After the end, or after an error, comes nothing more: B1.
    async fn next_item(&mut self) -> Option<Result<Chunk, BackendError>> {
        if self.over {
            return None;
        }
        let item = match self.inner.server.next_line(&mut self.lines).await {
            Some(line) => read_line(line),
            // Without its last line the answer was cut off, and what was read may be half a sentence.
            None => Err(BackendError::new(BackendErrorKind::Malformed).source("the answer was cut off")),
        };
        self.over = !matches!(item, Ok(Chunk::Words(_)));
        Some(item)
    }
}

/// One line: a piece of words, the end with its cost, or something that is not an answer. A line that cannot
/// be read is not quoted in the error, since it may hold what somebody said: B4.
fn read_line(line: &str) -> Result<Chunk, BackendError> {
    let malformed = || BackendError::new(BackendErrorKind::Malformed).source("a line is not an answer");
    let line: Value = serde_json::from_str(line).map_err(|_| malformed())?;
    if let Some(words) = line["words"].as_str() {
        return Ok(Chunk::Words(words.to_owned()));
    }
    let stop = match line["stop"].as_str() {
        Some("end") => StopReason::Complete,
        Some("length") => StopReason::Length,
        Some("filter") => StopReason::Filtered,
        _ => return Err(malformed()),
    };
    let tokens = |name: &str| line[name].as_u64();
    let usage = tokens("read").zip(tokens("written")).map(|(read, written)| Usage::of_call(read, written));
    Ok(Chunk::End { stop, usage })
}

/// What a status means for whoever asks again: B3. The body of a refusal often quotes the request, so it is
/// not looked at.
fn failure(refusal: Refusal) -> BackendError {
    let kind = match refusal.status {
        408 | 504 => BackendErrorKind::TimedOut,
        429 => BackendErrorKind::RateLimited,
        500.. => BackendErrorKind::Unavailable,
        _ => BackendErrorKind::Rejected,
    };
    let error = BackendError::new(kind).source(format!("status {}", refusal.status));
    match refusal.retry_after {
        Some(wait) if error.is_transient() => error.retry_after(wait),
        _ => error,
    }
}

impl fmt::Debug for LineBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineBackend").field("model", &self.0.model).finish_non_exhaustive()
    }
}

/// The double of a model server and its client: gives the same answer to every request.
struct Server(Result<&'static [&'static str], Refusal>);

#[derive(Clone, Copy)]
struct Refusal {
    status: u16,
    retry_after: Option<Duration>,
}

type Lines = VecDeque<&'static str>;

impl Server {
    async fn post(&self, _request: &Value) -> Result<Lines, Refusal> {
        self.0.map(|lines| lines.iter().copied().collect())
    }

    async fn next_line(&self, lines: &mut Lines) -> Option<&'static str> {
        lines.pop_front()
    }
}

const ANSWERS: &[&str] = &[
    r#"{"words": "That sounds tiring. "}"#,
    r#"{"words": "What kept you awake?"}"#,
    r#"{"stop": "end", "read": 120, "written": 9}"#,
];

fn backend(answer: Result<&'static [&'static str], Refusal>) -> LineBackend {
    LineBackend(Arc::new(Inner { server: Server(answer), model: "example-1" }))
}

fn works() -> LineBackend {
    backend(Ok(ANSWERS))
}

/// Every way in which this backend fails, by a name.
fn failures() -> [(&'static str, LineBackend); 5] {
    let refused = |status, wait: Option<u64>| {
        backend(Err(Refusal { status, retry_after: wait.map(Duration::from_secs) }))
    };
    [
        ("busy", refused(429, Some(20))),
        ("down", refused(503, None)),
        ("wrong key", refused(401, None)),
        ("cut off", backend(Ok(&[r#"{"words": "That sounds "}"#]))),
        ("not an answer", backend(Ok(&["<html>"]))),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("A turn:");
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let agent = Agent::builder(safety, works(), Escalation::none("an example"))
        .store(InMemoryStore::new())
        .build()?;
    let session = block_on(agent.open(UserId::from_name("sam"), SessionChoice::New))?;
    let reply = block_on(block_on(session.turn("I could not sleep again."))?.finish())?;
    println!("  {}", reply.text());
    println!(
        "  {} tokens read, {} written",
        reply.summary.usage.prompt_tokens, reply.summary.usage.reply_tokens
    );

    println!("\nFailures:");
    for (name, failing) in failures() {
        if let Some(error) = block_on(first_error(&failing)) {
            let again = if error.is_transient() { "worth another try" } else { "the same again fails again" };
            println!("  {name}: {:?}, {again}, wait {:?}", error.kind, error.retry_after);
        }
    }

    println!("\nLaws:");
    let mut whole = true;
    let mut law = |name: &str, check: &dyn Fn()| {
        let holds = catch_unwind(AssertUnwindSafe(check)).is_ok();
        whole &= holds;
        println!("  {} {name}", if holds { "holds " } else { "BROKEN" });
    };
    law("B1 ends once", &|| laws::b1_ends_once(works));
    law("B2 cancel by drop", &|| laws::b2_cancel_by_drop(works));
    law("B3 says what is wrong", &|| laws::b3_says_what_is_wrong(works));
    law("B4 keeps quiet", &|| laws::b4_keeps_quiet(works));
    law("works through dyn", &|| laws::works_through_dyn(works));
    for (name, failing) in failures() {
        let make = || failing.clone();
        law(&format!("B3 says what is wrong: {name}"), &|| laws::b3_says_what_is_wrong_when_failing(make));
        law(&format!("B4 keeps quiet: {name}"), &|| laws::b4_keeps_quiet_when_failing(make));
    }
    // In your own crate one line names them all as tests: `alliance::llm_backend_laws!(works)`.
    if whole { Ok(()) } else { Err("a law is broken".into()) }
}

/// The error of a reply, whether it comes before the stream or inside it.
async fn first_error(backend: &LineBackend) -> Option<BackendError> {
    match backend.generate(prompt("I could not sleep again.")).await {
        Err(error) => Some(error),
        Ok(stream) => stream.filter_map(|item| async { item.err() }).boxed().next().await,
    }
}
