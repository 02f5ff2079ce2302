//! Calls of a model.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use alliance_core::{
    backend::{BackendError, Chunk, ChunkStream, LlmBackend, StopReason},
    prompt::{Prompt, Role},
};
use futures::{Stream, StreamExt as _};
use serde_json::{Value, json};
use tracing::{Instrument as _, Span, field::Empty, info_span};

/// A backend with a span around each of its calls.
#[derive(Clone)]
pub struct ObservedBackend<B> {
    backend: B,
    provider: Arc<str>,
    model: Arc<str>,
    words: bool,
}

impl<B: LlmBackend> ObservedBackend<B> {
    /// Observes `backend`. `provider` and `model` are what `gen_ai.provider.name` and `gen_ai.request.model` say.
    #[must_use]
    pub fn new(backend: B, provider: impl Into<Arc<str>>, model: impl Into<Arc<str>>) -> Self {
        Self { backend, provider: provider.into(), model: model.into(), words: false }
    }

    /// Writes what people say, what is remembered of them, and what the model says before review, into the spans of
    /// its calls. Whoever can read the traces can then read the conversations, and erasing a person does not reach the
    /// traces. Off by default.
    #[must_use]
    pub fn record_words_of_conversations(mut self) -> Self {
        self.words = true;
        self
    }
}

impl<B: fmt::Debug> fmt::Debug for ObservedBackend<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedBackend")
            .field("backend", &self.backend)
            .field("words", &self.words)
            .finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl<B: LlmBackend> LlmBackend for ObservedBackend<B> {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let span = info_span!(
            "chat",
            otel.name = format!("chat {}", self.model),
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = &*self.provider,
            gen_ai.request.model = &*self.model,
            gen_ai.request.max_tokens = prompt.max_reply_tokens(),
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.response.finish_reasons = Empty,
            error.r#type = Empty,
            gen_ai.system_instructions = Empty,
            gen_ai.input.messages = Empty,
            gen_ai.output.messages = Empty,
        );
        if self.words {
            span.record("gen_ai.system_instructions", instructions(&prompt).to_string());
            span.record("gen_ai.input.messages", messages(&prompt).to_string());
        }
        match self.backend.generate(prompt).instrument(span.clone()).await {
            Ok(stream) => {
                let words = self.words.then(String::new);
                Ok(ObservedStream { stream, span, words, ended: false }.boxed())
            }
            Err(error) => {
                span.record("error.type", tracing::field::debug(error.kind));
                Err(error)
            }
        }
    }
}

struct ObservedStream {
    stream: ChunkStream,
    span: Span,
    words: Option<String>,
    ended: bool,
}

impl Stream for ObservedStream {
    type Item = Result<Chunk, BackendError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let chunk = {
            let _inside = this.span.enter();
            ready!(this.stream.poll_next_unpin(cx))
        };
        match &chunk {
            Some(Ok(Chunk::Words(words))) => {
                if let Some(all) = &mut this.words {
                    all.push_str(words);
                }
            }
            Some(Ok(Chunk::End { stop, usage })) => {
                if let Some(usage) = usage {
                    this.span.record("gen_ai.usage.input_tokens", usage.prompt_tokens);
                    this.span.record("gen_ai.usage.output_tokens", usage.reply_tokens);
                }
                this.end(reason(*stop));
            }
            Some(Err(error)) => {
                this.span.record("error.type", tracing::field::debug(error.kind));
                this.end("error");
            }
            _ => {}
        }
        Poll::Ready(chunk)
    }
}

impl ObservedStream {
    fn end(&mut self, reason: &str) {
        self.ended = true;
        self.span.record("gen_ai.response.finish_reasons", json!([reason]).to_string());
        if let Some(words) = self.words.take() {
            let part = json!([{ "type": "text", "content": words }]);
            let message = json!([{ "role": "assistant", "parts": part, "finish_reason": reason }]);
            self.span.record("gen_ai.output.messages", message.to_string());
        }
    }
}

impl Drop for ObservedStream {
    fn drop(&mut self) {
        // Cut off: by the person, by review, or because the turn took too long.
        if !self.ended {
            self.end("cancelled");
        }
    }
}

const fn reason(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Complete => "stop",
        StopReason::Length => "length",
        StopReason::Filtered => "content_filter",
        _ => "other",
    }
}

fn instructions(prompt: &Prompt) -> Value {
    let parts = prompt.parts().iter().filter(|part| part.role == Role::Instruction);
    parts.map(|part| json!({ "type": "text", "content": &*part.text })).collect()
}

fn messages(prompt: &Prompt) -> Value {
    let parts = prompt.parts().iter().filter(|part| part.role != Role::Instruction);
    let role = |role| if role == Role::Agent { "assistant" } else { "user" };
    let message = |part: &alliance_core::prompt::Part| json!({ "role": role(part.role), "parts": [{ "type": "text", "content": &*part.text }] });
    parts.map(message).collect()
}
