//! Ollama's own chat.

use std::fmt;

use alliance_core::{
    backend::{BackendError, ChunkStream, LlmBackend},
    prompt::Prompt,
    token::{ByteEstimate, TokenCounter},
};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value, json};

use crate::{
    http::{ApiKey, Endpoint, HttpFailure, HttpOptions, SetupError, debug_builder},
    read::{ReplyReader, Wire},
    wire::{options, speeches},
};

/// Where Ollama answers on the same machine.
const BASE: &str = "http://127.0.0.1:11434";

/// What is asked for where a host says nothing: room for the longest prompt of an agent and its reply.
const CONTEXT: usize = 8192;

/// A model behind Ollama's own wire.
///
/// The server drops the oldest messages of what goes beyond its context, and says nothing: among them would be the
/// person's safety plan. So a context is asked for, and every prompt is cut with [`Prompt::within`] until it has room
/// there together with its reply. What has none even then is refused, by a count that is on the long side.
///
/// Clones share their connections. It asks once: put it into `Resilient` for deadlines and further tries.
///
/// ```
/// use alliance_backends::Ollama;
///
/// let backend = Ollama::new("llama3.2").options(r#"{"temperature": 0.3}"#).build()?;
/// # Ok::<(), alliance_backends::SetupError>(())
/// ```
#[derive(Clone)]
pub struct Ollama {
    endpoint: Endpoint,
    model: String,
    context: usize,
    options: Map<String, Value>,
}

impl Ollama {
    /// The model `model`.
    #[expect(clippy::new_ret_no_self, reason = "what is optional comes before the backend is made")]
    pub fn new(model: impl Into<String>) -> OllamaBuilder {
        OllamaBuilder {
            base: BASE.to_owned(),
            model: model.into(),
            key: None,
            context: CONTEXT,
            options: String::new(),
            http: HttpOptions::default(),
        }
    }
}

/// Makes an [`Ollama`].
#[derive(Clone)]
#[must_use]
pub struct OllamaBuilder {
    base: String,
    model: String,
    key: Option<ApiKey>,
    context: usize,
    options: String,
    http: HttpOptions,
}

impl OllamaBuilder {
    /// Sets the address, to which `/api/chat` is added. Default `http://127.0.0.1:11434`.
    pub fn base(mut self, base: impl Into<String>) -> Self {
        self.base = base.into();
        self
    }

    /// Sets a key, for a server behind one.
    pub fn key(mut self, key: ApiKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets how many tokens the model reads and writes in one call (`num_ctx`). More takes more memory. Default 8,192,
    /// which is enough for talking; where a model also makes memories of sessions of a hundred turns and more, 16,384.
    pub const fn context(mut self, tokens: usize) -> Self {
        self.context = tokens;
        self
    }

    /// Sets the model's options, as a JSON object: `{"temperature": 0.3}`. A `num_ctx` in it goes before
    /// [`context`](Self::context).
    pub fn options(mut self, json: impl Into<String>) -> Self {
        self.options = json.into();
        self
    }

    /// Sets what a host decides about the network.
    pub fn http(mut self, http: HttpOptions) -> Self {
        self.http = http;
        self
    }

    /// Makes the backend. Connects to nobody.
    ///
    /// # Errors
    ///
    /// [`SetupError`] says what cannot be used.
    pub fn build(self) -> Result<Ollama, SetupError> {
        let mut endpoint = Endpoint::new(&self.base, &["api", "chat"], &self.http)?
            .header(CONTENT_TYPE.as_str(), HeaderValue::from_static("application/json"));
        if let Some(key) = &self.key {
            endpoint = endpoint.header("authorization", key.header("Bearer ")?);
        }
        let options = options(&self.options, &["num_predict"])?;
        let context = match options.get("num_ctx") {
            Some(tokens) => tokens.as_u64().and_then(|tokens| usize::try_from(tokens).ok()),
            None => Some(self.context),
        };
        let context = context.filter(|tokens| *tokens > 0).ok_or(SetupError::Options)?;
        Ok(Ollama { endpoint, model: self.model, context, options })
    }
}

impl fmt::Debug for OllamaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_builder(f, "OllamaBuilder", &self.base, &self.model, &self.http)
    }
}

#[async_trait::async_trait]
impl LlmBackend for Ollama {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let room = self.context.saturating_sub(prompt.max_reply_tokens());
        let prompt = prompt.within(room, &Framed);
        if prompt.parts().iter().map(|part| Framed.count(&part.text)).sum::<usize>() > room {
            return Err(HttpFailure::PromptTooLong.into_error());
        }
        let body = request(&self.model, self.context, &self.options, &prompt);
        let reader = |limits| ReplyReader::new(Wire::Ollama, limits);
        self.endpoint.stream(reader, body.to_string().into_bytes()).await
    }
}

impl fmt::Debug for Ollama {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ollama")
            .field("endpoint", &self.endpoint)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// Counts a part with what the chat template and the list of memories put around it.
#[derive(Debug)]
struct Framed;

impl TokenCounter for Framed {
    fn count(&self, text: &str) -> usize {
        ByteEstimate.count(text) + 8
    }
}

/// What is sent. A message of this wire holds one text, so neighbours in the same name stand one below the other.
fn request(model: &str, context: usize, options: &Map<String, Value>, prompt: &Prompt) -> Value {
    let messages: Vec<Value> = speeches(prompt)
        .iter()
        .map(|speech| json!({ "role": speech.speaker.name(), "content": speech.texts.join("\n\n") }))
        .collect();
    let mut options = options.clone();
    options.insert("num_ctx".into(), context.into());
    options.insert("num_predict".into(), prompt.max_reply_tokens().into());
    // A newer server then refuses what is too long for it, where a model takes less than it was asked for.
    let mut body = json!({
        "model": model, "messages": messages, "stream": true, "truncate": false, "options": options,
    });
    if let (Some(schema), Some(body)) = (prompt.answer_schema(), body.as_object_mut()) {
        body.insert("format".into(), serde_json::from_str(schema.json()).unwrap_or_default());
    }
    body
}
