//! Recall over any store, and a store's own index.

use std::sync::Arc;

use alliance::{
    consolidate::{ConsolidateError, Consolidator, Memories, Transcript, TranscriptTurn},
    id::{RecordId, UserId},
    recall::{Candidates, Cue, RecallReason, Recalled, Recaller},
    record::{Body, RecordKind, SummaryPoint},
    store::{MemoryStore, Selection, StoreError},
};

use crate::Calls;

/// Finds what the person said before with a word of five letters or more that they say again.
#[derive(Clone, Debug)]
pub struct SameWord(pub Calls);

#[async_trait::async_trait]
impl Recaller for SameWord {
    async fn recall(
        &self,
        store: &dyn MemoryStore,
        user: UserId,
        cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        self.0.note("recaller");
        let page =
            store.read(user, &Selection::all().kinds([RecordKind::TurnAccepted]).newest_first()).await?;
        let found =
            page.records.iter().filter(|stored| stored.record.session != cue.session).filter_map(|stored| {
                let Body::TurnAccepted(accepted) = &stored.record.body else { return None };
                let shared = cue.text.split(' ').any(|word| word.len() > 4 && accepted.text.contains(word));
                let text = Arc::clone(&accepted.text);
                shared.then(|| Recalled::new(stored.record.id, text, 1.0, RecallReason::Words))
            });
        Ok(found.take(cue.limit).collect())
    }
}

/// Makes a summary of the first thing that the person said.
#[derive(Clone, Debug)]
pub struct FirstWords(pub Calls);

#[async_trait::async_trait]
impl Consolidator for FirstWords {
    async fn consolidate(&self, transcript: &Transcript) -> Result<Memories, ConsolidateError> {
        self.0.note("consolidator");
        let mut memories = Memories::none();
        let point = |turn: &TranscriptTurn| SummaryPoint::new(&*turn.said, vec![turn.turn]);
        memories.summary.extend(transcript.turns.iter().take(1).map(point));
        Ok(memories)
    }
}

/// An index that offers everything there is, newest first.
#[derive(Clone, Debug)]
pub struct Newest<S>(pub S);

#[async_trait::async_trait]
impl<S: MemoryStore> Candidates for Newest<S> {
    async fn candidates(&self, user: UserId, _cue: &Cue, limit: usize) -> Result<Vec<RecordId>, StoreError> {
        let page = self.0.read(user, &Selection::all().newest_first().limit(limit)).await?;
        Ok(page.records.iter().map(|stored| stored.record.id).collect())
    }
}
