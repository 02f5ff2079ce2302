//! Backends: what finds the words.
//!
//! The built-in one is `Reflective`, a listener made of rules. It needs no model, no key and
//! no network, so an agent always has something to say.
#![doc = include_str!("../README.md")]

#[cfg(feature = "anthropic")]
mod anthropic;
#[cfg(feature = "_http")]
mod http;
#[cfg(feature = "ollama")]
mod ollama;
#[cfg(feature = "openai")]
mod openai;
#[cfg(feature = "_http")]
pub mod read;
#[cfg(feature = "reflective")]
mod reflective;
#[cfg(feature = "resilient")]
mod resilient;
#[cfg(feature = "_http")]
mod wire;

#[cfg(feature = "anthropic")]
pub use anthropic::{Anthropic, AnthropicBuilder};
#[cfg(feature = "_http")]
pub use http::{ApiKey, HttpFailure, HttpOptions, SetupError};
#[cfg(feature = "ollama")]
pub use ollama::{Ollama, OllamaBuilder};
#[cfg(feature = "openai")]
pub use openai::{OpenAiBuilder, OpenAiCompatible, ReplyLimit};
#[cfg(feature = "reflective")]
pub use reflective::Reflective;
#[cfg(feature = "resilient")]
pub use resilient::{Deadlines, Fallback, Resilient, Tries};
