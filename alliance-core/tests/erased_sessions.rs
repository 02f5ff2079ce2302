//! What an open session does when something of its person is erased: words, consent, level and key.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[expect(dead_code, reason = "the flaws are for the tests that laws can fail")]
mod common;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use alliance_core::{
    agent::{Agent, SessionChoice},
    clock::Timestamp,
    consent::{Batch, Purpose},
    escalation::Escalation,
    host::{HostError, HostErrorKind, KeyStore},
    id::{RecordId, TurnId, UserId},
    message::Message,
    record::{Body, ConsentChoice, RecordKind},
    safety::{ClearedText, RiskLevel, SealKey},
    session::Session,
    store::{
        ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page, Revision, Selection,
        StoreError, StoreErrorKind, Terms, Topic,
    },
    testing::{
        CountingIds, FaultyStore, ManualClock, ManualTimer, ScriptedBackend, StoreCall, block_on,
        safety_layer,
    },
    turn::TurnEvent,
};
use common::PlainStore;
use futures::StreamExt as _;

const NOW: i64 = 1_800_000_000_000;

fn user() -> UserId {
    UserId::from_name("sam")
}

/// A key for each call that finds none; the number of keys made and destroyed.
#[derive(Clone, Debug, Default)]
struct Keys(Arc<Mutex<Drawer>>);

#[derive(Debug, Default)]
struct Drawer {
    made: u8,
    destroyed: usize,
    key: Option<u8>,
    broken: bool,
}

impl Keys {
    fn made_and_destroyed(&self) -> (u8, usize) {
        let drawer = self.0.lock().unwrap();
        (drawer.made, drawer.destroyed)
    }
}

#[async_trait::async_trait]
impl KeyStore for Keys {
    async fn key(&self, _user: UserId) -> Result<SealKey, HostError> {
        let mut drawer = self.0.lock().unwrap();
        if drawer.key.is_none() {
            drawer.made += 1;
            drawer.key = Some(drawer.made);
        }
        Ok(SealKey::new([drawer.key.unwrap(); 32]))
    }

    async fn held(&self, _user: UserId) -> Result<Option<SealKey>, HostError> {
        let drawer = self.0.lock().unwrap();
        if drawer.broken {
            return Err(HostError::new(HostErrorKind::Rejected));
        }
        Ok(drawer.key.map(|number| SealKey::new([number; 32])))
    }

    async fn destroy(&self, _user: UserId) -> Result<(), HostError> {
        let mut drawer = self.0.lock().unwrap();
        drawer.destroyed += 1;
        (drawer.key, drawer.broken) = (None, false);
        Ok(())
    }
}

/// A store that destroys the key itself, as one of encrypted files does. Where `again` is set, somebody has a new key
/// made before the call returns.
#[derive(Clone, Debug)]
struct Destroying {
    inner: PlainStore,
    keys: Keys,
    again: Arc<AtomicBool>,
}

#[async_trait::async_trait]
impl MemoryStore for Destroying {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.inner.append(user, expect, batch).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        self.inner.read(user, selection).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        let receipt = self.inner.forget(user, what).await?;
        if *what == Forget::Everything {
            self.keys.destroy(user).await.unwrap();
            if self.again.load(Ordering::Relaxed) {
                self.keys.key(user).await.unwrap();
            }
        }
        Ok(receipt)
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        self.inner.handles(query).await
    }
}

fn agent(store: impl MemoryStore + 'static, keys: Option<Keys>, backend: ScriptedBackend) -> Agent {
    let builder = Agent::builder(safety_layer(), backend, Escalation::none("a test"))
        .clock(ManualClock::at(Timestamp::from_millis(NOW)))
        .timer(ManualTimer::new())
        .ids(CountingIds::new())
        .store(store);
    keys.into_iter().fold(builder, |builder, keys| builder.keys(keys)).build().unwrap()
}

fn talker() -> ScriptedBackend {
    ScriptedBackend::new().always("I hear you.")
}

fn open(agent: &Agent) -> Session {
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    agree(&session);
    session
}

fn agree(session: &Session) {
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text")).unwrap();
}

fn say(session: &Session, words: &str) {
    block_on(block_on(session.turn(words)).unwrap().finish()).unwrap();
}

fn held(store: &impl MemoryStore, kind: RecordKind) -> usize {
    block_on(store.read(user(), &Selection::all().kinds([kind]))).unwrap().records.len()
}

/// Words in small letters, without the marks around them.
#[derive(Debug)]
struct Plain;

impl Terms for Plain {
    fn terms(&self, text: &str, found: &mut dyn FnMut(&str)) {
        let text = text.to_lowercase();
        text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).for_each(found);
    }
}

fn about(words: &str) -> Forget {
    Forget::About(Topic::new(words, Plain).unwrap())
}

