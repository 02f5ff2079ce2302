//! Who waits for the network. The engine runs under any executor; the HTTP client needs tokio's reactor.

use std::{
    future::pending,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
    thread,
};

use tokio::runtime::{Builder, Handle};

/// Whose reactor is used.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reactor {
    /// The one in which the prompt is sent, where there is one.
    OfHost,
    /// One on a thread of our own, started at the first prompt and shared by the process.
    Own,
}

impl Reactor {
    pub(crate) fn handle(self) -> Option<Handle> {
        let here = match self {
            Self::OfHost => Handle::try_current().ok(),
            Self::Own => None,
        };
        here.or_else(own)
    }
}

fn own() -> Option<Handle> {
    static OWN: OnceLock<Option<Handle>> = OnceLock::new();
    let start = || {
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        let handle = runtime.handle().clone();
        let run = move || runtime.block_on(pending::<()>());
        thread::Builder::new().name("alliance-http".into()).spawn(run).ok()?;
        Some(handle)
    };
    OWN.get_or_init(start).clone()
}

/// Lets `future` find this reactor, whoever polls it.
pub(crate) fn within<F: Future>(handle: Handle, future: F) -> Within<F> {
    Within { handle, future: Box::pin(future) }
}

pub(crate) struct Within<F> {
    handle: Handle,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let _entered = this.handle.enter();
        this.future.as_mut().poll(cx)
    }
}
