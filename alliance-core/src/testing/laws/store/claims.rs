//! M10: claims on handles.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use alliance_safety::Timestamp;
use uuid::Uuid;

use super::fixture::{Law, handle, id, numbers, user};
use crate::{
    id::RecordId,
    store::{Handle, HandlePage, HandleQuery, Lease, MemoryStore, Selection},
    testing::{block_on, laws::done},
};

const CLAUSE: &str = "M10 a claim is one holder's";
const MINUTE: Duration = Duration::from_secs(60);

/// Those who ask beside each other, and how much there is for them.
const CLAIMANTS: u128 = 4;
const HANDLES: u64 = 64;

/// M10: a claimed handle is its holder's alone until the claim is over.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m10_a_claim_is_one_holders<S: MemoryStore>(make: impl Fn() -> S) {
    let (store, ann, ben) = (make(), user(1), user(2));
    let law = Law::new(CLAUSE, &store);
    let opened = |user, range: std::ops::Range<u64>| {
        range.clone().fold(numbers(range), |draft, number| draft.open(handle(user, number)))
    };
    law.append(ann, opened(ann, 1..4));
    law.append(ben, opened(ben, 4..5));
    let [first, second, third] = [1, 2, 3].map(Uuid::from_u128);
    let now = Timestamp::from_millis(1_000_000);
    let over = now.after(MINUTE);

    law.holds(law.listed(now).len() == 4, "what nobody claimed is listed");
    law.holds(law.listed(now).len() == 4, "listing without a lease claims nothing");
    let taken = law.claim(now, 2, Lease::new(first, over));
    law.holds(
        ids(&taken.handles) == [id(1), id(2)] && taken.more,
        "a claim takes the soonest, as many as were asked for",
    );
    law.holds(ids(&law.listed(now)) == [id(3), id(4)], "what is claimed is hidden from who claims nothing");
    let rest = law.claim(now, Selection::MAX, Lease::new(second, over));
    law.holds(ids(&rest.handles) == [id(3), id(4)], "what is claimed is hidden from another holder");
    let own = law.claim(now, Selection::MAX, Lease::new(first, over));
    law.holds(ids(&own.handles) == [id(1), id(2)], "a holder gets its own again, and nobody else's");
    law.append(ann, numbers(5..6).close(id(1)));
    let own = law.claim(now, Selection::MAX, Lease::new(first, over));
    law.holds(ids(&own.handles) == [id(2)], "a closed handle is gone for its holder too");
    law.holds(ids(&law.listed(over)) == [id(2), id(3), id(4)], "a claim ends with its time");

    let ahead = over.after(Lease::LONGEST).after(MINUTE);
    law.claim(over, Selection::MAX, Lease::new(first, ahead));
    let free = law.claim(over, Selection::MAX, Lease::new(third, over.after(MINUTE)));
    law.holds(free.handles.len() == 3, "a claim that lies further ahead than the longest counts for nothing");

    one_gets_each(&make());
}

/// Of those who ask at once, each handle is given to one.
fn one_gets_each<S: MemoryStore>(store: &S) {
    let (law, ann) = (Law::new(CLAUSE, store), user(1));
    let opened = (1..=HANDLES).fold(numbers(1..HANDLES + 1), |draft, number| draft.open(handle(ann, number)));
    law.append(ann, opened);
    let now = Timestamp::from_millis(1_000_000);
    let given = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for claimant in 1..=CLAIMANTS {
            let given = &given;
            scope.spawn(move || {
                // A name for each claim: a holder would get what it has once more.
                for claim in 1.. {
                    let holder = Uuid::from_u128(claimant << 64 | claim);
                    let query = HandleQuery::due(now, 1).lease(Lease::new(holder, now.after(MINUTE)));
                    let Ok(page) = block_on(store.handles(&query)) else { break };
                    if page.handles.is_empty() {
                        break;
                    }
                    given.lock().unwrap_or_else(PoisonError::into_inner).extend(ids(&page.handles));
                }
            });
        }
    });
    let mut given = given.into_inner().unwrap_or_else(PoisonError::into_inner);
    given.sort_unstable();
    law.holds(given == (1..=HANDLES).map(id).collect::<Vec<_>>(), "of all who ask at once one gets a handle");
}

fn ids(handles: &[Handle]) -> Vec<RecordId> {
    handles.iter().map(|handle| handle.record).collect()
}

impl<S: MemoryStore + ?Sized> Law<'_, S> {
    /// What is due, claiming nothing.
    #[track_caller]
    fn listed(&self, now: Timestamp) -> Vec<Handle> {
        self.ask(&HandleQuery::due(now, Selection::MAX)).handles
    }

    #[track_caller]
    fn claim(&self, now: Timestamp, limit: usize, lease: Lease) -> HandlePage {
        self.ask(&HandleQuery::due(now, limit).lease(lease))
    }

    #[track_caller]
    fn ask(&self, query: &HandleQuery) -> HandlePage {
        done(self.clause, block_on(self.store.handles(query)), "listing handles succeeds")
    }
}
