use alliance_core::{
    consent::Draft,
    record::RecordKind,
    store::{
        Expect, Forget, Handle, HandleKind, HandlePage, HandleQuery, Lease, MemoryStore, Revision, Selection,
        StoreErrorKind,
    },
};
use futures::executor::block_on;
use uuid::Uuid;

use super::InMemoryStore;
use crate::fixture::{admitted, at, batch, fact, id, keep, numbers, said, session, shown, user};

fn due(store: &InMemoryStore, query: &HandleQuery) -> HandlePage {
    block_on(store.handles(query)).unwrap()
}

fn open(store: &InMemoryStore, person: u128, number: u128, kind: HandleKind, when: i64) {
    let handle = Handle::new(user(person), id(number), kind, at(when));
    let draft = Draft::new().record(said(number, "hello")).open(handle);
    block_on(store.append(user(person), Expect::Any, admitted(draft))).unwrap();
}

fn records(page: &HandlePage) -> Vec<u128> {
    page.handles.iter().map(|handle| handle.record.uuid().as_u128()).collect()
}

#[test]
fn every_record_has_a_revision_and_an_append_returns_the_last() {
    let store = InMemoryStore::new();
    assert_eq!(keep(&store, user(1), [said(1, "a"), shown(2, "b")]), Revision::new(2));
    assert_eq!(keep(&store.clone(), user(1), [said(3, "c")]), Revision::new(3));
    let page = block_on(store.read(user(1), &Selection::all().after(Revision::new(1)))).unwrap();
    assert_eq!(numbers(&page.records), [2, 3]);
    assert_eq!(page.revision, Revision::new(3));
}

#[test]
fn a_repeat_is_recognized_before_the_expectation_is_checked() {
    let store = InMemoryStore::new();
    let expect = Expect::Head(Revision::ZERO);
    let append = |records| block_on(store.append(user(1), expect, batch(records)));
    assert_eq!(append(vec![said(1, "a"), said(2, "b")]).unwrap(), Revision::new(2));
    keep(&store, user(1), [said(3, "c")]);
    assert_eq!(append(vec![said(1, "a"), said(2, "b")]).unwrap(), Revision::new(2));
    assert_eq!(append(vec![said(1, "other")]).unwrap_err().kind, StoreErrorKind::IdReused);
    assert_eq!(append(vec![said(2, "b"), said(4, "d")]).unwrap_err().kind, StoreErrorKind::IdReused);
    assert_eq!(append(vec![said(5, "e"), said(5, "f")]).unwrap_err().kind, StoreErrorKind::IdReused);
    assert_eq!(append(vec![said(4, "d")]).unwrap_err().kind, StoreErrorKind::Conflict);
}

#[test]
fn background_work_does_not_disturb_a_turn() {
    let store = InMemoryStore::new();
    let mine = |number| batch([said(number, "a").session(session(1))]);
    let head = block_on(store.append(user(1), Expect::Any, mine(1))).unwrap();
    keep(&store, user(1), [fact(2, "sister", "lives in", "Bonn")]);
    assert!(block_on(store.append(user(1), Expect::Head(head), mine(3))).is_err());
    assert!(block_on(store.append(user(1), Expect::Session(session(1), head), mine(3))).is_ok());
    let late = block_on(store.append(user(1), Expect::Session(session(1), head), mine(4)));
    assert_eq!(late.unwrap_err().kind, StoreErrorKind::Conflict);
}

#[test]
fn what_was_derived_goes_with_its_source_even_if_the_source_is_not_held() {
    let store = InMemoryStore::new();
    let chain = [said(1, "a"), said(2, "b"), said(3, "c").derived_from([id(2)])];
    keep(&store, user(1), chain);
    keep(&store, user(1), [said(4, "d").derived_from([id(3), id(1)]), said(5, "e").derived_from([id(99)])]);
    let receipt = block_on(store.forget(user(1), &Forget::Records(vec![id(2), id(99)]))).unwrap();
    assert_eq!((receipt.total(), receipt.revision), (4, Revision::new(9)));
    let page = block_on(store.read(user(1), &Selection::all())).unwrap();
    assert_eq!((numbers(&page.records), page.revision, page.erasures), (vec![1], Revision::new(9), 1));
}

