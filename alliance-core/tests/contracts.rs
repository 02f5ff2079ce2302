//! Every contract works as `dyn`, is `Send + Sync`, and is forwarded by `Arc` and `Box`.
#![cfg(feature = "testing")]

#[expect(dead_code, reason = "the flaws are for the tests that laws can fail")]
mod common;

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use alliance_core::{
    backend::LlmBackend,
    classifier::RiskClassifier,
    clock::{Clock, Timer, Timestamp},
    consolidate::{ConsolidateError, Consolidator, Memories, Transcript},
    escalation::EscalationSink,
    host::{AuditSink, DirectoryProvider, Embedder, HostError, HostErrorKind, KeyStore},
    id::{IdSource, RecordId, SessionId, UserId},
    protocol::Protocol,
    recall::{Candidates, Cue, Recalled, Recaller},
    safety::{
        AuditEntry, AuditHead, Detector, DirectoryEntry, Findings, Region, RiskLevel, ScreenContext,
        ScreenInput, SealKey, Stopwatch,
    },
    store::{MemoryStore, StoreError},
    testing::{
        CountingIds, FixedClassifier, ManualClock, ManualTimer, RecordingSink, ScriptedBackend, SpyDetector,
        block_on, notice, poll_once, prompt, safety_layer, screened,
    },
    token::TokenCounter,
};
use common::{PlainStore, protocol::Worry};

/// Implements whatever has no double, and counts how often it was reached.
#[derive(Clone, Debug, Default)]
struct Host(Arc<AtomicUsize>);

