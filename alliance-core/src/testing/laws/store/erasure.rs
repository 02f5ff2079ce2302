//! M5: what was erased does not come back.

use std::collections::BTreeMap;

use alliance_safety::Timestamp;

use super::fixture::{Law, at, draft, handle, id, later, other_bytes, session, timer, user};
use crate::{
    id::{RecordId, UserId},
    record::RecordKind,
    store::{ErasureReceipt, Expect, Forget, HandleQuery, MemoryStore, Revision, Selection, StoreErrorKind},
    testing::{block_on, laws::done},
};

/// M5 forgets completely: after `forget`, nothing that was meant, nothing derived from it and none of its
/// handles comes back; the head moves on, and `erasures` grows. An append that would bring any of it back is
/// `Erased`.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m5_forgets_completely<S: MemoryStore>(make: impl Fn() -> S) {
    for case in cases() {
        let store = make();
        let law = Law::new("M5 forgets completely", &store);
        fill(&law);
        forget(&law, &case);
        check(&law, &case);
        keeps_out(&law, &case);
    }
}

/// M5 forgets completely, here or after reopening.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m5_forgets_completely_after_reopening<S: MemoryStore>(make: impl Fn() -> S, reopen: impl Fn(S) -> S) {
    for case in cases() {
        let store = make();
        let law = Law::new("M5 forgets completely (reopened)", &store);
        fill(&law);
        forget(&law, &case);
        let page = law.all(ann());
        let store = reopen(store);
        let law = Law::new("M5 forgets completely (reopened)", &store);
        check(&law, &case);
        law.holds(law.all(ann()) == page, "what is left is the same after reopening");
        keeps_out(&law, &case);
    }
}

struct Case {
    what: Forget,
    /// The numbers of the records that are left.
    left: &'static [u64],
}

/// What [`fill`] writes, by number: 1, 2, 3 episodes of session 1; 4 of session 2 and derived from 1; 5 of no
/// session and derived from 4; 6 of session 3 and derived from 2 and 3; 7 a timer of session 1; 8 of session 2;
/// 9 of session 2 and derived from 7.
fn cases() -> [Case; 5] {
    let between = Forget::Between(Timestamp::from_millis(2), Timestamp::from_millis(4));
    [
        Case { what: Forget::Records(vec![id(1), id(999)]), left: &[2, 3, 6, 7, 8, 9] },
        Case { what: Forget::Session(session(1)), left: &[8] },
        // From 2 up to, not including, 4; so 4 stays, and 6 goes with what it is derived from.
        Case { what: between, left: &[1, 4, 5, 7, 8, 9] },
        Case { what: Forget::Kind(RecordKind::Timer), left: &[1, 2, 3, 4, 5, 6, 8] },
        Case { what: Forget::Everything, left: &[] },
    ]
}

fn ann() -> UserId {
    user(1)
}

fn fill<S: MemoryStore>(law: &Law<'_, S>) {
    let open = |number| handle(ann(), number);
    law.append(ann(), draft([at(1, 1), at(2, 2), at(3, 3)]).open(open(1)).open(open(2)));
    law.append(ann(), draft([at(4, 4).session(session(2)).derived_from([id(1)])]).open(open(4)));
    let mut loose = at(5, 5).derived_from([id(4)]);
    loose.session = None;
    law.append(
        ann(),
        draft([loose, at(6, 6).session(session(3)).derived_from([id(2), id(3)])]).open(open(5)),
    );
    law.append(ann(), draft([timer(7), at(8, 8).session(session(2))]).open(open(7)).open(open(8)));
    // A derived record whose source comes later in its own batch, and is of another kind.
    let early = at(11, 9).session(session(2)).derived_from([id(12)]);
    law.append(ann(), draft([early, timer(12).session(session(2))]));
    law.forget(ann(), &Forget::Records(vec![id(12)]));
    law.holds(!present(law).contains(&11), "a record goes with a source that was written after it");
    law.append(ann(), draft([at(9, 9).session(session(2)).derived_from([id(7)])]).open(open(9)));
}

fn forget<S: MemoryStore>(law: &Law<'_, S>, case: &Case) {
    let before = law.all(ann());
    let receipt = law.forget(ann(), &case.what);
    let after = law.all(ann());
    law.holds(receipt.revision == after.revision, "the receipt names the head after erasing");
    law.holds(
        receipt.erased == gone(&before.records, &receipt, case),
        "the receipt counts what went, by kind",
    );
    law.holds(after.erasures > before.erasures, "the count of erasures grows");
    law.holds(after.revision > before.revision, "the head moves on");
}

