//! An answer as a stream of chunks.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use alliance_core::backend::{BackendError, Chunk, ChunkStream};
use futures::{Stream, StreamExt as _, stream};
use reqwest::Response;
use tokio::runtime::Handle;

use super::HttpFailure;
use crate::read::ReplyReader;

/// What may follow the end of a reply before the connection is given up instead of used again.
const REST_BYTES: usize = 16 * 1024;
const REST_TIME: Duration = Duration::from_secs(1);

/// The chunks of an answer as they come. Dropping the stream closes the connection.
pub(super) fn chunks(handle: Handle, answer: Response, reader: ReplyReader) -> ChunkStream {
    let reading = Reading { answer: Some(answer), reader, handle: handle.clone() };
    let chunks = stream::unfold(reading, |mut reading| async move {
        let chunk = reading.next().await?;
        Some((chunk, reading))
    });
    Within { handle, stream: chunks.boxed() }.boxed()
}

struct Reading {
    answer: Option<Response>,
    reader: ReplyReader,
    handle: Handle,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Chunk, BackendError>> {
        loop {
            if self.reader.is_over() {
                self.give_back();
            }
            if let Some(chunk) = self.reader.next_chunk() {
                return Some(chunk);
            }
            match self.answer.as_mut()?.chunk().await {
                Ok(Some(bytes)) => self.reader.push(&bytes),
                Ok(None) => {
                    self.answer = None;
                    self.reader.close();
                }
                Err(error) => {
                    self.answer = None;
                    self.reader.fail(HttpFailure::of_body(&error));
                }
            }
        }
    }

    /// The reply is over, its connection may not be: what is left is read beside, so that it can be used again.
    fn give_back(&mut self) {
        let Some(mut answer) = self.answer.take() else { return };
        self.handle.spawn(tokio::time::timeout(REST_TIME, async move {
            let mut left = REST_BYTES;
            while let Ok(Some(bytes)) = answer.chunk().await {
                let Some(less) = left.checked_sub(bytes.len()) else { return };
                left = less;
            }
        }));
    }
}

/// Lets a stream find its reactor, whoever polls it.
struct Within {
    handle: Handle,
    stream: ChunkStream,
}

impl Stream for Within {
    type Item = Result<Chunk, BackendError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let _entered = this.handle.enter();
        this.stream.poll_next_unpin(cx)
    }
}
