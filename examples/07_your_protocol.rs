//! Two protocols of your own in one agent: one from a file, which a clinician can read, and one in Rust.
//!
//! `07_your_protocol.toml` plans one small step; it is checked when it loads, and what is wrong with it is said
//! with its place. `SlowBreath` is in Rust because the host sets how many breaths it has, which no file can hold;
//! it sets timers too. The agent leads both. It ends by running every law of the contract on both and printing
//! which hold. No clinician has read either of them.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use alliance::{
    consent::Purpose,
    prelude::*,
    protocol::{
        About, Directive, Outcome, Progress, Protocol, ProtocolEvent, ProtocolId, ProtocolText, SlotValue,
        Transition,
    },
    protocols::Definition,
    record::{Body, ConsentChoice, RecordKind},
    safety::Locale,
    session::Session,
    store::{MemoryStore, Selection, StoreError},
    testing::{ManualClock, block_on, laws::protocol as laws},
};

const FILE: &str = "07_your_protocol.toml";
const SMALL_STEP: &str = include_str!("07_your_protocol.toml");

/// How long a breath in or out is.
const PACE: Duration = Duration::from_secs(5);

/// Slow breaths, as many as the host sets. Everything that changes is in the progress (P4), so the protocol
/// itself is only read and any instance can go on where another stopped (P1).
#[derive(Clone, Debug)]
struct SlowBreath {
    id: ProtocolId,
    texts: Vec<ProtocolText>,
    breaths: u32,
}

impl SlowBreath {
    fn new(breaths: u32) -> Self {
        let texts = TEXTS.iter().flat_map(|(key, en, de)| {
            [ProtocolText::new(*key, Locale::En, *en), ProtocolText::new(*key, Locale::De, *de)]
        });
        Self { id: ProtocolId::new("slow_breath", 1), texts: texts.collect(), breaths }
    }

    /// A breath in or out, and the time for it.
    fn breathe(&self, step: &str, progress: &Progress) -> Transition {
        let mut next = at(step, progress);
        if step == "out" {
            *next.counts.entry("breaths".to_owned()).or_default() += 1;
        }
        Transition::to(next).timer(PACE)
    }

    fn done(&self, progress: &Progress) -> Transition {
        let mut next = at("done", progress);
        next.slots.insert("breaths".to_owned(), SlotValue::Number(breaths(progress).into()));
        Transition::ended(next, Outcome::Completed)
    }
}

fn at(step: &str, progress: &Progress) -> Progress {
    let mut next = progress.clone();
    step.clone_into(&mut next.step);
    next
}

fn breaths(progress: &Progress) -> u32 {
    progress.counts.get("breaths").copied().unwrap_or_default()
}

impl Protocol for SlowBreath {
    fn id(&self) -> &ProtocolId {
        &self.id
    }

    // Review sees all of them when the agent is built: P4 asks for each in every language.
    fn texts(&self) -> &[ProtocolText] {
        &self.texts
    }

    fn about(&self) -> About {
        let mut about = About::default();
        about.title = Some("title".into());
        about.why = Some("why".into());
        about.names = vec![(Locale::En, "slow breath".into()), (Locale::De, "langsam atmen".into())];
        about.calm = true;
        about
    }

    fn start(&self) -> Progress {
        Progress::at(self.id.clone(), "ready")
    }

    fn directive(&self, progress: &Progress) -> Directive {
        match progress.step.as_str() {
            "done" => Directive::Template("done".into()),
            step => Directive::Fixed(step.into()),
        }
    }

    // Total (P2): whatever happens at whatever step, something follows. `Stop` ends it from everywhere (P3).
    fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition {
        use ProtocolEvent::{Due, Said, Skip, Stop, Worse};
        match (progress.step.as_str(), event) {
            ("done", _) => Transition::ended(progress.clone(), Outcome::Completed),
            ("stopped", _) => Transition::ended(progress.clone(), Outcome::Declined),
            ("worse", _) => Transition::ended(progress.clone(), Outcome::Parked),
            (_, Stop) => Transition::ended(at("stopped", progress), Outcome::Declined),
            (_, Worse) => Transition::ended(at("worse", progress), Outcome::Parked).worse(),
            ("ready", Said(_)) => self.breathe("in", progress),
            // The time is over, or the person is faster.
            ("in", Due | Said(_) | Skip) => self.breathe("out", progress),
            ("out", Due | Said(_) | Skip) if breaths(progress) < self.breaths => self.breathe("in", progress),
            ("out", Due | Said(_) | Skip) => self.done(progress),
            // Anything else: the same words again, with their time.
            ("ready", _) => Transition::to(progress.clone()),
            _ => Transition::to(progress.clone()).timer(PACE),
        }
    }
}

