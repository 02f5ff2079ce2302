//! Keys of providers.

use std::fmt;

use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use super::SetupError;

/// A key for a provider. Overwritten when it is dropped, and never shown.
///
/// The header that carries it is a copy in the client, which is marked as sensitive and is not overwritten.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// This key, without white space around it.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        let key = Zeroizing::new(key.into());
        Self(Zeroizing::new(key.trim().to_owned()))
    }

    /// The value of a header: `before`, and the key.
    pub(crate) fn header(&self, before: &str) -> Result<HeaderValue, SetupError> {
        if self.0.is_empty() {
            return Err(SetupError::Key);
        }
        let text = Zeroizing::new(format!("{before}{}", *self.0));
        let mut value = HeaderValue::from_str(&text).map_err(|_| SetupError::Key)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}
