//! Recall over any store: ranking of a person's turns, facts and episodes by what a cue says.

mod bytes;
mod change;
mod cue;
mod date;
mod index;
mod kin;
mod list;
mod mark;
#[cfg(test)]
mod meaning;
#[cfg(test)]
mod meant;
mod memorable;
mod open;
mod postings;
#[cfg(test)]
mod properties;
mod rank;
mod saved;
#[cfg(test)]
mod saving;
mod stem;
mod stop;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod vectors;
mod words;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alliance_core::{
    consent::ConsentLedger,
    host::Embedder,
    id::UserId,
    recall::{Cue, Recalled, Recaller},
    safety::Timestamp,
    store::{MemoryStore, StoreError, StoreErrorKind},
};
use async_trait::async_trait;

#[cfg(feature = "static-embedder")]
pub(crate) use self::mark::checksum;
use self::{
    index::{Index, Upkeep},
    open::OpenPeople,
    rank::Meaning,
};
pub(crate) use self::{time::happened, words::scan};

/// Finds memories by the words that they share with the cue, without a model.
///
/// For each open person it keeps an index in memory. At each recall it reads what was appended since, and
/// starts over where anything was erased. Clones share the indexes. Use one `Recall` per store: it cannot
/// tell two stores apart.
///
/// [`save`](Recaller::save) keeps an index in a store that keeps [`Snapshot`](alliance_core::store::Snapshot)s, and the first
/// recall of a person goes on from there. One that is damaged, another person's, or made by a version that reads texts
/// otherwise is left alone, and the log is read instead. Vectors are not saved.
///
/// - Searched are what the person said, what they were shown (fixed texts aside), facts and episodes; the
///   cue's own session is left out. A fact that another took the place of is found only by a cue that asks how
///   it was before ("back then", "früher").
/// - Words are compared by their stems in the language that a text is in, English or German, without its
///   function words; German compounds by their parts too, where both are words of the person's log.
/// - What the person took back later ("that wasn't true") is left out, and what is otherwise since ("nicht mehr")
///   comes after what says so, unless the cue asks how it was before.
/// - A memory is read with the one before and after it in its session, and gets a share of their scores: what
///   was said without naming it is found by what stands beside it.
/// - People and times that the cue names ("in March", "letzte Woche", counted from [`Cue::at`]) raise memories
///   of them; newer and more salient ones come a little before others.
/// - A cue that points to something as known ("that thing with my boss", "die Sache mit …") needs to find
///   less, and together with the person's last words in the cue's session is more than its own few.
/// - Where the best memory gives too little of what the cue asks for, nothing is returned.
/// - Of memories that say nearly the same, the best stands for all; among equals the newer comes first.
/// - The same store and cue give the same answer.
#[derive(Clone)]
pub struct Recall {
    people: Arc<Mutex<OpenPeople>>,
    embedder: Option<Arc<dyn Embedder>>,
    threshold: f32,
}

impl Recall {
    /// How many people are kept open unless the host says otherwise.
    pub const OPEN_PEOPLE: usize = 256;

    /// How much of what a cue asks for must be found for anything to be recalled, unless the host says otherwise.
    pub const THRESHOLD: f32 = 0.5;
    /// How many texts at most are given to an embedder at once.
    const EMBEDDED_AT_ONCE: usize = 64;

    /// Recall without vectors that keeps [`Recall::OPEN_PEOPLE`] people open.
    #[must_use]
    pub fn new() -> Self {
        let people = Arc::new(Mutex::new(OpenPeople::new(Self::OPEN_PEOPLE)));
        Self { people, embedder: None, threshold: Self::THRESHOLD }
    }

    /// Looks at what memories mean too. Every memory is embedded once while its person is open, at the next
    /// recall; if the embedder fails, recall goes by words alone.
    ///
    /// Clones made before share the indexes: use one embedder for all of them.
    #[must_use]
    pub fn embedder(mut self, embedder: impl Embedder + 'static) -> Self {
        self.embedder = Some(Arc::new(embedder));
        self
    }

