//! A model server that fails in twelve ways, before, inside and after its reply, in a protocol and in free talk, at an
//! ordinary message and in a crisis, over all three wires and real sockets.
//!
//! Every case has to end within the turn's deadline in one of four states: a whole reply, an interrupted one, a fixed text,
//! the crisis reply. What was shown has to be what the store holds after it was opened anew, and nothing of what the
//! server wrote into its errors may be in it. A crisis is answered at once, whatever the server does.

use std::{
    error::Error,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use alliance::{
    agent::{Agent, Limits, SessionChoice},
    backend::LlmBackend,
    backends::{Anthropic, Deadlines, HttpOptions, Ollama, OpenAiCompatible, Resilient, read::Wire},
    clock::{Clock, SystemClock},
    consent::Purpose,
    escalation::Escalation,
    id::{TurnId, UserId},
    message::Message,
    protocols::Library,
    record::{Body, ConsentChoice, RecordKind, TurnOutcome},
    safety::{CrisisPlan, RiskLevel, SafetyLayer, Stopwatch, SystemStopwatch},
    session::Session,
    store::{MemoryStore, Selection},
    turn::TurnEvent,
};
use faults::server::{AUTHORITY, Act, Answer, Request, STREAM, Server, chunk};
use futures::{StreamExt, executor::block_on};
use uuid::Uuid;

use super::{
    workload::{Dice, Place, open},
    world,
};

/// How long a turn may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(3);

/// What a turn may take beyond it: the store writes what was shown, on a machine that does other things too.
const SLACK: Duration = Duration::from_millis(500);

/// Cases at once: most of their time is waiting.
const AT_ONCE: usize = 8;

/// Stands in whatever the server writes that is no reply.
const MARK: &str = "quillwort";

const FIRST: &str = "That sounds like a long day. ";
const REST: [&str; 2] = ["What was ", "the hardest part of it?"];

const ORDINARY: [&str; 3] = ["I had soup for lunch.", "My sister called today.", "The train was late."];
const CRISIS: [&str; 2] = ["I am going to end my life tonight.", "I want to kill myself."];

/// The way to where the session's protocol lets a model talk.
const TO_TALK: [&str; 3] = ["5", "It was an ordinary week, I slept badly.", "just talk"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    BusyWithWait,
    Busy,
    ServerError,
    Refused,
    WrongTls,
    Truncated,
    Garbage,
    WrongUtf8,
    Empty,
    Hang,
    Slow,
    Huge,
}

const KINDS: [Kind; 12] = [
    Kind::BusyWithWait,
    Kind::Busy,
    Kind::ServerError,
    Kind::Refused,
    Kind::WrongTls,
    Kind::Truncated,
    Kind::Garbage,
    Kind::WrongUtf8,
    Kind::Empty,
    Kind::Hang,
    Kind::Slow,
    Kind::Huge,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Before,
    Inside,
    After,
}

/// One case.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: Kind,
    at: At,
    in_protocol: bool,
    crisis: bool,
    wire: Wire,
    /// Whether the backend is tried by itself, without deadlines and further tries of its own.
    bare: bool,
    /// Whether only the first request meets the fault.
    once: bool,
    said: &'static str,
    number: usize,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) cases: u64,
    pub(crate) whole: u64,
    pub(crate) interrupted: u64,
    pub(crate) fixed: u64,
    pub(crate) crisis: u64,
    /// The longest turn, and the longest wait for the words of a crisis.
    pub(crate) slowest: Duration,
    pub(crate) slowest_crisis: Duration,
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Does every case, `rounds` times with other wires and words. `crisis_within` is what the words of a crisis may take.
pub(crate) fn run(seed: u64, rounds: u64, crisis_within: Duration, under: &Path) -> Outcome<Counts> {
    let place = Place::new(under, "faults")?;
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let cases = cases(seed, rounds);
    let (ordinary, grave): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(|case| !case.crisis);
    let mut done = at_once(&ordinary, AT_ONCE, &safety, &place.0)?;
    // One after the other, so that what is measured is the reply and not the others beside it.
    done.extend(at_once(&grave, 1, &safety, &place.0)?);
    let mut counts = Counts::default();
    for (case, done) in done {
        counts.cases += 1;
        match done.outcome {
            TurnOutcome::Whole => counts.whole += 1,
            TurnOutcome::Interrupted => counts.interrupted += 1,
            TurnOutcome::Fallback => counts.fixed += 1,
            TurnOutcome::Crisis => counts.crisis += 1,
            other => return Err(format!("{case:?} of seed {seed} ended as {other:?}").into()),
        }
        counts.slowest = counts.slowest.max(done.took);
        if case.crisis {
            counts.slowest_crisis = counts.slowest_crisis.max(done.words_after);
            if done.words_after > crisis_within {
                return Err(format!("{case:?} of seed {seed}: its words took {:?}", done.words_after).into());
            }
        }
    }
    Ok(counts)
}