/// What is left is there, in order and unchanged; what went is found by no way of asking.
fn check<S: MemoryStore>(law: &Law<'_, S>, case: &Case) {
    let left = case.left;
    law.holds(present(law) == left, "what was meant and what is derived from it is gone, and no more");
    let gone = (1..=9).filter(|number| !left.contains(number));
    let asking = |id: RecordId| {
        let all = Selection::all;
        let by_session = [all().session(session(1)), all().session(session(2)), all().session(session(3))];
        let by_kind = [RecordKind::Episode, RecordKind::Timer].map(|kind| all().kinds([kind]));
        let rest = [all().newest_first(), all().ids([id]), all().after(Revision::ZERO).limit(1).ids([id])];
        by_session.into_iter().chain(by_kind).chain(rest)
    };
    for number in gone {
        for selection in asking(id(number)) {
            law.holds(!law.ids(ann(), &selection).contains(&id(number)), "no way of asking brings it back");
        }
    }
    let handled: Vec<u64> =
        [1, 2, 4, 5, 7, 8, 9].into_iter().filter(|number| left.contains(number)).collect();
    let wanted = handled.iter().map(|number| (ann(), id(*number))).collect();
    law.holds(law.handled() == wanted, "the handles of what went are gone, and no others");
    let far = HandleQuery::due(later().after(std::time::Duration::from_secs(1 << 30)), Selection::MAX);
    let listed = done(law.clause, block_on(law.store.handles(&far)), "listing handles succeeds");
    law.holds(listed.handles.len() == handled.len(), "the handles of what went do not come back later");
    for stored in law.all(ann()).records {
        let sources = &stored.record.derived_from;
        let whole = sources
            .iter()
            .all(|source| (1..=9).all(|number| id(number) != *source || left.contains(&number)));
        law.holds(whole, "nothing that is left names a source that went");
    }
    if let Some(&number) = left.first() {
        let reused = "a held id with other bytes, after an erasure";
        law.refuses(ann(), Expect::Any, draft([other_bytes(number)]), StoreErrorKind::IdReused, reused);
    }
}

/// What went is refused from then on, in every shape in which it could come back, and only that.
fn keeps_out<S: MemoryStore>(law: &Law<'_, S>, case: &Case) {
    let erased = StoreErrorKind::Erased;
    let refuses = |draft, why| law.refuses(ann(), Expect::Any, draft, erased, why);
    let left = |number: &u64| case.left.contains(number);
    for number in (1..=9).filter(|number| !left(number)) {
        refuses(draft([at(number, 1)]).open(handle(ann(), number)), "an erased id");
        refuses(draft([timer(number)]), "an erased id with other bytes");
        refuses(
            draft([at(20, 20).derived_from([id(21), id(number)])]),
            "a record derived from an erased one",
        );
        refuses(draft([at(20, 20), at(number, 1)]), "a batch of which one record was erased");
        for expect in [Expect::Head(Revision::ZERO), Expect::Session(session(2), Revision::ZERO)] {
            let why = "an erased id, whatever is expected (before M7),";
            law.refuses(ann(), expect, draft([at(number, 1).session(session(2))]), erased, why);
        }
    }
    // The batches of `fill` again, as after a lost answer.
    let whole = |numbers: [u64; 3]| numbers.iter().all(left);
    if whole([1, 2, 3]) {
        law.append(ann(), draft([at(1, 1), at(2, 2), at(3, 3)]));
    } else {
        refuses(draft([at(1, 1), at(2, 2), at(3, 3)]), "a batch of which a part was erased");
    }
    if let Forget::Records(named) = &case.what {
        for id in named {
            let mut record = at(1, 1);
            record.id = *id;
            refuses(draft([record]), "an id that was named before it came");
        }
    }
    let before = law.all(ann()).records.len();
    law.append(ann(), draft([at(20, 20).derived_from([id(21)])]).open(handle(ann(), 20)));
    law.holds(law.all(ann()).records.len() == before + 1, "what was never erased is taken");
    // Twice: what is kept of the first erasure outlives the second.
    law.forget(ann(), &Forget::Everything);
    let gone = (1..=9).filter(|number| !left(number)).chain([11, 12, 20]);
    for number in gone {
        refuses(draft([at(number, 1)]), "an id erased before everything was");
    }
    law.append(user(2), draft([at(20, 20), at(12, 12)]));
    law.holds(law.all(user(2)).records.len() == 2, "what one person erased is taken from another (M4)");
}

fn present<S: MemoryStore>(law: &Law<'_, S>) -> Vec<u64> {
    let ids = law.ids(ann(), &Selection::all());
    let number = |wanted: &RecordId| (1..=20).find(|number| id(*number) == *wanted).unwrap_or(u64::MAX);
    ids.iter().map(number).collect()
}

fn gone(before: &[crate::store::Stored], receipt: &ErasureReceipt, case: &Case) -> BTreeMap<String, u64> {
    let mut counted = ErasureReceipt::new(receipt.revision);
    for stored in before {
        if !case.left.iter().any(|number| id(*number) == stored.record.id) {
            counted.count(&stored.record.kind());
        }
    }
    counted.erased
}
