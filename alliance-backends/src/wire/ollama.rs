//! Ollama's own chat: <https://github.com/ollama/ollama/blob/main/docs/api.md>.

use alliance_core::backend::StopReason;
use serde::Deserialize;

use super::ProviderError;
use crate::{http::HttpFailure, read::Draft};

#[derive(Deserialize)]
struct Line {
    error: Option<ProviderError>,
    message: Option<Message>,
    done: Option<bool>,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

/// Reads one line.
pub(crate) fn read(data: &str, draft: &mut Draft) -> Result<(), HttpFailure> {
    if data.trim().is_empty() {
        return Ok(());
    }
    let line: Line = serde_json::from_str(data).map_err(|_| HttpFailure::NotTheFormat)?;
    if let Some(error) = line.error {
        return Err(error.failure());
    }
    if line.message.is_none() && line.done.is_none() {
        return Err(HttpFailure::NotTheFormat);
    }
    draft.words(&line.message.and_then(|message| message.content).unwrap_or_default());
    if line.done == Some(true) {
        draft.prompt_tokens = line.prompt_eval_count;
        draft.reply_tokens = line.eval_count;
        draft.stop(match line.done_reason.as_deref() {
            None | Some("stop") => StopReason::Complete,
            Some("length") => StopReason::Length,
            // "load" and "unload": the model was moved, and nothing was said.
            Some(_) => return Err(HttpFailure::NotTheFormat),
        });
        draft.end();
    }
    Ok(())
}
