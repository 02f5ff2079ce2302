//! What the backends over HTTP have in common.

mod failure;
mod key;
mod options;
mod reactor;
mod retry_after;
mod stream;

use std::{fmt, sync::Arc};

use alliance_core::{
    backend::{BackendError, ChunkStream},
    clock::{Clock, SystemClock},
};
use reqwest::{
    Client, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::read::{ReadLimits, ReplyReader};
pub(crate) use failure::kind_of_status;
pub use failure::{HttpFailure, SetupError};
pub use key::ApiKey;
pub use options::HttpOptions;
use reactor::Reactor;

/// One place to send prompts to. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Endpoint(Arc<Inner>);

struct Inner {
    client: Client,
    url: Url,
    headers: HeaderMap,
    reactor: Reactor,
    limits: ReadLimits,
    clock: Box<dyn Clock>,
}

impl Endpoint {
    /// A place at `base` with `path` behind it.
    pub(crate) fn new(base: &str, path: &[&str], options: &HttpOptions) -> Result<Self, SetupError> {
        let mut url = Url::parse(base).map_err(|_| SetupError::Url)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SetupError::KeyInUrl);
        }
        url.set_fragment(None);
        url.path_segments_mut().map_err(|()| SetupError::Url)?.pop_if_empty().extend(path);
        Ok(Self(Arc::new(Inner {
            client: options.client(&url)?,
            headers: HeaderMap::new(),
            reactor: options.reactor(),
            limits: options.limits,
            clock: Box::new(SystemClock),
            url,
        })))
    }

    /// Adds a header that is sent with every prompt.
    pub(crate) fn header(self, name: &'static str, value: HeaderValue) -> Self {
        let mut headers = self.0.headers.clone();
        headers.insert(HeaderName::from_static(name), value);
        let inner = &self.0;
        Self(Arc::new(Inner {
            client: inner.client.clone(),
            url: inner.url.clone(),
            headers,
            reactor: inner.reactor,
            limits: inner.limits,
            clock: Box::new(SystemClock),
        }))
    }

    /// The name of the machine.
    #[cfg(feature = "openai")]
    pub(crate) fn host(&self) -> &str {
        self.0.url.host_str().unwrap_or_default()
    }

    /// Sends a request and gives the reply as it comes. Nothing is read of an answer with an error but its status.
    pub(crate) async fn stream(
        &self,
        reader: impl FnOnce(ReadLimits) -> ReplyReader + Send,
        body: Vec<u8>,
    ) -> Result<ChunkStream, BackendError> {
        let inner = &self.0;
        let handle = inner.reactor.handle().ok_or(HttpFailure::NoReactor).map_err(HttpFailure::into_error)?;
        let request = inner.client.post(inner.url.clone()).headers(inner.headers.clone()).body(body);
        let answer = reactor::within(handle.clone(), request.send()).await;
        let answer = answer.map_err(|error| HttpFailure::of_request(&error).into_error())?;
        let status = answer.status();
        if !status.is_success() {
            let failure = HttpFailure::Status(status.as_u16()).into_error();
            return Err(match retry_after::wait(answer.headers(), &*inner.clock) {
                Some(wait) if failure.is_transient() => failure.retry_after(wait),
                _ => failure,
            });
        }
        Ok(stream::chunks(handle, answer, reader(inner.limits)))
    }
}

/// All that is shown of an address: its path may hold an account, what stands before and behind it a key.
struct Host<'a>(Option<&'a Url>);

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.and_then(Url::host_str).unwrap_or("no host"))
    }
}

/// What is shown of a backend that is not made yet: nothing of its options either, which may hold anything.
pub(crate) fn debug_builder(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    base: &str,
    model: &str,
    http: &HttpOptions,
) -> fmt::Result {
    f.debug_struct(name)
        .field("endpoint", &Host(Url::parse(base).ok().as_ref()))
        .field("model", &model)
        .field("http", http)
        .finish_non_exhaustive()
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({:?})", Host(Some(&self.0.url)))
    }
}
