//! What recall saves of a person in the encrypted store: it outlives the process, and a page of it that does not hold costs
//! no answer.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::fs;

use alliance_core::{
    consent::{Draft, Purpose},
    recall::{Cue, Recalled, Recaller},
    record::{Body, ConsentChoice, ConsentRecord, Record},
    safety::Timestamp,
    store::{Expect, MemoryStore, StoreErrorKind},
    testing::{FaultyStore, StoreCall},
};
use alliance_memory::{Recall, SqliteOptions};
use common::{Place, admitted, all, episode, id, keep, user};
use futures::executor::block_on;

const MEMORIES: u128 = 300;

/// Somebody who agreed to everything and told a lot, of whom recall has saved what it knows.
fn saved() -> Place {
    let place = Place::new();
    let store = place.open().unwrap();
    let yes = |purpose| Body::Consent(ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    let agreed = (2000..)
        .zip(Purpose::ALL)
        .map(|(number, purpose)| Record::new(id(number), Timestamp::UNIX_EPOCH, yes(purpose)));
    block_on(store.append(user(1), Expect::Any, admitted(agreed.fold(Draft::new(), Draft::record)))).unwrap();
    let told = (0..MEMORIES).map(|number| {
        episode(number, format!("The umbrella number{number} stood beside the number{} door", number / 7))
    });
    keep(&store, user(1), told).unwrap();
    block_on(Recall::new().save(&store, user(1))).unwrap();
    place
}

fn found(store: &dyn MemoryStore) -> Vec<Recalled> {
    let cue = Cue::new("which door stood number41 at, with an umbrella").limit(20);
    block_on(Recall::new().recall(store, user(1), &cue)).unwrap()
}

#[test]
fn what_was_saved_outlives_the_process() {
    let place = saved();
    let wanted = {
        let store = FaultyStore::new(place.open().unwrap());
        let store = store.fail_from(StoreCall::Snapshot, 1, StoreErrorKind::Unavailable);
        found(&store)
    };
    assert!(!wanted.is_empty());
    let store = FaultyStore::new(place.open().unwrap());
    assert!(block_on(store.snapshot(user(1), "recall")).unwrap().is_some());
    assert_eq!(found(&store), wanted);
    assert_eq!(store.calls(StoreCall::Read), 1, "what was appended since, and not the log");
    drop(store);
    // Nothing is kept in a store that is only read, and what was kept is read there too.
    let store = place.open_with(SqliteOptions::default().read_only()).unwrap();
    assert_eq!(found(&store), wanted);
    block_on(Recall::new().save(&store, user(1))).unwrap();
}

#[test]
fn a_page_of_it_that_does_not_hold_costs_no_answer() {
    let place = saved();
    let wanted = found(&place.open().unwrap());
    let pages = fs::metadata(place.file_of(user(1))).unwrap().len() as usize / 2048;
    let mut made_anew = 0;
    for page in 0..pages {
        let copy = place.copy();
        let path = copy.file_of(user(1));
        let mut bytes = fs::read(&path).unwrap();
        bytes[page * 2048 + 1000] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        let store = copy.open().unwrap();
        let Ok(snapshot) = block_on(store.snapshot(user(1), "recall")) else { continue };
        if snapshot.is_some() || all(&store, user(1)).is_err() {
            continue;
        }
        // The log is whole: it is read, and the person goes on.
        made_anew += 1;
        assert_eq!(found(&store), wanted, "page {page}");
        keep(&store, user(1), [episode(900, "another")]).unwrap();
        let _may_fail = block_on(Recall::new().save(&store, user(1)));
        keep(&store, user(1), [episode(901, "and another")]).unwrap();
        assert_eq!(all(&store, user(1)).unwrap().records.len(), MEMORIES as usize + 9, "page {page}");
    }
    assert!(made_anew > 10, "{made_anew} of {pages}");
}
