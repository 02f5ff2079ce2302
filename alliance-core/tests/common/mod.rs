//! A plain store, correct unless a flaw is chosen: to show that the laws hold, and that they can fail.

pub(crate) mod protocol;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use alliance_core::{
    consent::Batch,
    id::{RecordId, UserId},
    record::RecordKind,
    safety::Timestamp,
    store::{
        AdmittedSnapshot, ErasureReceipt, Expect, Forget, Handle, HandlePage, HandleQuery, Lease,
        MemoryStore, Order, Page, Revision, Selection, Snapshot, StoreError, StoreErrorKind, Stored,
    },
};

/// One way to break one clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    WritesOneByOne,
    HandlesEarly,
    HeadForRepeats,
    ChecksIdsLast,
    SkipsEmptyBatches,
    OrdersByTime,
    ForgetsForAll,
    SharesHandles,
    ListsForAll,
    KeepsDerived,
    KeepsHandles,
    BringsBack,
    BringsBackAfterEverything,
    TakesDerived,
    TakesNamed,
    TakesWhatLasts,
    PassesTopicsOver,
    ChecksErasedLast,
    IgnoresLimit,
    NextOfNothing,
    IgnoresExpect,
    HandlesLate,
    KeepsSnapshots,
    KeepsSnapshotsThroughDecisions,
    TakesLateSnapshots,
    MixesSnapshotsUp,
    IgnoresClaims,
    ClaimsForEver,
    ClaimsUnasked,
    BelievesClocks,
    ClaimsLate,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct PlainStore {
    flaw: Option<Flaw>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    logs: BTreeMap<UserId, Log>,
    handles: Vec<Handle>,
    claims: BTreeMap<(UserId, RecordId), Lease>,
}

#[derive(Debug, Default)]
struct Log {
    records: Vec<Stored>,
    tombstones: BTreeSet<RecordId>,
    head: u64,
    erasures: u64,
    snapshots: BTreeMap<&'static str, Snapshot>,
}

