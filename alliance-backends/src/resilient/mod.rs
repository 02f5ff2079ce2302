//! A backend that does not give up at once.

mod back_off;
mod watched;

use std::{fmt, sync::Arc, time::Duration};

use alliance_core::{
    backend::{BackendError, BackendErrorKind, Chunk, ChunkStream, LlmBackend, StopReason, Usage},
    clock::{ThreadTimer, Timer},
    prompt::Prompt,
    token::{ByteEstimate, TokenCounter},
};
use futures::StreamExt as _;

use back_off::BackOff;
use watched::{Watched, within};

/// Makes one backend of several tries, and of several backends.
///
/// - **Deadlines**: until there is a stream, until the first words, between words, and for a whole attempt. The time for
///   a connection itself is the HTTP client's (`HttpOptions::connect`).
/// - **Tries again** until it has yielded its first words, and never after them: what fails later goes to the turn,
///   which drops what nobody saw and asks again, or ends as interrupted. Between tries it waits for a random time up to
///   a bound that doubles (full jitter), and before that as long as the provider asks, if that is not too long.
/// - **Falls back**: what a backend refuses, or does not answer in time, goes to the next one without waiting; what it
///   cannot do after all tries too. Every prompt is cut to the smallest limit of all that it can be cut to, so that
///   what one could read does not depend on who answers. A backend for which it stays too long is left out.
/// - **Says what may pass**: where one refused and another was down, that one was down is the error, since asking
///   later may help.
///
/// The defaults leave room for two attempts inside a turn of 30 s. Who waits is a [`Timer`], so it runs under any
/// executor.
///
/// ```
/// use alliance_backends::{Fallback, Resilient};
/// # use alliance_core::testing::ScriptedBackend;
/// # let (hosted, local) = (ScriptedBackend::new(), ScriptedBackend::new());
/// let backend = Resilient::new(hosted)
///     .prompt_tokens(16_000)
///     .with_fallback(Fallback::to(local).prompt_tokens(3_500));
/// ```
#[derive(Clone)]
#[must_use]
pub struct Resilient {
    chain: Vec<Fallback>,
    deadlines: Deadlines,
    tries: Tries,
    timer: Arc<dyn Timer>,
    counter: Arc<dyn TokenCounter>,
    back_off: Arc<BackOff>,
}

/// How long the parts of an attempt may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// Until there is a stream. Default 10 s.
    pub start: Duration,
    /// Until the first words, from the start of the attempt. Default 14 s.
    pub first_words: Duration,
    /// Between words. Default 8 s.
    pub between_words: Duration,
    /// A whole attempt. Default 25 s.
    pub attempt: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(10),
            first_words: Duration::from_secs(14),
            between_words: Duration::from_secs(8),
            attempt: Duration::from_secs(25),
        }
    }
}

/// How often it is tried, and how long is waited in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tries {
    /// Attempts at each backend. Default 3, at least 1.
    pub attempts: u32,
    /// The most that is waited after the first attempt; it doubles with each. Default 250 ms.
    pub first_wait: Duration,
    /// The most that is waited by ourselves. Default 4 s.
    pub longest_wait: Duration,
    /// The longest wait of a provider that is kept. A longer one ends the tries at that backend. Default 8 s.
    pub longest_asked: Duration,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(4),
            longest_asked: Duration::from_secs(8),
        }
    }
}

/// A backend with what it can read.
#[derive(Clone, Debug)]
#[must_use]
pub struct Fallback {
    backend: Arc<dyn LlmBackend>,
    prompt_tokens: Option<usize>,
}

impl Fallback {
    /// This backend, without a limit of its own.
    pub fn to(backend: impl LlmBackend + 'static) -> Self {
        Self { backend: Arc::new(backend), prompt_tokens: None }
    }

    /// Sets the longest prompt, in tokens.
    pub const fn prompt_tokens(mut self, tokens: usize) -> Self {
        self.prompt_tokens = Some(tokens);
        self
    }
}

impl Resilient {
    /// Tries at this backend, with the defaults.
    pub fn new(backend: impl LlmBackend + 'static) -> Self {
        Self {
            chain: vec![Fallback::to(backend)],
            deadlines: Deadlines::default(),
            tries: Tries::default(),
            timer: Arc::new(ThreadTimer),
            counter: Arc::new(ByteEstimate),
            back_off: Arc::new(BackOff::unforeseen()),
        }
    }

    /// Sets the longest prompt of the first backend, in tokens.
    pub fn prompt_tokens(mut self, tokens: usize) -> Self {
        if let Some(first) = self.chain.first_mut() {
            first.prompt_tokens = Some(tokens);
        }
        self
    }

    /// Adds a backend to go to when those before it could not answer.
    pub fn with_fallback(mut self, fallback: Fallback) -> Self {
        self.chain.push(fallback);
        self
    }

    /// Sets the deadlines.
    pub const fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Sets how often it is tried.
    pub const fn tries(mut self, tries: Tries) -> Self {
        self.tries = tries;
        self
    }

