//! The people whose indexes are in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use alliance_core::id::UserId;

use super::index::Index;

/// Indexes by person; the one that was not used for longest goes first.
pub(crate) struct OpenPeople {
    most: usize,
    tick: u64,
    people: HashMap<UserId, Open>,
}

struct Open {
    index: Arc<Mutex<Index>>,
    used: u64,
}

impl OpenPeople {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, tick: 0, people: HashMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.people.len()
    }

    pub(crate) fn keep(&mut self, most: usize) {
        self.most = most;
        while self.people.len() > most {
            self.close_oldest();
        }
    }

    pub(crate) fn open(&mut self, user: UserId) -> Arc<Mutex<Index>> {
        self.tick += 1;
        if let Some(open) = self.people.get_mut(&user) {
            open.used = self.tick;
            return open.index.clone();
        }
        let index = Arc::default();
        if self.most > 0 {
            if self.people.len() >= self.most {
                self.close_oldest();
            }
            self.people.insert(user, Open { index: Arc::clone(&index), used: self.tick });
        }
        index
    }

    pub(crate) fn close(&mut self, user: UserId) {
        self.people.remove(&user);
    }

    fn close_oldest(&mut self) {
        let oldest = self.people.iter().min_by_key(|(_, open)| open.used).map(|(user, _)| *user);
        if let Some(user) = oldest {
            self.people.remove(&user);
        }
    }
}
