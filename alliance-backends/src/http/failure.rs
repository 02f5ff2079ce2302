//! What went wrong between us and a provider: a status and a kind, and nothing that the provider wrote.

use std::{error::Error, time::Duration};

use alliance_core::backend::{BackendError, BackendErrorKind};

/// Why a provider's answer is none. The source of a [`BackendError`] of the backends over HTTP.
///
/// Holds no words: what a provider writes into an error may quote the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpFailure {
    /// No connection could be made.
    #[error("no connection")]
    NoConnection,
    /// No secure connection: the certificate is not trusted, or the other side does not speak TLS.
    #[error("no secure connection")]
    Tls,
    /// The connection took too long.
    #[error("no connection in time")]
    TimedOut,
    /// The server answered with this status instead of a reply.
    #[error("status {0}")]
    Status(u16),
    /// The stream held an error instead of the rest of the reply.
    #[error("an error inside the stream")]
    InStream(BackendErrorKind),
    /// The stream stopped before its end.
    #[error("the stream was cut")]
    Cut,
    /// The stream held what is not of its format.
    #[error("the stream is not in its format")]
    NotTheFormat,
    /// The stream held what is not UTF-8.
    #[error("the stream is not text")]
    NotText,
    /// The stream was longer than the limit.
    #[error("the stream is too long")]
    TooLarge,
    /// The prompt and its reply have no room in the model's context, and nothing more of the prompt may be left out.
    #[error("the prompt is too long")]
    PromptTooLong,
    /// There was no runtime to read from the network with, and none could be started.
    #[error("no runtime for the network")]
    NoReactor,
}

impl HttpFailure {
    /// The kind to act on.
    #[must_use]
    pub const fn kind(self) -> BackendErrorKind {
        match self {
            Self::NoConnection | Self::NoReactor => BackendErrorKind::Unavailable,
            // Neither gets better by asking again.
            Self::Tls | Self::PromptTooLong => BackendErrorKind::Rejected,
            Self::TimedOut => BackendErrorKind::TimedOut,
            Self::Status(status) => kind_of_status(status),
            Self::InStream(kind) => kind,
            Self::Cut | Self::NotTheFormat | Self::NotText | Self::TooLarge => BackendErrorKind::Malformed,
        }
    }

    pub(crate) fn into_error(self) -> BackendError {
        BackendError::new(self.kind()).source(self)
    }

    /// What kept a request from being answered.
    pub(crate) fn of_request(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut
        } else if is_tls(error) {
            Self::Tls
        } else if error.is_connect() || error.is_request() {
            Self::NoConnection
        } else {
            Self::Cut
        }
    }

    /// What kept an answer from being read to its end.
    pub(crate) fn of_body(error: &reqwest::Error) -> Self {
        if error.is_timeout() { Self::TimedOut } else { Self::Cut }
    }
}

fn is_tls(error: &reqwest::Error) -> bool {
    let mut source = Error::source(error);
    // An `io::Error` shows what it holds by `get_ref` and not as its source.
    for _ in 0..16 {
        let Some(error) = source else { return false };
        if error.is::<rustls::Error>() {
            return true;
        }
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        source = held.map_or_else(|| error.source(), |held| Some(held as &(dyn Error + 'static)));
    }
    false
}

/// The kind of failure that a status is: RFC 9110, and 529, which Anthropic uses for "overloaded".
pub(crate) const fn kind_of_status(status: u16) -> BackendErrorKind {
    match status {
        408 | 504 => BackendErrorKind::TimedOut,
        429 => BackendErrorKind::RateLimited,
        425 | 500.. => BackendErrorKind::Unavailable,
        // A redirect too: whoever was asked is not who would answer.
        _ => BackendErrorKind::Rejected,
    }
}

/// The most that a wait of a provider is taken for: a day.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A backend cannot be made of what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The address is none, or not of HTTP.
    #[error("the address is not an http or https URL")]
    Url,
    /// The address holds a name or a password. Keys go into [`ApiKey`](super::ApiKey).
    #[error("the address holds a name or a password")]
    KeyInUrl,
    /// The address has no encryption and is of another machine.
    #[error(
        "plain http to another machine: use https, or `HttpOptions::plain_http` for a network of your own"
    )]
    PlainHttp,
    /// The key holds what no header can carry.
    #[error("the key holds characters that no header can carry")]
    Key,
    /// The trusted certificates could not be read.
    #[error("no usable trusted certificates")]
    Certificates,
    /// The client could not be made.
    #[error("no client could be made")]
    Client,
    /// The options are not a JSON object, or name what the backend sets itself.
    #[error("the options are not a JSON object, or name a field that the backend sets itself")]
    Options,
}
