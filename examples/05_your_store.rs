//! A memory store of your own, in full: one list of records for everybody, behind one lock.
//!
//! It is written to be read beside the eight clauses of `MemoryStore`: each place that keeps one of them names
//! it. It is slow on purpose, since every call looks at the whole list; what would be an index or a
//! transaction in a database is a loop or a lock here. It holds a session's turns, forgets them again, and
//! ends by running every law of the contract and printing which hold.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    error::Error,
    fmt,
    panic::catch_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alliance::{
    consent::{Batch, Purpose},
    id::RecordId,
    prelude::*,
    record::{ConsentChoice, Record},
    store::{
        ErasureReceipt, Expect, Forget, Handle, HandlePage, HandleQuery, Lease, MemoryStore, Order, Page,
        Revision, Selection, StoreError, StoreErrorKind, Stored,
    },
    testing::{block_on, laws::store as laws},
};

/// The store. Cheap to clone: clones share one list.
#[derive(Clone, Default)]
struct ListStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Everybody's records in the order in which they came: M3.
    log: Vec<(UserId, Stored)>,
    heads: HashMap<UserId, Head>,
    /// The ids that never come back. They outlive what they named: M5.
    erased: BTreeSet<(UserId, RecordId)>,
    handles: Vec<Held>,
}

#[derive(Clone, Copy, Default)]
struct Head {
    revision: Revision,
    erasures: u64,
}

struct Held {
    handle: Handle,
    lease: Option<Lease>,
}

// Each method takes the lock once and does all of its work under it, without awaiting. That makes an append one
// commit (M1), and nobody can look between a record and its handle (M8).
#[async_trait::async_trait]
impl MemoryStore for ListStore {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.state().append(user, expect, batch).map_err(StoreError::new)
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        Ok(self.state().read(user, selection))
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        Ok(self.state().forget(user, what))
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        Ok(self.state().due(query))
    }
}

impl ListStore {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics with a change half made, so a poisoned lock guards a whole state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// One person's records. Every look at the list goes through here: M4.
    fn of(&self, user: UserId) -> impl DoubleEndedIterator<Item = &Stored> {
        self.log.iter().filter(move |(owner, _)| *owner == user).map(|(_, stored)| stored)
    }

    fn head(&self, user: UserId) -> Head {
        self.heads.get(&user).copied().unwrap_or_default()
    }