    /// Sets who waits. Default [`ThreadTimer`].
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Sets who counts tokens where prompts have a limit. Default [`ByteEstimate`].
    pub fn counter(mut self, counter: impl TokenCounter + 'static) -> Self {
        self.counter = Arc::new(counter);
        self
    }

    /// Sets what the random waits come from, so that they are the same again.
    pub fn seed(mut self, seed: u64) -> Self {
        self.back_off = Arc::new(BackOff::from_seed(seed));
        self
    }

    /// The prompt for all backends that it can be cut to, and those backends.
    fn fit(&self, prompt: Prompt) -> (Prompt, Vec<&Fallback>) {
        // Counting takes time where a vocabulary does it.
        if self.chain.iter().all(|link| link.prompt_tokens.is_none()) {
            return (prompt, self.chain.iter().collect());
        }
        let uncut = prompt.within(0, &*self.counter);
        let least: usize = uncut.parts().iter().map(|part| self.counter.count(&part.text)).sum();
        let fits = |link: &&Fallback| link.prompt_tokens.is_none_or(|tokens| least <= tokens);
        let chain: Vec<_> = self.chain.iter().filter(fits).collect();
        let tokens = chain.iter().filter_map(|link| link.prompt_tokens).min();
        let prompt = match tokens {
            Some(tokens) => prompt.within(tokens, &*self.counter),
            None => prompt,
        };
        (prompt, chain)
    }

    /// One attempt: up to its first words.
    async fn attempt(&self, backend: &dyn LlmBackend, prompt: Prompt) -> Result<Begun, BackendError> {
        let Deadlines { start, first_words, .. } = self.deadlines;
        let optional = prompt.reflection_only();
        let (attempt, first) = (self.timer.sleep(self.deadlines.attempt), self.timer.sleep(first_words));
        let begin = async {
            let stream = within(self.timer.sleep(start), backend.generate(prompt)).await??;
            let mut stream = Watched::new(stream, attempt, self.deadlines.between_words, self.timer.clone());
            loop {
                match stream.before_words().await {
                    Some(Ok(Chunk::Words(words))) if words.is_empty() => {}
                    // Nothing at all is an answer only where one could be left out. With a filter or a limit the
                    // same comes again, so that end goes to whoever asks, with what it cost.
                    Some(Ok(Chunk::End { stop: StopReason::Complete, .. })) if !optional => {
                        return Err(BackendError::new(BackendErrorKind::Malformed));
                    }
                    Some(Ok(chunk)) => return Ok(Begun { chunk, stream }),
                    Some(Err(error)) => return Err(error),
                    None => return Err(BackendError::new(BackendErrorKind::Malformed)),
                }
            }
        };
        within(first, begin).await?
    }
}

/// An attempt that has its first words.
struct Begun {
    chunk: Chunk,
    stream: Watched,
}

impl Begun {
    /// All of it. What failed before it was called too, and counts.
    fn whole(self, failed: u32) -> ChunkStream {
        let count = move |item| match item {
            Ok(Chunk::End { stop, usage }) if failed > 0 => {
                let call = Usage::of_call(0, 0);
                let usage = (0..failed).fold(usage.unwrap_or(call), |usage, _| usage.plus(call));
                Ok(Chunk::End { stop, usage: Some(usage) })
            }
            other => other,
        };
        let over = matches!(self.chunk, Chunk::End { .. });
        let rest = self.stream.take(if over { 0 } else { usize::MAX });
        futures::stream::iter([Ok(self.chunk)]).chain(rest).map(count).boxed()
    }
}

#[async_trait::async_trait]
impl LlmBackend for Resilient {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let (prompt, chain) = self.fit(prompt);
        // What is told where nobody could be asked.
        let mut told = BackendError::new(BackendErrorKind::Rejected).source("the prompt is too long");
        let mut failed = 0;
        for (place, link) in chain.iter().enumerate() {
            let is_last = place + 1 == chain.len();
            for attempt in 1..=self.tries.attempts.max(1) {
                let error = match self.attempt(&*link.backend, prompt.clone()).await {
                    Ok(begun) => return Ok(begun.whole(failed)),
                    Err(error) => error,
                };
                failed += 1;
                let asked = error.retry_after.unwrap_or_default();
                let too_long = asked > self.tries.longest_asked;
                let late = error.kind == BackendErrorKind::TimedOut && !is_last;
                let over = !error.is_transient() || late || too_long || attempt >= self.tries.attempts;
                if error.is_transient() || !told.is_transient() {
                    told = error;
                }
                if over {
                    break;
                }
                // Whoever was told the same wait comes back at the same time, so there is some chance on top of it.
                let wait = self.back_off.wait(&self.tries, attempt).saturating_add(asked);
                self.timer.sleep(wait).await;
            }
        }
        Err(told)
    }
}

impl fmt::Debug for Resilient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resilient")
            .field("chain", &self.chain)
            .field("deadlines", &self.deadlines)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}
