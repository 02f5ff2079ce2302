//! A store that writes a person's whole file anew with every change.
//!
//! The disk is a map in memory. A file is replaced as a whole or not at all, as a real one is by renaming.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alliance::{
    consent::Batch,
    id::{RecordId, UserId},
    record::Record,
    store::{
        ErasureReceipt, Expect, Forget, Handle, HandlePage, HandleQuery, Lease, MemoryStore, Order, Page,
        Revision, Selection, StoreError, StoreErrorKind, Stored,
    },
};

/// Files by person. Outlives the stores that are opened on it.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<BTreeMap<UserId, String>>>);

/// The store. Clones share one state.
#[derive(Clone)]
pub struct FileStore {
    disk: Disk,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    people: BTreeMap<UserId, Person>,
    leases: BTreeMap<(UserId, RecordId), Lease>,
}

#[derive(Clone, Default)]
struct Person {
    head: u64,
    erasures: u64,
    records: Vec<Stored>,
    handles: Vec<Handle>,
    erased: BTreeSet<RecordId>,
}

/// A person as they are written: head, erasures, records, handles, ids that were erased.
type File<R> = (u64, u64, Vec<(Revision, R)>, Vec<Handle>, BTreeSet<RecordId>);

impl FileStore {
    /// Opens what is on the disk.
    ///
    /// # Errors
    ///
    /// A file that cannot be read is damaged, and no store is opened.
    pub fn open(disk: Disk) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (user, file) in locked(&disk.0).iter() {
            let damaged = |_| StoreError::new(StoreErrorKind::Damaged);
            let (head, erasures, records, handles, erased): File<Record> =
                serde_json::from_str(file).map_err(damaged)?;
            let records = records.into_iter().map(|(at, record)| Stored::new(at, Arc::new(record))).collect();
            state.people.insert(*user, Person { head, erasures, records, handles, erased });
        }
        Ok(Self { disk, state: Arc::new(Mutex::new(state)) })
    }

    /// Opens the same disk again, as after a crash.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn reopened(&self) -> Result<Self, StoreError> {
        Self::open(self.disk.clone())
    }

    /// Writes the file first, and only then shows what is in it.
    fn commit(&self, state: &mut State, user: UserId, person: Person) -> Result<Revision, StoreErrorKind> {
        let records = person.records.iter().map(|stored| (stored.revision, &*stored.record)).collect();
        let Person { head, erasures, handles, erased, .. } = &person;
        let file: File<&Record> = (*head, *erasures, records, handles.clone(), erased.clone());
        let file = serde_json::to_string(&file).map_err(|_| StoreErrorKind::Unavailable)?;
        locked(&self.disk.0).insert(user, file);
        let head = Revision::new(person.head);
        state.leases.retain(|(owner, record), _| *owner != user || person.handle(*record).is_some());
        state.people.insert(user, person);
        Ok(head)
    }

    fn write(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreErrorKind> {
        let mut state = locked(&self.state);
        let mut person = state.people.get(&user).cloned().unwrap_or_default();
        let (records, opens, closes) = batch.into_parts();
        if let Some(revision) = person.repeated(&records)? {
            return Ok(revision);
        }
        if !person.meets(expect) {
            return Err(StoreErrorKind::Conflict);
        }
        person.handles.retain(|handle| !closes.contains(&handle.record));
        for mut handle in opens {
            handle.user = user;
            state.leases.remove(&(user, handle.record));
            person.handles.retain(|held| held.record != handle.record);
            person.handles.push(handle);
        }
        for record in records {
            person.head += 1;
            person.records.push(Stored::new(Revision::new(person.head), Arc::new(record)));
        }
        self.commit(&mut state, user, person)
    }

    fn erase(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreErrorKind> {
        let mut state = locked(&self.state);
        let mut person = state.people.get(&user).cloned().unwrap_or_default();
        let gone = person.meant(what);
        let mut receipt = ErasureReceipt::default();
        for stored in person.records.iter().filter(|stored| gone.contains(&stored.record.id)) {
            receipt.count(&stored.record.kind());
        }
        person.erased.extend(&gone);
        person.records.retain(|stored| !gone.contains(&stored.record.id));
        let all = matches!(what, Forget::Everything);
        person.handles.retain(|handle| !all && !gone.contains(&handle.record));
        person.head += receipt.total();
        person.erasures += u64::from(receipt.total() > 0);
        receipt.revision = self.commit(&mut state, user, person)?;
        Ok(receipt)
    }
}

impl Person {
    fn handle(&self, record: RecordId) -> Option<&Handle> {
        self.handles.iter().find(|handle| handle.record == record)
    }

    fn repeated(&self, records: &[Record]) -> Result<Option<Revision>, StoreErrorKind> {
        let held: BTreeMap<RecordId, &Stored> =
            self.records.iter().map(|held| (held.record.id, held)).collect();
        let pairs = || records.iter().filter_map(|new| Some((new, *held.get(&new.id)?)));
        if pairs().any(|(new, held)| *held.record != *new) {
            return Err(StoreErrorKind::IdReused);
        }
        if let Some(revision) = pairs().map(|(_, held)| held.revision).max()
            && pairs().count() == records.len()
        {
            return Ok(Some(revision));
        }
        let mut named = records.iter().flat_map(|new| new.derived_from.iter().chain([&new.id]));
        if named.any(|id| self.erased.contains(id)) {
            return Err(StoreErrorKind::Erased);
        }
        let ids: BTreeSet<RecordId> = records.iter().map(|new| new.id).collect();
        let part = pairs().next().is_some() || ids.len() < records.len();
        if part { Err(StoreErrorKind::IdReused) } else { Ok(None) }
    }

    fn meets(&self, expect: Expect) -> bool {
        match expect {
            Expect::Any => true,
            Expect::Head(revision) => self.head == revision.number(),
            Expect::Session(session, revision) => self
                .records
                .iter()
                .all(|held| held.record.session != Some(session) || held.revision <= revision),
            _ => false,
        }
    }

    fn meant(&self, what: &Forget) -> BTreeSet<RecordId> {
        let mut gone: BTreeSet<RecordId> = match what {
            Forget::Records(ids) => ids.iter().copied().collect(),
            _ => self.records.iter().filter(|s| what.means(&s.record)).map(|s| s.record.id).collect(),
        };
        loop {
            let before = gone.len();
            for stored in &self.records {
                if stored.record.derived_from.iter().any(|source| gone.contains(source)) {
                    gone.insert(stored.record.id);
                }
            }
            if gone.len() == before {
                return gone;
            }
        }
    }
}

#[async_trait::async_trait]
impl MemoryStore for FileStore {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.write(user, expect, batch).map_err(StoreError::new)
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        let state = locked(&self.state);
        let Some(person) = state.people.get(&user) else { return Ok(Page::default()) };
        let meant = |stored: &&Stored| selection.includes(stored.revision, &stored.record);
        let mut found: Vec<Stored> = person.records.iter().filter(meant).cloned().collect();
        if selection.order == Order::NewestFirst {
            found.reverse();
        }
        let all = found.len();
        found.truncate(selection.limit.min(Selection::MAX));
        let next = found.last().filter(|_| found.len() < all).map(|stored| stored.revision);
        Ok(Page::new(found, Revision::new(person.head), person.erasures).next(next))
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        self.erase(user, what).map_err(StoreError::new)
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        let mut state = locked(&self.state);
        let asker = query.lease.map(|lease| lease.holder);
        let free = |handle: &&Handle| {
            let lease = state.leases.get(&(handle.user, handle.record));
            lease.is_none_or(|lease| !lease.hides_from(asker, query.now))
        };
        let wanted = |handle: &&Handle| {
            handle.due <= query.now
                && (query.kinds.is_empty() || query.kinds.contains(&handle.kind))
                && query.user.is_none_or(|user| user == handle.user)
        };
        let handles = state.people.values().flat_map(|person| &person.handles);
        let mut found: Vec<Handle> = handles.filter(wanted).filter(free).cloned().collect();
        found.sort_by_key(|handle| (handle.due, handle.user, handle.record));
        let all = found.len();
        found.truncate(query.limit.min(Selection::MAX));
        for handle in &found {
            if let Some(lease) = query.lease {
                state.leases.insert((handle.user, handle.record), lease);
            }
        }
        let more = found.len() < all;
        Ok(HandlePage::new(found).more(more))
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileStore({} people)", locked(&self.state).people.len())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
