//! The content-free handles of everybody, by when they are due.

use std::collections::{BTreeMap, BTreeSet};

use alliance_core::{
    id::{RecordId, UserId},
    safety::Timestamp,
    store::{Handle, HandlePage, HandleQuery, Lease, Selection},
};

#[derive(Default)]
pub(crate) struct Board {
    items: BTreeMap<(UserId, RecordId), Item>,
    due: BTreeSet<(Timestamp, UserId, RecordId)>,
}

struct Item {
    handle: Handle,
    lease: Option<Lease>,
}

impl Board {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Opens a handle for `user`, in the place of the one that its record may have.
    pub(crate) fn open(&mut self, user: UserId, mut handle: Handle) {
        handle.user = user;
        self.close(user, handle.record);
        self.due.insert((handle.due, user, handle.record));
        self.items.insert((user, handle.record), Item { handle, lease: None });
    }

    pub(crate) fn close(&mut self, user: UserId, record: RecordId) {
        if let Some(item) = self.items.remove(&(user, record)) {
            self.due.remove(&(item.handle.due, user, record));
        }
    }

    pub(crate) fn close_all(&mut self, user: UserId) {
        let first = (user, RecordId::new(Default::default()));
        let records: Vec<RecordId> = self
            .items
            .range(first..)
            .map(|(key, _)| *key)
            .take_while(|key| key.0 == user)
            .map(|key| key.1)
            .collect();
        for record in records {
            self.close(user, record);
        }
    }

    /// Lists what is due and free for the asker, soonest first, and claims it where there is a lease.
    pub(crate) fn take(&mut self, query: &HandleQuery) -> HandlePage {
        let limit = query.limit.min(Selection::MAX);
        let mut page = HandlePage::default();
        for (_, user, record) in self.due.iter().take_while(|(due, ..)| *due <= query.now) {
            let Some(item) = self.items.get_mut(&(*user, *record)) else { continue };
            if !item.is_wanted(query) {
                continue;
            }
            if page.handles.len() == limit {
                page.more = true;
                break;
            }
            if query.lease.is_some() {
                item.lease = query.lease;
            }
            page.handles.push(item.handle.clone());
        }
        page
    }
}

impl Item {
    fn is_wanted(&self, query: &HandleQuery) -> bool {
        let asker = query.lease.map(|lease| lease.holder);
        query.user.is_none_or(|user| user == self.handle.user)
            && (query.kinds.is_empty() || query.kinds.contains(&self.handle.kind))
            && self.lease.is_none_or(|lease| !lease.hides_from(asker, query.now))
    }
}
