//! Whom to call, where: the built-in directory of crisis services, and a host's own.
//!
//! A number reaches a person only from here, never from a model. A service whose digits were found in
//! no source is never shown; an entry that nobody checked for 180 days is shown beside the
//! international directories. No number of the built-in file was called, so every entry of it is stale.

mod entry;
mod error;
mod file;
mod number;
mod resources;
mod service;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

pub use entry::{Citation, DirectoryEntry, EmergencyNumber};
pub use error::DirectoryError;
pub use resources::Resources;
pub use service::{CrisisService, Need};

use crate::{Region, Timestamp};
use number::Numbers;

const BUILT_IN: &str = include_str!("../../data/directory.json");

/// An entry last checked longer ago than this is stale.
const FRESH_FOR: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// How far ahead of `now` a check may lie, for the sake of time zones, before it counts as a slip.
const AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// Crisis services by country. Cheap to clone.
///
/// A host that has checked a country's numbers puts its own entry in the place of the built-in one:
///
/// ```
/// use alliance_safety::{CrisisService, Directory, DirectoryEntry, EmergencyNumber, Need, Citation, Timestamp};
///
/// let page = Citation::new("the operator's page", "2026-01-31")?;
/// let now: Timestamp = "2026-02-01T00:00:00Z".parse()?;
/// let directory = Directory::built_in()?.with_entry(
///     DirectoryEntry::new("NZ".parse()?, "New Zealand")
///         .emergency(EmergencyNumber::new("555").with_source(page.clone()))
///         .with_service(
///             CrisisService::new("A line", Need::SuicideAndCrisis).with_phone("555 0100").with_source(page),
///         )
///         .last_verified(now),
/// )?;
/// assert!(!directory.resources(Some("NZ".parse()?), now).is_stale());
/// assert!(directory.lists_number("555-0100"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Directory(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    compiled: String,
    fallback_number: String,
    directories: Vec<String>,
    deep_link: Option<String>,
    entries: BTreeMap<Region, DirectoryEntry>,
    shown: Numbers,
}

impl Directory {
    /// The directory that comes with this crate.
    ///
    /// # Errors
    ///
    /// A [`DirectoryError`] if the embedded file is broken; a test sees to it that it is not.
    pub fn built_in() -> Result<Self, DirectoryError> {
        Self::from_json(BUILT_IN)
    }

    /// Reads a host's own file, in the format of `data/directory.json`.
    ///
    /// # Errors
    ///
    /// A [`DirectoryError`] that says where in the file, or which country and service, and what is wrong.
    pub fn from_json(json: &str) -> Result<Self, DirectoryError> {
        file::read(json).map(Self::indexed)
    }

    /// Puts a host's entry in the place of the country's own, or adds the country.
    ///
    /// # Errors
    ///
    /// A [`DirectoryError`] if a number is no phone number, has no source, or has no source with a date.
    pub fn with_entry(self, mut entry: DirectoryEntry) -> Result<Self, DirectoryError> {
        entry.check()?;
        entry.check_dated()?;
        let mut inner = Arc::unwrap_or_clone(self.0);
        if entry.dialing.is_none() {
            entry.dialing = inner.entries.get(&entry.region).and_then(|old| old.dialing.clone());
        }
        inner.entries.insert(entry.region, entry);
        Ok(Self::indexed(inner))
    }

    /// What may be shown to a person in `region` at the moment `now`.
    ///
    /// An unknown country has no number of its own, only the international directories and the
    /// emergency number that works on mobile phones in most countries.
    #[must_use]
    pub fn resources(&self, region: Option<Region>, now: Timestamp) -> Resources {
        let checked = region.and_then(|r| self.0.entries.get(&r)).and_then(DirectoryEntry::verified_at);
        let stale = checked.is_none_or(|at| now.since(at) > FRESH_FOR || at.since(now) > AHEAD);
        Resources { inner: Arc::clone(&self.0), region, stale }
    }

    /// Whether `number` may be shown to somebody somewhere: an emergency number or the number of a
    /// service, verified, in any country.
    ///
    /// Compared by digits. The national form (`0…`) and the international one (`+49 …`, `0049 …`,
    /// `+49 (0) …`) of a number are the same; a number of fewer than seven digits has a national form
    /// only. Anything that is not wholly a phone number is not listed. For the numbers of one place use
    /// [`Resources::lists_number`]: a short number may be a crisis line here and something else there.
    #[must_use]
    pub fn lists_number(&self, number: &str) -> bool {
        self.0.shown.contains(number)
    }

    /// Every entry, by country code.
    pub fn entries(&self) -> impl Iterator<Item = &DirectoryEntry> {
        self.0.entries.values()
    }

    fn indexed(mut inner: Inner) -> Self {
        let mut shown = Numbers::default();
        inner.entries.values().for_each(|entry| resources::add_shown(&mut shown, entry));
        shown.insert(&inner.fallback_number, None);
        inner.shown = shown;
        Self(Arc::new(inner))
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("compiled", &self.0.compiled)
            .field("entries", &self.0.entries.len())
            .finish()
    }
}
