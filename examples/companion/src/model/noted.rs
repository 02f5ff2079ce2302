//! Models over HTTP, with keys from the environment.

use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
};

use alliance::{
    backend::{BackendError, BackendErrorKind, ChunkStream, LlmBackend},
    backends::{Anthropic, ApiKey, HttpFailure, Ollama, OpenAiCompatible, Resilient, SetupError},
    prompt::Prompt,
};
use futures::{StreamExt, TryStreamExt};

use super::{Fault, LastFault, Model, Talking};
use crate::texts::{Models, fill};

/// # Errors
///
/// What is wrong with the address or the key, in the words of `texts`.
pub(crate) fn talking(model: &Model, texts: &Models) -> Result<Talking, String> {
    let key = |name| env::var(name).ok().filter(|key| !key.trim().is_empty()).map(ApiKey::new);
    let refused = |error: SetupError| match error {
        SetupError::Key => texts.bad_key.clone(),
        SetupError::PlainHttp => texts.plain_http.clone(),
        _ => texts.bad_address.clone(),
    };
    let backend = match model {
        Model::OpenAi { url, model } => {
            let builder = OpenAiCompatible::new(url, model);
            let builder = key("OPENAI_API_KEY").into_iter().fold(builder, |builder, key| builder.key(key));
            Resilient::new(builder.build().map_err(refused)?)
        }
        Model::Anthropic { model } => {
            let name = "ANTHROPIC_API_KEY";
            let key = key(name).ok_or_else(|| fill(&texts.no_key, &[("name", name)]))?;
            Resilient::new(Anthropic::new(model).key(key).build().map_err(refused)?)
        }
        Model::Ollama { model } => Resilient::new(Ollama::new(model).build().map_err(refused)?),
    };
    let last = Arc::new(Last::default());
    Ok((Arc::new(Noted { backend, last: last.clone() }), last))
}

#[derive(Debug, Default)]
struct Last(Mutex<Option<Fault>>);

impl Last {
    fn note(&self, error: &BackendError) {
        let source = error.source.as_deref().and_then(|source| source.downcast_ref::<HttpFailure>());
        let fault = match (source, error.kind) {
            (Some(HttpFailure::NoConnection | HttpFailure::TimedOut), _) => Fault::NoServer,
            (Some(HttpFailure::Tls), _) => Fault::NotSecure,
            (Some(HttpFailure::Status(401 | 403)), _) => Fault::WrongKey,
            (Some(HttpFailure::Status(404)), _) => Fault::UnknownModel,
            (_, BackendErrorKind::RateLimited) => Fault::Busy,
            (_, BackendErrorKind::TimedOut) => Fault::Late,
            _ => Fault::Other,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }
}

impl LastFault for Last {
    fn take(&self) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Notes what goes wrong, and changes nothing.
#[derive(Debug)]
struct Noted {
    backend: Resilient,
    last: Arc<Last>,
}

#[async_trait::async_trait]
impl LlmBackend for Noted {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let stream = self.backend.generate(prompt).await.inspect_err(|error| self.last.note(error))?;
        let last = self.last.clone();
        Ok(stream.inspect_err(move |error| last.note(error)).boxed())
    }
}
