//! The people whose files are open, and the work that waits for each.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use alliance_core::id::UserId;

use super::slot::{Ground, Slot};
use crate::pool::Pool;

type Work = Box<dyn FnOnce(&Ground, &mut Slot) + Send>;

/// A person's work is done in the order in which it came, by one thread at a time; different people's side by side.
pub(super) struct People {
    ground: Arc<Ground>,
    seats: Mutex<Seats>,
    most: usize,
}

struct Seats {
    by_user: HashMap<UserId, Arc<Seat>>,
    tick: u64,
}

struct Seat {
    user: UserId,
    queue: Mutex<Queue>,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Queue {
    work: VecDeque<Work>,
    is_served: bool,
    used: u64,
}

impl People {
    pub(super) fn new(ground: Arc<Ground>, most: usize) -> Self {
        let seats = Mutex::new(Seats { by_user: HashMap::new(), tick: 0 });
        Self { ground, seats, most: most.max(1) }
    }

    pub(super) fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    pub(super) fn len(&self) -> usize {
        guard(&self.seats).by_user.len()
    }

    /// Queues work for a person. It is done even where nobody waits for it any more.
    pub(super) fn hand_in(
        self: &Arc<Self>,
        pool: &Pool,
        user: UserId,
        work: impl FnOnce(&Ground, &mut Slot) + Send + 'static,
    ) {
        let mut seats = guard(&self.seats);
        seats.tick += 1;
        let tick = seats.tick;
        let seat = seats.by_user.entry(user).or_insert_with(|| Arc::new(Seat::new(user))).clone();
        let is_new = seat.queue(tick, Box::new(work));
        let mut closing = None;
        if seats.by_user.len() > self.most {
            closing = seats.longest_unused();
            if let Some(longest) = &closing {
                longest.queue(tick, Box::new(|ground, slot| slot.close(ground)));
            }
        }
        drop(seats);
        if is_new {
            self.serve(pool, seat);
        }
        if let Some(longest) = closing {
            self.serve(pool, longest);
        }
    }

    /// Lets go of everybody, each after what waits for them.
    pub(super) fn close(self: &Arc<Self>, pool: &Pool) {
        let seats: Vec<Arc<Seat>> = guard(&self.seats).by_user.values().cloned().collect();
        for seat in seats {
            if seat.queue(u64::MAX, Box::new(|ground, slot| slot.close(ground))) {
                self.serve(pool, seat);
            }
        }
    }

    fn serve(self: &Arc<Self>, pool: &Pool, seat: Arc<Seat>) {
        let (people, ground) = (Arc::downgrade(self), self.ground.clone());
        pool.spawn(move || serve(&people, &ground, &seat));
    }

    /// Ends serving a seat where nothing waits; a person who is not open needs none.
    fn leave(&self, seat: &Seat) -> bool {
        let mut seats = guard(&self.seats);
        let mut queue = guard(&seat.queue);
        if !queue.work.is_empty() {
            return false;
        }
        queue.is_served = false;
        if !guard(&seat.slot).is_open() {
            seats.by_user.remove(&seat.user);
        }
        true
    }
}

impl Seats {
    /// Who is open, has nothing to do, and had nothing for longest.
    fn longest_unused(&self) -> Option<Arc<Seat>> {
        let idle = self.by_user.values().filter_map(|seat| {
            let queue = guard(&seat.queue);
            (!queue.is_served).then_some((queue.used, seat))
        });
        idle.min_by_key(|(used, _)| *used).map(|(_, seat)| seat.clone())
    }
}

impl Seat {
    fn new(user: UserId) -> Self {
        Self { user, queue: Mutex::default(), slot: Mutex::new(Slot::new(user)) }
    }

    /// Says whether somebody has to begin serving. Whoever hands in has the seats, so that nobody takes this one away.
    fn queue(&self, tick: u64, work: Work) -> bool {
        let mut queue = guard(&self.queue);
        queue.work.push_back(work);
        queue.used = tick;
        !std::mem::replace(&mut queue.is_served, true)
    }
}

fn serve(people: &Weak<People>, ground: &Ground, seat: &Seat) {
    loop {
        let next = guard(&seat.queue).work.pop_front();
        let Some(work) = next else {
            let Some(people) = people.upgrade() else { return };
            if people.leave(seat) {
                return;
            }
            continue;
        };
        let mut slot = guard(&seat.slot);
        if catch_unwind(AssertUnwindSafe(|| work(ground, &mut slot))).is_err() {
            // What a panic left of an open file is not trusted; on the disk it is whole.
            slot.drop_file();
        }
    }
}

// Each is left whole by what holds it, and a panic inside work is caught before it reaches the lock.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
