//! Consent end to end, over real files: each purpose apart, off until a yes, and what is left without one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "common/disk.rs"]
mod disk;

use alliance::{
    agent::{Agent, SessionChoice},
    clock::Timestamp,
    consent::{ConsentLedger, Draft, Purpose},
    escalation::Escalation,
    id::RecordId,
    memory::InMemoryStore,
    record::{
        Body, ConsentChoice, ConsentRecord, EpisodeRecord, FactRecord, MeasurementRecord, Record, RecordKind,
        SafetyPlanRecord,
    },
    safety::RiskLevel,
    store::{Forget, HandleKind, HandleQuery, MemoryStore, Selection},
    testing::{CountingIds, RecordingSink, ScriptedBackend, block_on},
};
use common::*;
use disk::Disk;

const CANARY: &str = "My neighbour Zinnober plays the trumpet.";
const REPLY: &str = "Zinnober again. How is that for you?";

fn agent(disk: &Disk, store: impl MemoryStore + 'static, sink: &RecordingSink) -> Agent {
    let builder =
        with_escalation(ScriptedBackend::new().always(REPLY), Escalation::to(sink.clone()).from_moderate());
    builder.store(store).keys(disk.keys()).build().unwrap()
}

fn kinds(store: &dyn MemoryStore) -> Vec<RecordKind> {
    let page = block_on(store.read(user(), &Selection::all())).unwrap();
    page.records.iter().map(|stored| stored.record.kind()).collect()
}

fn assert_unreadable(disk: &Disk) {
    let wide: Vec<u8> = "zinnober".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (path, bytes) in disk.files() {
        let lower = bytes.to_ascii_lowercase();
        let holds = |word: &[u8]| lower.windows(word.len()).any(|window| window == word);
        assert!(!holds(b"zinnober") && !holds(&wide), "{}", path.display());
    }
}

#[test]
fn without_any_consent_a_session_works_and_leaves_only_what_the_spec_allows() {
    let disk = Disk::new("no-consent");
    let sink = RecordingSink::new();
    let store = disk.store();
    let opened = agent(&disk, store.clone(), &sink);
    let session = block_on(opened.open(user(), SessionChoice::New)).unwrap();
    // Nothing is asked of the disk for somebody who said nothing that may be kept.
    assert!(!shown(&say(&session, CANARY)).is_empty());
    assert!(kinds(&store).is_empty());
    assert!(!shown(&say(&session, HIGH)).is_empty());
    session.hand_over();
    session.give_back();
    session.reviewed_by_human();
    say(&session, CANARY);
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Withdrawn, "1", "the text")).unwrap();
    assert!(block_on(session.settle()));
    // The notice, that it was acknowledged, and the decision; no turn, no level, no word.
    assert_eq!(kinds(&store), [RecordKind::Outbox, RecordKind::Outbox, RecordKind::Consent]);
    assert_eq!(sink.notices().len(), 1);
    drop((session, opened, store));
    assert_unreadable(&disk);

    // The same after a restart, and nothing is open of it but the end of the notice.
    let store = disk.store();
    assert_eq!(kinds(&store).len(), 3);
    let far = Timestamp::from_millis(i64::MAX);
    let handles = block_on(store.handles(&HandleQuery::due(far, 10))).unwrap().handles;
    assert_eq!(handles.iter().map(|handle| handle.kind).collect::<Vec<_>>(), [HandleKind::Expiry]);
    let again = agent(&disk, store.clone(), &sink);
    let session = block_on(again.open(user(), SessionChoice::Resume)).unwrap();
    assert!(session.interrupted().is_empty() && session.standing() == RiskLevel::None);

    // Thirty days after, the notice goes too.
    let day = |days: i64| Timestamp::from_millis(1_800_000_000_000 + days * 86_400_000);
    assert_eq!(block_on(again.run_due(day(29), 10)).unwrap().erased, 0);
    assert_eq!(block_on(again.run_due(day(31), 10)).unwrap().erased, 1);
    assert_eq!(kinds(&store), [RecordKind::Consent]);
}

#[test]
fn each_purpose_is_apart_off_by_default_and_a_write_without_it_is_a_typed_error() {
    let body = |kind: &RecordKind| match kind {
        RecordKind::Episode => Body::Episode(EpisodeRecord::new("x")),
        RecordKind::Fact => Body::Fact(FactRecord::new("a", "b", "c")),
        RecordKind::SafetyPlan => Body::SafetyPlan(SafetyPlanRecord::new(Vec::new())),
        _ => Body::Measurement(MeasurementRecord::new("phq-4", [])),
    };
    let needs = [
        (RecordKind::Episode, Purpose::Episodic),
        (RecordKind::Fact, Purpose::LongTerm),
        (RecordKind::SafetyPlan, Purpose::LongTerm),
        (RecordKind::Measurement, Purpose::Measures),
    ];
    for (kind, needed) in &needs {
        let id = RecordId::new(uuid::Uuid::from_u128(1));
        let draft = || Draft::new().record(Record::new(id, Timestamp::UNIX_EPOCH, body(kind)));
        for purpose in Purpose::ALL {
            let yes = ConsentRecord::new(purpose, ConsentChoice::Given, "1", "");
            let no = ConsentRecord::new(purpose, ConsentChoice::Withdrawn, "1", "");
            let admitted = ConsentLedger::folded([&yes]).admit(draft());
            assert_eq!(admitted.is_ok(), purpose == *needed, "{kind:?} {purpose:?}");
            if let Err(error) = admitted {
                assert_eq!((error.purpose, &error.kind), (*needed, kind));
            }
            // One no is enough.
            assert!(ConsentLedger::folded([&yes, &yes, &no]).admit(draft()).is_err());
        }
        assert!(ConsentLedger::default().admit(draft()).is_err());
    }
}

