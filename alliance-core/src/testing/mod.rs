//! Doubles for tests, and the laws of the contracts.
//!
//! Behind the feature `testing`, which belongs under `[dev-dependencies]`. Nothing here sleeps, reads the
//! wall clock or draws at random, and `Debug` shows no words. There is no constructor for a witness here:
//! every prompt comes from a real [`SafetyLayer`].
//!
//! Whoever implements a contract names its laws in one line, and gets one test for each clause:
//! [`memory_store_laws!`](crate::memory_store_laws), [`llm_backend_laws!`](crate::llm_backend_laws),
//! [`protocol_laws!`](crate::protocol_laws) and [`embedder_laws!`](crate::embedder_laws). The bodies are in [`laws`], to be called by hand where a name
//! alone is not enough.
//!
//! ```
//! use alliance_core::backend::LlmBackend as _;
//! use alliance_core::testing::{ScriptedBackend, block_on, prompt};
//! use futures::StreamExt as _;
//!
//! let backend = ScriptedBackend::replies(["I hear you."]);
//! let stream = block_on(backend.generate(prompt("I could not sleep again.")))?;
//! assert_eq!(block_on(stream.count()), 2); // The words, and the end.
//! assert_eq!(backend.prompts()[0].person(), "I could not sleep again.");
//! # Ok::<(), alliance_core::backend::BackendError>(())
//! ```

mod backend;
mod classifier;
mod clock;
mod detector;
mod ids;
pub mod laws;
mod macros;
mod sink;
mod store;
mod timer;

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, OnceLock},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use alliance_safety::{CrisisPlan, Locale, SafetyLayer, ScreenContext, Screening, Standing};

use crate::{
    prompt::{Prompt, PromptBuilder},
    token::ByteEstimate,
};

pub use backend::{ScriptedBackend, Step};
pub use classifier::FixedClassifier;
pub use clock::ManualClock;
pub use detector::SpyDetector;
pub use ids::CountingIds;
pub use sink::{RecordingSink, notice};
pub use store::{FaultyStore, StoreCall};
pub use timer::ManualTimer;

/// Runs a future to its end on this thread, which rests while the future waits.
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

/// Polls a future once. `None` where it is not ready yet; it can be polled again, or dropped.
pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    match Pin::new(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A safety layer with the built-in rules. Compiled once a process; the clones are cheap.
///
/// # Panics
///
/// When the built-in rules do not load, which is a bug of this library.
#[must_use]
#[expect(clippy::panic, reason = "the laws and their hosts are tests")]
pub fn safety_layer() -> SafetyLayer {
    static LAYER: OnceLock<SafetyLayer> = OnceLock::new();
    let layer = LAYER.get_or_init(|| match SafetyLayer::new(CrisisPlan::built_in()) {
        Ok(layer) => layer,
        Err(error) => panic!("the built-in rules do not load: {error}"),
    });
    layer.clone()
}

/// What the safety layer says of an English text in a fresh conversation.
#[must_use]
pub fn screened(text: &str) -> Screening {
    screened_in(Locale::En, text)
}

/// What the safety layer says of a text in this language in a fresh conversation.
#[must_use]
pub fn screened_in(locale: Locale, text: &str) -> Screening {
    safety_layer().screen(text, &ScreenContext::new(Standing::default(), locale))
}

/// A prompt with nothing but this text of a person.
#[must_use]
pub fn prompt(text: &str) -> Prompt {
    prompt_with(text, |builder| builder)
}

/// A prompt that answers this text, with what `add` adds.
#[must_use]
pub fn prompt_with(text: &str, add: impl FnOnce(PromptBuilder) -> PromptBuilder) -> Prompt {
    add(Prompt::answering(&screened(text))).build(&ByteEstimate)
}
