//! A backend that says what a test wrote down.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures::{StreamExt as _, stream};

use crate::{
    backend::{BackendError, BackendErrorKind, Chunk, ChunkStream, LlmBackend, StopReason},
    prompt::Prompt,
};

/// One step of a scripted reply. `Debug` shows the length of words only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A chunk of words.
    Words(String),
    /// The end. A reply without it is cut off.
    End(StopReason),
    /// An error. As the first step it comes before there is a stream.
    Fail(BackendErrorKind),
    /// Nothing more, for ever. As the first step there is not even a stream.
    Hang,
}

/// A backend that gives written-down replies, one a prompt, in order. Clones share the script.
///
/// When the script is used up it gives what [`always`](Self::always) says, or fails as
/// [`BackendErrorKind::Rejected`].
///
/// ```
/// use alliance_core::backend::BackendErrorKind;
/// use alliance_core::testing::ScriptedBackend;
///
/// // One whole reply, one that breaks off with an error, one that never comes; then the same for ever.
/// let backend = ScriptedBackend::replies(["I hear you."])
///     .reply("That sounds")
///     .then_fail(BackendErrorKind::Unavailable)
///     .hang()
///     .always("Go on.");
/// assert_eq!(backend.calls(), 0);
/// ```
#[derive(Clone, Default)]
pub struct ScriptedBackend(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    /// One reference here and one in everything that is under way.
    running: Arc<()>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Vec<Step>>,
    always: Option<Vec<Step>>,
    prompts: Vec<Prompt>,
}

impl ScriptedBackend {
    /// A backend with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A backend that gives these replies, each in one chunk and whole.
    #[must_use]
    pub fn replies<T: Into<String>>(replies: impl IntoIterator<Item = T>) -> Self {
        replies.into_iter().fold(Self::new(), Self::reply)
    }

    /// Adds a reply in one chunk.
    #[must_use]
    pub fn reply(self, text: impl Into<String>) -> Self {
        self.chunks([text])
    }

    /// Adds a reply in these chunks.
    #[must_use]
    pub fn chunks<T: Into<String>>(self, chunks: impl IntoIterator<Item = T>) -> Self {
        let words = chunks.into_iter().map(|chunk| Step::Words(chunk.into()));
        self.steps(words.chain([Step::End(StopReason::Complete)]))
    }

    /// Adds a reply step by step.
    #[must_use]
    pub fn steps(self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.state().script.push_back(steps.into_iter().collect());
        self
    }

    /// Lets the last reply fail where it would have ended.
    #[must_use]
    pub fn then_fail(self, kind: BackendErrorKind) -> Self {
        self.end_with([Step::Fail(kind)])
    }

    /// Lets the last reply hang where it would have ended.
    #[must_use]
    pub fn then_hang(self) -> Self {
        self.end_with([Step::Hang])
    }

    /// Lets the last reply stop without its end, as if it was cut off.
    #[must_use]
    pub fn then_cut(self) -> Self {
        self.end_with([])
    }

    /// Adds a reply that fails before its first word.
    #[must_use]
    pub fn fail_before(self, kind: BackendErrorKind) -> Self {
        self.steps([Step::Fail(kind)])
    }

    /// Adds a reply that never comes.
    #[must_use]
    pub fn hang(self) -> Self {
        self.steps([Step::Hang])
    }

    /// Gives this reply whenever the script is used up.
    #[must_use]
    pub fn always(self, text: impl Into<String>) -> Self {
        self.state().always = Some(vec![Step::Words(text.into()), Step::End(StopReason::Complete)]);
        self
    }

    /// Never answers once the script is used up.
    #[must_use]
    pub fn always_hang(self) -> Self {
        self.state().always = Some(vec![Step::Hang]);
        self
    }

    /// Fails before the first word whenever the script is used up.
    #[must_use]
    pub fn always_fail(self, kind: BackendErrorKind) -> Self {
        self.state().always = Some(vec![Step::Fail(kind)]);
        self
    }

    /// How many prompts it saw.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().prompts.len()
    }

    /// The prompts that it saw, in order.
    #[must_use]
    pub fn prompts(&self) -> Vec<Prompt> {
        self.state().prompts.clone()
    }

    /// How many replies are under way: begun, and neither ended nor dropped.
    #[must_use]
    pub fn running(&self) -> usize {
        Arc::strong_count(&self.0.running) - 1
    }

    fn end_with(self, last: impl IntoIterator<Item = Step>) -> Self {
        if let Some(reply) = self.state().script.back_mut() {
            reply.retain(|step| matches!(step, Step::Words(_)));
            reply.extend(last);
        }
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_reply(&self, prompt: Prompt) -> Option<Vec<Step>> {
        let mut state = self.state();
        state.prompts.push(prompt);
        state.script.pop_front().or_else(|| state.always.clone())
    }
}

