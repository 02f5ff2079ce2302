//! The people whose indexes are in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use alliance_core::{id::UserId, safety::Timestamp};

use super::index::Index;

/// How long nobody may have asked before a person is idle: as long as until memories are made of a talk.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// Indexes by person; the one that was not used for longest goes first.
pub(crate) struct OpenPeople {
    most: usize,
    tick: u64,
    people: HashMap<UserId, Open>,
}

struct Open {
    index: Arc<Mutex<Index>>,
    used: u64,
    /// When it was first looked at and nobody had asked since.
    idle_since: Option<Timestamp>,
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
            (open.used, open.idle_since) = (self.tick, None);
            return open.index.clone();
        }
        let index = Arc::default();
        if self.most > 0 {
            if self.people.len() >= self.most {
                self.close_oldest();
            }
            self.people.insert(user, Open { index: Arc::clone(&index), used: self.tick, idle_since: None });
        }
        index
    }

    /// A person's index where they are open, which does not count as use.
    pub(crate) fn get(&self, user: UserId) -> Option<Arc<Mutex<Index>>> {
        self.people.get(&user).map(|open| open.index.clone())
    }

    /// Who has something to save and was not asked about for [`IDLE`], as far as earlier calls tell.
    pub(crate) fn idle(&mut self, now: Timestamp) -> Vec<UserId> {
        let mut idle = Vec::new();
        for (user, open) in &mut self.people {
            // Whoever's index is in use is not idle.
            let is_worth_it = open.index.try_lock().is_ok_and(|index| index.is_worth_saving());
            let since = *open.idle_since.get_or_insert(now);
            if is_worth_it && now.since(since) >= IDLE {
                idle.push(*user);
            }
        }
        idle
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
