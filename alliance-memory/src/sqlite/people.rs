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
    /// How many are open and have nothing to do.
    idle: usize,
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
        let seats = Mutex::new(Seats { by_user: HashMap::new(), tick: 0, idle: 0 });
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
        let known = seats.by_user.get(&user).cloned();
        let was_there = known.is_some();
        let seat = known.unwrap_or_else(|| Arc::new(Seat::new(user)));
        if !was_there {
            seats.by_user.insert(user, seat.clone());
        }
        let is_new = seat.queue(tick, Box::new(work));
        if is_new && was_there {
            seats.idle -= 1;
        }
        drop(seats);
        if is_new {
            self.serve(pool, seat);
        }
    }

    /// Lets go of everybody, each after what waits for them.
    pub(super) fn close(self: &Arc<Self>, pool: &Pool) {
        let mut seats = guard(&self.seats);
        let all: Vec<Arc<Seat>> = seats.by_user.values().cloned().collect();
        let begun = all.into_iter().filter(|seat| seat.queue_closing(u64::MAX)).collect::<Vec<_>>();
        seats.idle -= begun.len();
        drop(seats);
        for seat in begun {
            self.serve(pool, seat);
        }
    }

    fn serve(self: &Arc<Self>, pool: &Pool, seat: Arc<Seat>) {
        let (people, ground) = (Arc::downgrade(self), self.ground.clone());
        pool.spawn(move || serve(&people, &ground, seat));
    }

    /// Ends serving a seat where nothing waits; a person who is not open needs none. Where too many stay open then, gives
    /// the one to close next.
    fn leave(&self, seat: &Seat) -> Next {
        let mut seats = guard(&self.seats);
        let mut queue = guard(&seat.queue);
        if !queue.work.is_empty() {
            return Next::Same;
        }
        queue.is_served = false;
        drop(queue);
        if guard(&seat.slot).is_open() {
            seats.idle += 1;
        } else {
            seats.by_user.remove(&seat.user);
        }
        if seats.idle <= self.most {
            return Next::Nobody;
        }
        let Some(longest) = seats.longest_unused() else { return Next::Nobody };
        if longest.queue_closing(seats.tick) {
            seats.idle -= 1;
        }
        Next::Other(longest)
    }
}

/// Whom a thread serves next.
enum Next {
    Same,
    Other(Arc<Seat>),
    Nobody,
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

    fn queue_closing(&self, tick: u64) -> bool {
        self.queue(tick, Box::new(|ground, slot| slot.close(ground)))
    }
}

fn serve(people: &Weak<People>, ground: &Ground, mut seat: Arc<Seat>) {
    loop {
        let next = guard(&seat.queue).work.pop_front();
        let Some(work) = next else {
            let Some(people) = people.upgrade() else { return };
            match people.leave(&seat) {
                Next::Same => {}
                Next::Other(other) => seat = other,
                Next::Nobody => return,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::sync::mpsc;

    use uuid::Uuid;

    use super::*;
    use crate::{
        place::Place,
        sqlite::{connect::FileKey, folder::Folder, index::Index},
    };

    #[test]
    fn a_burst_leaves_no_more_open_than_may_be() {
        let place = Place::new();
        let folder = Folder::take(place.path()).unwrap().0;
        let index = Index::open(&folder, &FileKey::none(), true).unwrap();
        let people = Arc::new(People::new(Arc::new(Ground::new(folder, index)), 4));
        let pool = Pool::new(1);
        let (start, started) = mpsc::channel();
        pool.spawn(move || started.recv().unwrap());
        for number in 0..100 {
            // Whoever is damaged stays open too.
            people.hand_in(&pool, UserId::new(Uuid::from_u128(number)), |_, slot| slot.note_damage());
        }
        start.send(()).unwrap();
        let (done, all_done) = mpsc::channel();
        pool.spawn(move || done.send(()).unwrap());
        all_done.recv().unwrap();
        assert_eq!(people.len(), 4);
        // Those that are left are the last ones.
        let left: Vec<u128> = guard(&people.seats).by_user.keys().map(|user| user.uuid().as_u128()).collect();
        assert!(left.iter().all(|number| *number >= 96), "{left:?}");
        people.close(&pool);
        let (done, all_done) = mpsc::channel();
        pool.spawn(move || done.send(()).unwrap());
        all_done.recv().unwrap();
        assert_eq!(people.len(), 0);
    }
}
