//! Three sessions with one person: what is remembered, how it is said, what takes its place, and how it goes away.
//!
//! Memories are made by rules, after each session, of what the person agreed to. A model could make them instead;
//! here nothing needs a network, a key or a runtime.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use alliance::{
    agent::SessionChoice,
    clock::Timestamp,
    consent::Purpose,
    memory::{Recall, RuleConsolidator},
    prelude::*,
    record::{Body, ConsentChoice, RecordKind},
    session::Session,
    store::{Forget, MemoryStore, Selection, StoreError},
    testing::ManualClock,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn main() -> Result<(), Box<dyn Error>> {
    futures::executor::block_on(three_sessions())
}

async fn three_sessions() -> Result<(), Box<dyn Error>> {
    let store = InMemoryStore::new();
    // A clock that the example moves. A host leaves it out.
    let clock = ManualClock::at(Timestamp::from_millis(1_790_000_000_000));
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let agent = Agent::builder(safety, Reflective::new(), Escalation::none("an example"))
        .store(store.clone())
        .recaller(Recall::new())
        .consolidator(RuleConsolidator::built_in()?)
        .clock(clock.clone())
        .build()?;
    let sam = UserId::from_name("sam");

    println!("== the first session\n");
    let session = agent.open(sam, SessionChoice::New).await?;
    // Each purpose is asked for on its own. Without a yes nothing of it is kept.
    for purpose in [Purpose::Conversation, Purpose::Episodic, Purpose::LongTerm] {
        session
            .decide(purpose, ConsentChoice::Given, "1", "the text that was read")
            .await
            .map_err(StoreError::new)?;
    }
    talk(&session, "I live in Leeds, and my sister Nora lives in Bath.").await?;
    talk(&session, "Yesterday I had an argument with my boss and I was furious.").await?;
    // Where a host cannot know that a talk is over, `run_due` does this half an hour after the last turn.
    session.conclude().await.map_err(StoreError::new)?;
    show(&store, sam).await?;

    println!("== the second session, two days later\n");
    clock.advance(2 * DAY);
    let session = agent.open(sam, SessionChoice::New).await?;
    for text in session.opening().iter().filter(|text| text.as_str().contains("last time")) {
        println!("agent: {}\n", text.as_str());
    }
    talk(&session, "I moved to York.").await?;
    session.conclude().await.map_err(StoreError::new)?;
    show(&store, sam).await?;

    println!("== the third session: one thing is to be forgotten\n");
    clock.advance(DAY);
    agent.open(sam, SessionChoice::New).await?;
    let turns = Selection::all().kinds([RecordKind::TurnAccepted]);
    let turns = store.read(sam, &turns).await?;
    let quarrel = turns.records.iter().find(|stored| match &stored.record.body {
        Body::TurnAccepted(turn) => turn.text.contains("argument"),
        _ => false,
    });
    let quarrel = quarrel.ok_or("the turn is there")?.record.id;
    agent.forget(sam, &Forget::Records(vec![quarrel])).await?;
    println!("What was said of the argument is erased, and what was made of it:\n");
    show(&store, sam).await
}

async fn talk(session: &Session, said: &str) -> Result<(), Box<dyn Error>> {
    let reply = session.turn(said).await?.finish().await?;
    println!("person: {said}\n\nagent: {}\n", reply.text());
    Ok(())
}

/// What is kept beside the turns themselves.
async fn show(store: &dyn MemoryStore, user: UserId) -> Result<(), Box<dyn Error>> {
    let kinds = [RecordKind::Summary, RecordKind::Episode, RecordKind::Fact];
    for stored in store.read(user, &Selection::all().kinds(kinds)).await?.records {
        match &stored.record.body {
            Body::Summary(summary) => {
                for point in &summary.points {
                    println!("  the talk was about: {} ({} turn)", point.text, point.turns.len());
                }
            }
            Body::Episode(episode) => println!("  what happened: {}", episode.text),
            Body::Fact(fact) => {
                let instead = if fact.supersedes.is_some() { " (now)" } else { "" };
                println!("  what is true: {} {} {}{instead}", fact.subject, fact.predicate, fact.value);
            }
            _ => {}
        }
    }
    println!();
    Ok(())
}
