//! Simulates sessions, and ends the process at every write: before it, and after it before it is acknowledged.
//!
//! A seed decides what a person does: turns, some dropped or cut off half-way, decisions, a human who takes over, work
//! that is due, between turns and beside one. Each session is run without a crash, then once for each side of each write that it made; then another
//! process goes on in the same store, and tries again with the same turn id what was not acknowledged. Nothing
//! acknowledged may be lost, nothing happen twice, no turn stay without an end, no level fall, and nobody be left untold.
//! The same seed gives the same events, words and records, byte for byte.

use std::{collections::BTreeMap, error::Error, fmt::Write, time::Duration};

use alliance::{
    agent::{Agent, SessionChoice},
    clock::Clock,
    consent::Purpose,
    id::{TurnId, UserId},
    memory::InMemoryStore,
    message::Message,
    record::{ConsentChoice, Record, RecordKind, TurnOutcome},
    safety::{CrisisPlan, RiskLevel, SafetyLayer, Timestamp},
    session::Session,
    store::{HandleKind, HandleQuery, MemoryStore, Selection},
    turn::TurnEvent,
};
use futures::{FutureExt, StreamExt, executor::block_on};
use uuid::Uuid;

use super::{
    ends::every_turn_once,
    workload::Dice,
    world::{Counting, Crash, Human, Mortal, agent},
};

const SAID: [&str; 8] = [
    "I had soup for lunch.",
    "My sister called today.",
    "I slept badly again.",
    "The train was late.",
    "I feel like a burden to everyone.",
    "I want to kill myself.",
    "I am going to end my life tonight.",
    "No, I don't.",
];

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sessions: u64,
    pub(crate) crashes: u64,
    pub(crate) turns: u64,
    /// Over everything that happened: the same for the same seed.
    pub(crate) digest: u64,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Clone, Copy, Debug)]
