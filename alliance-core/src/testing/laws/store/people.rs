//! M4: nobody sees or changes anybody else's records.

use alliance_safety::Timestamp;

use super::fixture::{Law, draft, handle, id, numbers, other_bytes, record, session, timer, user};
use crate::{
    record::RecordKind,
    store::{Expect, Forget, HandleQuery, MemoryStore, Revision, Selection},
    testing::{block_on, laws::done},
};

/// M4 keeps people apart: no call sees or changes another person's records; only `handles` looks across
/// people. Two people may even use the same record and session ids.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m4_keeps_people_apart<S: MemoryStore>(make: impl Fn() -> S) {
    let (store, ann, ben) = (make(), user(1), user(2));
    let law = Law::new("M4 keeps people apart", &store);
    law.append(ann, draft([record(1), timer(2), record(3)]).open(handle(ann, 2)));
    let empty = law.all(ben);
    law.holds(empty.records.is_empty(), "a person of whom nothing is held has an empty page");
    law.holds(empty.revision == Revision::ZERO, "a person of whom nothing is held is at revision 0");
    let wanted = Selection::all().ids([id(1)]).session(session(1));
    law.holds(law.ids(ben, &wanted).is_empty(), "asking for another person's record finds nothing");

    let before = law.all(ann);
    // The same ids, the same session, a fresh log: what another person did expects nothing of this one.
    let first = Expect::Session(session(1), Revision::ZERO);
    law.append_if(ben, first, draft([other_bytes(1), timer(2)]).open(handle(ben, 2)));
    law.append(ben, numbers(4..6));
    law.holds(law.all(ann) == before, "an append changes nothing of another person");
    law.holds(law.all(ben).records.len() == 4, "the same id for another person is another record");
    law.holds(law.handled() == [(ann, id(2)), (ben, id(2))].into(), "each person has handles of their own");

    let of_ben = HandleQuery::due(super::fixture::later(), Selection::MAX).of(ben);
    let of_ben = done(law.clause, block_on(store.handles(&of_ben)), "listing handles succeeds").handles;
    law.holds(of_ben == [handle(ben, 2)], "handles of one person are theirs only");

    law.append(ann, draft([record(7)]).open(handle(ann, 7)));
    law.append(ben, draft([record(8)]).close(id(7)).close(id(2)));
    let still = [(ann, id(2)), (ann, id(7))].into();
    law.holds(law.handled() == still, "closing a handle closes nobody else's");

    let before = law.all(ann);
    let derived = draft([record(10).derived_from([id(3)])]);
    law.append(ben, derived);
    let everything = [
        Forget::Records(vec![id(1), id(3), id(7)]),
        Forget::Session(session(1)),
        Forget::Between(Timestamp::UNIX_EPOCH, super::fixture::later()),
        Forget::Kind(RecordKind::Episode),
        Forget::Everything,
    ];
    for what in everything {
        law.forget(ben, &what);
        law.holds(law.all(ann) == before, "erasing changes nothing of another person");
        law.holds(law.handled() == still, "erasing takes nobody else's handles");
    }
    law.append(ann, numbers(11..13));
    law.holds(law.all(ben).records.is_empty(), "what is appended after an erasure is not another person's");
}
