//! The backends over HTTP keep every clause of their contract, against servers in this process.
#![cfg(all(feature = "openai", feature = "anthropic", feature = "ollama"))]

mod common;

use alliance_backends::read::Wire;
use alliance_core::backend::LlmBackend;
use common::{Served, good, served};
use faults::server::Answer;

fn answering(wire: Wire) -> Served<dyn LlmBackend> {
    served(wire, move |_| {
        Answer::streamed(good(wire, &["That sounds ti", "ring. What kept ", "you awake? ü🙂"]))
    })
}

/// Says the request again in its refusal, as providers do.
fn refusing(wire: Wire) -> Served<dyn LlmBackend> {
    served(wire, |request| Answer::whole(500, "content-type: application/json\r\n", &request.text()))
}

macro_rules! laws {
    ($($name:ident: $wire:ident,)*) => {$(
        mod $name {
            use super::{Wire, answering, refusing};

            alliance_core::llm_backend_laws!(
                || answering(Wire::$wire),
                failing: || refusing(Wire::$wire),
            );
        }
    )*};
}

laws! {
    openai: OpenAi,
    anthropic: Anthropic,
    ollama: Ollama,
}
