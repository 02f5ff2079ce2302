//! Erasing: the store, open sessions, and the key.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use alliance_safety::SealKey;

use super::{Agent, Parts};
use crate::{
    host::{HostError, KeyStore},
    id::{RecordId, TurnId, UserId},
    record::RecordKind,
    store::{ErasureReceipt, Forget, Selection, StoreError, StoreErrorKind, Topic},
};

impl Agent {
    /// Erases what is held of a person: from the store, from this agent's open sessions, and with
    /// [`Forget::Everything`] the person's key too, once.
    ///
    /// A turn is erased whole where a topic is in what was said or in the reply: one would tell the other. Give the
    /// store and the agent the same [`KeyStore`]; a key that the store destroyed is not asked for again. After
    /// everything was erased, an open session keeps nothing until the person agrees anew, and has a new key then.
    ///
    /// # Errors
    ///
    /// Whatever the store says; [`StoreErrorKind::Key`] where the records are gone and the key may not be. The same
    /// call again goes on with it.
    pub async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        let parts = &self.parts;
        let sessions = self.sessions_of(user);
        let everything = *what == Forget::Everything;
        let alone = if everything { Some(parts.erasing.lock().await) } else { None };
        // Nobody writes in between what they had in hand before.
        let mut paused = Vec::new();
        for shared in &sessions {
            paused.push(shared.pause_writing().await);
        }
        let before = match &parts.keys {
            Some(keys) if everything => Some((keys, keys.held(user).await)),
            _ => None,
        };
        let mut windows = Vec::new();
        for shared in &sessions {
            windows.push((shared, shared.held_of_window(what).await));
        }
        let receipt = match what {
            Forget::About(topic) => self.forget_about(user, topic).await?,
            _ => parts.store.forget(user, what).await?,
        };
        for (shared, held) in windows {
            shared.note_erasure(what, held).await;
        }
        drop(paused);
        if let Some((keys, before)) = before {
            destroy(&**keys, user, before)
                .await
                .map_err(|error| StoreError::new(StoreErrorKind::Key).source(error))?;
        }
        drop(alone);
        Ok(receipt)
    }

    /// Whole turns first, all at once; then whatever else is about it, also what came meanwhile.
    async fn forget_about(&self, user: UserId, topic: &Topic) -> Result<ErasureReceipt, StoreError> {
        let turns = turns_about(&self.parts, user, topic).await?;
        let mut receipt = ErasureReceipt::default();
        if !turns.is_empty() {
            receipt = self.parts.store.forget(user, &Forget::Records(turns)).await?;
        }
        receipt.merge(self.parts.store.forget(user, &Forget::About(topic.clone())).await?);
        Ok(receipt)
    }
}

/// What was said and what was shown in every turn in which either is about the topic.
async fn turns_about(parts: &Arc<Parts>, user: UserId, topic: &Topic) -> Result<Vec<RecordId>, StoreError> {
    let (mut turns, mut meant) = (BTreeMap::<TurnId, Vec<RecordId>>::new(), BTreeSet::new());
    let mut selection = Selection::all().kinds([RecordKind::TurnAccepted, RecordKind::TurnEnded]);
    loop {
        let page = parts.store.read(user, &selection).await?;
        for record in page.records.iter().map(|stored| &stored.record) {
            let Some(turn) = record.turn else { continue };
            turns.entry(turn).or_default().push(record.id);
            if topic.is_in(record) {
                meant.insert(turn);
            }
        }
        match page.next {
            Some(next) if next > selection.after => selection.after = next,
            _ => break,
        }
    }
    Ok(meant.iter().filter_map(|turn| turns.remove(turn)).flatten().collect())
}

/// Destroys the key that was held before the erasure, where the store did not. One that was made since belongs to
/// whoever agreed anew, and stays.
async fn destroy(
    keys: &dyn KeyStore,
    user: UserId,
    before: Result<Option<SealKey>, HostError>,
) -> Result<(), HostError> {
    match (before, keys.held(user).await) {
        (_, Ok(None)) | (Ok(None), _) => Ok(()),
        (Ok(Some(before)), Ok(Some(now))) if before != now => Ok(()),
        // It may be the old one or a new one: whoever asks again, knows.
        (Err(unknown), Ok(Some(_))) => Err(unknown),
        // Also one that nobody can read.
        _ => keys.destroy(user).await,
    }
}