enum Action {
    Agree,
    Say { text: &'static str, turn: TurnId, end: End },
    Sos,
    HandOver,
    GiveBack,
    Due,
    Leave,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Whole,
    /// Whole, and after this many events what is due is done beside it.
    Beside(u64),
    Dropped(u64),
    CutOff(u64),
}

/// The process ended here.
#[derive(Debug)]
struct Ended;

/// Runs `runs` seeds, the first of them `seed`, each with a crash at every write.
pub(crate) fn run(seed: u64, runs: u64) -> Outcome<Counts> {
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let mut counts = Counts { digest: 0xcbf2_9ce4_8422_2325, ..Counts::default() };
    for seed in seed..seed + runs {
        let mut play = |crash| -> Outcome<u64> {
            let play = Play::new(&safety, seed, crash)
                .run()
                .map_err(|error| format!("seed {seed}, {crash:?}: {error}"))?;
            counts.sessions += 1;
            counts.turns += play.acknowledged.len() as u64;
            for byte in play.trace.bytes() {
                counts.digest = (counts.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            Ok(play.writes)
        };
        let writes = play(None)?;
        for number in 1..=writes {
            play(Some(Crash::Before(number)))?;
            play(Some(Crash::After(number)))?;
        }
        counts.crashes += 2 * writes;
    }
    Ok(counts)
}

fn script(seed: u64) -> Vec<Action> {
    let mut dice = Dice::new(seed);
    let mut actions = vec![Action::Agree];
    for number in 0..4 + dice.below(5) {
        let turn = TurnId::new(Uuid::from_u64_pair(seed.wrapping_add(1) << 1 | 1 << 63, number));
        let text = SAID[usize::try_from(dice.below(SAID.len() as u64)).unwrap_or_default()];
        let end = match dice.below(8) {
            0 => End::Dropped(1 + dice.below(8)),
            1 => End::CutOff(1 + dice.below(8)),
            2 => End::Beside(1 + dice.below(8)),
            _ => End::Whole,
        };
        actions.push(Action::Say { text, turn, end });
        match dice.below(14) {
            0 => actions.push(Action::Sos),
            1 => actions.push(Action::HandOver),
            2 => actions.push(Action::GiveBack),
            3 => actions.push(Action::Due),
            4 => actions.push(Action::Leave),
            _ => {}
        }
    }
    actions
}

/// One session with its processes.
struct Play<'a> {
    safety: &'a SafetyLayer,
    seed: u64,
    crash: Option<Crash>,
    crashed: bool,
    memory: InMemoryStore,
    counting: Counting,
    human: Human,
    user: UserId,
    acknowledged: BTreeMap<TurnId, String>,
    standing: RiskLevel,
    writes: u64,
    trace: String,
}

impl<'a> Play<'a> {
    fn new(safety: &'a SafetyLayer, seed: u64, crash: Option<Crash>) -> Self {
        Self {
            safety,
            seed,
            crash,
            crashed: crash.is_some(),
            memory: InMemoryStore::new(),
            counting: Counting::new(),
            human: Human::default(),
            user: UserId::from_name("sam"),
            acknowledged: BTreeMap::new(),
            standing: RiskLevel::None,
            writes: 0,
            trace: String::new(),
        }
    }

    fn run(mut self) -> Outcome<Self> {
        let actions = script(self.seed);
        let mut next = 0;
        loop {
            let store = Mortal::new(self.memory.clone(), self.crash.map(|crash| self.later(crash)));
            let done = self.process(&store, &actions, &mut next)?;
            self.writes += store.writes();
            if store.is_dead() {
                self.crash = None;
            }
            if done.is_ok() && next == actions.len() {
                break;
            }
        }
        self.verify()?;
        Ok(self)
    }

    /// Writes are counted over all processes.
    const fn later(&self, crash: Crash) -> Crash {
        match crash {
            Crash::Before(number) => Crash::Before(number - self.writes),
            Crash::After(number) => Crash::After(number - self.writes),
        }
    }

    fn process(
        &mut self,
        store: &Mortal,
        actions: &[Action],
        next: &mut usize,
    ) -> Outcome<Result<(), Ended>> {
        let agent = agent(self.safety, &self.counting, &self.human, store.clone()).build()?;
        let session =
            agent.open(self.user, SessionChoice::Resume).now_or_never().ok_or("opening waits")??;
        if session.standing() < self.standing {
            return Err(
                format!("{:?} stood, and {:?} after a restart", self.standing, session.standing()).into()
            );
        }
        while let Some(action) = actions.get(*next) {
            let done = match *action {
                Action::Agree => {
                    let decided =
                        session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text");
                    decided.now_or_never().map(drop)
                }
                Action::Say { text, turn, end } => {
                    let message = Message::new(text).turn(turn);
                    let turn = session.turn(message).now_or_never().ok_or("a turn waits for its slot")??;
                    self.turn(&agent, &session, turn, end)
                }
                Action::Sos => {
                    let turn = session.sos();
                    self.turn(&agent, &session, turn, End::Whole)
                }
                Action::HandOver => {
                    session.hand_over();
                    session.settle().now_or_never().map(drop)
                }
                Action::GiveBack => {
                    session.give_back();
                    session.settle().now_or_never().map(drop)
                }
                Action::Due => {
                    self.counting.pass(Duration::from_secs(90));
                    agent.run_due(self.counting.now(), 8).now_or_never().map(drop)
                }
                Action::Leave => {
                    *next += 1;
                    return Ok(session.settle().now_or_never().map(drop).ok_or(Ended));
                }
            };
            if done.is_none() {
                writeln!(self.trace, "ended")?;
                return if store.is_dead() {
                    Ok(Err(Ended))
                } else {
                    Err(format!("{action:?} waits for nothing").into())
                };
            }
            *next += 1;
        }
        Ok(session.settle().now_or_never().map(drop).ok_or(Ended))
    }

    /// Runs a turn, and remembers it where it was acknowledged. None where the process ended.
    fn turn(
        &mut self,
        agent: &Agent,
        session: &Session,
        mut turn: alliance::turn::Turn,
        end: End,
    ) -> Option<()> {
        let (id, mut shown, mut taken) = (turn.id(), String::new(), 0);
        loop {
            match end {
                End::Dropped(after) if taken == after => {
                    drop(turn);
                    // Once it is written, what was seen of it is all there is of it.
                    if session.settle().now_or_never()? && !shown.is_empty() {
                        self.acknowledged.insert(id, shown);
                    }
                    return Some(());
                }
                End::CutOff(after) if taken == after => turn.interrupt(),
                End::Beside(after) if taken == after => {
                    self.counting.pass(Duration::from_secs(400));
                    agent.run_due(self.counting.now(), 8).now_or_never().map(drop)?;
                }
                _ => {}
            }
            let event = turn.next().now_or_never()??;
            taken += 1;
            match &event {
                TurnEvent::Words(words) => {
                    shown.push_str(words.as_str());
                    self.trace.push_str(words.as_str());
                }
                TurnEvent::Done(summary) => {
                    // A repeated turn that nobody saw end says so, and shows nothing.
                    let unknown = summary.repeated && summary.outcome == TurnOutcome::Interrupted;
                    if summary.stored && !(unknown && shown.is_empty()) {
                        self.acknowledged.insert(id, shown);
                        self.standing = summary.standing;
                    }
                    let _infallible = writeln!(self.trace, "{event:?}");
                    return Some(());
                }
                other => {
                    if let TurnEvent::Risk { standing, .. } = other {
                        // A fall by the rule is recorded with the turn, whether or not its end was acknowledged.
                        self.standing = self.standing.min(*standing);
                    }
                    let _infallible = writeln!(self.trace, "{other:?}");
                }
            }
        }
    }

    /// Lets an hour pass, does what is due, and looks at everything that is held.
    fn verify(&mut self) -> Outcome<()> {
        let agent = agent(self.safety, &self.counting, &self.human, self.memory.clone()).build()?;
        let session = block_on(agent.open(self.user, SessionChoice::Resume))?;
        block_on(session.settle());
        for _ in 0..8 {
            self.counting.pass(Duration::from_secs(600));
            block_on(agent.run_due(self.counting.now(), 100))?;
        }
        let page = block_on(self.memory.read(self.user, &Selection::all()))?;
        let records: Vec<&Record> = page.records.iter().map(|stored| &*stored.record).collect();
        every_turn_once(&records, &self.acknowledged)?;
        for outbox in records
            .iter()
            .filter(|record| record.kind() == RecordKind::Outbox && record.derived_from.is_empty())
        {
            let told = self.human.told();
            let times = told.iter().filter(|(id, picked_up)| *picked_up && *id == outbox.id).count();
            // Whose process ended before it could note that somebody knows, tells them once more.
            if times == 0 || times > 1 + usize::from(self.crashed) {
                return Err(format!("somebody was told {times} times").into());
            }
        }
        let far = HandleQuery::due(Timestamp::from_millis(i64::MAX), 100);
        let open = block_on(self.memory.handles(&far.kinds([HandleKind::Outbox, HandleKind::OpenTurn])))?;
        if !open.handles.is_empty() {
            return Err(format!("{} things are still open", open.handles.len()).into());
        }
        self.trace.push_str(&serde_json::to_string(&records)?);
        Ok(())
    }
}