fn cases(seed: u64, rounds: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut dice = Dice::new(seed);
    for _ in 0..rounds {
        for kind in KINDS {
            for at in [At::Before, At::Inside, At::After] {
                for (in_protocol, crisis) in [(false, false), (false, true), (true, false), (true, true)] {
                    let wire = pick(&[Wire::OpenAi, Wire::Anthropic, Wire::Ollama], &mut dice);
                    let said = pick(if crisis { &CRISIS } else { &ORDINARY }, &mut dice);
                    let (bare, once, number) = (dice.below(3) == 0, dice.below(3) == 0, cases.len());
                    cases.push(Case { kind, at, in_protocol, crisis, wire, bare, once, said, number });
                }
            }
        }
    }
    cases
}

fn pick<T: Copy>(from: &[T], dice: &mut Dice) -> T {
    let place = usize::try_from(dice.below(from.len() as u64)).unwrap_or_default();
    from[place]
}

/// Does the cases, so many at once. The first that goes wrong is the error.
fn at_once(cases: &[Case], threads: usize, safety: &SafetyLayer, under: &Path) -> Outcome<Vec<(Case, Done)>> {
    let next = AtomicUsize::new(0);
    let work = || -> Outcome<Vec<(Case, Done)>> {
        let mut done = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let folder = under.join(case.number.to_string());
            let one = one(*case, safety, &folder).map_err(|error| format!("{case:?}: {error}"))?;
            done.push((*case, one));
        }
        Ok(done)
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for thread in running {
            all.extend(thread.join().map_err(|_| "a case panicked")??);
        }
        Ok(all)
    })
}

/// What came of a case.
#[derive(Clone, Copy, Debug)]
struct Done {
    outcome: TurnOutcome,
    took: Duration,
    /// Until the last words of a crisis were shown.
    words_after: Duration,
}

