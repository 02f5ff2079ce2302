//! Chat completions.

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

/// What the backend sets itself in each request.
const OWN: [&str; 7] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "response_format",
    "max_tokens",
    "max_completion_tokens",
];

/// A model behind the chat completions wire: OpenAI, vLLM, llama.cpp's server, LM Studio, Ollama's `/v1`.
///
/// Clones share their connections. It asks once: put it into `Resilient` for deadlines and further tries.
///
/// ```
/// use alliance_backends::{ApiKey, OpenAiCompatible};
///
/// let local = OpenAiCompatible::new("http://127.0.0.1:8080/v1", "smollm2").build()?;
/// let hosted = OpenAiCompatible::new("https://api.openai.com/v1", "gpt-5-mini")
///     .key(ApiKey::new("from the host's own store"))
///     .build()?;
/// # Ok::<(), alliance_backends::SetupError>(())
/// ```
#[derive(Clone)]
pub struct OpenAiCompatible {
    endpoint: Endpoint,
    model: String,
    limit: &'static str,
    options: Map<String, Value>,
}

impl OpenAiCompatible {
    /// The model `model` behind the address `base`, to which `/chat/completions` is added.
    #[expect(clippy::new_ret_no_self, reason = "what is optional comes before the backend is made")]
    pub fn new(base: impl Into<String>, model: impl Into<String>) -> OpenAiBuilder {
        OpenAiBuilder {
            base: base.into(),
            model: model.into(),
            key: None,
            limit: None,
            options: String::new(),
            http: HttpOptions::default(),
        }
    }
}

/// Makes an [`OpenAiCompatible`].
#[derive(Clone)]
#[must_use]
pub struct OpenAiBuilder {
    base: String,
    model: String,
    key: Option<ApiKey>,
    limit: Option<ReplyLimit>,
    options: String,
    http: HttpOptions,
}

/// The field that holds the longest reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyLimit {
    /// `max_tokens`: what every compatible server reads. The default elsewhere.
    MaxTokens,
    /// `max_completion_tokens`: what OpenAI's newer models want. The default at `api.openai.com`.
    MaxCompletionTokens,
}

impl OpenAiBuilder {
    /// Sets the key.
    pub fn key(mut self, key: ApiKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the field that holds the longest reply.
    pub const fn reply_limit(mut self, limit: ReplyLimit) -> Self {
        self.limit = Some(limit);
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
    pub fn build(self) -> Result<OpenAiCompatible, SetupError> {
        let mut endpoint = Endpoint::new(&self.base, &["chat", "completions"], &self.http)?
            .header(CONTENT_TYPE.as_str(), HeaderValue::from_static("application/json"));
        if let Some(key) = &self.key {
            endpoint = endpoint.header("authorization", key.header("Bearer ")?);
        }
        let limit = self.limit.unwrap_or(match endpoint.host() {
            "api.openai.com" => ReplyLimit::MaxCompletionTokens,
            _ => ReplyLimit::MaxTokens,
        });
        let limit = match limit {
            ReplyLimit::MaxTokens => "max_tokens",
            ReplyLimit::MaxCompletionTokens => "max_completion_tokens",
        };
        let options = options(&self.options, &OWN)?;
        Ok(OpenAiCompatible { endpoint, model: self.model, limit, options })
    }
}

impl fmt::Debug for OpenAiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_builder(f, "OpenAiBuilder", &self.base, &self.model, &self.http)
    }
}

#[async_trait::async_trait]
impl LlmBackend for OpenAiCompatible {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let body = request(&self.model, self.limit, &self.options, &prompt);
        let reader = |limits| ReplyReader::new(Wire::OpenAi, limits);
        self.endpoint.stream(reader, body.to_string().into_bytes()).await
    }
}

impl fmt::Debug for OpenAiCompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiCompatible")
            .field("endpoint", &self.endpoint)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// What is sent. `limit` is the name of the field for the longest reply.
fn request(model: &str, limit: &str, options: &Map<String, Value>, prompt: &Prompt) -> Value {
    let messages: Vec<Value> = speeches(prompt)
        .iter()
        .map(|speech| {
            let content = match &*speech.texts {
                [text] => json!(&**text),
                // An instruction is of the engine alone and may be joined; everybody else's texts stay apart.
                texts if speech.speaker == Speaker::System => json!(texts.join("\n")),
                texts => texts.iter().map(|text| json!({ "type": "text", "text": &**text })).collect(),
            };
            json!({ "role": speech.speaker.name(), "content": content })
        })
        .collect();
    let mut body = options.clone();
    body.insert("model".into(), model.into());
    body.insert("messages".into(), messages.into());
    body.insert("stream".into(), true.into());
    body.insert("stream_options".into(), json!({ "include_usage": true }));
    body.insert(limit.into(), prompt.max_reply_tokens().into());
    if let Some(schema) = prompt.answer_schema() {
        let json = serde_json::from_str::<Value>(schema.json()).unwrap_or_default();
        let format = json!({ "name": schema.name(), "strict": true, "schema": json });
        body.insert("response_format".into(), json!({ "type": "json_schema", "json_schema": format }));
    }
    body.into()
}
