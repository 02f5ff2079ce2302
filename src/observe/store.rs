//! Calls of a store, and recall.

use alliance_core::{
    consent::Batch,
    id::UserId,
    recall::{Cue, Recalled, Recaller},
    safety::Timestamp,
    store::{
        AdmittedSnapshot, ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page,
        Revision, Selection, Snapshot, StoreError,
    },
};
use tracing::{Instrument as _, Span, field::Empty, info_span};

/// A store with a span around each of its calls.
#[derive(Clone, Debug)]
pub struct ObservedStore<S>(S);

impl<S: MemoryStore> ObservedStore<S> {
    /// Observes `store`.
    #[must_use]
    pub const fn new(store: S) -> Self {
        Self(store)
    }
}

/// A span around one call, which says how it failed.
async fn called<T>(
    call: &'static str,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let span = info_span!("store", alliance.call = call, error.r#type = Empty);
    let done = work.instrument(span.clone()).await;
    note_error(&span, &done);
    done
}

fn note_error<T>(span: &Span, done: &Result<T, StoreError>) {
    if let Err(error) = done {
        span.record("error.type", tracing::field::debug(error.kind));
    }
}

#[async_trait::async_trait]
impl<S: MemoryStore> MemoryStore for ObservedStore<S> {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        called("append", self.0.append(user, expect, batch)).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        called("read", self.0.read(user, selection)).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        called("forget", self.0.forget(user, what)).await
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        called("handles", self.0.handles(query)).await
    }

    async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
        called("keep_snapshot", self.0.keep_snapshot(user, snapshot)).await
    }

    async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        called("snapshot", self.0.snapshot(user, name)).await
    }
}

/// Recall with a span around it.
#[derive(Clone, Debug)]
pub struct ObservedRecaller<R>(R);

impl<R: Recaller> ObservedRecaller<R> {
    /// Observes `recaller`.
    #[must_use]
    pub const fn new(recaller: R) -> Self {
        Self(recaller)
    }
}

#[async_trait::async_trait]
impl<R: Recaller> Recaller for ObservedRecaller<R> {
    async fn recall(
        &self,
        store: &dyn MemoryStore,
        user: UserId,
        cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        let span = info_span!("recall", alliance.memories = Empty, error.r#type = Empty);
        let done = self.0.recall(store, user, cue).instrument(span.clone()).await;
        note_error(&span, &done);
        if let Ok(found) = &done {
            span.record("alliance.memories", found.len());
        }
        done
    }

    async fn save(&self, store: &dyn MemoryStore, user: UserId) -> Result<(), StoreError> {
        let span = info_span!("save_recall", error.r#type = Empty);
        let done = self.0.save(store, user).instrument(span.clone()).await;
        note_error(&span, &done);
        done
    }

    fn idle(&self, now: Timestamp) -> Vec<UserId> {
        self.0.idle(now)
    }
}
