//! What is damaged is said to be damaged, what is sound of it is read, and nothing is taken for nothing.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{collections::BTreeSet, fs, path::Path};

use alliance_core::{
    consent::Draft,
    id::UserId,
    safety::Timestamp,
    store::{
        Expect, Forget, Handle, HandleKind, HandleQuery, MemoryStore, Selection, StoreError, StoreErrorKind,
    },
};
use alliance_memory::SqliteStore;
use common::{Place, admitted, all, episode, id, keep, user};
use futures::executor::block_on;

const RECORDS: u128 = 60;

/// A person with some pages, one more in the journal, and another person beside.
fn filled() -> Place {
    let place = Place::new();
    let store = place.open().unwrap();
    for number in 0..RECORDS {
        keep(&store, user(1), [episode(number, format!("{number} {}", "word ".repeat(60)))]).unwrap();
    }
    keep(&store, user(2), [episode(1, "of another person")]).unwrap();
    let handle = Handle::new(user(1), id(900), HandleKind::Timer, Timestamp::UNIX_EPOCH);
    let draft = Draft::new().record(episode(900, "due")).open(handle);
    block_on(store.append(user(1), Expect::Any, admitted(draft))).unwrap();
    place
}

/// After a clean end there is no journal; as after a crash there is one.
fn crashed() -> Place {
    let place = Place::new();
    let store = place.open().unwrap();
    for number in 0..RECORDS {
        keep(&store, user(1), [episode(number, format!("{number} {}", "word ".repeat(60)))]).unwrap();
    }
    place.copy()
}

fn numbers(records: &[alliance_core::store::Stored]) -> BTreeSet<u128> {
    records.iter().map(|stored| stored.record.id.uuid().as_u128() & 0xffff_ffff).collect()
}

