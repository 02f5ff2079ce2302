//! The person corrects what is kept of them.

use super::{Session, Shared};
use crate::{
    consent::{Draft, Purpose},
    id::RecordId,
    message::MAX_MESSAGE,
    reading::stands_in,
    record::{Body, Record, RecordKind},
    store::{Selection, StoreErrorKind, Stored},
};

/// A correction that was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectError {
    /// There is no such record.
    #[error("there is no such record")]
    NotThere,
    /// It is neither a fact nor an episode: what was said stays as it was said.
    #[error("only facts and episodes can be corrected")]
    NotCorrectable,
    /// Another fact took its place already: that one is what is remembered, and can be corrected.
    #[error("another fact took its place: {0}")]
    Replaced(RecordId),
    /// There are no words, or more than a message can have.
    #[error("the words cannot be kept")]
    Words,
    /// The person does not agree to this purpose any more.
    #[error("no consent to `{}`", .0.as_str())]
    NotAgreed(Purpose),
    /// The store did not take it. It is queued, and tried again with the next write.
    #[error("the correction could not be stored")]
    Store(StoreErrorKind),
}

impl Session {
    /// Writes what the person says in the place of a fact or an episode. Gives the new record.
    ///
    /// A fact takes the place of the old one ([`FactRecord::supersedes`](crate::record::FactRecord::supersedes)), which
    /// stays to answer for what was thought before until it is erased. An episode stands beside the old one: nothing
    /// links the two, so erase the old one. The new record rests on no turn, because the person said it themselves.
    ///
    /// # Errors
    ///
    /// [`CorrectError`]. Nothing was written then; after [`Store`](CorrectError::Store) from writing, the correction is queued.
    pub async fn correct(&self, record: RecordId, words: &str) -> Result<RecordId, CorrectError> {
        let words = words.trim();
        if words.is_empty() || words.len() > MAX_MESSAGE {
            return Err(CorrectError::Words);
        }
        let shared = &self.0;
        let page = shared.read(&Selection::all().ids([record])).await.map_err(CorrectError::Store)?;
        let Some(old) = page.records.first() else { return Err(CorrectError::NotThere) };
        let body = match &old.record.body {
            Body::Fact(fact) => {
                let mut fact = fact.clone();
                (fact.value, fact.supersedes, fact.confidence) = (words.to_owned(), Some(record), 100);
                Body::Fact(fact)
            }
            Body::Episode(episode) => {
                let mut episode = episode.clone();
                words.clone_into(&mut episode.text);
                // Whoever is not named any more is not remembered by name.
                episode.people.retain(|name| stands_in(name, words));
                Body::Episode(episode)
            }
            _ => return Err(CorrectError::NotCorrectable),
        };
        if let Some(purpose) = body.purpose().filter(|purpose| !self.allows(*purpose)) {
            return Err(CorrectError::NotAgreed(purpose));
        }
        if matches!(body, Body::Fact(_))
            && let Some(by) = shared.replaced(record).await.map_err(CorrectError::Store)?
        {
            return Err(CorrectError::Replaced(by));
        }
        let parts = &shared.parts;
        let id = RecordId::new(parts.ids.next_id());
        let corrected = Record::new(id, parts.clock.now(), body).session(shared.id);
        shared.queue([Draft::new().record(corrected)]);
        shared.flush(&[id]).await.map_err(CorrectError::Store)?;
        Ok(id)
    }
}

impl Shared {
    /// The fact that took this one's place, if one did. It was written later.
    async fn replaced(&self, record: RecordId) -> Result<Option<RecordId>, StoreErrorKind> {
        let mut facts = Selection::all().kinds([RecordKind::Fact]).newest_first();
        loop {
            let page = self.read(&facts).await?;
            for Stored { record: newer, .. } in &page.records {
                match &newer.body {
                    Body::Fact(fact) if fact.supersedes == Some(record) => return Ok(Some(newer.id)),
                    _ if newer.id == record => return Ok(None),
                    _ => {}
                }
            }
            let Some(next) = page.next else { return Ok(None) };
            facts.before = Some(next);
        }
    }
}
