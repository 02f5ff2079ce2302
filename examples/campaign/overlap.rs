//! 64 turns at once on one session of a real store, again and again: none may be lost, and none stand inside another.

use std::{collections::BTreeMap, error::Error, path::Path, thread};

use alliance::{
    agent::SessionChoice,
    consent::Purpose,
    id::{TurnId, UserId},
    message::Message,
    record::{Body, ConsentChoice, Record},
    safety::{CrisisPlan, SafetyLayer},
    session::Session,
    store::{MemoryStore, Revision, Selection},
};
use futures::executor::block_on;
use uuid::Uuid;

use super::{
    workload::{Dice, Place, open},
    world::{Counting, Human, agent},
};

/// Turns at once.
pub(crate) const TURNS: u64 = 64;

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) turns: u64,
    /// Turns that were written in another order than they were begun: they did meet.
    pub(crate) overtaken: u64,
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Does `rounds` rounds.
pub(crate) fn run(seed: u64, rounds: u64, under: &Path) -> Result<Counts, Box<dyn Error>> {
    let place = Place::new(under, "overlap")?;
    let store = open(&place.0)?;
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let user = UserId::from_name("sam");
    let agent = agent(&safety, &Counting::new(), &Human::default(), store.clone()).build()?;
    let session = block_on(agent.open(user, SessionChoice::New))?;
    let decided = session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text");
    block_on(decided).map_err(|kind| format!("the decision: {kind:?}"))?;
    let (mut counts, mut dice, mut seen) = (Counts::default(), Dice::new(seed), Revision::ZERO);
    for round in 0..rounds {
        let first = dice.roll();
        let shown =
            at_once(&session, first).map_err(|error| format!("seed {seed}, round {round}: {error}"))?;
        let selection = Selection::all().session(session.id()).after(seen);
        let page = block_on(store.read(user, &selection))?;
        seen = page.revision;
        let records: Vec<&Record> = page.records.iter().map(|stored| &*stored.record).collect();
        let order = one_after_the_other(&records, &shown)
            .map_err(|error| format!("seed {seed}, round {round}: {error}"))?;
        counts.turns += order.len() as u64;
        counts.overtaken += order.windows(2).filter(|pair| pair[1] < pair[0]).count() as u64;
    }
    Ok(counts)
}

/// All at once, each from a thread of its own. What each was shown.
fn at_once(session: &Session, first: u64) -> Outcome<BTreeMap<TurnId, String>> {
    let one = |number: u64| -> Outcome<(TurnId, String)> {
        let turn = TurnId::new(Uuid::from_u64_pair(first, number));
        let message = Message::new(format!("The train was {number} minutes late.")).turn(turn);
        let reply = block_on(block_on(session.turn(message))?.finish())?;
        if reply.summary.stored && !reply.summary.repeated {
            Ok((turn, reply.text()))
        } else {
            Err(format!("turn {turn} was not stored").into())
        }
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..TURNS).map(|number| scope.spawn(move || one(number))).collect();
        running.into_iter().map(|turn| turn.join().map_err(|_| "a turn panicked")?).collect()
    })
}

/// The turns in the order in which they are held: each accepted and ended before the next, with its words.
fn one_after_the_other(records: &[&Record], shown: &BTreeMap<TurnId, String>) -> Outcome<Vec<TurnId>> {
    let (mut open, mut order) = (None, Vec::new());
    for record in records {
        match (&record.body, open) {
            (Body::TurnAccepted(accepted), None) => {
                let number = record.turn.map_or(0, |turn| turn.uuid().as_u64_pair().1);
                if *accepted.text != *format!("The train was {number} minutes late.") {
                    return Err("a turn holds the words of another".into());
                }
                open = record.turn;
            }
            (Body::TurnEnded(ended), Some(turn)) if record.turn == Some(turn) => {
                if shown.get(&turn).map(String::as_str) != Some(&*ended.shown) {
                    return Err(format!("turn {turn} is not held as it was shown").into());
                }
                order.push(turn);
                open = None;
            }
            (Body::TurnAccepted(_) | Body::TurnEnded(_), _) => {
                return Err("a turn stands inside another".into());
            }
            _ => {}
        }
    }
    if open.is_some() || order.len() != shown.len() {
        return Err(format!("{} of {} turns are held", order.len(), shown.len()).into());
    }
    Ok(order)
}
