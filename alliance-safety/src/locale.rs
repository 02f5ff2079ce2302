//! The language that words are in, and the place whose services are meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language that reviewed texts exist in. Anything else falls back to English.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Locale {
    /// Every shipped language.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A language tag whose language is not shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no reviewed texts in this language: use `en` or `de`")]
#[non_exhaustive]
pub struct LocaleError;

impl FromStr for Locale {
    type Err = LocaleError;

    /// Reads a BCP 47 tag by its language part: `de-AT` is German.
    fn from_str(tag: &str) -> Result<Self, LocaleError> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|l| l.as_str().eq_ignore_ascii_case(language)).ok_or(LocaleError)
    }
}

/// A country by its ISO 3166-1 alpha-2 code, upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region([u8; 2]);

/// Text that is not an ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a region is a two-letter country code such as `US` or `DE`")]
#[non_exhaustive]
pub struct RegionError;

impl Region {
    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(code: &str) -> Result<Self, RegionError> {
        let &[a, b] = code.as_bytes() else { return Err(RegionError) };
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() {
            Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
        } else {
            Err(RegionError)
        }
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;

    fn try_from(code: String) -> Result<Self, RegionError> {
        code.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().to_owned()
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
