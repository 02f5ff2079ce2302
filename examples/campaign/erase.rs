//! Kills a process that erases, at a random moment, and looks for what it was to erase.
//!
//! A child opens a store of encrypted files in which a word of our own stands in records of every kind, and erases in
//! one of the ways that there are. It is ended by SIGKILL. The store is opened again, which brings to its end what was
//! committed; an erasure that had not been is asked for again, as whoever got no answer would. Then the word is in no
//! file, in no shape, and no record is left that was meant or made from one; what was not meant is there unchanged.
//!
//! Inside the files, under their encryption, the same is looked for by `alliance-memory`'s own test
//! `sqlite::killed`, which writes them in the clear.

use std::{
    collections::BTreeSet,
    error::Error,
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use alliance::{
    consent::{ConsentLedger, Draft, Purpose},
    id::{RecordId, TurnId, UserId},
    memory::RecallTerms,
    record::{
        Body, ConsentChoice, ConsentRecord, EpisodeRecord, FactRecord, OutboxRecord, Record, RecordKind,
        RiskRecord, SafetyPlanRecord, TimerRecord, TurnAcceptedRecord, TurnEndedRecord, TurnOutcome,
    },
    safety::{Category, Locale, RiskLevel, Standing, Timestamp},
    store::{Expect, Forget, Handle, HandleKind, HandleQuery, MemoryStore, Selection, Topic},
};
use futures::executor::block_on;

use super::workload::{Dice, Place, open, record_id, session, user};

/// The ways to erase.
pub(crate) const KINDS: u64 = 9;

/// What was said, what was made from it, and the person's plan.
const CANARIES: [&str; 3] = ["Zebracanary", "Quokkacanary", "Ocelotcanary"];

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) kills: u64,
    /// Killed before anything was erased: asked for again.
    pub(crate) again: u64,
    pub(crate) erased: u64,
}

/// One of the ways to erase.
///
/// # Errors
///
/// Never: every topic here has a term.
fn erasure(kind: u64) -> Result<Forget, Box<dyn Error>> {
    let about = |words| Topic::new(words, RecallTerms).map(Forget::About).ok_or("no term");
    Ok(match kind % KINDS {
        0 => Forget::Records((0..ROUNDS).map(|round| record_id(round, 1)).collect()),
        1 => Forget::Session(session(1)),
        2 => Forget::Between(Timestamp::UNIX_EPOCH, Timestamp::from_millis(500)),
        3 => about("the ZEBRACANARIES")?,
        4 => Forget::Kind(RecordKind::TurnAccepted),
        5 => Forget::Kind(RecordKind::Unknown("dream".into())),
        6 => Forget::Safety,
        7 => Forget::Kind(RecordKind::SafetyPlan),
        _ => Forget::Everything,
    })
}

/// How often each kind of record is written.
const ROUNDS: u64 = 12;