#[test]
fn a_decision_is_kept_with_version_and_hash_and_taking_it_back_is_one_call_too() {
    let disk = Disk::new("decisions");
    let sink = RecordingSink::new();
    let store = disk.store();
    let first = agent(&disk, store.clone(), &sink);
    let session = block_on(first.open(user(), SessionChoice::New)).unwrap();
    let text = "May I keep what Zinnober plays?";
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "v7", text)).unwrap();
    say(&session, CANARY);
    drop((session, first, store));
    // In force after a restart, word for word by its hash.
    let store = disk.store();
    let second = agent(&disk, store.clone(), &sink);
    let session = block_on(second.open(user(), SessionChoice::Resume)).unwrap();
    assert!(session.allows(Purpose::Conversation) && !session.allows(Purpose::Episodic));
    let Body::Consent(decision) = records(&store, RecordKind::Consent)[0].body.clone() else { panic!() };
    assert_eq!(decision, ConsentRecord::on_text(Purpose::Conversation, ConsentChoice::Given, "v7", text));
    assert_eq!((decision.text_version.as_str(), decision.text_hash.len()), ("v7", 64));
    // Taken back: nothing of the next turn is written, here or after another restart.
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Withdrawn, "v7", text)).unwrap();
    let before = kinds(&store);
    say(&session, CANARY);
    assert_eq!(kinds(&store), before);
    drop((session, second, store));
    let store = disk.store();
    let third = agent(&disk, store.clone(), &sink);
    let session = block_on(third.open(user(), SessionChoice::Resume)).unwrap();
    assert!(!session.allows(Purpose::Conversation));
    say(&session, CANARY);
    assert_eq!(kinds(&store), before);
    // What was kept before goes when the person says so.
    block_on(third.forget(user(), &Forget::Everything)).unwrap();
    assert!(kinds(&store).is_empty());
    drop((session, third, store));
    assert_unreadable(&disk);
}

#[test]
fn a_key_is_made_with_the_first_yes_and_a_lost_one_is_not_replaced() {
    let disk = Disk::new("keys");
    let sink = RecordingSink::new();
    let key = disk.0.join("keys").join(format!("{}.key", user()));
    let store = disk.store();
    let first = agent(&disk, store.clone(), &sink);
    let session = block_on(first.open(user(), SessionChoice::New)).unwrap();
    say(&session, CANARY);
    assert!(!key.exists(), "nobody agreed to anything");
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text")).unwrap();
    say(&session, CANARY);
    assert!(key.exists());
    drop((session, first, store));
    // Lost: whoever opens, talks and agrees then is told that the key is missing, and makes none.
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let store = disk.store();
    let second = agent(&disk, store.clone(), &sink);
    let session = block_on(second.open(user(), SessionChoice::Resume)).unwrap();
    assert!(session.is_degraded());
    say(&session, CANARY);
    let decided = block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text"));
    assert!(decided.is_err() && !key.exists());
    drop((session, second, store));
    // Put back, everything is there, and replies keep their seal.
    std::fs::write(&key, kept).unwrap();
    let store = disk.store();
    let third = agent(&disk, store.clone(), &sink);
    let session = block_on(third.open(user(), SessionChoice::Resume)).unwrap();
    assert!(!session.is_degraded() && session.allows(Purpose::Conversation));
}

#[test]
fn a_key_comes_also_with_a_yes_that_was_given_elsewhere() {
    let disk = Disk::new("keys-elsewhere");
    let store = InMemoryStore::new();
    let process = |number: u64| {
        let ids = CountingIds::starting_at(number << 32);
        builder(ScriptedBackend::new().always(REPLY)).ids(ids).store(store.clone()).keys(disk.keys())
    };
    let (one, two) = (process(1).build().unwrap(), process(2).build().unwrap());
    let here = block_on(one.open(user(), SessionChoice::New)).unwrap();
    let there = block_on(two.open(user(), SessionChoice::New)).unwrap();
    block_on(here.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text")).unwrap();
    let key = disk.0.join("keys").join(format!("{}.key", user()));
    assert!(key.exists());
    std::fs::remove_file(&key).unwrap();
    // Hears of the yes with its own write, and needs the key from then on.
    block_on(there.decide(Purpose::Episodic, ConsentChoice::Withdrawn, "1", "the text")).unwrap();
    assert!(!key.exists());
    say(&there, CANARY);
    assert!(key.exists());
}
