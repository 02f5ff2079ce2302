//! Recall over any store: BM25 over the words of a person's turns, facts and episodes.

mod index;
mod open;
#[cfg(test)]
mod properties;
mod rank;
mod stop;
#[cfg(test)]
mod tests;
mod words;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alliance_core::{
    id::UserId,
    recall::{Cue, Recalled, Recaller},
    store::{MemoryStore, StoreError},
};
use async_trait::async_trait;

use self::{
    index::{Index, Upkeep},
    open::OpenPeople,
};

/// Finds memories by the words that they share with the cue.
///
/// For each open person it keeps an index in memory. At each recall it reads what was appended since, and
/// starts over where anything was erased. Clones share the indexes. Use one `Recall` per store: it cannot
/// tell two stores apart.
///
/// - Searched are what the person said, what they were shown (fixed texts aside), facts that no other fact
///   took the place of, and episodes; the cue's own session is left out.
/// - A memory that shares no content word with the cue, or too little of it, is not returned.
/// - Of memories that say nearly the same, the best stands for all; among equals the newer comes first.
/// - The same store and cue give the same answer.
///
/// Words are compared after a light fold of English and German endings, without the function words of the
/// language that a text is in; stemming by locale, neighbours,
/// recency and vectors are still to come.
#[derive(Clone)]
pub struct Recall {
    people: Arc<Mutex<OpenPeople>>,
}

impl Recall {
    /// How many people are kept open unless the host says otherwise.
    pub const OPEN_PEOPLE: usize = 256;

    /// Recall that keeps [`Recall::OPEN_PEOPLE`] people open.
    #[must_use]
    pub fn new() -> Self {
        Self { people: Arc::new(Mutex::new(OpenPeople::new(Self::OPEN_PEOPLE))) }
    }

    /// Keeps at most this many people open. With 0, each recall reads everything again.
    #[must_use]
    pub fn open_people(self, most: usize) -> Self {
        guard(&self.people).keep(most);
        self
    }

    /// Lets go of what is in memory of a person, for example after they were erased.
    pub fn close(&self, user: UserId) {
        guard(&self.people).close(user);
    }
}

impl Default for Recall {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recall({} people open)", guard(&self.people).len())
    }
}

#[async_trait]
impl Recaller for Recall {
    async fn recall(
        &self,
        store: &dyn MemoryStore,
        user: UserId,
        cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        let index = guard(&self.people).open(user);
        loop {
            let after = guard(&index).at();
            let page = store.read(user, &Index::missing(after)).await?;
            let mut index = guard(&index);
            if index.take_in(after, &page)? == Upkeep::Current {
                return Ok(index.rank(cue));
            }
        }
    }
}

// An index is only ever added to or started over, so a panic elsewhere leaves nothing wrong in it.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
