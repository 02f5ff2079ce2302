//! What a turn costs: in-memory store, reflective backend, recall, review, two appends. And how long a
//! crisis reply takes while every other part hangs.
//!
//! `cargo bench -p alliance-engine --bench turn_overhead`
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::time::Duration;

use alliance::{
    agent::{Agent, AgentBuilder, Limits, SessionChoice},
    backends::Reflective,
    consent::Purpose,
    escalation::Escalation,
    id::UserId,
    memory::{InMemoryStore, Recall},
    record::ConsentChoice,
    safety::{Locale, Stopwatch, SystemStopwatch},
    session::Session,
    testing::{FaultyStore, RecordingSink, ScriptedBackend, safety_layer},
    turn::TurnEvent,
};
use divan::{Bencher, black_box};
use futures::{StreamExt, executor::block_on};

const SAID: [&str; 4] = [
    "I had a fight with my brother and now I cannot sleep.",
    "He never calls me back, and my mother takes his side.",
    "Work was long today, and then the train was late.",
    "I do not know what to say to him.",
];

fn main() {
    crisis();
    divan::main();
}

fn ordinary() -> AgentBuilder {
    Agent::builder(safety_layer(), Reflective::new(), Escalation::none("a bench")).store(InMemoryStore::new())
}

/// A session in the middle of things: its window is full.
fn session(agent: &Agent) -> Session {
    let session = block_on(agent.open(UserId::from_name("sam"), SessionChoice::New)).unwrap();
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text")).unwrap();
    for number in 0..50 {
        turn(&session, number);
    }
    session
}

fn turn(session: &Session, number: usize) {
    let turn = block_on(session.turn(SAID[number % SAID.len()])).unwrap();
    black_box(block_on(turn.finish()).unwrap());
}

#[divan::bench(sample_count = 1000)]
fn ordinary_turn(bencher: Bencher<'_, '_>) {
    let session = session(&ordinary().build().unwrap());
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        turn(&session, number);
    });
}

#[divan::bench(sample_count = 1000)]
fn ordinary_turn_with_recall(bencher: Bencher<'_, '_>) {
    let session = session(&ordinary().recaller(Recall::new()).build().unwrap());
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        turn(&session, number);
    });
}

/// Prints percentiles over 600 crisis replies: two languages, six regions, backend, store and sink hanging.
fn crisis() {
    let store = FaultyStore::new(InMemoryStore::new());
    store.hang_now();
    let mut limits = Limits::default();
    limits.opening = Duration::from_millis(1);
    let sink = Escalation::to(RecordingSink::new().hanging());
    let backend = ScriptedBackend::new().always_hang();
    let agent = Agent::builder(safety_layer(), backend, sink).store(store).limits(limits).build().unwrap();
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for round in 0..50 {
        for region in ["US", "GB", "DE", "AT", "CH", "KR"] {
            for (locale, said) in [
                (Locale::En, "I am going to end my life tonight."),
                (Locale::De, "Ich werde mir heute Nacht das Leben nehmen."),
            ] {
                let user = UserId::from_name(&format!("{round}"));
                let session = block_on(agent.open(user, SessionChoice::New)).unwrap();
                session.locate(locale, region.parse().ok());
                let start = SystemStopwatch.elapsed();
                let mut turn = block_on(session.turn(said)).unwrap();
                while !matches!(block_on(turn.next()), Some(TurnEvent::Words(_))) {}
                first.push((SystemStopwatch.elapsed() - start).as_micros());
                block_on(turn.finish()).unwrap();
                whole.push((SystemStopwatch.elapsed() - start).as_micros());
            }
        }
    }
    for (what, mut micros) in [("the words", first), ("the whole turn", whole)] {
        micros.sort_unstable();
        let at = |percent: usize| micros[(micros.len() * percent / 100).min(micros.len() - 1)];
        let (n, p50, p99, most) = (micros.len(), at(50), at(99), at(100));
        #[expect(clippy::print_stdout, reason = "a bench prints its figures")]
        {
            println!(
                "crisis, everything else hanging, {what} (n = {n}): p50 {p50} µs, p99 {p99} µs, most {most} µs"
            );
        }
    }
}
