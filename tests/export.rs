//! A person as one document: of the published schema, byte for byte the same from the next store, and refused where
//! it is not what was written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "common/disk.rs"]
mod disk;
#[path = "common/schema.rs"]
mod schema;

use alliance::{
    agent::{Agent, SessionChoice},
    clock::Timestamp,
    consent::{ConsentLedger, Draft, Purpose},
    export::{Document, ImportError, VERSION},
    id::{RecordId, SessionId, TurnId, UserId},
    memory::InMemoryStore,
    protocol::{Progress, ProtocolId, SlotValue},
    record::{
        Begun, Body, ConsentChoice, ConsentRecord, EpisodeRecord, FactRecord, FloorRecord, Frame, Holder,
        MeasurementRecord, OutboxRecord, ProgressRecord, ProgressState, Record, RecordKind, RiskRecord,
        SafetyPlanRecord, TimerRecord, TurnAcceptedRecord, TurnEndedRecord, TurnOutcome,
    },
    safety::{Category, Locale, RiskLevel, ScreenContext, Standing},
    store::{Expect, Forget, Handle, HandleKind, HandleQuery, MemoryStore, Revision, Selection},
    testing::{ScriptedBackend, block_on, safety_layer},
};
use common::*;
use disk::Disk;
use proptest::{collection::vec, option, prelude::*, strategy::ValueTree as _};
use serde_json::{Value, json};
use uuid::Uuid;

fn agent(store: impl MemoryStore + 'static) -> Agent {
    builder(ScriptedBackend::new().always("I hear you.")).store(store).build().unwrap()
}

fn written(document: &Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.write(&mut bytes).unwrap();
    bytes
}

fn published() -> Value {
    serde_json::from_str(include_str!("../docs/export.schema.json")).unwrap()
}

fn id(number: u128) -> RecordId {
    RecordId::new(Uuid::from_u128(number))
}

fn standing(text: &str) -> RiskRecord {
    let screening =
        safety_layer().screen(text.to_owned(), &ScreenContext::new(Standing::default(), Locale::En));
    RiskRecord::new(screening.standing().clone(), screening.changes().to_vec())
}

/// What a kind of a newer version can hold.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_000_000_000_000).prop_map(Timestamp::from_millis)
}

/// A body of every kind.
fn body() -> impl Strategy<Value = Body> {
    let text = || any::<String>();
    let level = prop::sample::select(vec![RiskLevel::None, RiskLevel::Low, RiskLevel::High]);
    let said = (text(), level)
        .prop_map(|(text, level)| Body::TurnAccepted(TurnAcceptedRecord::new(text, Locale::De, level)));
    let shown = text().prop_map(|text| Body::TurnEnded(TurnEndedRecord::new(text, TurnOutcome::Whole)));
    let fact = (text(), text(), text(), option::of(moment()), option::of(any::<u128>()), 0_u8..=100);
    let fact = fact.prop_map(|(subject, predicate, value, from, supersedes, confidence)| {
        let mut fact = FactRecord::new(subject, predicate, value);
        (fact.valid_from, fact.supersedes, fact.confidence) = (from, supersedes.map(id), confidence);
        Body::Fact(fact)
    });
    let episode = (text(), vec(text(), 0..3), option::of(moment())).prop_map(|(text, people, happened)| {
        let mut episode = EpisodeRecord::new(text);
        (episode.people, episode.happened) = (people, happened);
        Body::Episode(episode)
    });
    let progress = (text(), any::<i64>(), option::of(moment())).prop_map(|(text, number, due)| {
        let protocol = ProtocolId::new("thought_record", 1);
        let mut progress = Progress::at(protocol, "situation");
        progress.slots.insert("said".to_owned(), SlotValue::Text(text));
        progress.slots.insert("rated".to_owned(), SlotValue::List(vec![SlotValue::Number(number)]));
        let mut record =
            ProgressRecord::new(vec![Frame::new(progress, Begun::Asked)], ProgressState::Running);
        record.due = due;
        Body::Progress(record)
    });
    let answers = vec(option::of(any::<u8>()), 0..5);
    let measurement = answers.prop_map(|answers| Body::Measurement(MeasurementRecord::new("phq-4", answers)));
    let consent = prop::sample::select(Purpose::ALL.to_vec()).prop_map(|purpose| {
        Body::Consent(ConsentRecord::on_text(purpose, ConsentChoice::Given, "2", "the text"))
    });
    let risk = prop::sample::select(vec![CALM, SIGN, HIGH]).prop_map(|text| Body::Risk(standing(text)));
    let plan = vec(vec(text(), 0..3), 0..7).prop_map(|steps| Body::SafetyPlan(SafetyPlanRecord::new(steps)));
    let outbox = any::<u128>().prop_map(|number| {
        let (session, turn) = (SessionId::new(Uuid::from_u128(number)), TurnId::new(Uuid::from_u128(number)));
        Body::Outbox(OutboxRecord::pending(session, turn, RiskLevel::High, Category::Sos))
    });
    let timer = (text(), moment()).prop_map(|(name, due)| Body::Timer(TimerRecord::new(name, due)));
    let floor = Just(Body::Floor(FloorRecord::new(Holder::Human)));
    prop_oneof![said, shown, fact, episode, progress, measurement, consent, risk, plan, outbox, timer, floor]
}

