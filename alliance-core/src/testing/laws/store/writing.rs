//! M1, M2, M7 and M8: what an append does, or does not.

use std::{panic::resume_unwind, thread::ScopedJoinHandle};

use super::fixture::{
    Law, batch, draft, handle, id, later, numbers, other_bytes, record, session, timer, user,
};
use crate::{
    id::RecordId,
    store::{Expect, Forget, HandleQuery, MemoryStore, Revision, Selection, StoreErrorKind},
    testing::poll_once,
};

const POLLS: usize = 64;

/// M1 all or nothing: an append is one atomic commit, and so is its effect on handles.
///
/// Does a batch that fails at its last record, and a batch whose future is dropped after every number of
/// polls; neither may leave a part behind.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m1_all_or_nothing<S: MemoryStore>(make: impl Fn() -> S) {
    const CLAUSE: &str = "M1 all or nothing";
    let (store, ann) = (make(), user(1));
    let law = Law::new(CLAUSE, &store);
    law.append(ann, draft([timer(1)]).open(handle(ann, 1)));
    let head = law.append(ann, numbers(2..5).open(handle(ann, 3)).close(id(1)));
    let page = law.all(ann);
    law.holds(page.records.len() == 4, "every record of a batch is there once it returned");
    law.holds(page.revision == head, "the revision of an append is the head after it");
    law.holds(law.handled() == [(ann, id(3))].into(), "a batch opens and closes its handles");

    let partly = draft([record(5), record(6), other_bytes(2)]).open(handle(ann, 5)).close(id(3));
    law.refuses(ann, Expect::Any, partly, StoreErrorKind::IdReused, "a batch that fails at its last record");

    for polls in 0..POLLS {
        let store = make();
        let law = Law::new(CLAUSE, &store);
        law.append(ann, draft([timer(1)]).open(handle(ann, 1)));
        let wanted = || numbers(2..5).open(handle(ann, 3)).close(id(1));
        let mut append = store.append(ann, Expect::Any, batch(wanted()));
        let finished = (0..polls).any(|_| poll_once(&mut append).is_some());
        drop(append);
        let (count, handled) = (law.all(ann).records.len(), law.handled());
        let absent = count == 1 && handled == [(ann, id(1))].into();
        let whole = count == 4 && handled == [(ann, id(3))].into();
        law.holds(absent || whole, "an append that is dropped half-way happened whole or not at all");
        law.holds(!finished || whole, "an append that returned has happened");
        law.append(ann, wanted());
        law.holds(law.all(ann).records.len() == 4, "a dropped append can be done again");
        if finished {
            break;
        }
    }
}

/// M1 all or nothing, second half: an append is durable before it returns.
///
/// `reopen` ends the store as a crash would, without asking it to finish anything, and opens it again.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m1_durable_after_reopening<S: MemoryStore>(make: impl Fn() -> S, reopen: impl Fn(S) -> S) {
    const CLAUSE: &str = "M1 all or nothing (durable)";
    let (store, ann) = (make(), user(1));
    let law = Law::new(CLAUSE, &store);
    let first = law.append(ann, numbers(1..4).open(handle(ann, 2)));
    law.append(ann, numbers(4..6).open(handle(ann, 4)).close(id(2)));
    let before = law.seen(ann);
    let store = reopen(store);
    let law = Law::new(CLAUSE, &store);
    law.holds(law.seen(ann) == before, "records, revisions and handles are the same after reopening");
    let again = law.append(ann, numbers(1..4).open(handle(ann, 2)));
    law.holds(again == first, "the same batch after reopening is known, with its revision (M2)");
    law.holds(law.seen(ann) == before, "the same batch after reopening changes nothing (M2)");
}

/// M2 once: the same batch again is `Ok` with its revision and changes nothing; a held id with other bytes
/// is `IdReused`; both are checked before M7. A batch without records acts each time.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m2_once<S: MemoryStore>(make: impl Fn() -> S) {
    let (store, ann) = (make(), user(1));
    let law = Law::new("M2 once", &store);
    let wanted = || numbers(1..3).open(handle(ann, 1));
    let head = Expect::Head(Revision::ZERO);
    let revision = law.append_if(ann, head, wanted());
    law.append(ann, numbers(3..5).close(id(1)));
    let before = law.seen(ann);
    for expect in [Expect::Any, head, Expect::Session(session(1), Revision::ZERO)] {
        let again = law.append_if(ann, expect, wanted());
        law.holds(again == revision, "the same batch again gives the revision that it got then");
        law.holds(law.seen(ann) == before, "the same batch again adds no record and opens no handle");
        let reused = "a held id with other bytes";
        law.refuses(ann, expect, draft([other_bytes(1)]), StoreErrorKind::IdReused, reused);
        let moved = draft([record(2).session(session(2))]);
        law.refuses(ann, expect, moved, StoreErrorKind::IdReused, "a held id in another session");
    }
    acts_without_records(&law);
}