const TEXTS: &[(&str, &str, &str)] = &[
    ("title", "Slow breaths", "Langsam atmen"),
    (
        "why",
        "A long breath out can make the body a little calmer.",
        "Ein langer Atemzug hinaus kann den Körper ein wenig ruhiger machen.",
    ),
    (
        "ready",
        "Sit or stand as it suits you. Say a word when you are ready.",
        "Setz oder stell dich so hin, wie es dir passt. Sag ein Wort, wenn du so weit bist.",
    ),
    ("in", "Breathe in gently.", "Atme sanft ein."),
    ("out", "And slowly out.", "Und langsam aus."),
    (
        "done",
        "Those were {breaths} slow breaths. How is it now?",
        "Das waren {breaths} langsame Atemzüge. Wie ist es jetzt?",
    ),
    ("stopped", "Then we stop here. That is all right.", "Dann hören wir hier auf. Das ist in Ordnung."),
    (
        "worse",
        "Thank you for saying so. We leave this now. It is not your fault.",
        "Danke, dass du das sagst. Wir lassen das jetzt. Es liegt nicht an dir.",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;

    println!("What the checks say of a file with two mistakes:");
    let broken = SMALL_STEP.replace("go = \"plan\"", "go = \"plann\"").replace("sure < 7", "shure < 7");
    if let Err(faults) = Definition::load(FILE, &broken, &safety) {
        println!("{faults}");
    }

    let small_step = Definition::load(FILE, SMALL_STEP, &safety)?;
    println!("\nThe file, drawn:\n{}", small_step.to_mermaid());

    let (store, clock) = (InMemoryStore::new(), ManualClock::default());
    let agent = Agent::builder(safety, Reflective::new(), Escalation::none("an example"))
        .store(store.clone())
        .clock(clock.clone())
        .with_protocol(small_step.clone())
        .with_protocol(SlowBreath::new(2))
        .build()?;
    let sam = UserId::from_name("sam");
    let session = block_on(agent.open(sam, SessionChoice::New))?;
    for purpose in [Purpose::Conversation, Purpose::Episodic] {
        let decided = session.decide(purpose, ConsentChoice::Given, "1", "May I keep this?");
        block_on(decided).map_err(StoreError::new)?;
    }

    println!("The one from the file, begun by its name:");
    let said =
        ["Can we do the small step?", "ok", "Clean the kitchen", "Why do you ask?", "tomorrow", "About 4"];
    for said in said.into_iter().chain(["Wash one cup", "8"]) {
        say(&session, said)?;
    }
    let kept = block_on(store.read(sam, &Selection::all().kinds([RecordKind::Episode])))?;
    for stored in &kept.records {
        if let Body::Episode(episode) = &stored.record.body {
            println!("  (kept: {})", episode.text);
        }
    }

    println!("\nThe one in Rust, begun by a button:");
    let begun = block_on(block_on(session.start_protocol("slow_breath"))?.finish())?;
    println!("  agent:  {}", begun.text());
    say(&session, "Ready.")?;
    // A host waits until `session.timer()`; here the clock is moved.
    while session.timer().is_some() {
        clock.advance(PACE);
        if let Some(turn) = session.ring() {
            println!("  ({} s later)\n  agent:  {}", PACE.as_secs(), block_on(turn.finish())?.text());
        }
    }

    println!("\nLaws:");
    let from_the_file = all_laws("small_step ", || small_step.clone());
    let in_rust = all_laws("slow_breath", || SlowBreath::new(2));
    // In your own crate one line names them all as tests: `alliance::protocol_laws!(|| SlowBreath::new(2))`.
    if from_the_file && in_rust { Ok(()) } else { Err("a law is broken".into()) }
}

fn say(session: &Session, said: &str) -> Result<(), Box<dyn Error>> {
    let reply = block_on(block_on(session.turn(said))?.finish())?;
    println!("  person: {said}");
    for line in reply.text().lines().filter(|line| !line.is_empty()) {
        println!("  agent:  {line}");
    }
    Ok(())
}

/// Runs every law on a protocol and says which hold.
fn all_laws<P: Protocol + 'static>(name: &str, make: impl Fn() -> P) -> bool {
    let mut whole = true;
    let mut law = |clause: &str, check: &dyn Fn()| {
        let holds = catch_unwind(AssertUnwindSafe(check)).is_ok();
        whole &= holds;
        println!("  {} {name} {clause}", if holds { "holds " } else { "BROKEN" });
    };
    law("P1 pure", &|| laws::p1_pure(&make));
    law("P2 total", &|| laws::p2_total(&make));
    law("P3 can end", &|| laws::p3_can_end(&make));
    law("P4 plain data", &|| laws::p4_plain_data(&make));
    law("works through dyn", &|| laws::works_through_dyn(&make));
    whole
}
