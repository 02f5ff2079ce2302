//! The three wire formats: what is sent, and what comes back.

pub(crate) mod anthropic;
mod error;
mod message;
pub(crate) mod ollama;
pub(crate) mod openai;

pub(crate) use error::ProviderError;
#[cfg(any(feature = "anthropic", feature = "openai"))]
pub(crate) use message::Speaker;
pub(crate) use message::speeches;

use serde_json::{Map, Value};

use crate::http::SetupError;

/// What a host adds to every request. It may not name what the backend sets itself.
pub(crate) fn options(json: &str, own: &[&str]) -> Result<Map<String, Value>, SetupError> {
    if json.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(json) {
        Ok(Value::Object(options)) if !own.iter().any(|name| options.contains_key(*name)) => Ok(options),
        _ => Err(SetupError::Options),
    }
}