impl Host {
    fn reached(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl DirectoryProvider for Host {
    async fn services(&self, _region: Region) -> Result<Option<DirectoryEntry>, HostError> {
        self.reached();
        Ok(None)
    }
}

#[async_trait::async_trait]
impl AuditSink for Host {
    async fn keep(&self, _entry: &AuditEntry) -> Result<(), HostError> {
        self.reached();
        Ok(())
    }
}

#[async_trait::async_trait]
impl KeyStore for Host {
    async fn key(&self, _user: UserId) -> Result<SealKey, HostError> {
        self.reached();
        Ok(SealKey::new([7; 32]))
    }

    async fn destroy(&self, _user: UserId) -> Result<(), HostError> {
        self.reached();
        Err(HostError::new(HostErrorKind::Missing))
    }
}

#[async_trait::async_trait]
impl Embedder for Host {
    fn dimensions(&self) -> usize {
        self.reached();
        2
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError> {
        self.reached();
        Ok(texts.iter().map(|_| vec![0.0, 1.0]).collect())
    }
}

impl TokenCounter for Host {
    fn count(&self, text: &str) -> usize {
        self.reached();
        text.len()
    }
}

#[async_trait::async_trait]
impl Recaller for Host {
    async fn recall(
        &self,
        _store: &dyn MemoryStore,
        _user: UserId,
        _cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        self.reached();
        Ok(Vec::new())
    }
}

#[async_trait::async_trait]
impl Candidates for Host {
    async fn candidates(&self, _: UserId, _: &Cue, _: usize) -> Result<Vec<RecordId>, StoreError> {
        self.reached();
        Ok(Vec::new())
    }
}

#[async_trait::async_trait]
impl Consolidator for Host {
    async fn consolidate(&self, _transcript: &Transcript) -> Result<Memories, ConsolidateError> {
        self.reached();
        Ok(Memories::none())
    }
}

impl Stopwatch for Host {
    fn elapsed(&self) -> Duration {
        self.reached();
        Duration::ZERO
    }
}

fn user() -> UserId {
    UserId::from_name("ann")
}

/// Runs one use of a contract through both pointers. The use is generic, so that it goes through the
/// pointer's own implementation and not through a dereference.
macro_rules! through_pointers {
    ($contract:path, $make:expr, $calls:path) => {{
        fn plain<T: $contract + Debug + Send + Sync + 'static>(pointer: &T) {
            $calls(pointer);
        }
        fn usable<T: Debug + Send + Sync + ?Sized>() {}
        usable::<dyn $contract>();
        plain::<Arc<dyn $contract>>(&(Arc::new($make) as Arc<dyn $contract>));
        plain::<Box<dyn $contract>>(&(Box::new($make) as Box<dyn $contract>));
        plain(&Arc::new($make));
        plain(&Box::new($make));
    }};
}

/// The same, where the calls are counted.
macro_rules! reached_through_pointers {
    ($contract:path, $calls:path, $count:literal) => {{
        let host = Host::default();
        through_pointers!($contract, host.clone(), $calls);
        assert_eq!(host.0.load(Ordering::SeqCst), 4 * $count);
    }};
}

#[test]
fn backend() {
    fn calls(backend: &impl LlmBackend) {
        assert!(block_on(backend.generate(prompt("hello"))).is_ok());
    }
    let backend = ScriptedBackend::new().always("I hear you.");
    through_pointers!(LlmBackend, backend.clone(), calls);
    assert_eq!(backend.calls(), 4);
}

#[test]
fn store() {
    // All four methods, and that what they give is the store's own: see the law.
    alliance_core::testing::laws::store::works_through_dyn(PlainStore::default);
    fn calls(_: &impl MemoryStore) {}
    through_pointers!(MemoryStore, PlainStore::default(), calls);
}

#[test]
fn protocol() {
    alliance_core::testing::laws::protocol::works_through_dyn(Worry::correct);
    fn calls(protocol: &impl Protocol) {
        assert_eq!(protocol.id().name(), "worry");
    }
    through_pointers!(Protocol, Worry::correct(), calls);
}

#[test]
fn consolidator() {
    fn calls(consolidator: &impl Consolidator) {
        let made = block_on(consolidator.consolidate(&Transcript::default()));
        assert!(made.is_ok());
    }
    reached_through_pointers!(Consolidator, calls, 1);
}

#[test]
fn recaller() {
    fn calls(recaller: &impl Recaller) {
        let found = block_on(recaller.recall(&PlainStore::default(), user(), &Cue::new("sleep")));
        assert_eq!(found.unwrap(), []);
    }
    reached_through_pointers!(Recaller, calls, 1);
}

#[test]
fn candidates() {
    fn calls(candidates: &impl Candidates) {
        assert_eq!(block_on(candidates.candidates(user(), &Cue::new("sleep"), 4)).unwrap(), []);
    }
    reached_through_pointers!(Candidates, calls, 1);
}

#[test]
fn classifier() {
    fn calls(classifier: &impl RiskClassifier) {
        assert!(block_on(classifier.assess(&screened("hello"))).is_ok());
    }
    let classifier = FixedClassifier::nothing();
    through_pointers!(RiskClassifier, classifier.clone(), calls);
    assert_eq!(classifier.calls(), 4);
}

#[test]
fn escalation_sink() {
    fn calls(sink: &impl EscalationSink) {
        assert!(block_on(sink.deliver(&notice(RiskLevel::High))).is_ok());
    }
    let sink = RecordingSink::new();
    through_pointers!(EscalationSink, sink.clone(), calls);
    assert_eq!(sink.acknowledged().len(), 4);
}

#[test]
fn directory_provider() {
    fn calls(provider: &impl DirectoryProvider) {
        assert!(block_on(provider.services("DE".parse().unwrap())).unwrap().is_none());
    }
    reached_through_pointers!(DirectoryProvider, calls, 1);
}

#[test]
fn audit_sink() {
    fn calls(sink: &impl AuditSink) {
        let sos = safety_layer().sos(&ScreenContext::default());
        let decision = sos.decisions().next().unwrap();
        let (mut head, key) = (AuditHead::default(), SealKey::new([7; 32]));
        let entry = head.append(&decision, "", &key, Timestamp::UNIX_EPOCH);
        assert!(block_on(sink.keep(&entry)).is_ok());
    }
    reached_through_pointers!(AuditSink, calls, 1);
}

#[test]
fn key_store() {
    fn calls(keys: &impl KeyStore) {
        assert!(block_on(keys.key(user())).is_ok());
        assert!(block_on(keys.destroy(user())).is_err());
    }
    reached_through_pointers!(KeyStore, calls, 2);
}

#[test]
fn embedder() {
    fn calls(embedder: &impl Embedder) {
        let vectors = block_on(embedder.embed(&["one", "two"])).unwrap();
        assert_eq!((vectors.len(), vectors[0].len()), (2, embedder.dimensions()));
    }
    reached_through_pointers!(Embedder, calls, 2);
}

#[test]
fn token_counter() {
    fn calls(counter: &impl TokenCounter) {
        assert_eq!(counter.count("four"), 4);
    }
    reached_through_pointers!(TokenCounter, calls, 1);
}

#[test]
fn clock() {
    fn calls(clock: &impl Clock) {
        assert_eq!(clock.now(), Timestamp::from_millis(5));
    }
    through_pointers!(Clock, ManualClock::at(Timestamp::from_millis(5)), calls);
}

#[test]
fn id_source() {
    fn calls(ids: &impl IdSource) {
        let first = SessionId::new(ids.next_id());
        assert_ne!(SessionId::new(ids.next_id()), first);
    }
    let ids = CountingIds::new();
    through_pointers!(IdSource, ids.clone(), calls);
    assert_eq!(ids.next_id(), CountingIds::id(9));
}

#[test]
fn timer() {
    fn calls(timer: &impl Timer) {
        assert!(poll_once(&mut timer.sleep(Duration::ZERO)).is_some());
        assert!(poll_once(&mut timer.sleep(Duration::from_secs(1))).is_none());
    }
    through_pointers!(Timer, ManualTimer::new(), calls);
}

#[test]
fn detector() {
    // What a detector sees is made by a layer only, so the layer does the calling.
    fn calls(_: &(impl Detector + 'static)) {}
    through_pointers!(Detector, SpyDetector::new(), calls);
    let spy = SpyDetector::new();
    let shared: Arc<dyn Detector> = Arc::new(spy.clone());
    let boxed: Box<dyn Detector> = Box::new(spy.clone());
    let layer = safety_layer().with_detector(shared).unwrap().with_detector(boxed).unwrap();
    let screening = layer.screen("hello", &ScreenContext::default());
    assert!(screening.left_out().is_empty());
    assert_eq!(spy.seen().len(), 2);
    let _: fn(&SpyDetector, &ScreenInput<'_>, &mut Findings) = SpyDetector::assess;
}

#[test]
fn stopwatch() {
    // No pointer forwards it: a host dereferences.
    fn usable<T: Debug + Send + Sync + ?Sized>() {}
    usable::<dyn Stopwatch>();
    let host = Host::default();
    let shared: Arc<dyn Stopwatch> = Arc::new(host.clone());
    let boxed: Box<dyn Stopwatch> = Box::new(host.clone());
    assert_eq!((shared.elapsed(), boxed.elapsed()), (Duration::ZERO, Duration::ZERO));
    assert_eq!(host.0.load(Ordering::SeqCst), 2);
}