    /// Recalls nothing where the best memory, read with its neighbours, gives less than this of what the cue
    /// asks for. At 1 a cue of one word must be found in so many words; [`Recall::THRESHOLD`] is half of that,
    /// and a cue of more words needs more, though not in proportion. With 0 a shared word is enough: for a
    /// search whose answer a person looks over, not for a prompt.
    #[must_use]
    pub const fn threshold(mut self, threshold: f32) -> Self {
        self.threshold = threshold;
        self
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
        let close = self.embedder.as_ref().map_or(f32::INFINITY, Embedder::close);
        let means = |vector| Meaning { vector, close };
        let mut meaning = match &self.embedder {
            Some(embedder) => embed(embedder, &[&*cue.text]).await.and_then(|mut vectors| vectors.pop()),
            None => None,
        };
        go_on_from_saved(store, user, &index).await;
        loop {
            let after = guard(&index).at();
            let page = store.read(user, &Index::missing(after)).await?;
            let missing = {
                let mut index = guard(&index);
                if index.take_in(after, &page)? == Upkeep::ReadOn {
                    continue;
                }
                let missing = meaning.as_ref().and_then(|_| index.without_vector(Self::EMBEDDED_AT_ONCE));
                // Ranked right after a read: what was erased while something was embedded is not found.
                let Some(missing) = missing else {
                    return Ok(index.rank(cue, meaning.as_deref().map(means), self.threshold));
                };
                missing
            };
            let texts: Vec<&str> = missing.texts.iter().map(|text| &**text).collect();
            let vectors = match &self.embedder {
                Some(embedder) => embed(embedder, &texts).await,
                None => None,
            };
            if vectors.is_none_or(|vectors| !guard(&index).add_vectors(&missing, &vectors)) {
                meaning = None;
            }
        }
    }

    async fn save(&self, store: &dyn MemoryStore, user: UserId) -> Result<(), StoreError> {
        self.save_where(store, user, Index::is_worth_saving).await
    }

    fn idle(&self, now: Timestamp) -> Vec<UserId> {
        guard(&self.people).idle(now)
    }
}

impl Recall {
    async fn save_where(
        &self,
        store: &dyn MemoryStore,
        user: UserId,
        is_worth_it: impl Fn(&Index) -> bool + Send,
    ) -> Result<(), StoreError> {
        // Whoever is not open is not opened: others may be in a conversation.
        let index = guard(&self.people).get(user).unwrap_or_default();
        go_on_from_saved(store, user, &index).await;
        loop {
            let after = guard(&index).at();
            let page = store.read(user, &Index::missing(after)).await?;
            if guard(&index).take_in(after, &page)? == Upkeep::Current {
                break;
            }
        }
        let to_save = {
            let mut index = guard(&index);
            if !is_worth_it(&index) {
                return Ok(());
            }
            index.pack(user)
        };
        let ledger = ConsentLedger::read(store, user).await?;
        if let Ok(admitted) = ledger.admit_snapshot(to_save.snapshot, to_save.kinds) {
            match store.keep_snapshot(user, admitted).await {
                // Something was erased or decided meanwhile: another time.
                Err(error) if error.kind == StoreErrorKind::Conflict => return Ok(()),
                kept => kept?,
            }
        }
        guard(&index).note_saved(to_save.reach);
        Ok(())
    }
}

/// Where nothing was read of a person yet, takes what was saved. Without it, or where it cannot be read, the log says
/// the same.
async fn go_on_from_saved(store: &dyn MemoryStore, user: UserId, index: &Mutex<Index>) {
    if !guard(index).seek_saved() {
        return;
    }
    if let Ok(Some(snapshot)) = store.snapshot(user, saved::NAME).await
        && let Some(saved) = Index::saved(user, snapshot)
    {
        guard(index).go_on_from(saved);
    }
}

/// Vectors, or nothing where the embedder fails or breaks its contract.
async fn embed(embedder: &dyn Embedder, texts: &[&str]) -> Option<Vec<Vec<f32>>> {
    let (dimensions, vectors) = (embedder.dimensions(), embedder.embed(texts).await.ok()?);
    let sound = vectors.len() == texts.len() && vectors.iter().all(|vector| vector.len() == dimensions);
    sound.then_some(vectors)
}

// An index is only ever added to or started over, so a panic elsewhere leaves nothing wrong in it.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