/// Records of every kind; what holds the first canary is meant by every way to erase words.
fn records() -> Result<Vec<Record>, Box<dyn Error>> {
    let mut records = Vec::new();
    for (number, purpose) in (0..).zip(Purpose::ALL) {
        let yes = ConsentRecord::new(purpose, ConsentChoice::Given, "1", "");
        records.push(Record::new(record_id(900, number), Timestamp::UNIX_EPOCH, Body::Consent(yes)));
    }
    for round in 0..ROUNDS {
        let at = Timestamp::from_millis(i64::try_from(round)?);
        let turn = TurnId::new(record_id(round, 0).uuid());
        let long = "word ".repeat(usize::try_from(round * round * 20)?);
        let said = TurnAcceptedRecord::new(format!("{} {long}", CANARIES[0]), Locale::En, RiskLevel::None);
        let shown = TurnEndedRecord::new(format!("So {} came.", CANARIES[1]), TurnOutcome::Whole);
        let fact = FactRecord::new("it", "is", CANARIES[1]);
        let plan = SafetyPlanRecord::new(vec![vec![CANARIES[2].to_owned()]]);
        let risk = RiskRecord::new(Standing::default(), Vec::new());
        let notice = OutboxRecord::pending(session(1), turn, RiskLevel::High, Category::Other);
        let dream = serde_json::json!({ "id": record_id(round, 8).uuid(), "at": at, "kind": "dream",
            "session": session(1), "derived_from": [record_id(round, 1)], "data": { "of": CANARIES[1] } });
        let source = [record_id(round, 1)];
        let later = Timestamp::from_millis(1_000 + i64::try_from(round)?);
        let of =
            |place: u64, body| Record::new(record_id(round, place), at, body).session(session(1)).turn(turn);
        records.extend([
            of(1, Body::TurnAccepted(said)),
            of(2, Body::TurnEnded(shown)).derived_from(source),
            of(3, Body::Fact(fact)).derived_from(source),
            of(4, Body::SafetyPlan(plan)).derived_from(source),
            of(5, Body::Risk(risk)),
            of(6, Body::Outbox(notice)),
            of(7, Body::Timer(TimerRecord::new(CANARIES[1], at))).derived_from(source),
            serde_json::from_value(dream)?,
            Record::new(record_id(round, 9), later, Body::Episode(EpisodeRecord::new("a walk")))
                .session(session(2)),
        ]);
    }
    Ok(records)
}

fn fill(store: &dyn MemoryStore, person: UserId) -> Result<(), Box<dyn Error>> {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    let ledger = ConsentLedger::folded(&given);
    for some in records()?.chunks(10) {
        let mut draft = Draft::new();
        for record in some {
            if matches!(record.body, Body::Timer(_) | Body::Outbox(_)) {
                draft = draft.open(Handle::new(person, record.id, HandleKind::Timer, record.at));
            }
            draft = draft.record(record.clone());
        }
        block_on(store.append(person, Expect::Any, ledger.admit(draft)?))?;
    }
    Ok(())
}

/// The child: erases, says so, and waits for its end.
pub(crate) fn child(root: &Path, kind: u64) -> Result<(), Box<dyn Error>> {
    let store = open(root)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "open")?;
    out.flush()?;
    block_on(store.forget(user(0), &erasure(kind)?))?;
    writeln!(out, "erased")?;
    out.flush()?;
    std::thread::park();
    Ok(())
}

/// Kills `runs` children, in each way to erase one after the other. `spawn` makes the command that ends in [`child`]
/// with these arguments.
pub(crate) fn run(
    seed: u64,
    runs: u64,
    under: &Path,
    spawn: &dyn Fn(&Path, u64) -> Command,
) -> Result<Counts, Box<dyn Error>> {
    let (mut counts, mut dice) = (Counts::default(), Dice::new(seed));
    let shapes = shapes();
    // Twice as long as the child needed last: the end falls before, into and after the erasure.
    let mut span = 20_000;
    for number in 0..runs {
        let place = Place::new(under, &format!("erase-{seed:x}-{number}"))?;
        let store = open(&place.0)?;
        for person in [user(0), user(1)] {
            fill(&store, person)?;
        }
        drop(store);
        span = kill_one(&mut spawn(&place.0, number), &mut dice, number, span)?;
        counts.kills += 1;
        verify(&place.0, number, &shapes, &mut counts)
            .map_err(|error| format!("seed {seed}, kill {number}, {:?}: {error}", erasure(number)))?;
    }
    Ok(counts)
}