fn record() -> impl Strategy<Value = (Record, bool)> {
    let unknown = ("[a-z]{3,9}_x", anything());
    let what = prop_oneof![12 => body().prop_map(Ok), 2 => unknown.prop_map(Err)];
    let place = (option::of(0_u128..3), option::of(0_u128..3), moment());
    (what, place, vec(0_u128..40, 0..3), any::<bool>()).prop_map(
        |(what, (session, turn, at), sources, due)| {
            let body = what.unwrap_or_else(|(kind, data)| {
                let record =
                    json!({ "id": Uuid::nil(), "at": Timestamp::UNIX_EPOCH, "kind": kind, "data": data });
                serde_json::from_value::<Record>(record).unwrap().body
            });
            let mut record = Record::new(id(0), at, body).derived_from(sources.into_iter().map(id));
            record.session = session.map(|number| SessionId::new(Uuid::from_u128(number)));
            record.turn = turn.map(|number| TurnId::new(Uuid::from_u128(number)));
            (record, due)
        },
    )
}

/// A person who agreed to everything, with these records and what is due of some of them.
fn fill(store: &dyn MemoryStore, records: Vec<(Record, bool)>) {
    let mut draft = Draft::new();
    for (number, purpose) in (900_000..).zip(Purpose::ALL) {
        let yes = ConsentRecord::new(purpose, ConsentChoice::Given, "1", "");
        draft = draft.record(Record::new(id(number), Timestamp::UNIX_EPOCH, Body::Consent(yes)));
    }
    for (number, (mut record, due)) in (100..).zip(records) {
        record.id = id(number);
        if due {
            let at = Timestamp::from_millis(i64::try_from(number).unwrap());
            let mut handle = Handle::new(user(), record.id, HandleKind::Expiry, at);
            handle.version = 3;
            draft = draft.open(handle);
        }
        draft = draft.record(record);
    }
    let batch = ConsentLedger::default().admit(draft).unwrap();
    block_on(store.append(user(), Expect::Any, batch)).unwrap();
}

