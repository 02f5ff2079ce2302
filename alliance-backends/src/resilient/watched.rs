//! A stream that must not keep anybody waiting.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use alliance_core::{
    backend::{BackendError, BackendErrorKind, Chunk, ChunkStream},
    clock::Timer,
};
use futures::{
    FutureExt as _, Stream, StreamExt as _,
    future::{BoxFuture, Either, select},
};

/// `future`, or an error where the wait is over first.
pub(super) async fn within<F: Future>(
    wait: BoxFuture<'static, ()>,
    future: F,
) -> Result<F::Output, BackendError> {
    match select(std::pin::pin!(future), wait).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(_) => Err(late()),
    }
}

fn late() -> BackendError {
    BackendError::new(BackendErrorKind::TimedOut)
}

/// A stream with a deadline for all of it, and one between its items. After an error or its end it gives nothing more.
pub(super) struct Watched {
    stream: Option<ChunkStream>,
    attempt: BoxFuture<'static, ()>,
    between: Duration,
    timer: Arc<dyn Timer>,
    /// Runs from when the stream had nothing to say.
    waiting: Option<BoxFuture<'static, ()>>,
}

impl Watched {
    pub(super) fn new(
        stream: ChunkStream,
        attempt: BoxFuture<'static, ()>,
        between: Duration,
        timer: Arc<dyn Timer>,
    ) -> Self {
        Self { stream: Some(stream), attempt, between, timer, waiting: None }
    }

    /// The next item while there are no words yet, for which there is a deadline of its own.
    pub(super) async fn before_words(&mut self) -> Option<Result<Chunk, BackendError>> {
        poll_fn(|cx| {
            let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
            // Looked at first here too: items without words could come for ever.
            if self.attempt.poll_unpin(cx).is_ready() {
                return Poll::Ready(Some(Err(late())));
            }
            stream.poll_next_unpin(cx)
        })
        .await
    }

    fn end(
        &mut self,
        item: Option<Result<Chunk, BackendError>>,
    ) -> Poll<Option<Result<Chunk, BackendError>>> {
        self.stream = None;
        Poll::Ready(item)
    }
}

impl Stream for Watched {
    type Item = Result<Chunk, BackendError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(stream) = &mut this.stream else { return Poll::Ready(None) };
        // A backend that always has something to say has a deadline too, so time is looked at first.
        if this.attempt.poll_unpin(cx).is_ready() {
            return this.end(Some(Err(late())));
        }
        match stream.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(words @ Chunk::Words(_)))) => {
                this.waiting = None;
                Poll::Ready(Some(Ok(words)))
            }
            Poll::Ready(end) => this.end(end),
            Poll::Pending => {
                let (timer, between) = (&this.timer, this.between);
                let waiting = this.waiting.get_or_insert_with(|| timer.sleep(between));
                if waiting.poll_unpin(cx).is_ready() { this.end(Some(Err(late()))) } else { Poll::Pending }
            }
        }
    }
}
