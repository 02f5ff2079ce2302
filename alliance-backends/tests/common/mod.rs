//! A server that answers as one of the three providers would.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use alliance_backends::{Anthropic, ApiKey, HttpFailure, Ollama, OpenAiCompatible, read::Wire};
use alliance_core::{
    backend::{BackendError, Chunk, LlmBackend},
    prompt::Prompt,
    testing::block_on,
};
use faults::server::{Answer, Request, Server};
use futures::StreamExt as _;

pub const WIRES: [Wire; 3] = [Wire::OpenAi, Wire::Anthropic, Wire::Ollama];

pub const KEY: &str = "sk-quillwort-key";

/// A backend together with the server that it talks to, so that both live as long.
#[derive(Clone)]
pub struct Served<B: ?Sized> {
    pub server: Arc<Server>,
    pub backend: Arc<B>,
}

impl<B: LlmBackend + ?Sized> std::fmt::Debug for Served<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.backend.fmt(f)
    }
}

#[async_trait::async_trait]
impl<B: LlmBackend + ?Sized> LlmBackend for Served<B> {
    async fn generate(&self, prompt: Prompt) -> Result<alliance_core::backend::ChunkStream, BackendError> {
        self.backend.generate(prompt).await
    }
}

/// A backend of this wire whose server answers so.
pub fn served(
    wire: Wire,
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> Served<dyn LlmBackend> {
    let server = Arc::new(Server::start(answer).unwrap());
    let backend = backend(wire, &server.url());
    Served { server, backend }
}

/// A backend of this wire.
pub fn backend(wire: Wire, url: &str) -> Arc<dyn LlmBackend> {
    let key = ApiKey::new(KEY);
    match wire {
        Wire::OpenAi => {
            Arc::new(OpenAiCompatible::new(format!("{url}/v1/"), "model-1").key(key).build().unwrap())
        }
        Wire::Anthropic => Arc::new(Anthropic::new("model-1").base(url).key(key).build().unwrap()),
        _ => Arc::new(Ollama::new("model-1").base(url).key(key).build().unwrap()),
    }
}

/// The events of a good reply with these words, before its end and with it.
pub fn events(wire: Wire, words: &[&str]) -> Vec<String> {
    let text = |word: &&str| serde_json::Value::from(*word).to_string();
    let mut events = Vec::new();
    match wire {
        Wire::OpenAi => {
            events.push(sse(
                "",
                r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            ));
            events.extend(words.iter().map(|word| {
                sse("", &format!(r#"{{"choices":[{{"index":0,"delta":{{"content":{}}},"finish_reason":null}}],"usage":null}}"#, text(word)))
            }));
        }
        Wire::Anthropic => {
            events.push(sse("message_start", r#"{"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":11,"output_tokens":1}}}"#));
            events.push(sse(
                "content_block_start",
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            ));
            events.push(sse("ping", r#"{"type":"ping"}"#));
            events.extend(words.iter().map(|word| {
                sse("content_block_delta", &format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":{}}}}}"#, text(word)))
            }));
        }
        _ => events.extend(words.iter().map(|word| {
            format!(
                "{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",\"content\":{}}},\"done\":false}}\n",
                text(word)
            )
        })),
    }
    events
}

/// What ends a reply, for this reason (in the words of the first wire).
pub fn end(wire: Wire, reason: &str) -> Vec<String> {
    match wire {
        Wire::OpenAi => vec![
            sse("", &format!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}]}}"#)),
            sse("", r#"{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}"#),
            sse("", "[DONE]"),
        ],
        Wire::Anthropic => {
            let reason = match reason {
                "stop" => "end_turn",
                "length" => "max_tokens",
                "content_filter" => "refusal",
                other => other,
            };
            vec![
                sse("content_block_stop", r#"{"type":"content_block_stop","index":0}"#),
                sse(
                    "message_delta",
                    &format!(
                        r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}","stop_sequence":null}},"usage":{{"output_tokens":7}}}}"#
                    ),
                ),
                sse("message_stop", r#"{"type":"message_stop"}"#),
            ]
        }
        _ => vec![format!(
            "{{\"message\":{{\"role\":\"assistant\",\"content\":\"\"}},\"done\":true,\"done_reason\":\"{reason}\",\"prompt_eval_count\":11,\"eval_count\":7}}\n"
        )],
    }
}

/// A whole reply.
pub fn good(wire: Wire, words: &[&str]) -> Vec<String> {
    [events(wire, words), end(wire, "stop")].concat()
}

pub fn sse(name: &str, data: &str) -> String {
    if name.is_empty() { format!("data: {data}\n\n") } else { format!("event: {name}\ndata: {data}\n\n") }
}

/// What came of a prompt: the words, and how it ended.
pub fn outcome(backend: &dyn LlmBackend, prompt: Prompt) -> (String, Result<Chunk, BackendError>) {
    block_on(async {
        let mut stream = match backend.generate(prompt).await {
            Ok(stream) => stream,
            Err(error) => return (String::new(), Err(error)),
        };
        let mut words = String::new();
        loop {
            match stream.next().await {
                Some(Ok(Chunk::Words(more))) => words.push_str(&more),
                Some(end) => {
                    assert!(stream.next().await.is_none(), "something came after the end");
                    return (words, end);
                }
                None => panic!("the stream stopped without an end"),
            }
        }
    })
}

/// What the source of an error says.
pub fn failure(error: &BackendError) -> HttpFailure {
    *error.source.as_ref().unwrap().downcast_ref::<HttpFailure>().unwrap()
}