/// The schema names every kind that this version knows, in its own words.
#[test]
fn the_schema_is_json_schema_and_names_every_kind() {
    let schema = published();
    assert_eq!(schema["properties"]["version"]["const"], VERSION);
    let named = schema["$defs"]["record"]["allOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["if"]["properties"]["kind"]["const"].as_str().unwrap());
    for kind in named {
        assert!(!matches!(RecordKind::named(kind), RecordKind::Unknown(_)), "{kind}");
        assert!(schema["$defs"][kind].is_object(), "{kind}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_person_is_of_the_schema_and_the_same_from_the_next_store(records in vec(record(), 0..24)) {
        let (first, second) = (InMemoryStore::new(), InMemoryStore::new());
        fill(&first, records);
        // What was erased is not in it, and moves no byte of what is.
        block_on(first.forget(user(), &Forget::Records(vec![id(101)]))).unwrap();
        let exported = block_on(agent(first.clone()).export(user())).unwrap();
        let bytes = written(&exported);
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let checked = schema::check(&published(), &value);
        prop_assert!(checked.is_ok(), "{checked:?}");
        let read = Document::read(&bytes).unwrap();
        prop_assert_eq!(&read, &exported);
        // However its lines are broken.
        prop_assert_eq!(&Document::read(value.to_string().as_bytes()).unwrap(), &exported);
        block_on(agent(second.clone()).import(user(), &read)).unwrap();
        prop_assert_eq!(written(&block_on(agent(second).export(user())).unwrap()), bytes);
    }
}

#[test]
fn a_person_goes_over_into_an_encrypted_store_and_back_byte_for_byte() {
    let (disk, first) = (Disk::new("export"), InMemoryStore::new());
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let records = vec(record(), 40).new_tree(&mut runner).unwrap().current();
    fill(&first, records);
    let document = block_on(agent(first).export(user())).unwrap();
    let store = disk.store();
    let moved = agent(store.clone());
    block_on(moved.import(user(), &document)).unwrap();
    assert_eq!(written(&block_on(moved.export(user())).unwrap()), written(&document));
    drop((moved, store));
    // And after a restart.
    assert_eq!(written(&block_on(agent(disk.store()).export(user())).unwrap()), written(&document));
}

#[test]
fn more_than_a_page_is_exported_in_order() {
    let store = InMemoryStore::new();
    let many = Selection::MAX * 2 + 7;
    let episode = |number: usize| {
        let body = Body::Episode(EpisodeRecord::new(number.to_string()));
        (Record::new(id(0), Timestamp::UNIX_EPOCH, body), false)
    };
    fill(&store, (0..many).map(episode).collect());
    let document = block_on(agent(store).export(user())).unwrap();
    let texts = document.records().iter().filter_map(|record| match &record.body {
        Body::Episode(episode) => Some(episode.text.parse::<usize>().unwrap()),
        _ => None,
    });
    assert!(texts.eq(0..many));
}

fn small() -> (Document, Vec<u8>) {
    let store = InMemoryStore::new();
    let plan = Body::SafetyPlan(SafetyPlanRecord::new(vec![vec!["call Quillwort".to_owned()]]));
    let answers = Body::Measurement(MeasurementRecord::new("phq-4", [Some(1), None, Some(3), Some(0)]));
    let records = [plan, answers, Body::Risk(standing(HIGH))];
    fill(&store, records.map(|body| (Record::new(id(0), Timestamp::UNIX_EPOCH, body), true)).to_vec());
    let document = block_on(agent(store).export(user())).unwrap();
    let bytes = written(&document);
    (document, bytes)
}

fn refusal(bytes: &[u8]) -> ImportError {
    Document::read(bytes).unwrap_err()
}

#[test]
fn whatever_is_changed_or_cut_off_is_noticed_and_quoted_nowhere() {
    let (_, bytes) = small();
    for end in 0..bytes.len() - 1 {
        assert!(matches!(refusal(&bytes[..end]), ImportError::Damaged), "cut at {end}");
    }
    let mut kept = 0;
    for place in 0..bytes.len() {
        let mut spoiled = bytes.clone();
        spoiled[place] ^= 1;
        match Document::read(&spoiled) {
            // A break of lines in the place of another changes nothing of what is said.
            Ok(read) => kept += usize::from(written(&read) == bytes),
            Err(error) => {
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains("Quillwort") && !shown.contains("call"), "{shown}");
                continue;
            }
        }
        assert!(bytes[place].is_ascii_whitespace(), "at {place}");
    }
    assert!(kept <= bytes.iter().filter(|byte| byte.is_ascii_whitespace()).count());
    // A whole line less: nothing that JSON would notice.
    let mut value: Value = serde_json::from_slice(&bytes).unwrap();
    value["records"].as_array_mut().unwrap().pop();
    assert!(matches!(refusal(value.to_string().as_bytes()), ImportError::Damaged));
    for field in ["records", "due", "questionnaire_responses", "sha256", "whole", "user"] {
        let mut value: Value = serde_json::from_slice(&bytes).unwrap();
        value.as_object_mut().unwrap().remove(field);
        assert!(matches!(refusal(value.to_string().as_bytes()), ImportError::Damaged), "{field}");
    }
    let mut value: Value = serde_json::from_slice(&bytes).unwrap();
    value["more"] = json!("Quillwort");
    assert!(matches!(refusal(value.to_string().as_bytes()), ImportError::Damaged));
}

#[test]
fn a_newer_document_and_one_of_another_kind_are_named_so() {
    let (_, bytes) = small();
    let mut value: Value = serde_json::from_slice(&bytes).unwrap();
    value["version"] = json!(VERSION + 1);
    let newer = refusal(value.to_string().as_bytes());
    assert!(matches!(newer, ImportError::Newer { found, known: VERSION } if found == VERSION + 1));
    value["format"] = json!("something-else");
    assert!(matches!(refusal(value.to_string().as_bytes()), ImportError::NotAnExport));
    assert!(matches!(refusal(b"Quillwort"), ImportError::Damaged));
}

#[test]
fn nothing_of_a_refused_document_is_written() {
    let (document, _) = small();
    let store = InMemoryStore::new();
    let agent = agent(store.clone());
    let other = UserId::from_name("kim");
    assert!(matches!(block_on(agent.import(other, &document)), Err(ImportError::OtherPerson)));
    // Something is there.
    let open = session(&agent);
    say(&open, CALM);
    let before = block_on(store.read(user(), &Selection::all())).unwrap();
    assert!(matches!(block_on(agent.import(user(), &document)), Err(ImportError::Occupied)));
    assert_eq!(block_on(store.read(user(), &Selection::all())).unwrap(), before);
    // It was there, and was erased.
    block_on(agent.forget(user(), &Forget::Everything)).unwrap();
    let revision = block_on(agent.import(user(), &document)).unwrap();
    assert_eq!(block_on(agent.import(user(), &document)).unwrap(), revision, "the same once more");
    block_on(agent.forget(user(), &Forget::Everything)).unwrap();
    assert!(matches!(block_on(agent.import(user(), &document)), Err(ImportError::Erased)));
    let left = block_on(store.read(user(), &Selection::all())).unwrap();
    assert!(left.records.is_empty() && left.revision > Revision::ZERO);
    let far = HandleQuery::due(Timestamp::from_millis(i64::MAX), 9);
    assert!(block_on(store.handles(&far)).unwrap().handles.is_empty());
    // Never agreed to.
    let fact = Record::new(id(1), Timestamp::UNIX_EPOCH, Body::Fact(FactRecord::new("a", "b", "c")));
    let fresh = builder(ScriptedBackend::new()).store(InMemoryStore::new()).build().unwrap();
    let refused = block_on(fresh.import(user(), &Document::new(user(), [fact], [])));
    assert!(matches!(refused, Err(ImportError::NotAgreed(_))));
}

#[test]
fn an_open_session_takes_over_what_was_agreed_to_and_the_level_that_stood() {
    let (document, _) = small();
    let agent = agent(InMemoryStore::new());
    let open = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert!(!open.allows(Purpose::Conversation) && open.standing() == RiskLevel::None);
    block_on(agent.import(user(), &document)).unwrap();
    assert!(open.allows(Purpose::Conversation) && open.standing() >= RiskLevel::Moderate);
    say(&open, CALM);
    let exported = block_on(agent.export(user())).unwrap();
    assert!(exported.records().iter().any(|record| record.kind() == RecordKind::TurnAccepted));
}

#[test]
fn what_was_saved_of_something_damaged_says_so() {
    let (document, _) = small();
    let bytes = written(&document.partial());
    assert!(!Document::read(&bytes).unwrap().is_whole());
    assert!(schema::check(&published(), &serde_json::from_slice(&bytes).unwrap()).is_ok());
}

#[test]
fn the_schema_refuses_what_is_not_an_export() {
    let (_, bytes) = small();
    let whole: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(schema::check(&published(), &whole), Ok(()));
    let spoil: [fn(&mut Value); 8] = [
        |value| value["version"] = json!(2),
        |value| value["user"] = json!("sam"),
        |value| value["sha256"] = json!("00"),
        |value| value["more"] = json!(1),
        |value| value["records"][0]["at"] = json!("yesterday"),
        |value| value["records"][0]["data"] = json!({}),
        |value| value["due"][0]["kind"] = json!("whenever"),
        |value| value["questionnaire_responses"][0]["status"] = json!("entered"),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let mut value = whole.clone();
        spoil(&mut value);
        assert!(schema::check(&published(), &value).is_err(), "{number}");
    }
}