#[test]
fn a_turn_about_a_topic_goes_whole_from_the_store_and_from_the_next_prompt() {
    let (store, backend) = (PlainStore::default(), talker());
    let agent = agent(store.clone(), None, backend.clone());
    let session = open(&agent);
    for words in ["The soup was too salty.", "And then a walk."] {
        say(&session, words);
    }
    let receipt = block_on(agent.forget(user(), &about("soup"))).unwrap();
    assert_eq!(receipt.erased, [("turn_accepted".into(), 1), ("turn_ended".into(), 1)].into());
    assert_eq!((held(&store, RecordKind::TurnAccepted), held(&store, RecordKind::TurnEnded)), (1, 1));
    say(&session, "It was cold.");
    let prompts = backend.prompts();
    let said = |text: &str| prompts[2].parts().iter().any(|part| part.text.contains(text));
    assert!(!said("soup") && said("walk"));
}

#[test]
fn what_is_only_in_front_of_a_session_and_was_never_kept_goes_with_its_topic_too() {
    let (store, backend) = (PlainStore::default(), talker());
    let agent = agent(store, None, backend.clone());
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    say(&session, "The soup was too salty.");
    assert_eq!(block_on(agent.forget(user(), &about("SOUP"))).unwrap().total(), 0);
    say(&session, "It was cold.");
    assert!(!backend.prompts()[1].parts().iter().any(|part| part.text.contains("soup")));
}

#[test]
fn a_span_of_time_takes_the_words_out_of_the_next_prompt() {
    let (store, backend) = (PlainStore::default(), talker());
    let agent = agent(store, None, backend.clone());
    let session = open(&agent);
    say(&session, "The soup was too salty.");
    let day = Forget::Between(Timestamp::from_millis(NOW - 1), Timestamp::from_millis(NOW + 1));
    block_on(agent.forget(user(), &day)).unwrap();
    say(&session, "It was cold.");
    assert!(!backend.prompts()[1].parts().iter().any(|part| part.text.contains("soup")));
}

#[test]
fn forgetting_a_session_takes_its_words_and_leaves_consent_and_level() {
    let store = PlainStore::default();
    let agent = agent(store.clone(), None, talker());
    let session = open(&agent);
    say(&session, "I feel like a burden to everyone.");
    assert!(session.standing() >= RiskLevel::Low && held(&store, RecordKind::Risk) > 0);
    block_on(agent.forget(user(), &Forget::Session(session.id()))).unwrap();
    assert_eq!(held(&store, RecordKind::TurnAccepted), 0);
    let standing = session.standing();
    drop(session);
    let later = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert!(later.allows(Purpose::Conversation) && held(&store, RecordKind::Risk) > 0);
    assert!(standing >= RiskLevel::Low);
}

#[test]
fn a_decision_that_was_not_written_yet_survives_forgetting_its_session() {
    let store =
        FaultyStore::new(PlainStore::default()).fail(StoreCall::Append, 1, StoreErrorKind::Unavailable);
    let agent = agent(store.clone(), None, talker());
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text")).unwrap_err();
    block_on(agent.forget(user(), &Forget::Session(session.id()))).unwrap();
    assert!(block_on(session.settle()));
    assert_eq!(held(&store, RecordKind::Consent), 1);
}

#[test]
fn consent_that_is_erased_by_name_no_longer_counts_in_an_open_session() {
    let store = PlainStore::default();
    let agent = agent(store.clone(), None, talker());
    let session = open(&agent);
    block_on(agent.forget(user(), &Forget::Kind(RecordKind::Consent))).unwrap();
    say(&session, "The soup was too salty.");
    assert!(!session.allows(Purpose::Conversation) && held(&store, RecordKind::TurnAccepted) == 0);
}

#[test]
fn a_level_is_written_though_the_words_that_raised_it_were_erased_before() {
    let store =
        FaultyStore::new(PlainStore::default()).fail(StoreCall::Append, 2, StoreErrorKind::Unavailable);
    let agent = agent(store.clone(), None, talker());
    let session = open(&agent);
    let turn = TurnId::new(uuid::Uuid::from_u128(77));
    let message = Message::new("I feel like a burden to everyone.").turn(turn);
    let mut running = block_on(session.turn(message)).unwrap();
    while !matches!(block_on(running.next()), Some(TurnEvent::Words(_))) {}
    drop(running);
    // Another process forgets the words before they were written.
    let accepted = RecordId::derived(turn, 0);
    block_on(store.inner().forget(user(), &Forget::Records(vec![accepted]))).unwrap();
    for _ in 0..4 {
        block_on(session.settle());
    }
    assert_eq!((held(&store, RecordKind::TurnAccepted), held(&store, RecordKind::Risk)), (0, 1));
}

