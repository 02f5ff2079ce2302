//! What a provider says inside a stream instead of an answer: only its kind is taken, never its words.

use alliance_core::backend::BackendErrorKind;
use serde::Deserialize;

use crate::http::{HttpFailure, kind_of_status};

/// An error object of a provider: `{"message": …, "type": …, "code": …}`, a text, or anything else.
#[derive(Debug, Default)]
pub(crate) struct ProviderError(Option<BackendErrorKind>);

impl ProviderError {
    /// What becomes of it.
    pub(crate) fn failure(&self) -> HttpFailure {
        HttpFailure::InStream(self.0.unwrap_or(BackendErrorKind::Unavailable))
    }
}

impl<'de> Deserialize<'de> for ProviderError {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let code = value.get("code").or_else(|| value.get("status"));
        let by_number = code.and_then(serde_json::Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let names = [value.get("type"), code].into_iter().flatten().filter_map(serde_json::Value::as_str);
        let by_name = names.filter_map(by_name).next();
        let by_number = by_number.filter(|code| *code >= 400).map(kind_of_status);
        Ok(Self(by_name.or(by_number)))
    }
}

/// The names that OpenAI and Anthropic document, and those that compatible servers use for the same.
fn by_name(name: &str) -> Option<BackendErrorKind> {
    Some(match name {
        "rate_limit_error" | "rate_limit_exceeded" | "requests" | "tokens" => BackendErrorKind::RateLimited,
        "timeout_error" | "timeout" => BackendErrorKind::TimedOut,
        "overloaded_error" | "api_error" | "server_error" | "internal_error" | "unavailable_error" => {
            BackendErrorKind::Unavailable
        }
        "invalid_request_error"
        | "authentication_error"
        | "permission_error"
        | "not_found_error"
        | "billing_error"
        | "request_too_large"
        | "insufficient_quota"
        | "invalid_api_key"
        | "model_not_found"
        | "context_length_exceeded"
        | "exceed_context_size_error" => BackendErrorKind::Rejected,
        _ => return None,
    })
}