/// Either all of it, or an error, or at least what salvage says is left; and never silently less.
fn is_not_silent(place: &Place, who: UserId, wanted: usize, what: &str) -> usize {
    let kinds = [
        StoreErrorKind::Damaged,
        StoreErrorKind::Key,
        StoreErrorKind::Newer,
        StoreErrorKind::Unavailable,
        StoreErrorKind::ReadOnly,
    ];
    let store = match place.open() {
        Ok(store) => store,
        Err(error) => {
            assert!(kinds.contains(&error.kind), "{what}: {error}");
            return 0;
        }
    };
    match all(&store, who) {
        Ok(page) => {
            assert_eq!(page.records.len(), wanted, "{what}: read");
            wanted
        }
        Err(error) => {
            assert!(kinds.contains(&error.kind), "{what}: {error}");
            let Ok(left) = block_on(store.salvage(who)) else { return 0 };
            assert!(!left.is_whole || left.records.len() == wanted, "{what}: salvage");
            left.records.len()
        }
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn a_flipped_page_costs_no_more_than_itself() {
    let place = filled();
    let path = place.file_of(user(1));
    let pages = fs::metadata(&path).unwrap().len() as usize / 2048;
    let wanted = RECORDS as usize + 1;
    assert!(pages > 12, "{pages}");
    for page in 0..pages {
        let copy = place.copy();
        flip(&copy.file_of(user(1)), page * 2048 + 1000);
        let left = is_not_silent(&copy, user(1), wanted, &format!("page {page}"));
        // A leaf holds a dozen of these.
        assert!(left + 14 >= wanted, "page {page}: {left} of {wanted}");
        assert_eq!(is_not_silent(&copy, user(2), 1, "the other person"), 1);
    }
}

#[test]
fn a_flip_or_a_cut_anywhere_is_never_silent() {
    for place in [filled(), crashed()] {
        let store = place.open().unwrap();
        let wanted = all(&store, user(1)).unwrap().records.len();
        drop(store);
        let place = if wanted == RECORDS as usize { crashed() } else { place };
        for path in place.files() {
            let length = fs::metadata(&path).unwrap().len() as usize;
            let inside = path.strip_prefix(place.path()).unwrap().to_owned();
            let step = (length / 12).max(1);
            for at in (0..length).step_by(step) {
                let copy = place.copy();
                flip(&copy.path().join(&inside), at);
                is_not_silent(&copy, user(1), wanted, &format!("{} flipped at {at}", name(&path)));
                let copy = place.copy();
                fs::File::options()
                    .write(true)
                    .open(copy.path().join(&inside))
                    .unwrap()
                    .set_len(at as u64)
                    .unwrap();
                is_not_silent(&copy, user(1), wanted, &format!("{} cut to {at}", name(&path)));
            }
            let copy = place.copy();
            fs::remove_file(copy.path().join(&inside)).unwrap();
            is_not_silent(&copy, user(1), wanted, &format!("{} removed", name(&path)));
        }
    }
}

#[test]
fn what_is_damaged_is_only_read_and_can_be_erased() {
    let place = filled();
    let path = place.file_of(user(1));
    let pages = fs::metadata(&path).unwrap().len() as usize / 2048;
    flip(&path, (pages - 1) * 2048 + 100);
    let store = place.open().unwrap();
    assert_eq!(kind(block_on(store.check(user(1)))), StoreErrorKind::Damaged);
    let before = fs::read(&path).unwrap();
    assert_eq!(kind(keep(&store, user(1), [episode(1000, "more")])), StoreErrorKind::Damaged);
    assert_eq!(kind(block_on(store.forget(user(1), &Forget::Records(vec![id(1)])))), StoreErrorKind::Damaged);
    assert_eq!(fs::read(&path).unwrap(), before);
    block_on(store.check(user(2))).unwrap();

    let left = block_on(store.salvage(user(1))).unwrap();
    assert!(!left.is_whole && left.records.len() > 40, "{}", left.records.len());
    let receipt = block_on(store.forget(user(1), &Forget::Everything)).unwrap();
    assert_eq!(receipt.total(), left.records.len() as u64);
    let page = all(&store, user(1)).unwrap();
    assert!(page.records.is_empty() && page.erasures == 1 && page.revision == receipt.revision);
    let again = left.records[3].record.as_ref().clone();
    assert_eq!(kind(keep(&store, user(1), [again])), StoreErrorKind::Erased);
    keep(&store, user(1), [episode(2000, "from here on")]).unwrap();
    assert!(!path.with_extension("salvage").exists());
}

#[test]
fn a_sound_file_is_salvaged_whole() {
    let place = filled();
    let store = place.open().unwrap();
    block_on(store.check(user(1))).unwrap();
    let left = block_on(store.salvage(user(1))).unwrap();
    assert!(left.is_whole);
    assert_eq!(left.records, all(&store, user(1)).unwrap().records);
    let nobody = block_on(store.salvage(user(7))).unwrap();
    assert!(nobody.records.is_empty() && nobody.is_whole);
}

#[test]
fn a_journal_that_lost_its_end_is_noticed() {
    let place = crashed();
    let journal = place.file_of(user(1)).with_extension("db-wal");
    let length = fs::metadata(&journal).unwrap().len();
    fs::File::options().write(true).open(&journal).unwrap().set_len(length - 100).unwrap();
    let store = place.open().unwrap();
    assert_eq!(kind(all(&store, user(1))), StoreErrorKind::Damaged);
    assert_eq!(fs::metadata(&journal).unwrap().len(), length - 100, "the journal is left as it was");
    let left = block_on(store.salvage(user(1))).unwrap();
    let wanted: BTreeSet<u128> = (0..RECORDS - 1).collect();
    assert!(!left.is_whole && numbers(&left.records) == wanted, "{}", left.records.len());
    assert_eq!(left.reached.number(), RECORDS as u64);
}

#[test]
fn handles_that_the_index_lost_are_found_again() {
    let place = Place::new();
    let store = place.open().unwrap();
    for number in 0..8 {
        let handle = Handle::new(user(1), id(number), HandleKind::Timer, Timestamp::UNIX_EPOCH);
        let draft = Draft::new().record(episode(number, "due")).open(handle);
        block_on(store.append(user(1), Expect::Any, admitted(draft))).unwrap();
    }
    let wanted = due(&store);
    assert_eq!(wanted.len(), 8);
    let whole = place.copy();
    let length = fs::metadata(whole.people().join("index.db-wal")).unwrap().len();
    for cut in (0..=length).step_by(1500) {
        let copy = whole.copy();
        let journal = fs::File::options().write(true).open(copy.people().join("index.db-wal")).unwrap();
        journal.set_len(cut).unwrap();
        match copy.open() {
            Ok(store) => assert_eq!(due(&store), wanted, "cut to {cut} of {length}"),
            Err(error) => assert_eq!(error.kind, StoreErrorKind::Damaged),
        }
    }
}

fn due(store: &SqliteStore) -> Vec<Handle> {
    block_on(store.handles(&HandleQuery::due(Timestamp::from_millis(9), Selection::MAX))).unwrap().handles
}

fn kind<T>(outcome: Result<T, StoreError>) -> StoreErrorKind {
    match outcome {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.kind,
    }
}

#[test]
fn an_index_that_lost_everything_is_not_taken_for_a_new_one() {
    let place = filled();
    let store = place.open().unwrap();
    block_on(store.forget(user(2), &Forget::Everything)).unwrap();
    drop(store);
    for length in [0, 1, 511, 2047, 2048] {
        let copy = place.copy();
        fs::File::options()
            .write(true)
            .open(copy.people().join("index.db"))
            .unwrap()
            .set_len(length)
            .unwrap();
        assert_eq!(kind(copy.open()), StoreErrorKind::Damaged, "{length}");
    }
}

#[test]
fn a_file_in_the_place_of_another_is_noticed() {
    let place = filled();
    fs::copy(place.file_of(user(2)), place.file_of(user(1))).unwrap();
    let store = place.open().unwrap();
    assert_eq!(kind(all(&store, user(1))), StoreErrorKind::Damaged);
    assert!(!block_on(store.salvage(user(1))).unwrap().is_whole);
}