    /// Checks everything before it changes anything, so that a refusal leaves no trace: M1.
    fn append(&mut self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreErrorKind> {
        let (records, opens, closes) = batch.into_parts();
        if let Some(revision) = self.repeated(user, &records)? {
            return Ok(revision);
        }
        self.refuse_erased(user, &records)?;
        if self.holds_a_part(user, &records) {
            return Err(StoreErrorKind::IdReused);
        }
        // Only now M7: whoever repeats a batch learns that it is there, whatever was written since.
        if !self.holds(user, expect) {
            return Err(StoreErrorKind::Conflict);
        }
        for record in closes {
            self.close(user, record);
        }
        for mut handle in opens {
            handle.user = user;
            self.close(user, handle.record);
            self.handles.push(Held { handle, lease: None });
        }
        let mut head = self.head(user);
        for record in records {
            head.revision = Revision::new(head.revision.number() + 1);
            self.log.push((user, Stored::new(head.revision, Arc::new(record))));
        }
        self.heads.insert(user, head);
        Ok(head.revision)
    }

    /// M2: the revision that this batch got, if every record of it is held as it is. An id that is held with
    /// other bytes is an error. A batch without records is never held.
    fn repeated(&self, user: UserId, records: &[Record]) -> Result<Option<Revision>, StoreErrorKind> {
        let mut held = Vec::new();
        for record in records {
            let Some(stored) = self.of(user).find(|stored| stored.record.id == record.id) else { continue };
            if *stored.record != *record {
                return Err(StoreErrorKind::IdReused);
            }
            held.push(stored.revision);
        }
        Ok(held.iter().max().copied().filter(|_| held.len() == records.len()))
    }

    /// M5: what was erased, or rests on it, is refused, so that no late append undoes an erasure.
    fn refuse_erased(&self, user: UserId, records: &[Record]) -> Result<(), StoreErrorKind> {
        let is_erased = |id: &RecordId| self.erased.contains(&(user, *id));
        let mut ids = records.iter().flat_map(|record| record.derived_from.iter().chain([&record.id]));
        if ids.any(is_erased) { Err(StoreErrorKind::Erased) } else { Ok(()) }
    }

    /// Whether an id of this batch is held already, or stands in it twice: then it is another batch.
    fn holds_a_part(&self, user: UserId, records: &[Record]) -> bool {
        let ids: BTreeSet<RecordId> = records.iter().map(|record| record.id).collect();
        ids.len() < records.len() || self.of(user).any(|stored| ids.contains(&stored.record.id))
    }

    /// M7. What a later version may expect is not known here, so it does not hold.
    fn holds(&self, user: UserId, expect: Expect) -> bool {
        match expect {
            Expect::Any => true,
            Expect::Session(session, revision) => {
                let mut of_session = self.of(user).filter(|stored| stored.record.session == Some(session));
                of_session.all(|stored| stored.revision <= revision)
            }
            Expect::Head(revision) => self.head(user).revision == revision,
            _ => false,
        }
    }

    /// M3 and M6: in order, at most as many as were asked for, and where to go on if there are more.
    fn read(&self, user: UserId, selection: &Selection) -> Page {
        let meant = |stored: &&Stored| selection.includes(stored.revision, &stored.record);
        let mut found: Vec<Stored> = self.of(user).filter(meant).cloned().collect();
        if selection.order == Order::NewestFirst {
            found.reverse();
        }
        let limit = selection.limit.min(Selection::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let next = if more { found.last().map(|stored| stored.revision) } else { None };
        let head = self.head(user);
        Page::new(found, head.revision, head.erasures).next(next)
    }

    /// M5: what is meant, what was made from it, what was made from that, and all of their handles.
    fn forget(&mut self, user: UserId, what: &Forget) -> ErasureReceipt {
        // Ids that are named but not held count too: what was made from them goes with them.
        let mut gone: BTreeSet<RecordId> = if let Forget::Records(ids) = what {
            ids.iter().copied().collect()
        } else {
            self.of(user).filter(|stored| what.means(&stored.record)).map(|stored| stored.record.id).collect()
        };
        loop {
            let before = gone.len();
            let derived = |stored: &&Stored| stored.record.derived_from.iter().any(|id| gone.contains(id));
            let more: Vec<RecordId> = self.of(user).filter(derived).map(|stored| stored.record.id).collect();
            gone.extend(more);
            if gone.len() == before {
                break;
            }
        }
        self.erased.extend(gone.iter().map(|id| (user, *id)));
        let mut receipt = ErasureReceipt::default();
        self.log.retain(|(owner, stored)| {
            let stays = *owner != user || !gone.contains(&stored.record.id);
            if !stays {
                receipt.count(&stored.record.kind());
            }
            stays
        });
        let everything = matches!(what, Forget::Everything);
        self.handles
            .retain(|held| held.handle.user != user || !everything && !gone.contains(&held.handle.record));
        // The head never goes back, so that nobody who read before mistakes the log for the one they know.
        let mut head = self.head(user);
        head.revision = Revision::new(head.revision.number() + receipt.total());
        head.erasures += u64::from(receipt.total() > 0);
        self.heads.insert(user, head);
        receipt.revision = head.revision;
        receipt
    }

    fn close(&mut self, user: UserId, record: RecordId) {
        self.handles.retain(|held| held.handle.user != user || held.handle.record != record);
    }

    /// What is due, soonest first, across people: ids and times, and no content (M4). A lease hides a handle
    /// from everybody but its holder until it is over; `hides_from` also knows a lease of a clock that was wrong.
    fn due(&mut self, query: &HandleQuery) -> HandlePage {
        self.handles.sort_by_key(|held| (held.handle.due, held.handle.user, held.handle.record));
        let asker = query.lease.map(|lease| lease.holder);
        let wanted = |held: &&mut Held| {
            held.handle.due <= query.now
                && (query.kinds.is_empty() || query.kinds.contains(&held.handle.kind))
                && query.user.is_none_or(|user| user == held.handle.user)
                && held.lease.is_none_or(|lease| !lease.hides_from(asker, query.now))
        };
        let limit = query.limit.min(Selection::MAX);
        let mut found = self.handles.iter_mut().filter(wanted);
        let mut handles = Vec::new();
        for held in found.by_ref().take(limit) {
            if query.lease.is_some() {
                held.lease = query.lease;
            }
            handles.push(held.handle.clone());
        }
        let more = found.next().is_some();
        HandlePage::new(handles).more(more)
    }
}

/// How much there is, and nothing of what it says.
impl fmt::Debug for ListStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "ListStore({} records, {} handles)", state.log.len(), state.handles.len())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = ListStore::default();
    let sam = UserId::from_name("sam");
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let agent = Agent::builder(safety, Reflective::new(), Escalation::none("an example"))
        .store(store.clone())
        .build()?;
    let session = block_on(agent.open(sam, SessionChoice::New))?;

