//! Reading a person out of a store, and into one.

use std::sync::Arc;

use alliance_safety::{Standing, Timestamp};

use super::{Document, ImportError};
use crate::{
    agent::{Agent, ledger},
    consent::{ConsentLedger, Draft},
    id::UserId,
    record::{Body, RecordKind},
    store::{
        Expect, Handle, HandleQuery, MemoryStore, Revision, Selection, StoreError, StoreErrorKind, Stored,
    },
};

/// How often reading starts over because something was erased meanwhile.
const TRIES: usize = 8;

impl Agent {
    /// Everything that is kept of a person, at one moment.
    ///
    /// Whether it may be handed over is for the host to ask: the purpose `sharing` is about other people, and the
    /// person themselves may always have it.
    ///
    /// # Errors
    ///
    /// A store that cannot be read. Of a damaged one `SqliteStore::salvage` gives what is sound, for
    /// [`Document::new`] and [`Document::partial`].
    pub async fn export(&self, user: UserId) -> Result<Document, StoreError> {
        for shared in self.sessions_of(user) {
            shared.work_off().await;
        }
        let store = &*self.parts().store;
        let records = everything(store, user).await?;
        let records = records.into_iter().map(|stored| Arc::unwrap_or_clone(stored.record));
        Ok(Document::new(user, records, due(store, user).await?))
    }

    /// Takes in a document of the person it is of, all or nothing, where nothing of them is kept yet. The same
    /// document once more is `Ok`.
    ///
    /// What was agreed to in the document holds from then on, and so does the level that stood, also in sessions of
    /// this agent that are open.
    ///
    /// # Errors
    ///
    /// [`ImportError`]; nothing was written then.
    pub async fn import(&self, user: UserId, document: &Document) -> Result<Revision, ImportError> {
        if document.user() != user {
            return Err(ImportError::OtherPerson);
        }
        let mut draft = document.records().iter().cloned().fold(Draft::new(), Draft::record);
        for handle in document.handles() {
            draft = draft.open(handle.clone());
        }
        let batch = ConsentLedger::default().admit(draft).map_err(ImportError::NotAgreed)?;
        let sessions = self.sessions_of(user);
        let mut paused = Vec::new();
        for shared in &sessions {
            paused.push(shared.pause_writing().await);
        }
        let store = &*self.parts().store;
        let page = store.read(user, &Selection::all().limit(1)).await?;
        // Where something is kept, only the very same is taken, which the store looks at first (M2).
        let expect = if page.records.is_empty() { page.revision } else { Revision::ZERO };
        let revision = store.append(user, Expect::Head(expect), batch).await.map_err(refused)?;
        if !sessions.is_empty() {
            let (ledger, head) = ledger(store, user).await?;
            let standing = newest_standing(store, user).await?;
            for shared in &sessions {
                shared.note_import(&ledger, standing.as_ref(), head);
            }
        }
        drop(paused);
        Ok(revision)
    }
}

fn refused(error: StoreError) -> ImportError {
    match error.kind {
        StoreErrorKind::Conflict | StoreErrorKind::IdReused => ImportError::Occupied,
        StoreErrorKind::Erased => ImportError::Erased,
        _ => ImportError::Store(error),
    }
}

/// All pages of one moment. What is appended meanwhile is left out.
async fn everything(store: &dyn MemoryStore, user: UserId) -> Result<Vec<Stored>, StoreError> {
    for _ in 0..TRIES {
        let first = store.read(user, &Selection::all()).await?;
        let (end, erasures) = (first.revision, first.erasures);
        let (mut records, mut next) = (first.records, first.next);
        while let Some(after) = next {
            let page = store.read(user, &Selection::all().after(after)).await?;
            if page.erasures != erasures {
                break;
            }
            records.extend(page.records);
            next = page.next.filter(|next| *next > after && *next < end);
        }
        if next.is_none() {
            records.retain(|stored| stored.revision <= end);
            return Ok(records);
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict))
}

/// What is due of a person, ever, also what somebody has a claim on.
async fn due(store: &dyn MemoryStore, user: UserId) -> Result<Vec<Handle>, StoreError> {
    let ever = Timestamp::from_millis(i64::MAX);
    Ok(store.handles(&HandleQuery::due(ever, Selection::MAX).of(user)).await?.handles)
}

async fn newest_standing(store: &dyn MemoryStore, user: UserId) -> Result<Option<Standing>, StoreError> {
    let newest = Selection::all().kinds([RecordKind::Risk]).newest_first().limit(1);
    let page = store.read(user, &newest).await?;
    Ok(page.records.first().and_then(|stored| match &stored.record.body {
        Body::Risk(risk) => Some(risk.standing.clone()),
        _ => None,
    }))
}
