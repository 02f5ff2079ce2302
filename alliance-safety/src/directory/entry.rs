//! One country: its emergency number and its crisis services, each with its sources.

use super::{
    error::DirectoryError,
    number::{Dialing, is_number},
    service::CrisisService,
};
use crate::{Region, Timestamp};

/// What a country has: an emergency number, crisis services, and when somebody last checked them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    pub(super) region: Region,
    pub(super) country: String,
    pub(super) dialing: Option<Dialing>,
    pub(super) emergency: Option<EmergencyNumber>,
    pub(super) services: Vec<CrisisService>,
    pub(super) last_verified: Option<Timestamp>,
    pub(super) note: Option<String>,
}

impl DirectoryEntry {
    /// Starts an entry that a host vouches for; it is checked by
    /// [`Directory::with_entry`](super::Directory::with_entry).
    #[must_use]
    pub fn new(region: Region, country: impl Into<String>) -> Self {
        let country = country.into();
        Self {
            region,
            country,
            dialing: None,
            emergency: None,
            services: Vec::new(),
            last_verified: None,
            note: None,
        }
    }

    /// Sets the number to call when a life is in danger now.
    #[must_use]
    pub fn emergency(mut self, number: EmergencyNumber) -> Self {
        self.emergency = Some(number);
        self
    }

    /// Adds a crisis service.
    #[must_use]
    pub fn with_service(mut self, service: CrisisService) -> Self {
        self.services.push(service);
        self
    }

    /// Says when somebody last checked every number of the entry with its operator.
    #[must_use]
    pub fn last_verified(mut self, moment: Timestamp) -> Self {
        self.last_verified = Some(moment);
        self
    }

    /// The country.
    #[must_use]
    pub const fn region(&self) -> Region {
        self.region
    }

    /// The country's name in English.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The emergency number, verified or not.
    #[must_use]
    pub const fn emergency_number(&self) -> Option<&EmergencyNumber> {
        self.emergency.as_ref()
    }

    /// Every service, verified or not. What a person may see comes from
    /// [`Directory::resources`](super::Directory::resources).
    pub fn services(&self) -> impl Iterator<Item = &CrisisService> {
        self.services.iter()
    }

    /// When the entry was last checked with the operators, if ever.
    #[must_use]
    pub const fn verified_at(&self) -> Option<Timestamp> {
        self.last_verified
    }

    /// What a host should know about the entry; not for the person.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Checks what a number and a text have to be, and that every number has a source.
    pub(super) fn check(&self) -> Result<(), DirectoryError> {
        let region = self.region;
        check_text(region, &self.country)?;
        if let Some(emergency) = &self.emergency {
            if !is_number(&emergency.number) {
                return Err(DirectoryError::NotANumber { region, service: EMERGENCY.into() });
            }
            if emergency.sources.is_empty() {
                return Err(DirectoryError::Unsourced { region, service: EMERGENCY.into() });
            }
        }
        self.services.iter().try_for_each(|s| s.check(region))
    }

    /// Checks that every number has a source with a date.
    pub(super) fn check_dated(&self) -> Result<(), DirectoryError> {
        let emergency = self.emergency.iter().map(|e| (EMERGENCY, &e.sources));
        let services = self.services.iter().map(|s| (s.name.as_str(), &s.sources));
        match emergency.chain(services).find(|(_, sources)| sources.iter().all(|s| s.date.is_none())) {
            Some((name, _)) => Err(DirectoryError::Undated { region: self.region, service: name.into() }),
            None => Ok(()),
        }
    }
}

const EMERGENCY: &str = "the emergency number";

/// The number to call when a life is in danger now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyNumber {
    pub(super) number: String,
    pub(super) verified: bool,
    pub(super) sources: Vec<Citation>,
}

impl EmergencyNumber {
    /// A number that the host vouches for by the source it adds.
    #[must_use]
    pub fn new(number: impl Into<String>) -> Self {
        Self { number: number.into(), verified: true, sources: Vec::new() }
    }

    /// Adds where the number was read.
    #[must_use]
    pub fn with_source(mut self, source: Citation) -> Self {
        self.sources.push(source);
        self
    }

    /// The number as it is written in the country.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Whether its digits were found in a source. If not, it is never shown.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.verified
    }

    /// Where the number was read.
    pub fn sources(&self) -> impl Iterator<Item = &Citation> {
        self.sources.iter()
    }
}

/// Where something was read, and when that was written or seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    pub(super) title: String,
    pub(super) date: Option<String>,
    pub(super) url: Option<String>,
}

impl Citation {
    /// A source and its date: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotADate`].
    pub fn new(title: impl Into<String>, date: &str) -> Result<Self, DirectoryError> {
        Ok(Self { title: title.into(), date: Some(checked_date(date)?), url: None })
    }

    /// Sets where it can be read.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// What the source is called.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its date as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    #[must_use]
    pub fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }

    /// Where it can be read.
    #[must_use]
    pub fn page(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

/// Midnight UTC at the start of `day`, written `YYYY-MM-DD`.
pub(super) fn midnight(day: &str) -> Result<Timestamp, DirectoryError> {
    let not_a_date = || DirectoryError::NotADate { found: day.into() };
    if day.len() != "YYYY-MM-DD".len() {
        return Err(not_a_date());
    }
    format!("{day}T00:00:00Z").parse().map_err(|_| not_a_date())
}

/// `date` if it is one, to the year, the month or the day.
pub(super) fn checked_date(date: &str) -> Result<String, DirectoryError> {
    let full = match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.to_owned(),
    };
    midnight(&full).map(|_| date.to_owned()).map_err(|_| DirectoryError::NotADate { found: date.into() })
}

pub(super) fn check_text(region: Region, text: &str) -> Result<(), DirectoryError> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(DirectoryError::BadText { region });
    }
    Ok(())
}
