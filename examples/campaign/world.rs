//! What an agent is made of in a campaign: a model that says what it is told to, time and ids that only move when they
//! are asked, a human who is told, and a store that ends its process at a write.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use alliance::{
    agent::{Agent, AgentBuilder},
    backend::{BackendError, Chunk, ChunkStream, LlmBackend, StopReason},
    clock::{Clock, Timer},
    consent::Batch,
    escalation::{Escalation, EscalationError, EscalationSink, Notice},
    host::{HostError, KeyStore},
    id::{IdSource, RecordId, UserId},
    memory::InMemoryStore,
    prompt::Prompt,
    safety::{SafetyLayer, SealKey, Timestamp},
    store::{
        ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page, Revision, Selection,
        StoreError,
    },
};
use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, pending},
    stream,
};
use uuid::Uuid;

/// Says three sentences in pieces.
#[derive(Debug)]
pub(crate) struct Talker;

#[async_trait::async_trait]
impl LlmBackend for Talker {
    async fn generate(&self, _prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let words = ["That sounds like a full ", "day. What was the best of it", "? I am listening."];
        let words = words.map(|words| Ok(Chunk::Words(words.to_owned())));
        let end = Ok(Chunk::End { stop: StopReason::Complete, usage: None });
        Ok(stream::iter(words.into_iter().chain([end])).boxed())
    }
}

/// Time that moves on by a second whenever it is looked at, and ids that count.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    now: Arc<AtomicI64>,
    next: Arc<AtomicU64>,
}

impl Counting {
    pub(crate) fn new() -> Self {
        Self { now: Arc::new(AtomicI64::new(1_800_000_000_000)), next: Arc::new(AtomicU64::new(1)) }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.now.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for Counting {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.fetch_add(1000, Ordering::Relaxed))
    }
}

impl IdSource for Counting {
    fn next_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Nothing is ever over.
#[derive(Debug)]
struct Never;

impl Timer for Never {
    fn sleep(&self, _span: Duration) -> BoxFuture<'static, ()> {
        pending().boxed()
    }
}

/// A human who is told, and does not always pick up at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Human(Arc<Mutex<Vec<(RecordId, bool)>>>);

impl Human {
    /// Of what they were told, each time that it was tried, and whether they picked up.
    pub(crate) fn told(&self) -> Vec<(RecordId, bool)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl EscalationSink for Human {
    async fn deliver(&self, notice: &Notice) -> Result<(), EscalationError> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let picked_up = !told.len().is_multiple_of(3);
        told.push((notice.id, picked_up));
        if picked_up { Ok(()) } else { Err(EscalationError::new("not at the desk")) }
    }
}

/// One key for everybody, so that seals hold over a restart.
#[derive(Debug)]
pub(crate) struct OneKey;

#[async_trait::async_trait]
impl KeyStore for OneKey {
    async fn key(&self, _user: UserId) -> Result<SealKey, HostError> {
        Ok(SealKey::new([7; 32]))
    }

    async fn held(&self, user: UserId) -> Result<Option<SealKey>, HostError> {
        self.key(user).await.map(Some)
    }

    async fn destroy(&self, _user: UserId) -> Result<(), HostError> {
        Ok(())
    }
}

/// An agent over `store`, before it is built.
pub(crate) fn agent(
    safety: &SafetyLayer,
    counting: &Counting,
    human: &Human,
    store: impl MemoryStore + 'static,
) -> AgentBuilder {
    Agent::builder(safety.clone(), Talker, Escalation::to(human.clone()))
        .clock(counting.clone())
        .ids(counting.clone())
        .timer(Never)
        .keys(OneKey)
        .store(store)
}

/// Where a process ends: at which write, and on which side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    Before(u64),
    After(u64),
}

/// A store whose process ends at a write: nothing is answered from then on.
#[derive(Clone, Debug)]
pub(crate) struct Mortal {
    inner: InMemoryStore,
    crash: Option<Crash>,
    writes: Arc<AtomicU64>,
    dead: Arc<AtomicBool>,
}

impl Mortal {
    pub(crate) fn new(inner: InMemoryStore, crash: Option<Crash>) -> Self {
        Self { inner, crash, writes: Arc::default(), dead: Arc::default() }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    async fn live(&self) {
        if self.is_dead() {
            pending::<()>().await;
        }
    }

    async fn write<T>(&self, what: impl Future<Output = T>) -> T {
        self.live().await;
        let number = self.writes.fetch_add(1, Ordering::Relaxed) + 1;
        self.end_at(Crash::Before(number)).await;
        let done = what.await;
        self.end_at(Crash::After(number)).await;
        done
    }

    async fn end_at(&self, place: Crash) {
        if self.crash == Some(place) {
            self.dead.store(true, Ordering::Relaxed);
        }
        self.live().await;
    }
}

#[async_trait::async_trait]
impl MemoryStore for Mortal {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.write(self.inner.append(user, expect, batch)).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        self.live().await;
        self.inner.read(user, selection).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        self.write(self.inner.forget(user, what)).await
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        // A claim is a write too.
        self.write(self.inner.handles(query)).await
    }
}