fn one(case: Case, safety: &SafetyLayer, folder: &Path) -> Outcome<Done> {
    let failing = Arc::new(AtomicBool::new(false));
    let healed = AtomicBool::new(false);
    let fails = failing.clone();
    let answer = move |_: &Request| match fails.load(Ordering::SeqCst) {
        true if !(case.once && healed.swap(true, Ordering::SeqCst)) => fault(case),
        _ => Answer::streamed([events(case.wire, &[FIRST, REST[0], REST[1]]), end(case.wire)].concat()),
    };
    let secure = case.kind == Kind::WrongTls;
    let server = if secure { Server::start_tls(answer)? } else { Server::start(answer)? };
    std::fs::create_dir_all(folder)?;
    let turn = TurnId::new(Uuid::from_u128(case.number as u128 + 1));
    let user = UserId::from_name("sam");

    let events = {
        let store = open(folder)?;
        let (good, bad) = (backend(case, &server, true)?, backend(case, &server, false)?);
        let switched = Switched { good, bad, failing: failing.clone() };
        let agent = agent(safety, switched, store)?;
        let session = block_on(agent.open(user, SessionChoice::New))?;
        block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text"))
            .map_err(|kind| format!("the decision: {kind:?}"))?;
        if case.in_protocol {
            begin(&session)?;
        }
        failing.store(true, Ordering::SeqCst);
        // Nobody listens any more.
        let refused = case.kind == Kind::Refused && case.at == At::Before;
        let _listening = if refused { None } else { Some(server) };
        let events = events_of(&session, Message::new(case.said).turn(turn))?;
        // A crisis reply does not wait for the store: what is not written yet, the host's own schedule writes.
        block_on(agent.run_due(SystemClock.now(), 16))?;
        events
    };
    let done = check(case, &events)?;

    // What the store holds, opened anew.
    let store = open(folder)?;
    let page = block_on(store.read(user, &Selection::all().kinds([RecordKind::TurnEnded])))?;
    let ended = page.records.iter().find_map(|stored| match &stored.record.body {
        Body::TurnEnded(ended) if stored.record.turn == Some(turn) => Some(ended.clone()),
        _ => None,
    });
    let ended = ended.ok_or("the store does not know how the turn ended")?;
    if *ended.shown != *shown(&events) || ended.outcome != done.outcome {
        return Err("what was shown is not what is stored".into());
    }
    // What was cut off is offered to whoever opens the session, and nothing else is.
    let agent = world::agent(safety, &world::Counting::new(), &world::Human::default(), store).build()?;
    let offered = block_on(agent.open(user, SessionChoice::Resume))?.interrupted();
    if (offered == [turn]) != (done.outcome == TurnOutcome::Interrupted) || offered.len() > 1 {
        return Err("not what was cut off is offered".into());
    }
    Ok(done)
}

/// Looks at what the host was told.
fn check(case: Case, events: &[(Duration, TurnEvent)]) -> Outcome<Done> {
    let Some((took, TurnEvent::Done(summary))) = events.last() else { return Err("no end".into()) };
    let shown = shown(events);
    let withheld = events.iter().any(|(_, event)| matches!(event, TurnEvent::Withheld { .. }));
    let interrupted = events.iter().any(|(_, event)| *event == TurnEvent::Interrupted);
    let words = events.iter().filter(|(_, event)| matches!(event, TurnEvent::Words(_)));
    let words_after = words.map(|(after, _)| *after).max().unwrap_or_default();
    let model = [FIRST, REST[0], REST[1]].concat();
    let fits = match summary.outcome {
        TurnOutcome::Whole => withheld || shown.contains(&model) || case.kind == Kind::Huge,
        TurnOutcome::Interrupted => interrupted && shown.contains(FIRST.trim()),
        TurnOutcome::Fallback => !shown.contains(FIRST.trim()),
        TurnOutcome::Crisis => shown.contains("911") && summary.standing >= RiskLevel::Moderate,
        _ => false,
    };
    if !fits {
        return Err(format!("{:?} with {} bytes does not fit", summary.outcome, shown.len()).into());
    }
    if case.crisis != (summary.outcome == TurnOutcome::Crisis) {
        return Err("a crisis is answered by the plan, and nothing else is".into());
    }
    if shown.contains(MARK) || shown.trim().is_empty() {
        return Err("something was shown that is no reply, or nothing at all".into());
    }
    if !(summary.stored || case.crisis) || *took > DEADLINE + SLACK {
        return Err(format!("it took {took:?}, stored: {}", summary.stored).into());
    }
    Ok(Done { outcome: summary.outcome, took: *took, words_after })
}

fn shown(events: &[(Duration, TurnEvent)]) -> String {
    let words = events.iter().filter_map(|(_, event)| match event {
        TurnEvent::Words(words) => Some(words.as_str()),
        _ => None,
    });
    words.collect()
}

