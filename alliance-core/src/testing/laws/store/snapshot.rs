//! M9: a snapshot does not outlast what it was computed from.

use alliance_safety::Timestamp;

use super::fixture::{Law, draft, id, later, numbers, record, session, timer, user};
use crate::{
    consent::{ConsentLedger, Purpose},
    id::{RecordId, UserId},
    record::{Body, ConsentChoice, ConsentRecord, Record, RecordKind},
    store::{Forget, MemoryStore, Snapshot, StoreErrorKind},
    testing::{block_on, laws::done},
};

const NAME: &str = "laws";

/// M9 a snapshot does not outlast what it was computed from: every erasure and every decision takes it away, and one that
/// was computed before is not kept. A store that keeps none passes.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m9_a_snapshot_does_not_outlast_its_sources<S: MemoryStore>(make: impl Fn() -> S) {
    let ways = [
        Forget::Records(vec![id(1)]),
        Forget::Session(session(1)),
        Forget::Between(Timestamp::UNIX_EPOCH, later()),
        Forget::Kind(RecordKind::Timer),
        Forget::Everything,
    ];
    for what in ways {
        let store = make();
        let (law, ann, ben) = (Law::new("M9 a snapshot", &store), user(1), user(2));
        for who in [ann, ben] {
            law.append(who, draft([record(1), timer(2), record(3)]));
        }
        if !kept(&law, ann, 1) {
            law.holds(kept(&law, ann, 2) == kept(&law, ben, 2), "a store keeps snapshots or it does not");
            continue;
        }
        law.holds(kept(&law, ben, 2), "each person has a snapshot");
        law.holds(kept(&law, ann, 3), "a snapshot takes the place of the one before");
        law.append(ann, numbers(4..6));
        law.holds(found(&law, ann) == Some(3), "an append leaves what was computed before it");
        let late = made(&law, ann, 4);
        law.forget(ann, &what);
        law.holds(found(&law, ann).is_none(), "an erasure takes the snapshot away");
        refuses(&law, ann, late, "a snapshot that was computed before an erasure");
        law.holds(found(&law, ben) == Some(2), "another person's snapshot stays");
        law.append(ann, numbers(20..21));
        law.holds(kept(&law, ann, 5), "one that was computed after the erasure is kept");
    }
    decisions(&make());
    by_name(&make());
}

/// Whether a store keeps snapshots.
pub(super) fn keeps_snapshots<S: MemoryStore>(store: &S) -> bool {
    let law = Law::new("M9 a snapshot", store);
    law.append(user(9), numbers(1..3));
    kept(&law, user(9), 1)
}

/// A decision about consent takes it away too.
fn decisions<S: MemoryStore>(store: &S) {
    let (law, ann) = (Law::new("M9 a snapshot", store), user(1));
    law.append(ann, numbers(1..3));
    if !kept(&law, ann, 1) {
        return;
    }
    let late = made(&law, ann, 2);
    law.append(ann, draft([decision(7)]));
    law.holds(found(&law, ann).is_none(), "a decision about consent takes the snapshot away");
    refuses(&law, ann, late, "a snapshot that was computed before a decision");
    law.holds(kept(&law, ann, 3), "one that was computed after the decision is kept");
}

fn by_name<S: MemoryStore>(store: &S) {
    let (law, ann) = (Law::new("M9 a snapshot", store), user(1));
    law.append(ann, numbers(1..3));
    let page = law.all(ann);
    if kept(&law, ann, 1) {
        law.holds(law.all(ann) == page, "a snapshot is in no page, and moves nothing");
        let other = done(law.clause, block_on(store.snapshot(ann, "other")), "a snapshot is read");
        law.holds(other.is_none(), "a snapshot is found by its name only");
        let nobody = done(law.clause, block_on(store.snapshot(user(3), NAME)), "a snapshot is read");
        law.holds(nobody.is_none(), "nobody else's snapshot is found");
    }
}

fn made<S: MemoryStore>(law: &Law<'_, S>, user: UserId, mark: u8) -> Snapshot {
    let page = law.all(user);
    // Longer than a page of any database.
    Snapshot::new(NAME, page.revision, page.erasures, vec![mark; 70_000])
}

fn keep<S: MemoryStore>(
    law: &Law<'_, S>,
    user: UserId,
    snapshot: Snapshot,
) -> Result<(), crate::store::StoreError> {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    let admitted = ConsentLedger::folded(&given).admit_snapshot(snapshot, [RecordKind::Episode]);
    block_on(
        law.store
            .keep_snapshot(user, done(law.clause, admitted, "a consenting person's snapshot is admitted")),
    )
}

/// Keeps a snapshot of now, and says whether it is there.
fn kept<S: MemoryStore>(law: &Law<'_, S>, user: UserId, mark: u8) -> bool {
    let snapshot = made(law, user, mark);
    done(law.clause, keep(law, user, snapshot.clone()), "a snapshot of now is taken");
    let found = done(law.clause, block_on(law.store.snapshot(user, NAME)), "a snapshot is read");
    law.holds(found.as_ref().is_none_or(|found| *found == snapshot), "a snapshot comes back as it came");
    found.is_some()
}

fn found<S: MemoryStore>(law: &Law<'_, S>, user: UserId) -> Option<u8> {
    let found = done(law.clause, block_on(law.store.snapshot(user, NAME)), "a snapshot is read");
    found.and_then(|snapshot| snapshot.bytes.first().copied())
}

fn refuses<S: MemoryStore>(law: &Law<'_, S>, user: UserId, late: Snapshot, what: &str) {
    match keep(law, user, late) {
        Ok(()) => {}
        Err(error) => law.holds(error.kind == StoreErrorKind::Conflict, &format!("{what} is a conflict")),
    }
    law.holds(found(law, user).is_none(), &format!("{what} is not kept"));
}

fn decision(number: u64) -> Record {
    let withdrawn = ConsentRecord::new(Purpose::Research, ConsentChoice::Withdrawn, "1", "");
    let id: RecordId = id(number);
    Record::new(id, later(), Body::Consent(withdrawn))
}
