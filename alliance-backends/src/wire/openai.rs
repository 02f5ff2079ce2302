//! Chat completions: <https://platform.openai.com/docs/api-reference/chat>, with what vLLM, llama.cpp, LM Studio and
//! Ollama's `/v1` have in common with it.

use alliance_core::backend::StopReason;
use serde::Deserialize;

use super::ProviderError;
use crate::{http::HttpFailure, read::Draft};

#[derive(Deserialize)]
struct Event {
    error: Option<ProviderError>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Counted>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u64,
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Counted {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

/// Reads the data of one event.
pub(crate) fn read(data: &str, draft: &mut Draft) -> Result<(), HttpFailure> {
    if data.trim() == "[DONE]" {
        if !draft.stopped() {
            return Err(HttpFailure::Cut);
        }
        draft.end();
        return Ok(());
    }
    let event: Event = serde_json::from_str(data).map_err(|_| HttpFailure::NotTheFormat)?;
    if let Some(error) = event.error {
        return Err(error.failure());
    }
    if let Some(usage) = event.usage {
        draft.prompt_tokens = usage.prompt_tokens.or(draft.prompt_tokens);
        draft.reply_tokens = usage.completion_tokens.or(draft.reply_tokens);
    }
    for choice in event.choices.into_iter().filter(|choice| choice.index == 0) {
        // What comes after the reason of the end belongs to no reply.
        if !draft.stopped() {
            draft.words(&choice.delta.content.unwrap_or_default());
        }
        if choice.delta.refusal.is_some_and(|refusal| !refusal.is_empty()) {
            draft.refused();
        }
        if let Some(reason) = choice.finish_reason {
            draft.stop(stop(&reason).ok_or(HttpFailure::NotTheFormat)?);
        }
    }
    Ok(())
}

fn stop(reason: &str) -> Option<StopReason> {
    match reason {
        "stop" | "eos" | "end_turn" | "stop_sequence" => Some(StopReason::Complete),
        "length" | "max_tokens" => Some(StopReason::Length),
        "content_filter" | "refusal" | "safety" => Some(StopReason::Filtered),
        _ => None,
    }
}