#[test]
fn the_key_is_destroyed_once_and_an_open_session_has_a_new_one_when_the_person_agrees_anew() {
    for destroys in [false, true] {
        let (keys, plain) = (Keys::default(), PlainStore::default());
        let store: Box<dyn MemoryStore> = if destroys {
            Box::new(Destroying { inner: plain.clone(), keys: keys.clone(), again: Arc::default() })
        } else {
            Box::new(plain.clone())
        };
        let agent = agent(store, Some(keys.clone()), talker());
        let session = open(&agent);
        say(&session, "The soup was too salty.");
        assert_eq!(keys.made_and_destroyed(), (1, 0));
        block_on(agent.forget(user(), &Forget::Everything)).unwrap();
        assert_eq!(keys.made_and_destroyed(), (1, 1), "the store destroys it: {destroys}");
        say(&session, "It was cold.");
        assert_eq!((keys.made_and_destroyed(), held(&plain, RecordKind::TurnEnded)), ((1, 1), 0));
        agree(&session);
        let turn = block_on(session.turn("And a walk.")).unwrap();
        let place = turn.id();
        let shown: Vec<ClearedText> = block_on(turn.collect::<Vec<_>>())
            .into_iter()
            .filter_map(|event| if let TurnEvent::Words(words) = event { Some(words) } else { None })
            .collect();
        assert_eq!(keys.made_and_destroyed().0, 2);
        let page = block_on(plain.read(user(), &Selection::all().kinds([RecordKind::TurnEnded]))).unwrap();
        let Body::TurnEnded(ended) = &page.records[0].record.body else { unreachable!() };
        let under =
            |key: u8| Some(safety_layer().seal(&shown, &SealKey::new([key; 32]), place.uuid().as_bytes()));
        assert!(ended.seal == under(2) && ended.seal != under(1), "sealed under the new key");
    }
}

#[test]
fn a_key_that_was_made_after_the_erasure_is_not_destroyed() {
    let keys = Keys::default();
    let again = Arc::new(AtomicBool::new(true));
    let store = Destroying { inner: PlainStore::default(), keys: keys.clone(), again };
    let agent = agent(store, Some(keys.clone()), talker());
    open(&agent);
    block_on(agent.forget(user(), &Forget::Everything)).unwrap();
    assert_eq!(keys.made_and_destroyed(), (2, 1));
    assert!(keys.0.lock().unwrap().key.is_some());
}

#[test]
fn a_key_that_nobody_can_read_is_destroyed_all_the_same() {
    let keys = Keys::default();
    let agent = agent(PlainStore::default(), Some(keys.clone()), talker());
    open(&agent);
    keys.0.lock().unwrap().broken = true;
    block_on(agent.forget(user(), &Forget::Everything)).unwrap();
    assert_eq!(keys.made_and_destroyed(), (1, 1));
}

#[test]
fn a_correction_takes_the_place_of_a_fact_and_rests_on_nothing() {
    use alliance_core::{
        consent::{ConsentLedger, Draft},
        record::{ConsentRecord, FactRecord, Record},
        session::CorrectError,
    };
    let store = PlainStore::default();
    let agent = agent(store.clone(), None, talker());
    let session = open(&agent);
    say(&session, "My sister lives in Hamburg.");
    let kind = |kind| block_on(store.read(user(), &Selection::all().kinds([kind]))).unwrap().records;
    let said = kind(RecordKind::TurnAccepted)[0].record.id;
    let old = RecordId::new(uuid::Uuid::from_u128(4711));
    let fact = Body::Fact(FactRecord::new("sister", "lives in", "Hamburg"));
    let fact = Record::new(old, Timestamp::from_millis(NOW), fact).derived_from([said]);
    let yes = ConsentRecord::new(Purpose::LongTerm, ConsentChoice::Given, "1", "");
    let batch = ConsentLedger::folded([&yes]).admit(Draft::new().record(fact)).unwrap();
    block_on(store.append(user(), Expect::Any, batch)).unwrap();
    let correct = |id, words| block_on(session.correct(id, words));
    assert_eq!(correct(old, "Bremen"), Err(CorrectError::NotAgreed(Purpose::LongTerm)));
    block_on(session.decide(Purpose::LongTerm, ConsentChoice::Given, "1", "the text")).unwrap();
    assert_eq!(correct(said, "Bremen"), Err(CorrectError::NotCorrectable));
    assert_eq!(correct(old, "  "), Err(CorrectError::Words));
    assert_eq!(correct(RecordId::new(uuid::Uuid::nil()), "Bremen"), Err(CorrectError::NotThere));
    let new = correct(old, " Bremen ").unwrap();
    assert_eq!(correct(old, "Kiel"), Err(CorrectError::Replaced(new)));
    let facts = kind(RecordKind::Fact);
    let Body::Fact(written) = &facts[1].record.body else { unreachable!() };
    assert_eq!((&*written.value, written.supersedes), ("Bremen", Some(old)));
    // The turn that the first one came from goes, and the first one with it.
    block_on(agent.forget(user(), &Forget::Records(vec![said]))).unwrap();
    let left: Vec<_> = kind(RecordKind::Fact).iter().map(|stored| stored.record.id).collect();
    assert_eq!(left, [new]);
}
