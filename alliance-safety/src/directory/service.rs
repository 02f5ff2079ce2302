//! A crisis line or chat, and whom it is for.

use serde::Deserialize;

use super::{
    entry::{Citation, check_text},
    error::DirectoryError,
    number::is_number,
};
use crate::Region;

/// Whom a service is for. Services for suicide and crisis are shown first.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Need {
    /// Anybody in a crisis.
    #[serde(rename = "suicide and crisis")]
    SuicideAndCrisis,
    /// Children and young people.
    #[serde(rename = "children and young people")]
    ChildrenAndYoungPeople,
    /// Anything else, such as violence at home.
    #[serde(rename = "other")]
    Other,
}

/// A crisis line or chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrisisService {
    pub(super) name: String,
    pub(super) need: Need,
    pub(super) phones: Vec<String>,
    pub(super) text_or_chat: Option<String>,
    pub(super) channel_numbers: Vec<String>,
    pub(super) hours: Option<String>,
    pub(super) languages: Vec<String>,
    pub(super) url: Option<String>,
    pub(super) verified: bool,
    pub(super) sources: Vec<Citation>,
}

impl CrisisService {
    /// A service that the host vouches for by the source it adds.
    #[must_use]
    pub fn new(name: impl Into<String>, need: Need) -> Self {
        Self {
            name: name.into(),
            need,
            phones: Vec::new(),
            text_or_chat: None,
            channel_numbers: Vec::new(),
            hours: None,
            languages: Vec::new(),
            url: None,
            verified: true,
            sources: Vec::new(),
        }
    }

    /// Adds a phone number, as it is written in the country.
    #[must_use]
    pub fn with_phone(mut self, number: impl Into<String>) -> Self {
        self.phones.push(number.into());
        self
    }

    /// Sets how to reach the service other than by a call, and which numbers that wording holds.
    #[must_use]
    pub fn text_or_chat<N: Into<String>>(
        mut self,
        how: impl Into<String>,
        numbers: impl IntoIterator<Item = N>,
    ) -> Self {
        self.text_or_chat = Some(how.into());
        self.channel_numbers = numbers.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the opening hours.
    #[must_use]
    pub fn hours(mut self, hours: impl Into<String>) -> Self {
        self.hours = Some(hours.into());
        self
    }

    /// Sets the service's own page.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Adds a language that is spoken there, as an ISO 639-1 code.
    #[must_use]
    pub fn with_language(mut self, code: impl Into<String>) -> Self {
        self.languages.push(code.into());
        self
    }

    /// Adds where the numbers were read.
    #[must_use]
    pub fn with_source(mut self, source: Citation) -> Self {
        self.sources.push(source);
        self
    }

    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whom it is for.
    #[must_use]
    pub const fn need(&self) -> Need {
        self.need
    }

    /// Its phone numbers, the first to try first; may be none.
    pub fn phones(&self) -> impl Iterator<Item = &str> {
        self.phones.iter().map(String::as_str)
    }

    /// How else to reach it.
    #[must_use]
    pub fn other_ways(&self) -> Option<&str> {
        self.text_or_chat.as_deref()
    }

    /// The numbers that [`other_ways`](Self::other_ways) holds.
    pub fn channel_numbers(&self) -> impl Iterator<Item = &str> {
        self.channel_numbers.iter().map(String::as_str)
    }

    /// When it is open, in English; `24/7` for always.
    #[must_use]
    pub fn opening_hours(&self) -> Option<&str> {
        self.hours.as_deref()
    }

    /// The languages spoken there, as ISO 639-1 codes.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(String::as_str)
    }

    /// Its own page.
    #[must_use]
    pub fn page(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Whether the digits of its numbers were found in a source. If not, it is never shown.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.verified
    }

    /// Where its numbers were read.
    pub fn sources(&self) -> impl Iterator<Item = &Citation> {
        self.sources.iter()
    }

    pub(super) fn check(&self, region: Region) -> Result<(), DirectoryError> {
        let service = || self.name.as_str().into();
        let optional = [&self.text_or_chat, &self.hours, &self.url].into_iter().flatten();
        for text in optional.chain(&self.languages).chain([&self.name]) {
            check_text(region, text)?;
        }
        if !self.phones.iter().chain(&self.channel_numbers).all(|n| is_number(n)) {
            return Err(DirectoryError::NotANumber { region, service: service() });
        }
        if self.phones.is_empty() && self.text_or_chat.is_none() && self.url.is_none() {
            return Err(DirectoryError::Unreachable { region, service: service() });
        }
        if self.sources.is_empty() {
            return Err(DirectoryError::Unsourced { region, service: service() });
        }
        Ok(())
    }
}