    println!("Before the person agreed:");
    block_on(block_on(session.turn("I could not sleep again."))?.finish())?;
    print_held(&store, sam)?;

    println!("After a yes and one more turn:");
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "May I keep what we say?"))
        .map_err(StoreError::new)?;
    block_on(block_on(session.turn("It was the same as last week."))?.finish())?;
    print_held(&store, sam)?;

    println!("After forgetting the session:");
    let receipt = block_on(agent.forget(sam, &Forget::Session(session.id())))?;
    println!("  {} records erased", receipt.total());
    print_held(&store, sam)?;

    println!("\nLaws:");
    let mut whole = true;
    let mut law = |name: &str, check: fn(fn() -> ListStore)| {
        let holds = catch_unwind(|| check(ListStore::default)).is_ok();
        whole &= holds;
        println!("  {} {name}", if holds { "holds " } else { "BROKEN" });
    };
    law("M1 all or nothing", laws::m1_all_or_nothing);
    law("M2 once", laws::m2_once);
    law("M3 ordered", laws::m3_ordered);
    law("M4 keeps people apart", laws::m4_keeps_people_apart);
    law("M5 forgets completely", laws::m5_forgets_completely);
    law("M6 bounded", laws::m6_bounded);
    law("M7 expectations hold", laws::m7_expectations_hold);
    law("M8 a handle exists no later than its record", laws::m8_a_handle_exists_no_later_than_its_record);
    law("M9 a snapshot does not outlast its sources", laws::m9_a_snapshot_does_not_outlast_its_sources);
    law("M10 a claim is one holder's", laws::m10_a_claim_is_one_holders);
    law("works through dyn", laws::works_through_dyn);
    // In your own crate one line names them all as tests: `alliance::memory_store_laws!(ListStore::default)`.
    // A store that outlives the process adds `reopen: …`, and two laws more.
    if whole { Ok(()) } else { Err("a law is broken".into()) }
}

/// How many records of each kind are held, and how many handles.
fn print_held(store: &ListStore, user: UserId) -> Result<(), StoreError> {
    let page = block_on(store.read(user, &Selection::all()))?;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for stored in &page.records {
        *kinds.entry(stored.record.kind().as_str().to_owned()).or_default() += 1;
    }
    println!("  revision {}: {kinds:?}", page.revision.number());
    Ok(())
}