impl PlainStore {
    pub(crate) fn with(flaw: Flaw) -> Self {
        Self { flaw: Some(flaw), ..Self::default() }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hides(&self, claim: &Lease, asker: Option<uuid::Uuid>, now: Timestamp) -> bool {
        let hides = claim.hides_from(asker, now);
        let others = asker != Some(claim.holder);
        match self.flaw {
            Some(Flaw::IgnoresClaims) => false,
            Some(Flaw::ClaimsForEver) => others,
            Some(Flaw::BelievesClocks) => others && claim.until > now,
            _ => hides,
        }
    }

    fn claim(&self, state: &mut State, handles: &[Handle], query: &HandleQuery) {
        let unasked = Lease::new(uuid::Uuid::nil(), query.now.after(Lease::LONGEST));
        let Some(lease) = query.lease.or(self.has(Flaw::ClaimsUnasked).then_some(unasked)) else { return };
        for handle in handles {
            state.claims.insert((handle.user, handle.record), lease);
        }
    }

    /// `Some` where all of the batch is held already.
    fn check(&self, log: &Log, expect: Expect, batch: &Batch) -> Result<Option<Revision>, StoreError> {
        let newest = |session| log.records.iter().rev().find(|s| s.record.session == Some(session));
        let expected = match expect {
            Expect::Head(revision) => revision.number() == log.head,
            Expect::Session(session, revision) => newest(session).is_none_or(|s| s.revision <= revision),
            _ => true,
        };
        let conflict = !expected && !self.has(Flaw::IgnoresExpect);
        let erased = batch.records().iter().any(|record| {
            let sources = record.derived_from.iter().filter(|_| !self.has(Flaw::TakesDerived));
            std::iter::once(&record.id).chain(sources).any(|id| log.tombstones.contains(id))
        });
        if conflict && !erased && self.has(Flaw::ChecksIdsLast) {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        let held = |id| log.records.iter().find(move |stored| stored.record.id == id);
        let known: Vec<&Stored> = batch.records().iter().filter_map(|record| held(record.id)).collect();
        if known.iter().any(|stored| !batch.records().contains(&stored.record)) {
            return Err(StoreError::new(StoreErrorKind::IdReused));
        }
        if !known.is_empty() && known.len() == batch.records().len() {
            let then = known.last().map(|stored| stored.revision);
            return Ok(if self.has(Flaw::HeadForRepeats) { Some(Revision::new(log.head)) } else { then });
        }
        if batch.records().is_empty() && !conflict && self.has(Flaw::SkipsEmptyBatches) {
            return Ok(Some(Revision::new(log.head)));
        }
        match (erased, conflict) {
            (true, true) if self.has(Flaw::ChecksErasedLast) => {
                Err(StoreError::new(StoreErrorKind::Conflict))
            }
            (true, _) => Err(StoreError::new(StoreErrorKind::Erased)),
            (false, true) => Err(StoreError::new(StoreErrorKind::Conflict)),
            (false, false) => Ok(None),
        }
    }

    fn bury(&self, log: &mut Log, what: &Forget, gone: &BTreeSet<RecordId>) {
        if self.has(Flaw::BringsBack) {
            return;
        }
        log.tombstones.extend(gone);
        match what {
            Forget::Records(named) if !self.has(Flaw::TakesNamed) => log.tombstones.extend(named),
            Forget::Everything if self.has(Flaw::BringsBackAfterEverything) => log.tombstones.clear(),
            _ => {}
        }
    }

    fn write(
        &self,
        user: UserId,
        expect: Expect,
        batch: &Batch,
        what: Write,
    ) -> Result<Revision, StoreError> {
        let mut state = self.state();
        let log = state.logs.entry(user).or_default();
        let records = batch.records().iter().cloned();
        match self.check(log, expect, batch) {
            Ok(Some(then)) => return Ok(then),
            Err(error) => {
                if self.has(Flaw::WritesOneByOne) && error.kind == StoreErrorKind::IdReused {
                    let held: Vec<RecordId> = log.records.iter().map(|stored| stored.record.id).collect();
                    records
                        .take_while(|record| !held.contains(&record.id))
                        .for_each(|record| log.push(record));
                }
                return Err(error);
            }
            Ok(None) if what != Write::Handles => {
                let decides = batch.records().iter().any(|record| record.kind() == RecordKind::Consent);
                if decides && !self.has(Flaw::KeepsSnapshotsThroughDecisions) {
                    log.snapshots.clear();
                }
                records.for_each(|record| log.push(record));
            }
            Ok(None) => {}
        }
        let head = Revision::new(log.head);
        if what != Write::Records {
            self.settle(&mut state, user, batch);
        }
        Ok(head)
    }

    fn settle(&self, state: &mut State, user: UserId, batch: &Batch) {
        let whose = |handle: &Handle| self.has(Flaw::SharesHandles) || handle.user == user;
        state.handles.retain(|handle| !whose(handle) || !batch.closes().contains(&handle.record));
        state.handles.extend(batch.opens().iter().cloned());
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Records,
    Handles,
    Both,
}

impl Log {
    /// Whether what was computed then holds now.
    fn takes(&self, snapshot: &Snapshot, flaw: Option<Flaw>) -> bool {
        let decided = |stored: &Stored| {
            stored.revision > snapshot.through && stored.record.kind() == RecordKind::Consent
        };
        let is_late = snapshot.erasures != self.erasures || self.records.iter().any(decided);
        !is_late || flaw == Some(Flaw::TakesLateSnapshots)
    }

    fn push(&mut self, record: alliance_core::record::Record) {
        self.head += 1;
        self.records.push(Stored::new(Revision::new(self.head), Arc::new(record)));
    }

    fn erase(
        &mut self,
        what: &Forget,
        derived: bool,
        flaw: Option<Flaw>,
    ) -> (BTreeSet<RecordId>, ErasureReceipt) {
        let means = |record: &alliance_core::record::Record| match (flaw, what) {
            (Some(Flaw::TakesWhatLasts), Forget::Session(session)) => record.session == Some(*session),
            (Some(Flaw::PassesTopicsOver), Forget::About(_)) => false,
            _ => what.means(record),
        };
        let meant = self.records.iter().filter(|stored| means(&stored.record));
        let mut gone: BTreeSet<RecordId> = meant.map(|stored| stored.record.id).collect();
        for _ in 0..self.records.len() {
            let made =
                |stored: &&Stored| stored.record.derived_from.iter().any(|source| gone.contains(source));
            let more: Vec<_> = self.records.iter().filter(made).map(|stored| stored.record.id).collect();
            gone.extend(more.into_iter().filter(|_| derived));
        }
        let (erased, kept): (Vec<_>, Vec<_>) =
            self.records.drain(..).partition(|stored| gone.contains(&stored.record.id));
        self.records = kept;
        self.head += erased.len() as u64;
        self.erasures += u64::from(!erased.is_empty());
        let mut receipt = ErasureReceipt::new(Revision::new(self.head));
        erased.iter().for_each(|stored| receipt.count(&stored.record.kind()));
        (gone, receipt)
    }
}

#[async_trait::async_trait]
impl MemoryStore for PlainStore {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        if self.has(Flaw::HandlesEarly) {
            self.write(user, expect, &batch, Write::Handles)?;
            yield_once().await;
            return self.write(user, expect, &batch, Write::Records);
        }
        if self.has(Flaw::HandlesLate) {
            let before = self.state().logs.get(&user).map_or(0, |log| log.head);
            let revision = self.write(user, expect, &batch, Write::Records)?;
            yield_once().await;
            if revision.number() > before || batch.records().is_empty() {
                self.settle(&mut self.state(), user, &batch);
            }
            return Ok(revision);
        }
        self.write(user, expect, &batch, Write::Both)
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        let state = self.state();
        let Some(log) = state.logs.get(&user) else { return Ok(Page::default()) };
        let chosen = |stored: &&Stored| selection.includes(stored.revision, &stored.record);
        let mut records: Vec<Stored> = log.records.iter().filter(chosen).cloned().collect();
        if self.has(Flaw::OrdersByTime) {
            records.sort_by_key(|stored| stored.record.at);
        }
        if selection.order == Order::NewestFirst {
            records.reverse();
        }
        let limit = selection.limit.min(Selection::MAX);
        let more = records.len() > limit && !self.has(Flaw::IgnoresLimit);
        records.truncate(if more { limit } else { usize::MAX });
        let nothing = self.has(Flaw::NextOfNothing).then_some(selection.after);
        let next = records.last().map(|stored| stored.revision).or(nothing).filter(|_| more);
        Ok(Page::new(records, Revision::new(log.head), log.erasures).next(next))
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        let mut state = self.state();
        let derived = !self.has(Flaw::KeepsDerived);
        let others: Vec<UserId> = state.logs.keys().copied().filter(|other| *other != user).collect();
        for other in others.into_iter().filter(|_| self.has(Flaw::ForgetsForAll)) {
            state.logs.entry(other).or_default().erase(what, derived, self.flaw);
        }
        let log = state.logs.entry(user).or_default();
        let (gone, receipt) = log.erase(what, derived, self.flaw);
        self.bury(log, what, &gone);
        if !self.has(Flaw::KeepsSnapshots) {
            log.snapshots.clear();
        }
        if !self.has(Flaw::KeepsHandles) {
            state.handles.retain(|handle| handle.user != user || !gone.contains(&handle.record));
        }
        Ok(receipt)
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        let mut state = self.state();
        let holder = query.lease.map(|lease| lease.holder);
        let wanted =
            |h: &&Handle| h.due <= query.now && (query.kinds.is_empty() || query.kinds.contains(&h.kind));
        let free = |h: &&Handle| {
            let claim = state.claims.get(&(h.user, h.record));
            claim.is_none_or(|claim| !self.hides(claim, holder, query.now))
        };
        let of = |h: &&Handle| query.user.is_none_or(|user| user == h.user || self.has(Flaw::ListsForAll));
        let mut handles: Vec<Handle> =
            state.handles.iter().filter(wanted).filter(of).filter(free).cloned().collect();
        handles.sort_by_key(|handle| handle.due);
        let more = handles.len() > query.limit;
        handles.truncate(query.limit);
        if self.has(Flaw::ClaimsLate) {
            drop(state);
            pause();
            state = self.state();
        }
        self.claim(&mut state, &handles, query);
        Ok(HandlePage::new(handles).more(more))
    }

    async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
        let mut state = self.state();
        let log = state.logs.entry(user).or_default();
        if !log.takes(snapshot.snapshot(), self.flaw) {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        log.snapshots.insert(snapshot.snapshot().name, snapshot.into_inner());
        Ok(())
    }

    async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        let state = self.state();
        let first = |log: &Log| log.snapshots.values().next().cloned();
        if self.has(Flaw::MixesSnapshotsUp) {
            return Ok(state.logs.get(&user).and_then(first));
        }
        Ok(state.logs.get(&user).and_then(|log| log.snapshots.get(name).cloned()))
    }
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[expect(clippy::disallowed_methods, reason = "a flaw: it lets others in between looking and claiming")]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(2));
}
