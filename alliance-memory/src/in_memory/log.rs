//! One person's log, and the indexes that keep reading it cheap.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use alliance_core::{
    id::{RecordId, SessionId},
    record::{Record, RecordKind},
    store::{
        ErasureReceipt, Expect, Forget, Order, Page, Revision, Selection, Snapshot, StoreErrorKind, Stored,
    },
};

/// Records in order of revision, and the same ones again by id, session and kind.
#[derive(Default)]
pub(crate) struct Log {
    head: Revision,
    erasures: u64,
    /// The ids that are refused from now on. They stay when everything else goes.
    tombstones: HashSet<RecordId>,
    records: Vec<Stored>,
    by_id: HashMap<RecordId, Stored>,
    by_session: HashMap<SessionId, Vec<Stored>>,
    by_kind: BTreeMap<RecordKind, Vec<Stored>>,
    /// What was computed from the records, by name. It goes with any erasure and any decision about consent.
    snapshots: BTreeMap<&'static str, Snapshot>,
}

/// What an append comes to, before anything is changed.
pub(crate) enum Admission {
    /// All of it is held already, and ended at this revision.
    Repeated(Revision),
    /// None of it is held, and its expectation holds.
    New,
}

impl Log {
    pub(crate) const fn head(&self) -> Revision {
        self.head
    }

    /// Checks a batch against the log: ids that are held, ids that were erased, then the expectation.
    pub(crate) fn admit(&self, expect: Expect, records: &[Record]) -> Result<Admission, StoreErrorKind> {
        let mut held = 0;
        let mut newest = Revision::ZERO;
        for record in records {
            let Some(stored) = self.by_id.get(&record.id) else { continue };
            if *stored.record != *record {
                return Err(StoreErrorKind::IdReused);
            }
            held += 1;
            newest = newest.max(stored.revision);
        }
        if held > 0 && held == records.len() {
            return Ok(Admission::Repeated(newest));
        }
        if records.iter().any(|record| self.rests_on_erased(record)) {
            return Err(StoreErrorKind::Erased);
        }
        if held > 0 || contradicts_itself(records) {
            return Err(StoreErrorKind::IdReused);
        }
        if self.holds(expect) { Ok(Admission::New) } else { Err(StoreErrorKind::Conflict) }
    }

    /// Adds records that were admitted.
    pub(crate) fn push(&mut self, records: Vec<Record>) -> Revision {
        for record in records {
            if self.by_id.contains_key(&record.id) {
                continue;
            }
            if record.kind() == RecordKind::Consent {
                self.snapshots.clear();
            }
            self.head = Revision::new(self.head.number() + 1);
            self.shelve(Stored::new(self.head, Arc::new(record)));
        }
        self.head
    }

    /// Keeps what was computed, unless something was erased or decided since.
    pub(crate) fn keep_snapshot(&mut self, snapshot: Snapshot) -> Result<(), StoreErrorKind> {
        let decided = self.by_kind.get(&RecordKind::Consent).and_then(|decisions| decisions.last());
        let is_late = decided.is_some_and(|decision| decision.revision > snapshot.through);
        if is_late || snapshot.erasures != self.erasures {
            return Err(StoreErrorKind::Conflict);
        }
        self.snapshots.insert(snapshot.name, snapshot);
        Ok(())
    }

    pub(crate) fn snapshot(&self, name: &str) -> Option<Snapshot> {
        self.snapshots.get(name).cloned()
    }

    pub(crate) fn page(&self, selection: &Selection) -> Page {
        let shelf = self.shelf(selection);
        let from = shelf.partition_point(|stored| stored.revision <= selection.after);
        let to = selection.before.map_or(shelf.len(), |end| shelf.partition_point(|s| s.revision < end));
        let span = shelf.get(from..to).unwrap_or_default();
        let limit = selection.limit.min(Selection::MAX);
        let fits = |stored: &&Stored| fits(selection, &stored.record);
        let (records, next) = match selection.order {
            Order::OldestFirst => take(span.iter().filter(fits), limit),
            Order::NewestFirst => take(span.iter().rev().filter(fits), limit),
        };
        Page::new(records, self.head, self.erasures).next(next)
    }

