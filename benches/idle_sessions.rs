//! What sessions take that are open and say nothing: 1,000 people with one session each, whose window is full.
//!
//! `cargo bench -p alliance-engine --bench idle_sessions`; `ALLIANCE_IDLE_SESSIONS` for fewer people, which costs less time
//! and says the same of one session. Counted are bytes of the heap that go when the sessions are
//! dropped, so what the store and recall hold of an open person is apart.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and prints"
)]

use alliance::{
    agent::{Agent, SessionChoice},
    backends::Reflective,
    consent::Purpose,
    escalation::Escalation,
    id::UserId,
    memory::{InMemoryStore, Recall},
    record::ConsentChoice,
    session::Session,
    testing::safety_layer,
};
use dhat::HeapStats;
use futures::executor::block_on;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Bytes that one session may hold: 8 MB for 1,000.
const GOAL: usize = (8 << 20) / 1_000;
const SAID: [&str; 4] = [
    "I had a fight with my brother and now I cannot sleep.",
    "He never calls me back, and my mother takes his side.",
    "Work was long today, and then the train was late.",
    "I do not know what to say to him.",
];

fn main() {
    let _counting = dhat::Profiler::builder().testing().build();
    let people = std::env::var("ALLIANCE_IDLE_SESSIONS").map_or(1_000, |people| people.parse().unwrap());
    println!("{people} idle sessions: bytes of the heap that only they hold");
    for turns in [1, 10, 50] {
        let agent = Agent::builder(safety_layer(), Reflective::new(), Escalation::none("a bench"))
            .store(InMemoryStore::new())
            .recaller(Recall::new())
            .build()
            .unwrap();
        // Whatever is built once is not a session's.
        drop(session(&agent, people, turns));
        let before = HeapStats::get().curr_bytes;
        let sessions: Vec<Session> = (0..people).map(|number| session(&agent, number, turns)).collect();
        let open = HeapStats::get().curr_bytes;
        drop(sessions);
        let parked = HeapStats::get().curr_bytes;
        let held = open - parked;
        println!(
            "{turns:>3} turns each: {:.2} MB ({} bytes a session of at most {GOAL}){}; the store and recall hold {:.2} MB",
            mega(held),
            held / people,
            if held <= GOAL * people { "" } else { ", MISSED" },
            mega(parked - before),
        );
    }
}

fn mega(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap()) / f64::from(1 << 20)
}

fn session(agent: &Agent, number: usize, turns: usize) -> Session {
    let session =
        block_on(agent.open(UserId::from_name(&format!("person {number}")), SessionChoice::New)).unwrap();
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text")).unwrap();
    for said in SAID.iter().cycle().take(turns) {
        block_on(block_on(session.turn(*said)).unwrap().finish()).unwrap();
    }
    session
}
