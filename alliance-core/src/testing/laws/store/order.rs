//! M3 and M6: in which order records come back, and how many at once.

use super::fixture::{Law, at, draft, handle, id, later, numbers, record, session, user};
use crate::{
    id::{RecordId, UserId},
    store::{HandleQuery, MemoryStore, Revision, Selection},
    testing::{block_on, laws::done},
};

/// M3 ordered: records come back in the order in which they were appended, and revisions only grow.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m3_ordered<S: MemoryStore>(make: impl Fn() -> S) {
    let (store, ann) = (make(), user(1));
    let law = Law::new("M3 ordered", &store);
    let mut head = law.all(ann).revision;
    law.holds(head == Revision::ZERO, "a log of nothing is at revision 0");
    // Neither ids nor times grow in the order of appending: only the log does.
    let order: Vec<u64> = vec![7, 3, 9, 1, 8, 2, 6, 4, 5];
    for (index, numbers) in order.chunks(2).enumerate() {
        let records = numbers.iter().map(|number| at(*number, 100 - i64::try_from(index).unwrap_or(0)));
        let next = law.append(ann, draft(records));
        law.holds(next > head, "the revision grows with every append");
        head = next;
    }
    let wanted: Vec<RecordId> = order.iter().map(|number| id(*number)).collect();
    let page = law.all(ann);
    law.holds(page.revision == head, "a page names the head of the log");
    law.holds(law.ids(ann, &Selection::all()) == wanted, "records come back in the order of appending");
    let positions: Vec<Revision> = page.records.iter().map(|stored| stored.revision).collect();
    law.holds(positions.is_sorted_by(|a, b| a < b), "every record has a position of its own, and they grow");
    law.holds(positions.last() == Some(&head), "the last record stands at the head");
    let again: Vec<Revision> = law.all(ann).records.iter().map(|stored| stored.revision).collect();
    law.holds(again == positions, "reading moves nothing");

    let mut backwards = wanted.clone();
    backwards.reverse();
    let newest = law.ids(ann, &Selection::all().newest_first());
    law.holds(newest == backwards, "newest first is the same order backwards");
    let tail = law.ids(ann, &Selection::all().after(positions[4]));
    law.holds(tail == wanted[5..], "after a position come the records after it");
    let front = law.ids(ann, &Selection::all().before(positions[4]));
    law.holds(front == wanted[..4], "before a position come the records before it");
}

/// M6 bounded: a page holds at most what was asked for and never more than [`Selection::MAX`]; following
/// [`Page::next`](crate::store::Page::next) gives everything, once.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m6_bounded<S: MemoryStore>(make: impl Fn() -> S) {
    let (store, ann) = (make(), user(1));
    let law = Law::new("M6 bounded", &store);
    let most = u64::try_from(Selection::MAX).unwrap_or(u64::MAX);
    let last = most + 6;
    for first in (1..last).step_by(201) {
        law.append(ann, numbers(first..last.min(first + 201)));
    }
    let wanted: Vec<RecordId> = (1..last).map(id).collect();

    for limit in [Selection::MAX, usize::MAX] {
        let page = law.read(ann, &Selection::all().limit(limit));
        law.holds(page.records.len() <= Selection::MAX, "no page holds more than `Selection::MAX`");
        law.holds(page.next.is_some(), "a page that does not hold everything names the next one");
    }
    for nothing in [Selection::all().limit(0), Selection::all().limit(0).newest_first()] {
        let page = law.read(ann, &nothing);
        law.holds(page.records.is_empty(), "a page of nothing holds nothing");
        law.holds(page.next.is_none(), "a page of nothing has no successor");
        law.holds(page.revision == law.all(ann).revision, "a page of nothing names the head");
    }
    let small = Selection::all().limit(3);
    law.holds(
        law.ids(ann, &small) == wanted[..3],
        "a page holds as many as asked for where there are enough",
    );
    for limit in [Selection::MAX, 300, 7] {
        law.holds(paged(&law, ann, Selection::all().limit(limit)) == wanted, "pages give everything, once");
        let mut newest = paged(&law, ann, Selection::all().limit(limit).newest_first());
        newest.reverse();
        law.holds(newest == wanted, "pages newest first give everything, once");
    }

    // What is left out by the selection is not what is left over by the limit.
    law.append(ann, draft((last..last + 4).map(|number| record(number).session(session(2)))));
    let other = paged(&law, ann, Selection::all().session(session(2)).limit(2));
    law.holds(other == (last..last + 4).map(id).collect::<Vec<_>>(), "pages of a session give all of it");

    let opens = (last + 4..last + 9).map(|number| (record(number), handle(ann, number)));
    law.append(ann, opens.fold(draft([]), |draft, (record, handle)| draft.record(record).open(handle)));
    for (limit, more) in [(0, true), (2, true), (5, false), (usize::MAX, false)] {
        let query = HandleQuery::due(later(), limit);
        let page = done("M6 bounded", block_on(store.handles(&query)), "listing handles succeeds");
        law.holds(page.handles.len() == limit.min(5), "handles are listed up to the limit");
        law.holds(page.more == more, "a list says whether more handles are due");
        law.holds(page.handles.is_sorted_by_key(|handle| handle.due), "handles come soonest due first");
    }
}

/// The ids of every page that follows from a selection. Gives up where the pages do not end.
fn paged<S: MemoryStore>(law: &Law<'_, S>, user: UserId, mut selection: Selection) -> Vec<RecordId> {
    let (mut ids, newest) = (Vec::new(), selection.order == crate::store::Order::NewestFirst);
    for _ in 0..=Selection::MAX {
        let page = law.read(user, &selection);
        law.holds(page.records.len() <= selection.limit, "a page holds at most what was asked for");
        ids.extend(page.records.iter().map(|stored| stored.record.id));
        let Some(next) = page.next else { return ids };
        selection = if newest { selection.before(next) } else { selection.after(next) };
    }
    law.holds(false, "following the pages comes to an end");
    ids
}