    /// The ids that `what` means and everything derived from them, directly or not. Ids that are named but
    /// not held are among them: what was derived from them goes too.
    pub(crate) fn meant(&self, what: &Forget) -> HashSet<RecordId> {
        let mut open: Vec<RecordId> = match what {
            Forget::Records(ids) => ids.clone(),
            _ => self.records.iter().filter(|s| what.means(&s.record)).map(|s| s.record.id).collect(),
        };
        let mut derived: HashMap<RecordId, Vec<RecordId>> = HashMap::new();
        for Stored { record, .. } in &self.records {
            for source in &record.derived_from {
                derived.entry(*source).or_default().push(record.id);
            }
        }
        let mut meant = HashSet::new();
        while let Some(id) = open.pop() {
            if meant.insert(id) {
                open.extend(derived.remove(&id).unwrap_or_default());
            }
        }
        meant
    }

    /// Erases what is held of `doomed`, and refuses all of it from now on.
    pub(crate) fn erase(&mut self, doomed: HashSet<RecordId>) -> ErasureReceipt {
        let is_held = doomed.iter().any(|id| self.by_id.contains_key(id));
        self.tombstones.extend(&doomed);
        if !is_held {
            return ErasureReceipt::new(self.head);
        }
        let (gone, kept): (Vec<_>, Vec<_>) =
            self.take_records().into_iter().partition(|stored| doomed.contains(&stored.record.id));
        for stored in kept {
            self.shelve(stored);
        }
        self.account_for(&gone)
    }

    /// Erases everything but the head, the number of erasures and the ids.
    pub(crate) fn clear(&mut self) -> ErasureReceipt {
        let gone = self.take_records();
        self.tombstones.extend(gone.iter().map(|stored| stored.record.id));
        self.account_for(&gone)
    }

    /// Takes every record out, and leaves what outlives them.
    fn take_records(&mut self) -> Vec<Stored> {
        let left = Self {
            head: self.head,
            erasures: self.erasures,
            tombstones: std::mem::take(&mut self.tombstones),
            ..Self::default()
        };
        std::mem::replace(self, left).records
    }

    fn rests_on_erased(&self, record: &Record) -> bool {
        !self.tombstones.is_empty()
            && (self.tombstones.contains(&record.id)
                || record.derived_from.iter().any(|source| self.tombstones.contains(source)))
    }

    fn account_for(&mut self, gone: &[Stored]) -> ErasureReceipt {
        self.head = Revision::new(self.head.number() + gone.len() as u64);
        self.erasures += u64::from(!gone.is_empty());
        let mut receipt = ErasureReceipt::new(self.head);
        for stored in gone {
            receipt.count(&stored.record.kind());
        }
        receipt
    }

    fn holds(&self, expect: Expect) -> bool {
        match expect {
            Expect::Any => true,
            Expect::Session(session, revision) => {
                let newest = self.by_session.get(&session).and_then(|shelf| shelf.last());
                newest.is_none_or(|stored| stored.revision <= revision)
            }
            Expect::Head(revision) => self.head == revision,
            // What this version cannot check does not hold.
            _ => false,
        }
    }

    fn shelve(&mut self, stored: Stored) {
        if let Some(session) = stored.record.session {
            self.by_session.entry(session).or_default().push(stored.clone());
        }
        self.by_kind.entry(stored.record.kind()).or_default().push(stored.clone());
        self.by_id.insert(stored.record.id, stored.clone());
        self.records.push(stored);
    }

    /// The smallest sorted run of records that holds everything selected.
    fn shelf(&self, selection: &Selection) -> Cow<'_, [Stored]> {
        if !selection.ids.is_empty() {
            let mut named: Vec<_> =
                selection.ids.iter().filter_map(|id| self.by_id.get(id)).cloned().collect();
            named.sort_unstable_by_key(|stored| stored.revision);
            named.dedup_by_key(|stored| stored.revision);
            return Cow::Owned(named);
        }
        let shelf = match (&selection.session, selection.kinds.as_slice()) {
            (Some(session), _) => self.by_session.get(session),
            (None, [kind]) => self.by_kind.get(kind),
            (None, _) => Some(&self.records),
        };
        Cow::Borrowed(shelf.map_or(&[], Vec::as_slice))
    }
}

// `Selection::includes` without what the shelf and the span have settled.
fn fits(selection: &Selection, record: &Record) -> bool {
    (selection.kinds.is_empty() || selection.kinds.contains(&record.kind()))
        && (selection.session.is_none() || selection.session == record.session)
}

fn take<'a>(mut found: impl Iterator<Item = &'a Stored>, limit: usize) -> (Vec<Stored>, Option<Revision>) {
    let records: Vec<Stored> = found.by_ref().take(limit).cloned().collect();
    let next = found.next().and(records.last()).map(|last| last.revision);
    (records, next)
}

fn contradicts_itself(records: &[Record]) -> bool {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by_key(|record| record.id);
    sorted.windows(2).any(|pair| matches!(pair, [a, b] if a.id == b.id && a != b))
}