#[async_trait]
impl LlmBackend for ScriptedBackend {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let running = Arc::clone(&self.0.running);
        let Some(steps) = self.next_reply(prompt) else {
            return Err(BackendError::new(BackendErrorKind::Rejected).source("the script is used up"));
        };
        match steps.first() {
            Some(Step::Fail(kind)) => return Err(BackendError::new(*kind)),
            Some(Step::Hang) => futures::future::pending::<()>().await,
            _ => {}
        }
        let steps = VecDeque::from(steps);
        let words = stream::unfold((steps, running), |(mut steps, running)| async move {
            let item = match steps.pop_front()? {
                Step::Words(words) => Ok(Chunk::Words(words)),
                Step::End(stop) => {
                    steps.clear();
                    Ok(Chunk::End { stop, usage: None })
                }
                Step::Fail(kind) => {
                    steps.clear();
                    Err(BackendError::new(kind))
                }
                Step::Hang => futures::future::pending().await,
            };
            Some((item, (steps, running)))
        });
        Ok(words.boxed())
    }
}

impl fmt::Debug for ScriptedBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("ScriptedBackend")
            .field("replies_left", &state.script.len())
            .field("calls", &state.prompts.len())
            .field("running", &self.running())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "Words({} bytes)", words.len()),
            Self::End(stop) => write!(f, "End({stop:?})"),
            Self::Fail(kind) => write!(f, "Fail({kind:?})"),
            Self::Hang => f.write_str("Hang"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, poll_once, prompt};

    fn outcome(backend: &ScriptedBackend) -> Vec<String> {
        block_on(async {
            match backend.generate(prompt("hello")).await {
                Err(error) => vec![format!("before: {:?}", error.kind)],
                Ok(stream) => {
                    stream
                        .map(|item| match item {
                            Ok(chunk) => format!("{chunk:?}"),
                            Err(error) => format!("error: {:?}", error.kind),
                        })
                        .collect()
                        .await
                }
            }
        })
    }

    #[test]
    fn plays_the_script_in_order() {
        let backend = ScriptedBackend::replies(["one"])
            .chunks(["t", "wo"])
            .then_fail(BackendErrorKind::TimedOut)
            .reply("three")
            .then_cut()
            .fail_before(BackendErrorKind::RateLimited)
            .always("more");
        let end = "End(Complete, None)";
        assert_eq!(outcome(&backend), ["Words(3 bytes)", end]);
        assert_eq!(outcome(&backend), ["Words(1 bytes)", "Words(2 bytes)", "error: TimedOut"]);
        assert_eq!(outcome(&backend), ["Words(5 bytes)"]);
        assert_eq!(outcome(&backend), ["before: RateLimited"]);
        assert_eq!(outcome(&backend), ["Words(4 bytes)", end]);
        assert_eq!(outcome(&backend), ["Words(4 bytes)", end]);
        assert_eq!((backend.calls(), backend.running()), (6, 0));
        assert_eq!(backend.prompts()[0].person(), "hello");
    }

    #[test]
    fn an_empty_script_is_an_error() {
        assert_eq!(outcome(&ScriptedBackend::new()), ["before: Rejected"]);
    }

    #[test]
    fn a_reply_that_hangs_can_be_dropped() {
        let backend = ScriptedBackend::new().hang().reply("words").then_hang();
        let mut waiting = backend.generate(prompt("hello"));
        assert!(poll_once(&mut waiting).is_none());
        assert_eq!(backend.running(), 1);
        drop(waiting);
        assert_eq!(backend.running(), 0);
        let mut stream = block_on(backend.generate(prompt("hello"))).unwrap();
        assert!(block_on(stream.next()).is_some());
        assert!(poll_once(&mut stream.next()).is_none());
        drop(stream);
        assert_eq!(backend.running(), 0);
    }

    #[test]
    fn debug_shows_no_words() {
        let backend = ScriptedBackend::replies(["secret"]);
        assert!(!format!("{backend:?} {:?}", Step::Words("secret".into())).contains("secret"));
    }
}