/// A batch without records acts every time: there is nothing of it that could be held.
fn acts_without_records<S: MemoryStore>(law: &Law<'_, S>) {
    let (ann, ben) = (user(1), user(2));
    let head = law.append(ann, draft([timer(9)]).open(handle(ann, 9)));
    let page = law.all(ann);
    let closing = || draft([]).close(id(9));
    let nobody = law.append(ben, draft([]).close(id(99)));
    law.holds(nobody == Revision::ZERO, "closing for a person of whom nothing is held is at revision 0");
    for expect in [Expect::Any, Expect::Head(head)] {
        let again = law.append_if(ann, expect, closing());
        law.holds(again == head, "a batch without records gives the head");
        law.holds(law.handled().is_empty(), "a batch without records closes its handles");
        law.holds(law.all(ann) == page, "a batch without records changes no record and moves no head");
    }
}

/// M7 expectations hold: an append whose `Expect` does not hold is a `Conflict` and changes nothing.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m7_expectations_hold<S: MemoryStore>(make: impl Fn() -> S) {
    const CLAUSE: &str = "M7 expectations hold";
    let (store, ann) = (make(), user(1));
    let law = Law::new(CLAUSE, &store);
    let conflict = StoreErrorKind::Conflict;
    let apart = |number| draft([record(number).session(session(2))]);

    let first = law.append_if(ann, Expect::Session(session(1), Revision::ZERO), numbers(1..2));
    let elsewhere = law.append(ann, apart(2));
    let second = law.append_if(ann, Expect::Session(session(1), first), numbers(3..4));
    law.holds(second > elsewhere, "what happens in another session disturbs nobody");
    let stale = Expect::Session(session(1), first);
    law.refuses(ann, stale, numbers(5..6).open(handle(ann, 5)), conflict, "a session that moved on");
    law.refuses(ann, stale, numbers(5..6).close(id(1)), conflict, "a session that moved on");
    law.refuses(ann, stale, draft([]).close(id(1)), conflict, "a batch without records, come late,");
    law.refuses(ann, Expect::Head(elsewhere), numbers(5..6), conflict, "a head that moved on");
    let ahead = Expect::Head(Revision::new(second.number() + 1));
    law.refuses(ann, ahead, numbers(5..6), conflict, "a head that is not reached yet");
    let third = law.append_if(ann, Expect::Head(second), apart(6));
    law.forget(ann, &Forget::Records(vec![id(6)]));
    law.refuses(ann, Expect::Head(third), numbers(5..6), conflict, "a head from before an erasure");

    for round in 0..8 {
        let store = make();
        let law = Law::new(CLAUSE, &store);
        let from = law.append(ann, draft([record(1)]));
        let expect = if round % 2 == 0 { Expect::Head(from) } else { Expect::Session(session(1), from) };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let write = |writer| {
                let law = &law;
                scope.spawn(move || law.try_append(ann, expect, numbers(writer..writer + 1)))
            };
            let writers: Vec<_> = (10..18).map(write).collect();
            writers.into_iter().map(joined).collect()
        });
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        law.holds(won == 1, "of writers who expect the same, one wins");
        let mut late = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        law.holds(late.all(|error| error.kind == conflict), "who comes late has a conflict");
        law.holds(law.all(ann).records.len() == 2, "writers who lost left nothing");
    }
}

/// M8 a handle exists no later than its record: whoever sees a record sees the handle that its batch opened.
///
/// Looks after every poll of an append, and from a second thread while appends are under way.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m8_a_handle_exists_no_later_than_its_record<S: MemoryStore>(make: impl Fn() -> S) {
    const CLAUSE: &str = "M8 a handle exists no later than its record";
    const EXPECTED: &str = "no record is seen without the handle that its batch opened";
    let (store, ann) = (make(), user(1));
    let law = Law::new(CLAUSE, &store);
    let opened = |number| draft([timer(number)]).open(handle(ann, number));

    let mut append = store.append(ann, Expect::Any, batch(opened(1)));
    for _ in 0..POLLS {
        let returned = poll_once(&mut append).is_some();
        law.holds(handle_is_no_later(&store, id(1)), EXPECTED);
        if returned {
            break;
        }
    }
    drop(append);
    law.append(ann, opened(1));
    law.holds(law.handled() == [(ann, id(1))].into(), "a handle is there once the append returned");

    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 2..66 {
                law.append(ann, opened(number));
            }
        });
        let mut last = false;
        while !last {
            last = writer.is_finished();
            let seen = law.ids(ann, &Selection::all());
            let handled = law.handled();
            law.holds(seen.iter().all(|record| handled.contains(&(ann, *record))), EXPECTED);
        }
        joined(writer);
    });
}

/// What a thread gave; what it failed with fails this one, with its message.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|message| resume_unwind(message))
}

/// Looks without waiting: a store that holds a lock while it writes shows nothing meanwhile, and that is fine.
fn handle_is_no_later<S: MemoryStore>(store: &S, record: RecordId) -> bool {
    let selection = Selection::all().ids([record]);
    let Some(Ok(page)) = poll_once(&mut store.read(user(1), &selection)) else { return true };
    let query = HandleQuery::due(later(), Selection::MAX);
    let Some(Ok(listed)) = poll_once(&mut store.handles(&query)) else { return true };
    page.records.is_empty() || listed.handles.iter().any(|handle| handle.record == record)
}
