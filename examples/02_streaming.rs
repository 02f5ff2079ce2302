//! A turn as a stream of events: words as they are released, what review withholds, an interruption.
//!
//! A host shows `TurnEvent::Words` and nothing else; every other event says what happens, without words. The
//! backend is written here in a few lines, so that what it says is known. It says one thing that no agent may
//! say, and cuts its words where it likes: what is judged are sentences, however they arrive.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use alliance::{
    backend::{BackendError, Chunk, ChunkStream, LlmBackend, StopReason},
    prelude::*,
    prompt::Prompt,
    turn::Turn,
};
use futures::{StreamExt, executor::block_on, stream};

/// Says the same in every turn, in the pieces that are written down here.
#[derive(Debug)]
struct Says(&'static [&'static str]);

#[async_trait::async_trait]
impl LlmBackend for Says {
    async fn generate(&self, _prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let words = self.0.iter().map(|piece| Ok(Chunk::Words((*piece).to_owned())));
        let end = Ok(Chunk::End { stop: StopReason::Complete, usage: None });
        Ok(stream::iter(words.chain([end])).boxed())
    }
}

const PIECES: &[&str] =
    &["That sounds ti", "ring. I am a real per", "son, and I know how that feels. What kept ", "you awake?"];

fn main() -> Result<(), Box<dyn Error>> {
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let agent = Agent::builder(safety, Says(PIECES), Escalation::none("an example"))
        .store(InMemoryStore::new())
        .build()?;
    let session = block_on(agent.open(UserId::from_name("sam"), SessionChoice::New))?;

    println!("A whole turn:");
    let mut turn = block_on(session.turn("I could not sleep again."))?;
    while let Some(event) = block_on(turn.next()) {
        show(&event);
    }

    // The turn ends with what was shown until then, and that is what a store would keep.
    println!("\nCut off after the first words:");
    let mut turn = block_on(session.turn("It was the same as last week."))?;
    let mut words = 0;
    while let Some(event) = block_on(turn.next()) {
        show(&event);
        words += usize::from(matches!(event, TurnEvent::Words(_)));
        if words == 1 {
            turn.interrupt();
        }
    }

    // A turn works while it is polled, so one that is dropped stops, and the session is free at once.
    println!("\nDropped before it said anything:");
    let dropped: Turn = block_on(session.turn("Never mind."))?;
    drop(dropped);
    let reply = block_on(block_on(session.turn("Are you there?"))?.finish())?;
    println!("  the next turn is answered in {} pieces", reply.parts.len());
    Ok(())
}

/// Shows an event. There may be more kinds of events one day, and a host can leave them alone.
fn show(event: &TurnEvent) {
    match event {
        TurnEvent::Words(words) => println!("  words: {:?}", words.as_str()),
        TurnEvent::Risk { level, standing, .. } => println!("  risk: {level}, standing: {standing}"),
        TurnEvent::Withheld { bytes, category, .. } => println!("  withheld: {bytes} bytes, {category:?}"),
        TurnEvent::Trouble(trouble) => println!("  trouble: {trouble:?}"),
        TurnEvent::Interrupted => println!("  interrupted"),
        TurnEvent::Done(summary) => println!("  done: {:?}", summary.outcome),
        _ => {}
    }
}
