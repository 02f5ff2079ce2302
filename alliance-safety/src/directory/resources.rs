//! What may be shown to a person in one place at one moment.

use std::{fmt, sync::Arc};

use super::{
    Inner,
    entry::DirectoryEntry,
    number::Numbers,
    service::{CrisisService, Need},
};
use crate::Region;

/// The verified help for one place: nothing else may be shown to a person as a number.
#[derive(Clone)]
pub struct Resources {
    pub(super) inner: Arc<Inner>,
    pub(super) region: Option<Region>,
    pub(super) stale: bool,
}

impl Resources {
    /// The emergency number, if one is known and verified.
    #[must_use]
    pub fn emergency(&self) -> Option<&str> {
        let number = self.entry()?.emergency.as_ref()?;
        number.verified.then_some(number.number.as_str())
    }

    /// The emergency number that works on mobile phones in most countries: what is left to say where
    /// [`emergency`](Self::emergency) has nothing.
    #[must_use]
    pub fn fallback_emergency(&self) -> &str {
        &self.inner.fallback_number
    }

    /// The verified services, those for suicide and crisis first.
    pub fn services(&self) -> impl Iterator<Item = &CrisisService> {
        let all = || self.entry().into_iter().flat_map(|e| &e.services).filter(|s| s.verified);
        let first = all().filter(|s| s.need == Need::SuicideAndCrisis);
        first.chain(all().filter(|s| s.need != Need::SuicideAndCrisis))
    }

    /// Pages that list crisis services in many countries.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        self.inner.directories.iter().map(String::as_str)
    }

    /// The page of an international directory about this country.
    #[must_use]
    pub fn country_page(&self) -> Option<String> {
        let code = self.entry()?.region.as_str().to_ascii_lowercase();
        Some(self.inner.deep_link.as_deref()?.replace("<iso lower case>", &code))
    }

    /// Whether nobody has checked these numbers in the last 180 days: show them beside
    /// [`directories`](Self::directories). True for an unknown country.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.stale
    }

    /// Whether the country is known and in the directory.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.entry().is_some()
    }

    /// Whether `number` is one of these, compared by digits: stricter than
    /// [`Directory::lists_number`](super::Directory::lists_number), which knows no place.
    #[must_use]
    pub fn lists_number(&self, number: &str) -> bool {
        let mut numbers = Numbers::default();
        if let Some(entry) = self.entry() {
            add_shown(&mut numbers, entry);
        }
        numbers.insert(self.fallback_emergency(), None);
        numbers.contains(number)
    }

    fn entry(&self) -> Option<&DirectoryEntry> {
        self.inner.entries.get(&self.region?)
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources")
            .field("region", &self.region)
            .field("known", &self.is_known())
            .field("stale", &self.stale)
            .field("services", &self.services().count())
            .finish()
    }
}

/// Adds every number of `entry` that may be shown.
pub(super) fn add_shown(numbers: &mut Numbers, entry: &DirectoryEntry) {
    let dialing = entry.dialing.as_ref();
    if let Some(emergency) = entry.emergency.as_ref().filter(|e| e.verified) {
        numbers.insert(&emergency.number, dialing);
    }
    for service in entry.services.iter().filter(|s| s.verified) {
        service.phones().chain(service.channel_numbers()).for_each(|n| numbers.insert(n, dialing));
    }
}
