//! The shortest whole conversation: an agent from its three mandatory parts and a store, a session, two turns.
//!
//! The first turn is answered by `Reflective`, which is made of rules and needs no model. The second holds a
//! sign of danger, so no backend is asked: the crisis plan answers at once, with the services of the region.
//! Nothing here needs a network, a key or a runtime; any executor will do.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use alliance::{
    prelude::*,
    safety::{Locale, Region},
};

fn main() -> Result<(), Box<dyn Error>> {
    futures::executor::block_on(talk())
}

async fn talk() -> Result<(), Box<dyn Error>> {
    // Compiles the rules and reviews every fixed text. Build it once; clones are cheap.
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;

    // Whether a human is told is a choice with no default. Without one, the person hears so at the start.
    let agent = Agent::builder(safety, Reflective::new(), Escalation::none("an example"))
        .store(InMemoryStore::new())
        .build()?;

    let session = agent.open(UserId::from_name("sam"), SessionChoice::Resume).await?;
    let region: Region = "US".parse()?;
    session.locate(Locale::En, Some(region));

    // What has to be said before anything else, first of all that this is a program.
    for text in session.opening() {
        println!("agent: {}\n", text.as_str());
    }

    for said in ["I could not sleep again.", "I want to kill myself."] {
        let reply = session.turn(said).await?.finish().await?;
        println!("person: {said}\n");
        println!("agent: {}\n", reply.text());
        let summary = reply.summary;
        println!("({:?}; the level that stands: {})\n", summary.outcome, summary.standing);
    }
    Ok(())
}