#[test]
fn of_an_erased_person_the_counters_and_the_ids_stay() {
    let store = InMemoryStore::new();
    open(&store, 1, 1, HandleKind::Timer, 5);
    open(&store, 2, 2, HandleKind::Timer, 5);
    let receipt = block_on(store.forget(user(1), &Forget::Everything)).unwrap();
    assert_eq!(receipt.erased.get("turn_accepted"), Some(&1));
    let page = block_on(store.read(user(1), &Selection::all())).unwrap();
    assert_eq!((page.records.len(), page.revision, page.erasures), (0, Revision::new(2), 1));
    assert_eq!(records(&due(&store, &HandleQuery::due(at(9), 9))), [2]);
    assert_eq!(block_on(store.forget(user(1), &Forget::Everything)).unwrap().revision, Revision::new(2));
    assert_eq!(block_on(store.forget(user(7), &Forget::Everything)).unwrap().total(), 0);
    assert_eq!(keep(&store, user(1), [said(3, "again")]), Revision::new(3));
    let late = block_on(store.append(user(1), Expect::Any, batch([said(1, "a")])));
    assert_eq!(late.unwrap_err().kind, StoreErrorKind::Erased);
}

#[test]
fn an_id_may_be_forgotten_before_it_comes() {
    let store = InMemoryStore::new();
    let receipt = block_on(store.forget(user(1), &Forget::Records(vec![id(1)]))).unwrap();
    assert_eq!((receipt.total(), receipt.revision), (0, Revision::ZERO));
    assert_eq!(block_on(store.read(user(1), &Selection::all())).unwrap().erasures, 0);
    let append = |records| block_on(store.append(user(1), Expect::Any, batch(records)));
    assert_eq!(append(vec![said(1, "a")]).unwrap_err().kind, StoreErrorKind::Erased);
    let derived = said(3, "c").derived_from([id(1)]);
    assert_eq!(append(vec![said(2, "b"), derived]).unwrap_err().kind, StoreErrorKind::Erased);
    assert_eq!(append(vec![said(2, "b")]).unwrap(), Revision::new(1));
}

#[test]
fn pages_follow_each_other_from_either_end() {
    let store = InMemoryStore::new();
    keep(&store, user(1), (1..=5).map(|n| said(n, "a")));
    let read = |selection: &Selection| block_on(store.read(user(1), selection)).unwrap();
    let first = read(&Selection::all().limit(2).newest_first());
    assert_eq!((numbers(&first.records), first.next), (vec![5, 4], Some(Revision::new(4))));
    let last = read(&Selection::all().limit(3).newest_first().before(Revision::new(4)));
    assert_eq!((numbers(&last.records), last.next), (vec![3, 2, 1], None));
    let none = read(&Selection::all().limit(0));
    assert_eq!((none.records.len(), none.next), (0, None));
    let named = read(&Selection::all().ids([id(4), id(2), id(4), id(77)]).kinds([RecordKind::TurnAccepted]));
    assert_eq!((numbers(&named.records), named.next), (vec![2, 4], None));
    assert_eq!(read(&Selection::all().limit(usize::MAX)).records.len(), 5);
    keep(&store, user(1), (6..=2000).map(|n| said(n, "a")));
    assert_eq!(read(&Selection::all().limit(usize::MAX)).records.len(), Selection::MAX);
}

#[test]
fn handles_are_listed_soonest_first_across_people() {
    let store = InMemoryStore::new();
    open(&store, 1, 1, HandleKind::Timer, 30);
    open(&store, 2, 2, HandleKind::Outbox, 10);
    open(&store, 1, 3, HandleKind::Timer, 20);
    let page = due(&store, &HandleQuery::due(at(25), 1));
    assert_eq!((records(&page), page.more), (vec![2], true));
    let mut timers = HandleQuery::due(at(30), 9);
    timers.kinds.push(HandleKind::Timer);
    let page = due(&store, &timers);
    assert_eq!((records(&page), page.more), (vec![3, 1], false));
}

