//! A model to talk through, and what is said where it does not answer.

#[cfg(feature = "models")]
mod noted;

use std::{fmt, sync::Arc};

use alliance::backend::LlmBackend;

use crate::texts::Models;

/// Which model, as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    OpenAi { url: String, model: String },
    Anthropic { model: String },
    Ollama { model: String },
}

impl Model {
    /// Where it is: the host of its address, without what else may stand in that.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::OpenAi { url, .. } => {
                let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                let host = host.split(['/', '?', '#']).next().unwrap_or_default();
                host.rsplit('@').next().unwrap_or_default().to_owned()
            }
            Self::Anthropic { .. } => "api.anthropic.com".to_owned(),
            Self::Ollama { .. } => "Ollama".to_owned(),
        }
    }

    /// `openai:URL#MODEL`, `anthropic:MODEL` or `ollama:MODEL`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let model = rest.to_owned();
        match kind {
            _ if rest.is_empty() => None,
            "openai" => {
                let (url, model) = rest.rsplit_once('#')?;
                let named = !url.is_empty() && !model.is_empty();
                named.then(|| Self::OpenAi { url: url.to_owned(), model: model.to_owned() })
            }
            "anthropic" => Some(Self::Anthropic { model }),
            "ollama" => Some(Self::Ollama { model }),
            _ => None,
        }
    }
}

/// Why a model did not answer: a kind, and nothing that its provider wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "models"), expect(dead_code, reason = "only a model fails so"))]
pub(crate) enum Fault {
    NoServer,
    NotSecure,
    WrongKey,
    UnknownModel,
    Busy,
    Late,
    Other,
}

impl Fault {
    pub(crate) fn text(self, texts: &Models) -> &str {
        match self {
            Self::NoServer => &texts.no_server,
            Self::NotSecure => &texts.not_secure,
            Self::WrongKey => &texts.wrong_key,
            Self::UnknownModel => &texts.unknown_model,
            Self::Busy => &texts.busy,
            Self::Late => &texts.late,
            Self::Other => &texts.other,
        }
    }
}

/// What went wrong last, taken once.
pub(crate) trait LastFault: fmt::Debug + Send + Sync {
    fn take(&self) -> Option<Fault>;
}

/// A backend that talks through a model, and what went wrong with it last.
pub(crate) type Talking = (Arc<dyn LlmBackend>, Arc<dyn LastFault>);

#[cfg(feature = "models")]
pub(crate) use noted::talking;

/// # Errors
///
/// This program was built without models.
#[cfg(not(feature = "models"))]
pub(crate) fn talking(_model: &Model, texts: &Models) -> Result<Talking, String> {
    Err(texts.not_built.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_model_holds_no_key() {
        let model =
            Model::OpenAi { url: "https://me:secret@models.example/v1?key=secret".into(), model: "m".into() };
        assert_eq!(model.place(), "models.example");
    }

    #[test]
    fn models_are_named_in_three_ways() {
        let openai = |url: &str, model: &str| Model::OpenAi { url: url.into(), model: model.into() };
        for (text, model) in [
            ("openai:http://127.0.0.1:8080/v1#smollm2", Some(openai("http://127.0.0.1:8080/v1", "smollm2"))),
            ("anthropic:claude-1", Some(Model::Anthropic { model: "claude-1".into() })),
            ("ollama:llama3.2:1b", Some(Model::Ollama { model: "llama3.2:1b".into() })),
            ("openai:http://127.0.0.1:8080/v1", None),
            ("openai:#m", None),
            ("openai:http://127.0.0.1#", None),
            ("anthropic:", None),
            ("another:m", None),
            ("llama", None),
        ] {
            assert_eq!(Model::read(text), model, "{text}");
        }
    }
}
