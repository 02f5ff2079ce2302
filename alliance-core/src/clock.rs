//! Time, which the host owns: what time it is, and how to wait.

use std::{fmt, sync::Arc, time::Duration};

use futures::future::BoxFuture;

pub use alliance_safety::{Timestamp, TimestampError};

/// Tells what time it is.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The moment it is now. May jump back: nothing in the engine relies on order by time.
    fn now(&self) -> Timestamp;
}

/// Waits.
///
/// - **T1 not early** – the future is ready no sooner than `span` after the call.
/// - **T2 cancel by drop** – dropping the future stops waiting.
pub trait Timer: fmt::Debug + Send + Sync {
    /// A future that is ready after `span`.
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()>;
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<C: Clock + ?Sized> Clock for $pointer<C> {
            fn now(&self) -> Timestamp {
                (**self).now()
            }
        }

        impl<T: Timer + ?Sized> Timer for $pointer<T> {
            fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
                (**self).sleep(span)
            }
        }
    )*};
}
forward!(Arc, Box);

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Waits on one helper thread of its own, under any executor. The default.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct ThreadTimer;

impl Timer for ThreadTimer {
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        Box::pin(futures_timer::Delay::new(span))
    }
}

/// Waits on tokio's clock. Must be used inside a tokio runtime with its timer enabled.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct TokioTimer;

#[cfg(feature = "tokio")]
impl Timer for TokioTimer {
    #[expect(clippy::disallowed_methods, reason = "the one place that waits on tokio's clock")]
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(span))
    }
}