/// Every event, with how long after the message it came.
fn events_of(session: &Session, message: Message) -> Outcome<Vec<(Duration, TurnEvent)>> {
    let start = SystemStopwatch.elapsed();
    let mut turn = block_on(session.turn(message))?;
    let mut events = Vec::new();
    while let Some(event) = block_on(turn.next()) {
        events.push((SystemStopwatch.elapsed().saturating_sub(start), event));
    }
    Ok(events)
}

/// Goes to where the protocol lets the model talk.
fn begin(session: &Session) -> Outcome<()> {
    let turn = block_on(session.start_protocol("session"))?;
    block_on(turn.finish())?;
    for said in TO_TALK {
        events_of(session, Message::new(said))?;
    }
    match session.position() {
        Some(place) if &*place.step == "open" => Ok(()),
        _ => Err("the protocol is somewhere else".into()),
    }
}

fn agent(safety: &SafetyLayer, backend: Switched, store: impl MemoryStore + 'static) -> Outcome<Agent> {
    let mut limits = Limits::default();
    limits.turn = DEADLINE;
    let escalation = Escalation::none("a campaign has nobody to tell");
    let mut builder =
        Agent::builder(safety.clone(), backend, escalation).store(store).limits(limits).region("US".parse()?);
    for protocol in Library::built_in(safety)? {
        builder = builder.with_protocol(protocol);
    }
    Ok(builder.build()?)
}

/// The backend that a case needs, from when it needs it.
#[derive(Debug)]
struct Switched {
    good: Arc<dyn LlmBackend>,
    bad: Arc<dyn LlmBackend>,
    failing: Arc<AtomicBool>,
}

#[async_trait::async_trait]
impl LlmBackend for Switched {
    async fn generate(
        &self,
        prompt: alliance::prompt::Prompt,
    ) -> Result<alliance::backend::ChunkStream, alliance::backend::BackendError> {
        let backend = if self.failing.load(Ordering::SeqCst) { &self.bad } else { &self.good };
        backend.generate(prompt).await
    }
}

/// A backend over the wire of the case. With `good` it trusts the server whatever the case is.
fn backend(case: Case, server: &Server, good: bool) -> Outcome<Arc<dyn LlmBackend>> {
    let trusts = good || case.at != At::Before;
    let http = if trusts { HttpOptions::new().trust(AUTHORITY) } else { HttpOptions::new() };
    let url = server.url();
    let backend: Arc<dyn LlmBackend> = match case.wire {
        Wire::OpenAi => Arc::new(OpenAiCompatible::new(format!("{url}/v1"), "m").http(http).build()?),
        Wire::Anthropic => Arc::new(Anthropic::new("m").base(url).http(http).build()?),
        _ => Arc::new(Ollama::new("m").base(url).http(http).build()?),
    };
    if case.bare {
        return Ok(backend);
    }
    let mut deadlines = Deadlines::default();
    deadlines.start = DEADLINE.mul_f64(0.3);
    deadlines.first_words = DEADLINE.mul_f64(0.4);
    deadlines.between_words = DEADLINE.mul_f64(0.3);
    deadlines.attempt = DEADLINE.mul_f64(0.8);
    Ok(Arc::new(Resilient::new(backend).deadlines(deadlines)))
}

