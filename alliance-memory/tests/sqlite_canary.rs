//! Nothing that anybody said can be read in any file, before it is erased and after.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::fs;

use alliance_core::{
    consent::Draft,
    record::{Body, FactRecord, Record, SafetyPlanRecord, TimerRecord, UnknownRecord},
    safety::Timestamp,
    store::{Expect, Forget, Handle, HandleKind, MemoryStore},
};
use common::{Place, admitted, all, episode, id, keep, user};
use futures::executor::block_on;

const CANARIES: [&str; 4] = ["Zebracanary", "Quokkacanary", "Ocelotcanary", "Geckocanary"];

/// Each canary as text, in lower and upper case, in UTF-16 of both orders, and parts of it long enough to mean it.
fn shapes() -> Vec<Vec<u8>> {
    let mut shapes = Vec::new();
    for word in CANARIES {
        for word in [word.to_owned(), word.to_lowercase(), word.to_uppercase(), word[..7].to_owned()] {
            shapes.push(word.encode_utf16().flat_map(u16::to_le_bytes).collect());
            shapes.push(word.encode_utf16().flat_map(u16::to_be_bytes).collect());
            shapes.push(word.into_bytes());
        }
    }
    shapes
}

fn found(place: &Place) -> usize {
    let shapes = shapes();
    let read = place.files().into_iter().map(|path| fs::read(path).unwrap());
    read.map(|bytes| {
        let holds = |shape: &&Vec<u8>| bytes.windows(shape.len()).any(|part| part == shape.as_slice());
        shapes.iter().filter(holds).count()
    })
    .sum()
}

fn said() -> Vec<Record> {
    let at = Timestamp::UNIX_EPOCH;
    let fact = FactRecord::new("sister", "lives in", CANARIES[1]);
    let plan = SafetyPlanRecord::new(vec![vec![CANARIES[2].to_owned()]]);
    let timer = TimerRecord::new(CANARIES[3], at);
    let text = r#"{"id":"00000000-0000-0000-0000-000000000077","at":"1970-01-01T00:00:00Z","kind":"Zebracanary",
        "data":"Zebracanary"}"#;
    let unknown: Record = serde_json::from_str(text).unwrap();
    assert!(matches!(&unknown.body, Body::Unknown(UnknownRecord { .. })));
    vec![
        episode(1, CANARIES[0].repeat(900)),
        Record::new(id(2), at, Body::Fact(fact)),
        Record::new(id(3), at, Body::SafetyPlan(plan)),
        Record::new(id(4), at, Body::Timer(timer)),
        unknown,
    ]
}

#[test]
fn no_word_is_in_any_file() {
    let place = Place::new();
    let store = place.open().unwrap();
    for who in 1..4 {
        let opened = Handle::new(user(who), id(4), HandleKind::Timer, Timestamp::UNIX_EPOCH);
        let draft = said().into_iter().fold(Draft::new(), Draft::record).open(opened);
        block_on(store.append(user(who), Expect::Any, admitted(draft))).unwrap();
        keep(&store, user(who), [episode(5, "nothing of note")]).unwrap();
    }
    assert_eq!(found(&place), 0, "while it is open, with its journals");
    block_on(store.forget(user(1), &Forget::Records(vec![id(1), id(3)]))).unwrap();
    block_on(store.forget(user(2), &Forget::Everything)).unwrap();
    assert_eq!(found(&place), 0, "after erasing");
    let name = user(2).to_string();
    assert!(
        !place.files().iter().any(|path| path.to_string_lossy().contains(&name)),
        "no file and no key is left"
    );
    drop(store);
    assert_eq!(found(&place), 0, "after a clean end");
    let store = place.open().unwrap();
    assert!(all(&store, user(2)).unwrap().records.is_empty());
    assert_eq!(all(&store, user(1)).unwrap().records.len(), 4);
    // What is looked for would be found: the keys lie beside the files, and with them the words come back.
    assert_eq!(all(&store, user(3)).unwrap().records.len(), 6);
    fs::write(place.path().join("note"), CANARIES[0]).unwrap();
    assert!(found(&place) > 0);
}
