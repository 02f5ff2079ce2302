//! What must hold of the reader of replies, for any bytes. The body of the fuzz target, of the example `fuzz` and of a
//! test.

use alliance_backends::read::{ReadLimits, ReplyReader, Wire};
use alliance_core::backend::{BackendErrorKind, Chunk};

/// The wires there are.
pub(crate) const WIRES: [Wire; 3] = [Wire::OpenAi, Wire::Anthropic, Wire::Ollama];

/// Replies to begin with.
#[allow(dead_code, reason = "the fuzz target begins with nothing")]
pub(crate) const SEEDS: [&str; 7] = [
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"I \"},\"finish_reason\":null}]}\n\n\
     : ping\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"h\\u00f6re. \\ud83d\\ude42\"}}]}\n\n\
     data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
     data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n",
    "data: {\"error\":{\"message\":\"no\",\"type\":\"server_error\",\"code\":503}}\n\n",
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9}}}\n\n\
     event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Ja 🙂\"}}\n\n\
     event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n\
     event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\r\rdata: one\ndata: two\n\n",
    "{\"message\":{\"content\":\"I hear you. \"},\"done\":false}\n{\"message\":{\"content\":\"ü\"},\"done\":false}\r\n\
     {\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":4,\"eval_count\":5}\n",
    "{\"error\":\"model not found\"}\n",
    "{\"message\":{\"content\":\"\\n<thi\"}}\n{\"message\":{\"content\":\"nk>hm</think>\\n\"}}\n\
     {\"message\":{\"content\":\" I hear you.\"}}\n{\"done\":true}\n",
];

/// What can stand anywhere.
#[allow(dead_code, reason = "the fuzz target finds its own")]
pub(crate) const PIECES: [&str; 16] = [
    "\n",
    "\r",
    "\r\n\r\n",
    "data:",
    "data: [DONE]\n\n",
    ": ",
    "\u{feff}",
    "\u{0}",
    "{",
    "}",
    "\"",
    "\\ud800",
    "null",
    "1e999",
    "<think>",
    "</think>",
];

const LIMITS: (usize, usize, usize) = (200, 1500, 40);

/// All that comes of bytes in these pieces: words joined, and how it ended.
fn read<'a>(wire: Wire, pieces: impl Iterator<Item = &'a [u8]>) -> Result<(String, String), &'static str> {
    let mut limits = ReadLimits::default();
    (limits.line, limits.total, limits.words) = LIMITS;
    let mut reader = ReplyReader::new(wire, limits);
    let (mut words, mut end) = (String::new(), None);
    let mut take = |reader: &mut ReplyReader| {
        while let Some(chunk) = reader.next_chunk() {
            if end.is_some() {
                return Err("something came after the end");
            }
            match chunk {
                Ok(Chunk::Words(more)) if more.is_empty() => return Err("words without words"),
                Ok(Chunk::Words(more)) => words.push_str(&more),
                Ok(other) => end = Some(format!("{other:?}")),
                Err(error) => {
                    if error.kind == BackendErrorKind::Rejected && error.retry_after.is_some() {
                        return Err("a wait for what is not tried again");
                    }
                    end = Some(format!("{error:?}"));
                }
            }
        }
        Ok(())
    };
    for piece in pieces {
        reader.push(piece);
        take(&mut reader)?;
    }
    reader.close();
    take(&mut reader)?;
    match end {
        Some(end) if reader.is_over() && words.len() <= LIMITS.2 => Ok((words, end)),
        Some(_) => Err("more words than the limit, or not over after its end"),
        None => Err("a reply without an end"),
    }
}

/// Reads bytes whole, one by one and in pieces, over each wire. Gives how many of them were whole replies.
///
/// # Errors
///
/// What does not hold.
pub(crate) fn check(bytes: &[u8]) -> Result<usize, &'static str> {
    let mut whole = 0;
    for wire in WIRES {
        let one = read(wire, std::iter::once(bytes))?;
        let size = bytes.first().map_or(1, |byte| usize::from(*byte % 17) + 1);
        if read(wire, bytes.chunks(1))? != one || read(wire, bytes.chunks(size))? != one {
            return Err("where it is cut changes what is read");
        }
        whole += usize::from(one.1.starts_with("End"));
    }
    Ok(whole)
}
