//! A few threads for work that waits for a disk, so that no executor has to.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{Builder, JoinHandle},
};

use futures::channel::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that are made when there is something to do, up to a number, and live as long as the pool. Dropping it
/// waits until everything that was handed in is done. A pool of none does the work where it is handed in.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    most: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(most: usize) -> Self {
        Self { shared: Arc::default(), threads: Mutex::default(), most }
    }

    /// Hands in a job. It runs even where nobody waits for it any more.
    pub(crate) fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        if self.most == 0 {
            run(Box::new(job));
            return;
        }
        let mut state = self.shared.state();
        state.jobs.push_back(Box::new(job));
        let short_of_hands = state.jobs.len() > state.idle;
        drop(state);
        if short_of_hands && !self.grow() {
            // Not one thread can be had: better a slow caller than work that is never done.
            self.shared.run_one();
        }
        self.shared.wake.notify_one();
    }

    /// Runs a job and gives what it came to; `None` where it panicked.
    pub(crate) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        self.spawn(move || {
            // The asker may be gone.
            let _gone = sender.send(job());
        });
        receiver.await.ok()
    }

    /// Adds a thread where there is room for one. False where there is none at all.
    fn grow(&self) -> bool {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if threads.len() < self.most {
            let shared = self.shared.clone();
            let named = Builder::new().name("alliance-store".to_owned());
            threads.extend(named.spawn(move || shared.work()).ok());
        }
        !threads.is_empty()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.wake.notify_all();
        let threads = std::mem::take(self.threads.get_mut().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A job that panicked was caught; nothing is left to say here.
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                run(job);
                state = self.state();
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    fn run_one(&self) {
        let job = self.state().jobs.pop_front();
        if let Some(job) = job {
            run(job);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a job shares it must leave whole, even when it panics; its asker learns of it by the dropped channel.
fn run(job: Job) {
    let _caught = catch_unwind(AssertUnwindSafe(job));
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::executor::block_on;

    use super::*;

    #[test]
    fn a_job_that_panics_costs_nobody_else_anything() {
        for threads in [0, 1, 3] {
            let pool = Pool::new(threads);
            assert_eq!(block_on(pool.run(|| -> u32 { panic!("a test") })), None);
            assert_eq!(block_on(pool.run(|| 7)), Some(7));
        }
    }

    #[test]
    fn what_was_handed_in_is_done_before_the_pool_is_gone() {
        let done = Arc::new(AtomicU32::new(0));
        let pool = Pool::new(2);
        for _ in 0..100 {
            let done = done.clone();
            pool.spawn(move || {
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        drop(pool);
        assert_eq!(done.load(Ordering::Relaxed), 100);
    }
}
