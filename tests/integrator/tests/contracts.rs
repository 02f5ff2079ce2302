//! Every contract works as `dyn`, is `Send + Sync`, and is forwarded for `Arc` and `Box`.

use std::sync::Arc;

use alliance::{
    backend::LlmBackend,
    classifier::RiskClassifier,
    clock::{Clock, Timer},
    consolidate::Consolidator,
    escalation::EscalationSink,
    host::{AuditSink, DirectoryProvider, Embedder, KeyStore},
    id::IdSource,
    protocol::Protocol,
    recall::{Candidates, Recaller},
    safety::{Detector, Stopwatch},
    store::MemoryStore,
    token::TokenCounter,
};
use integrator::{Calls, backend, host, measure, memory, protocol, risk, store};

fn send_and_sync<T: Send + Sync + ?Sized>() {}

/// One test for a contract: this type keeps it, as itself, and behind every pointer.
macro_rules! contract {
    ($name:ident: $contract:ident for $implementer:ty) => {
        #[test]
        fn $name() {
            fn keeps<T: $contract + ?Sized>() {}
            keeps::<$implementer>();
            keeps::<dyn $contract>();
            keeps::<Arc<$implementer>>();
            keeps::<Box<$implementer>>();
            keeps::<Arc<dyn $contract>>();
            keeps::<Box<dyn $contract>>();
            keeps::<Arc<Box<dyn $contract>>>();
            send_and_sync::<dyn $contract>();
            send_and_sync::<Arc<dyn $contract>>();
            send_and_sync::<Box<dyn $contract>>();
        }
    };
}

contract!(llm_backend: LlmBackend for backend::OneSentence);
contract!(memory_store: MemoryStore for store::FileStore);
contract!(a_protocol: Protocol for protocol::GoodThing);
contract!(detector: Detector for risk::OwnWord);
contract!(risk_classifier: RiskClassifier for risk::OwnWord);
contract!(stopwatch: Stopwatch for risk::StillStopwatch);
contract!(escalation_sink: EscalationSink for host::OnDuty);
contract!(directory_provider: DirectoryProvider for host::OneCountry);
contract!(audit_sink: AuditSink for host::AuditList);
contract!(key_store: KeyStore for host::KeyRing);
contract!(embedder: Embedder for host::Lengths);
contract!(token_counter: TokenCounter for measure::WordCount);
contract!(clock: Clock for measure::TickingClock);
contract!(timer: Timer for measure::HandTimer);
contract!(id_source: IdSource for measure::NumberedIds);
contract!(recaller: Recaller for memory::SameWord);
contract!(consolidator: Consolidator for memory::FirstWords);
contract!(candidates: Candidates for memory::Newest<store::FileStore>);

/// The two that no agent takes yet do what they say when they are called through a pointer.
#[test]
fn vectors_and_candidates_through_a_pointer() {
    use alliance::{id::UserId, recall::Cue, testing::block_on};

    let embedder: Arc<dyn Embedder> = Arc::new(host::Lengths);
    assert_eq!(block_on(embedder.embed(&["one two", ""])).unwrap(), [[7.0, 2.0], [0.0, 1.0]]);
    assert_eq!(embedder.dimensions(), 2);
    let store = store::FileStore::open(store::Disk::default()).unwrap();
    let candidates: Box<dyn Candidates> = Box::new(memory::Newest(store));
    let user = UserId::from_name("sam");
    assert!(block_on(candidates.candidates(user, &Cue::new("tired"), 3)).unwrap().is_empty());
    assert_eq!(Calls::default().of("nobody"), 0);
}
