//! A host's clock that was wrong for a while keeps nobody from being told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "common/disk.rs"]
mod disk;

use std::sync::atomic::{AtomicU64, Ordering};

use alliance::{
    agent::Agent,
    clock::Timestamp,
    escalation::Escalation,
    memory::InMemoryStore,
    record::{Body, OutboxState, RecordKind},
    store::MemoryStore,
    testing::{CountingIds, ManualClock, RecordingSink, ScriptedBackend, block_on},
};
use common::*;
use disk::Disk;

const NOW: i64 = 1_800_000_000_000;
const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// An agent as another process would have it.
fn agent(store: impl MemoryStore + 'static, sink: &RecordingSink, now: i64) -> Agent {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let ids = CountingIds::starting_at(NUMBER.fetch_add(1, Ordering::Relaxed) << 32);
    let builder = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone()));
    builder.ids(ids).store(store).clock(ManualClock::at(at(now))).build().unwrap()
}

/// A notice that nobody acknowledged in the turn that it belongs to, written at this moment.
fn unheard(store: impl MemoryStore + Clone + 'static, written: i64) {
    let sink = RecordingSink::new().failing(1);
    say(&session(&agent(store, &sink, written)), HIGH);
    assert_eq!(sink.notices().len(), 1);
}

fn states(store: &dyn MemoryStore) -> Vec<OutboxState> {
    let items = records(store, RecordKind::Outbox).into_iter().filter_map(|record| match record.body {
        Body::Outbox(item) => Some(item.state),
        _ => None,
    });
    items.collect()
}

#[test]
fn a_notice_that_seems_old_is_tried_before_it_is_given_up() {
    for (failures, state) in [(0, OutboxState::Acknowledged), (1, OutboxState::Expired)] {
        let (store, sink) = (InMemoryStore::new(), RecordingSink::new().failing(failures));
        unheard(store.clone(), 0);
        let report = block_on(agent(store.clone(), &sink, NOW).run_due(at(NOW), 1)).unwrap();
        assert_eq!(sink.notices().len(), 1, "one attempt");
        assert_eq!((report.delivered, report.expired), (1 - failures, failures));
        assert_eq!(states(&store).last(), Some(&state));
    }
}

#[test]
fn a_notice_from_a_clock_that_was_ahead_is_due_at_once() {
    let (store, sink) = (InMemoryStore::new(), RecordingSink::new());
    unheard(store.clone(), NOW + YEAR);
    assert_eq!(block_on(agent(store, &sink, NOW).run_due(at(NOW), 9)).unwrap().delivered, 1);
}

#[test]
fn a_claim_of_a_clock_that_was_ahead_does_not_hide_a_notice() {
    fn check(store: impl MemoryStore + Clone + 'static) {
        unheard(store.clone(), NOW);
        let (deaf, sink) = (RecordingSink::new().failing(1), RecordingSink::new());
        let ahead = block_on(agent(store.clone(), &deaf, NOW).run_due(at(NOW + YEAR / 100), 9)).unwrap();
        assert_eq!(ahead.undelivered, 1);
        assert_eq!(block_on(agent(store, &sink, NOW).run_due(at(NOW), 9)).unwrap().delivered, 1);
    }
    check(InMemoryStore::new());
    let disk = Disk::new("ahead");
    check(disk.store());
}
