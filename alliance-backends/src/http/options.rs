//! What a host decides about the network.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use reqwest::{Client, Url, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;

use super::{SetupError, reactor::Reactor};
use crate::read::ReadLimits;

/// What a host decides about the network. The defaults are the careful ones: no redirects in any case, no proxies from
/// the environment, no plain HTTP beyond this machine, and no certificates but the system's.
#[derive(Clone)]
#[must_use]
pub struct HttpOptions {
    connect: Duration,
    environment_proxies: bool,
    plain_http: bool,
    own_reactor: bool,
    roots: Vec<Vec<u8>>,
    pub(super) limits: ReadLimits,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            environment_proxies: false,
            plain_http: false,
            own_reactor: false,
            roots: Vec::new(),
            limits: ReadLimits::default(),
        }
    }
}

impl HttpOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a connection, with its TLS, may take. Default 5 s.
    pub const fn connect(mut self, span: Duration) -> Self {
        self.connect = span;
        self
    }

    /// Takes proxies from the environment (`HTTPS_PROXY` and the like), but for what is on this machine.
    pub const fn environment_proxies(mut self) -> Self {
        self.environment_proxies = true;
        self
    }

    /// Allows plain HTTP to other machines. Whoever is between reads every word: only for a network of your own.
    pub const fn plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Trusts a certificate of your own (DER) beside the system's.
    pub fn trust(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.roots.push(certificate.into());
        self
    }

    /// Sets how much of a reply is read.
    pub const fn limits(mut self, limits: ReadLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads from the network on a thread of the library's own, also where the host runs on tokio: for a runtime
    /// without its clock or its network.
    pub const fn own_reactor(mut self) -> Self {
        self.own_reactor = true;
        self
    }

    pub(super) const fn reactor(&self) -> Reactor {
        if self.own_reactor { Reactor::Own } else { Reactor::OfHost }
    }

    pub(super) fn client(&self, url: &Url) -> Result<Client, SetupError> {
        let secure = match url.scheme() {
            "https" => true,
            "http" if self.plain_http || is_this_machine(url) => false,
            "http" => return Err(SetupError::PlainHttp),
            _ => return Err(SetupError::Url),
        };
        let builder = Client::builder()
            .tls_backend_preconfigured(self.tls(secure)?)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect);
        // To this machine it may go in the clear, so it takes no way beyond it.
        let proxies = self.environment_proxies && !is_this_machine(url);
        let builder = if proxies { builder } else { builder.no_proxy() };
        builder.build().map_err(|_| SetupError::Client)
    }

    /// TLS with ring, chosen here and not for the whole process.
    fn tls(&self, secure: bool) -> Result<ClientConfig, SetupError> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|_| SetupError::Client)?;
        // Without TLS nobody has to be trusted, and reading the system's certificates takes some milliseconds.
        if !secure {
            return Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
        }
        let roots = self.roots.iter().cloned().map(CertificateDer::from);
        let verifier =
            Verifier::new_with_extra_roots(roots, provider).map_err(|_| SetupError::Certificates)?;
        let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        Ok(config.with_no_client_auth())
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("connect", &self.connect)
            .field("environment_proxies", &self.environment_proxies)
            .field("plain_http", &self.plain_http)
            .field("own_reactor", &self.own_reactor)
            .field("roots", &self.roots.len())
            .field("limits", &self.limits)
            .finish()
    }
}
