//! A backend that says one sentence back, word by word.

use std::sync::Arc;

use alliance::{
    backend::{BackendError, Chunk, ChunkStream, LlmBackend, StopReason, Usage},
    prompt::{Prompt, Role},
    safety::Locale,
};
use futures::{StreamExt, stream};

use crate::Calls;

/// Answers every prompt with the sentence of its language.
#[derive(Clone, Debug)]
pub struct OneSentence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    calls: Calls,
}

impl OneSentence {
    /// A backend that notes its calls.
    pub fn new(calls: Calls) -> Self {
        Self(Arc::new(Inner { calls }))
    }
}

#[async_trait::async_trait]
impl LlmBackend for OneSentence {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let inner = Arc::clone(&self.0);
        inner.calls.note("backend");
        if prompt.parts().iter().any(|part| part.role == Role::Memory) {
            inner.calls.note("memory in the prompt");
        }
        let sentence = match prompt.locale() {
            Locale::De => "Das klingt anstrengend. ",
            _ => "That sounds tiring. ",
        };
        let words = stream::iter(sentence.split_inclusive(' ').map(|word| Ok(Chunk::Words(word.to_owned()))));
        let end = stream::once(async move {
            inner.calls.note("end of a stream");
            Ok(Chunk::End { stop: StopReason::Complete, usage: Some(Usage::of_call(10, 3)) })
        });
        Ok(words.chain(end).boxed())
    }
}