/// How the server answers in this case.
fn fault(case: Case) -> Answer {
    let wire = case.wire;
    let text = |text: String| Act::Bytes(chunk(text.as_bytes()));
    let head = Act::Bytes(STREAM.into());
    let before = match case.at {
        At::Before => String::new(),
        At::Inside => events(wire, &[FIRST, REST[0]]).concat(),
        At::After => events(wire, &[FIRST, REST[0], REST[1]]).concat(),
    };
    let begun = |act: Act| {
        let mut acts = vec![head.clone()];
        if !before.is_empty() {
            acts.push(text(before.clone()));
        }
        acts.push(act);
        Answer::acts(acts)
    };
    let first = case.at == At::Before;
    let refusal = format!("{{\"error\":{{\"message\":\"{MARK}\"}}}}");
    match case.kind {
        Kind::BusyWithWait if first => Answer::whole(429, "retry-after: 1\r\n", &refusal),
        Kind::Busy if first => Answer::whole(429, "", &refusal),
        Kind::ServerError if first => Answer::whole(500, "", &refusal),
        Kind::BusyWithWait | Kind::Busy => begun(text(error(wire, "rate_limit_error"))),
        Kind::ServerError => begun(text(error(wire, "api_error"))),
        // Nobody listens any more where this is the first thing that happens: then it is not asked.
        Kind::Refused => begun(Act::Refuse),
        Kind::WrongTls => begun(Act::Beneath(format!("{MARK} {MARK} {MARK}").into_bytes())),
        Kind::Truncated => begun(Act::Bytes(b"ffff\r\nda".to_vec())),
        Kind::Garbage => begun(text(format!("data: {{\"choi<html>{MARK}\n\n{{{MARK}\n"))),
        Kind::WrongUtf8 => begun(Act::Bytes(chunk(&[b"data: ", MARK.as_bytes(), b"\xff\xfe\n\n"].concat()))),
        Kind::Empty if first => Answer::whole(200, "", ""),
        Kind::Empty => Answer::streamed(
            [events(wire, if case.at == At::Inside { &[""] } else { &[" ", "\n"] }), end(wire)].concat(),
        ),
        Kind::Hang if first => Answer::acts([Act::Hang]),
        Kind::Hang => begun(Act::Hang),
        Kind::Slow => {
            let rest = events(wire, &[FIRST, REST[0], REST[1]]).concat() + &end(wire).concat();
            let bytes = rest.bytes().flat_map(|byte| chunk(&[byte])).collect();
            // A chunk of one byte is six bytes long.
            begun(Act::Slowly(bytes, Duration::from_micros(16_667)))
        }
        Kind::Huge => {
            // A hundred megabytes: of nothing, of words, of nothing behind a whole reply.
            let piece = match (case.at, wire) {
                (At::Inside, _) => events(wire, &[&"wordy ".repeat(1000)]).concat(),
                (_, Wire::Ollama) => "\n".repeat(10_000),
                _ => format!(": {}\n", MARK.repeat(1000)),
            };
            let times = 100_000_000 / piece.len();
            let huge = Act::Repeat(chunk(piece.as_bytes()), times);
            match case.at {
                At::After => {
                    Answer::acts([head.clone(), text(before.clone()), text(end(wire).concat()), huge])
                }
                _ => begun(huge),
            }
        }
    }
}

/// The events of a reply with these words, without its end.
fn events(wire: Wire, words: &[&str]) -> Vec<String> {
    let json = |word: &&str| serde_json::Value::from(*word).to_string();
    let one = |word: &&str| match wire {
        Wire::OpenAi => {
            format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{}}}}}]}}\n\n", json(word))
        }
        Wire::Anthropic => format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\
             \"delta\":{{\"type\":\"text_delta\",\"text\":{}}}}}\n\n",
            json(word)
        ),
        _ => format!("{{\"message\":{{\"content\":{}}},\"done\":false}}\n", json(word)),
    };
    words.iter().map(one).collect()
}

fn end(wire: Wire) -> Vec<String> {
    let lines: &[&str] = match wire {
        Wire::OpenAi => &[
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n",
        ],
        Wire::Anthropic => &[
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\n",
            "data: {\"type\":\"message_stop\"}\n\n",
        ],
        _ => &["{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n"],
    };
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// An error inside the stream.
fn error(wire: Wire, kind: &str) -> String {
    match wire {
        Wire::Ollama => format!("{{\"error\":\"{MARK}\"}}\n"),
        _ => format!(
            "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"{MARK}\"}}}}\n\n"
        ),
    }
}