/// Lets a child open the store and kills it. Every fifth may bring its erasure to its end, and says how long that takes.
fn kill_one(command: &mut Command, dice: &mut Dice, number: u64, span: u64) -> Result<u64, Box<dyn Error>> {
    use alliance::safety::{Stopwatch, SystemStopwatch};
    let mut child: Child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut wait_for = |said: &str| -> Result<(), Box<dyn Error>> {
        // In a test another line comes first.
        while !lines.next().ok_or("the child ended by itself")??.ends_with(said) {}
        Ok(())
    };
    wait_for("open")?;
    let mut next = span;
    if number.is_multiple_of(5) {
        let start = SystemStopwatch.elapsed();
        wait_for("erased")?;
        let took = SystemStopwatch.elapsed().saturating_sub(start);
        next = u64::try_from(took.as_micros())? * 2 + 1;
    } else {
        wait(Duration::from_micros(dice.below(span)));
    }
    child.kill()?;
    child.wait()?;
    Ok(next)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the moment of the end is to fall anywhere; nothing waits for it"
)]
fn wait(span: Duration) {
    std::thread::sleep(span);
}

fn verify(root: &Path, kind: u64, shapes: &[String], counts: &mut Counts) -> Result<(), Box<dyn Error>> {
    let what = erasure(kind)?;
    let store = open(root)?;
    let all: BTreeSet<RecordId> = records()?.iter().map(|record| record.id).collect();
    let mut left = held(&store, user(0))?;
    // Whoever got no answer asks again, whatever became of it.
    if left == all {
        counts.again += 1;
    } else {
        is_right(&left, &what)?;
    }
    let receipt = block_on(store.forget(user(0), &what))?;
    if left != all && receipt.total() > 0 {
        return Err("a part of it was left".into());
    }
    left = held(&store, user(0))?;
    is_right(&left, &what)?;
    counts.erased += 1;
    if held(&store, user(1))? != all {
        return Err("another person lost something".into());
    }
    let handles = block_on(store.handles(&HandleQuery::due(Timestamp::from_millis(9_999), 999).of(user(0))))?;
    if handles.handles.iter().any(|handle| !left.contains(&handle.record)) {
        return Err("a handle of something that went is left".into());
    }
    look_for_words(root, shapes)?;
    drop(store);
    look_for_words(root, shapes)
}

/// Whether nothing is left that was meant or made from it, and all of the rest.
fn is_right(left: &BTreeSet<RecordId>, what: &Forget) -> Result<(), Box<dyn Error>> {
    let records = records()?;
    let mut gone: BTreeSet<RecordId> =
        records.iter().filter(|record| what.means(record)).map(|record| record.id).collect();
    for record in &records {
        // Sources come first, and what outlasts words goes with none.
        if !record.kind().outlasts_words() && record.derived_from.iter().any(|source| gone.contains(source)) {
            gone.insert(record.id);
        }
    }
    let wanted: BTreeSet<RecordId> =
        records.iter().map(|record| record.id).filter(|id| !gone.contains(id)).collect();
    if *left == wanted { Ok(()) } else { Err("something else is left than must be".into()) }
}

fn held(store: &dyn MemoryStore, person: UserId) -> Result<BTreeSet<RecordId>, Box<dyn Error>> {
    let page = block_on(store.read(person, &Selection::all()))?;
    Ok(page.records.iter().map(|stored| stored.record.id).collect())
}

/// Each canary as text in either case, in UTF-16 of both orders, its beginning, and the term that recall has of it.
fn shapes() -> Vec<String> {
    let mut shapes = BTreeSet::new();
    for word in CANARIES {
        let mut texts = vec![word.to_owned(), word.to_lowercase(), word.to_uppercase()];
        texts.extend(word.get(..7).map(str::to_owned));
        alliance::store::Terms::terms(&RecallTerms, word, &mut |term| texts.push(term.to_owned()));
        for text in texts {
            shapes.insert(letters(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()));
            shapes.insert(letters(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>()));
            shapes.insert(letters(text.as_bytes()));
        }
    }
    shapes.into_iter().collect()
}

/// Each byte as the letter of its number: searching a text is quick in the standard library.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn look_for_words(folder: &Path, shapes: &[String]) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            look_for_words(&path, shapes)?;
            continue;
        }
        let text = letters(&fs::read(&path)?);
        if shapes.iter().any(|shape| text.contains(shape.as_str())) {
            return Err(format!("a word is in {}", path.display()).into());
        }
    }
    Ok(())
}