#[test]
fn a_lease_holds_until_it_is_over() {
    let store = InMemoryStore::new();
    open(&store, 1, 1, HandleKind::Outbox, 0);
    let claim = |holder, now, until| {
        let lease = Lease::new(Uuid::from_u128(holder), at(until));
        records(&due(&store, &HandleQuery::due(at(now), 9).lease(lease)))
    };
    assert_eq!(claim(1, 0, 10), [1]);
    assert!(claim(2, 5, 15).is_empty());
    assert!(due(&store, &HandleQuery::due(at(5), 9)).handles.is_empty());
    assert_eq!(claim(1, 6, 12), [1]);
    assert_eq!(claim(2, 12, 20), [1]);
    // Claimed by a clock that was a year ahead.
    let year = 365 * 24 * 60 * 60 * 1000;
    assert_eq!(claim(3, year, year + 10), [1]);
    assert_eq!(claim(4, 30, 40), [1]);
}

#[test]
fn closing_is_part_of_the_append_and_may_be_repeated() {
    let store = InMemoryStore::new();
    open(&store, 1, 1, HandleKind::OpenTurn, 0);
    let end = || admitted(Draft::new().record(shown(2, "b")).close(id(1)).close(id(77)));
    let stale = block_on(store.append(user(1), Expect::Head(Revision::ZERO), end()));
    assert_eq!(stale.unwrap_err().kind, StoreErrorKind::Conflict);
    assert_eq!(due(&store, &HandleQuery::due(at(0), 9)).handles.len(), 1);
    block_on(store.append(user(1), Expect::Any, end())).unwrap();
    assert!(due(&store, &HandleQuery::due(at(0), 9)).handles.is_empty());
    assert_eq!(block_on(store.append(user(1), Expect::Any, end())).unwrap(), Revision::new(2));
}

#[test]
fn a_forgotten_record_takes_its_handle_along() {
    let store = InMemoryStore::new();
    open(&store, 1, 1, HandleKind::Timer, 0);
    open(&store, 1, 2, HandleKind::Timer, 0);
    open(&store, 2, 1, HandleKind::Timer, 0);
    block_on(store.forget(user(1), &Forget::Records(vec![id(1)]))).unwrap();
    let left = due(&store, &HandleQuery::due(at(0), 9)).handles;
    let left: Vec<_> = left.iter().map(|handle| (handle.user, handle.record)).collect();
    assert_eq!(left, [(user(1), id(2)), (user(2), id(1))]);
}

#[test]
fn a_batch_without_records_acts_on_handles() {
    let store = InMemoryStore::new();
    open(&store, 1, 1, HandleKind::OpenTurn, 0);
    let close =
        |person| block_on(store.append(user(person), Expect::Any, admitted(Draft::new().close(id(1)))));
    assert_eq!(close(2).unwrap(), Revision::ZERO);
    assert_eq!(due(&store, &HandleQuery::due(at(0), 9)).handles.len(), 1);
    assert_eq!(close(1).unwrap(), Revision::new(1));
    assert!(due(&store, &HandleQuery::due(at(0), 9)).handles.is_empty());
}

#[test]
fn a_handle_belongs_to_the_person_of_the_batch() {
    let store = InMemoryStore::new();
    let foreign = Handle::new(user(2), id(1), HandleKind::Timer, at(0));
    let draft = Draft::new().record(said(1, "a")).open(foreign);
    block_on(store.append(user(1), Expect::Any, admitted(draft))).unwrap();
    assert_eq!(due(&store, &HandleQuery::due(at(0), 9)).handles[0].user, user(1));
}

#[test]
fn debug_shows_no_words() {
    let store = InMemoryStore::new();
    keep(&store, user(1), [said(1, "secret")]);
    assert_eq!(format!("{store:?}"), "InMemoryStore(1 people, 0 handles)");
}
