//! Anthropic's messages.

use std::fmt;

use alliance_core::{
    backend::{BackendError, ChunkStream, LlmBackend},
    prompt::Prompt,
};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value, json};

use crate::{
    http::{ApiKey, Endpoint, HttpOptions, SetupError, debug_builder},
    read::{ReplyReader, Wire},
    wire::{Speaker, options, speeches},
};

/// Where Anthropic answers.
const BASE: &str = "https://api.anthropic.com";

/// The version of the wire that this backend speaks.
const VERSION: &str = "2023-06-01";

/// What the backend sets itself in each request.
const OWN: [&str; 7] = ["model", "messages", "system", "stream", "max_tokens", "tools", "tool_choice"];

/// A model behind Anthropic's messages, or a server that speaks the same wire.
///
/// Clones share their connections. It asks once: put it into `Resilient` for deadlines and further tries.
///
/// ```
/// use alliance_backends::{Anthropic, ApiKey};
///
/// let hosted = Anthropic::new("claude-sonnet-4-5").key(ApiKey::new("from the host's own store")).build()?;
/// let local = Anthropic::new("smollm2").base("http://127.0.0.1:8080").build()?;
/// # Ok::<(), alliance_backends::SetupError>(())
/// ```
#[derive(Clone)]
pub struct Anthropic {
    endpoint: Endpoint,
    model: String,
    options: Map<String, Value>,
}

impl Anthropic {
    /// The model `model`.
    #[expect(clippy::new_ret_no_self, reason = "what is optional comes before the backend is made")]
    pub fn new(model: impl Into<String>) -> AnthropicBuilder {
        AnthropicBuilder {
            base: BASE.to_owned(),
            model: model.into(),
            key: None,
            options: String::new(),
            http: HttpOptions::default(),
        }
    }
}

/// Makes an [`Anthropic`].
#[derive(Clone)]
#[must_use]
pub struct AnthropicBuilder {
    base: String,
    model: String,
    key: Option<ApiKey>,
    options: String,
    http: HttpOptions,
}

impl AnthropicBuilder {
    /// Sets the address, to which `/v1/messages` is added. Default `https://api.anthropic.com`.
    pub fn base(mut self, base: impl Into<String>) -> Self {
        self.base = base.into();
        self
    }

    /// Sets the key.
    pub fn key(mut self, key: ApiKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Adds fields to every request, as a JSON object: `{"temperature": 0.3}`.
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
    pub fn build(self) -> Result<Anthropic, SetupError> {
        let mut endpoint = Endpoint::new(&self.base, &["v1", "messages"], &self.http)?
            .header(CONTENT_TYPE.as_str(), HeaderValue::from_static("application/json"))
            .header("anthropic-version", HeaderValue::from_static(VERSION));
        if let Some(key) = &self.key {
            endpoint = endpoint.header("x-api-key", key.header("")?);
        }
        let options = options(&self.options, &OWN)?;
        Ok(Anthropic { endpoint, model: self.model, options })
    }
}

impl fmt::Debug for AnthropicBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_builder(f, "AnthropicBuilder", &self.base, &self.model, &self.http)
    }
}

#[async_trait::async_trait]
impl LlmBackend for Anthropic {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let body = request(&self.model, &self.options, &prompt);
        let answer_only = prompt.answer_schema().is_some();
        let reader = move |limits| {
            let reader = ReplyReader::new(Wire::Anthropic, limits);
            if answer_only { reader.answer_only() } else { reader }
        };
        self.endpoint.stream(reader, body.to_string().into_bytes()).await
    }
}

impl fmt::Debug for Anthropic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anthropic")
            .field("endpoint", &self.endpoint)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// What is sent. A schema is asked for as the input of a tool that has to be used, which every version of the wire
/// knows.
fn request(model: &str, options: &Map<String, Value>, prompt: &Prompt) -> Value {
    let mut system = Vec::new();
    let mut messages: Vec<Value> = Vec::new();
    for speech in speeches(prompt) {
        let texts = speech.texts.iter().map(|text| json!({ "type": "text", "text": &**text }));
        if speech.speaker == Speaker::System {
            system.extend(texts);
        } else {
            messages.push(json!({ "role": speech.speaker.name(), "content": texts.collect::<Vec<_>>() }));
        }
    }
    let mut body = options.clone();
    body.insert("model".into(), model.into());
    body.insert("max_tokens".into(), prompt.max_reply_tokens().into());
    body.insert("stream".into(), true.into());
    body.insert("messages".into(), messages.into());
    if !system.is_empty() {
        body.insert("system".into(), system.into());
    }
    if let Some(schema) = prompt.answer_schema() {
        let json = serde_json::from_str::<Value>(schema.json()).unwrap_or_default();
        body.insert("tools".into(), json!([{ "name": schema.name(), "input_schema": json }]));
        body.insert("tool_choice".into(), json!({ "type": "tool", "name": schema.name() }));
    }
    body.into()
}
