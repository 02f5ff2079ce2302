//! The engine is started by whoever comes first, and many may come at once.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::{
    env,
    process::Command,
    sync::{Arc, Barrier},
    thread,
};

/// Set in a process that is to open stores.
const CHILD: &str = "ALLIANCE_TEST_OPENS_AT_ONCE";

/// The engine is started once in a process, so that each attempt needs one of its own.
#[test]
fn stores_that_are_the_first_to_open_open_together() {
    if env::var_os(CHILD).is_some() {
        return open_eight_at_once();
    }
    for _ in 0..40 {
        let mut again = Command::new(env::current_exe().unwrap());
        let done =
            again.env(CHILD, "1").arg("--exact").arg("stores_that_are_the_first_to_open_open_together");
        let done = done.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    }
}

fn open_eight_at_once() {
    let start = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let start = Arc::clone(&start);
            thread::spawn(move || {
                let place = common::Place::new();
                start.wait();
                drop(place.open().unwrap());
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
