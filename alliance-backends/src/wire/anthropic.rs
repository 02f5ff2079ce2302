//! Anthropic's messages: <https://docs.anthropic.com/en/api/messages-streaming>.

use alliance_core::backend::StopReason;
use serde::Deserialize;

use super::ProviderError;
use crate::{http::HttpFailure, read::Draft};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Started,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    MessageDelta {
        delta: Stopped,
        usage: Option<Counted>,
    },
    MessageStop,
    Error {
        error: ProviderError,
    },
    /// A ping, the begin and end of a block, and whatever is new.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Started {
    usage: Option<Counted>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "input_json_delta")]
    Json { partial_json: String },
    /// Thinking, signatures, citations: no words for anybody.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Stopped {
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Counted {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

/// Reads the data of one event.
pub(crate) fn read(data: &str, draft: &mut Draft) -> Result<(), HttpFailure> {
    match serde_json::from_str(data).map_err(|_| HttpFailure::NotTheFormat)? {
        Event::MessageStart { message } => count(message.usage, draft),
        Event::ContentBlockDelta { delta: Delta::Text { text } } => {
            if !draft.stopped() && !draft.answer_only {
                draft.words(&text);
            }
        }
        Event::ContentBlockDelta { delta: Delta::Json { partial_json } } => {
            // The input of a tool that nobody asked for is no reply.
            if !draft.answer_only {
                return Err(HttpFailure::NotTheFormat);
            }
            if !draft.stopped() {
                draft.words(&partial_json);
            }
        }
        Event::MessageDelta { delta, usage } => {
            count(usage, draft);
            if let Some(reason) = delta.stop_reason {
                draft.stop(stop(&reason, draft.answer_only).ok_or(HttpFailure::NotTheFormat)?);
            }
        }
        Event::MessageStop if draft.stopped() => draft.end(),
        Event::MessageStop => return Err(HttpFailure::Cut),
        Event::Error { error } => return Err(error.failure()),
        Event::ContentBlockDelta { delta: Delta::Other } | Event::Other => {}
    }
    Ok(())
}

/// Later counts hold what earlier ones held.
fn count(usage: Option<Counted>, draft: &mut Draft) {
    if let Some(usage) = usage {
        // What came from a cache was read too, and is counted apart.
        let cached = [usage.cache_creation_input_tokens, usage.cache_read_input_tokens];
        let cached = cached.iter().flatten().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let read = usage.input_tokens.map(|read| read.saturating_add(cached));
        draft.prompt_tokens = read.or(draft.prompt_tokens);
        draft.reply_tokens = usage.output_tokens.or(draft.reply_tokens);
    }
}

fn stop(reason: &str, answer_only: bool) -> Option<StopReason> {
    match reason {
        "end_turn" | "stop_sequence" => Some(StopReason::Complete),
        "tool_use" if answer_only => Some(StopReason::Complete),
        "max_tokens" | "model_context_window_exceeded" => Some(StopReason::Length),
        "refusal" => Some(StopReason::Filtered),
        _ => None,
    }
}
