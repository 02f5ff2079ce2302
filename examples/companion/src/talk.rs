//! The conversation: reads messages, runs turns, shows words as they are released.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, StdoutLock, Write},
    sync::mpsc,
    thread,
    time::Duration,
};

use alliance::{
    agent::{Agent, AgentBuilder, Limits, SessionChoice},
    backends::Reflective,
    clock::{Clock, SystemClock},
    escalation::Escalation,
    id::UserId,
    memory::{InMemoryStore, Recall},
    message::{MAX_MESSAGE, MessageError},
    safety::{CrisisPlan, Locale, SafetyLayer, Stopwatch, SystemStopwatch},
    session::{Session, TurnError},
    turn::{Turn, TurnEvent},
};
use futures::{StreamExt, executor::block_on};

use crate::{args::Args, events, hanging::Hanging};

/// How many due items the helper thread works off at a time.
const DUE: usize = 16;

pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let agent = agent(args)?;
    let session = block_on(agent.open(UserId::from_name(&args.user), SessionChoice::New))?;
    session.locate(args.locale, args.region);
    let (turn_over, work) = mpsc::channel();
    let helper = thread::spawn(move || work_off(&agent, &work));
    let outcome = Talk::new(args, session, &turn_over).run();
    drop(turn_over);
    // The helper only panics over a bug, and then there is nothing left to save here.
    let _ = helper.join();
    outcome
}

fn agent(args: &Args) -> Result<Agent, Box<dyn Error>> {
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let escalation = if args.hang.sink {
        Escalation::to(Hanging)
    } else {
        Escalation::none("a program on one machine has nobody to tell")
    };
    let builder: AgentBuilder = if args.hang.backend {
        Agent::builder(safety, Hanging, escalation)
    } else {
        Agent::builder(safety, Reflective::new(), escalation)
    };
    let builder = if args.hang.store { builder.store(Hanging) } else { builder.store(InMemoryStore::new()) };
    // Everything is on this machine: what does not answer soon will not answer.
    let mut limits = Limits::default();
    limits.turn = Duration::from_secs(5);
    limits.store = Duration::from_millis(200);
    limits.opening = Duration::from_millis(300);
    Ok(builder.recaller(Recall::new()).locale(args.locale).limits(limits).build()?)
}

/// Works off beside the conversation what turns left behind.
fn work_off(agent: &Agent, turns: &mpsc::Receiver<()>) {
    while turns.recv().is_ok() {
        // However many turns ended meanwhile, one look is enough.
        while turns.try_recv().is_ok() {}
        // A store in trouble is asked again after the next turn.
        let _ = block_on(agent.run_due(SystemClock.now(), DUE));
    }
}

struct Talk<'a> {
    args: &'a Args,
    session: Session,
    turn_over: &'a mpsc::Sender<()>,
    out: StdoutLock<'static>,
    /// Whether a person types, so that a sign to type is of use.
    typed: bool,
}

impl<'a> Talk<'a> {
    fn new(args: &'a Args, session: Session, turn_over: &'a mpsc::Sender<()>) -> Self {
        let typed = io::stdin().is_terminal() && !args.json;
        Self { args, session, turn_over, out: io::stdout().lock(), typed }
    }

    fn run(mut self) -> Result<(), Box<dyn Error>> {
        for text in self.session.opening() {
            self.say("opening", text.as_str())?;
        }
        self.say("opening", texts(self.args.locale).start)?;
        let mut input = io::stdin().lock();
        let mut line = Vec::new();
        loop {
            if self.typed {
                write!(self.out, "> ")?;
                self.out.flush()?;
            }
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let texts = texts(self.args.locale);
            let Ok(message) = std::str::from_utf8(&line) else {
                self.say("error", texts.not_utf8)?;
                continue;
            };
            let message = message.trim();
            let command = message.split_whitespace().next().unwrap_or_default().to_lowercase();
            match command.as_str() {
                "/quit" => return Ok(()),
                "/help" => self.say("help", texts.help)?,
                "/sos" => {
                    let turn = self.session.sos();
                    self.show(turn)?;
                }
                "" => self.say("error", texts.empty)?,
                unknown if unknown.starts_with('/') && message == unknown => {
                    self.say("error", texts.unknown)?
                }
                _ => self.turn(message)?,
            }
        }
    }

    fn turn(&mut self, said: &str) -> Result<(), Box<dyn Error>> {
        match block_on(self.session.turn(said)) {
            Ok(turn) => self.show(turn)?,
            Err(TurnError::Message(MessageError::TooLong { bytes })) => {
                let text = texts(self.args.locale).too_long;
                let text = text.replace("{bytes}", &bytes.to_string());
                self.say("error", &text.replace("{most}", &MAX_MESSAGE.to_string()))?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Shows words as they are released.
    fn show(&mut self, mut turn: Turn) -> Result<(), Box<dyn Error>> {
        let start = SystemStopwatch.elapsed();
        let mut whole = String::new();
        while let Some(event) = block_on(turn.next()) {
            if let TurnEvent::Words(words) = &event {
                whole.push_str(words.as_str());
                if !self.args.json {
                    write!(self.out, "{}", words.as_str())?;
                }
            }
            if self.args.json {
                writeln!(self.out, "{}", events::event(&event))?;
            }
            self.out.flush()?;
        }
        let micros = SystemStopwatch.elapsed().saturating_sub(start).as_micros();
        if self.args.json {
            writeln!(self.out, "{}", events::reply(&whole, self.session.standing(), micros))?;
        } else {
            writeln!(self.out, "\n")?;
        }
        self.out.flush()?;
        // Without a helper there is nobody to work anything off.
        let _ = self.turn_over.send(());
        Ok(())
    }

    fn say(&mut self, kind: &str, text: &str) -> io::Result<()> {
        if self.args.json {
            writeln!(self.out, "{}", events::words(kind, text))?;
        } else {
            writeln!(self.out, "{text}\n")?;
        }
        self.out.flush()
    }
}

/// What the program itself says, outside any turn.
struct Texts {
    start: &'static str,
    help: &'static str,
    empty: &'static str,
    unknown: &'static str,
    not_utf8: &'static str,
    too_long: &'static str,
}

const fn texts(locale: Locale) -> &'static Texts {
    match locale {
        Locale::De => &GERMAN,
        _ => &ENGLISH,
    }
}

const ENGLISH: Texts = Texts {
    start: "Nothing you write here is kept once you leave. Type /help to see what you can do, /sos to see whom you can call.",
    help: "Write what is on your mind, one message at a time.\n/sos   whom you can call, at any moment\n/help  this text\n/quit  leave",
    empty: "There was nothing in that message. Write something, or type /help.",
    unknown: "I do not know that command. Type /help to see the ones I know.",
    not_utf8: "I could not read that line: it is not valid UTF-8 text. Nothing else was lost; please send it again. If you are in danger, type /sos.",
    too_long: "That message has {bytes} bytes, and {most} are the most that I can take. It was not read, and nothing else was lost. Please send it in shorter pieces. If you are in danger, type /sos.",
};

const GERMAN: Texts = Texts {
    start: "Was du hier schreibst, wird nicht behalten, wenn du gehst. Mit /help siehst du, was du tun kannst, mit /sos, wen du anrufen kannst.",
    help: "Schreib, was dich beschäftigt, eine Nachricht nach der anderen.\n/sos   wen du anrufen kannst, jederzeit\n/help  dieser Text\n/quit  gehen",
    empty: "In dieser Nachricht stand nichts. Schreib etwas, oder tippe /help.",
    unknown: "Diesen Befehl kenne ich nicht. Mit /help siehst du, welche ich kenne.",
    not_utf8: "Diese Zeile konnte ich nicht lesen: Sie ist kein gültiger UTF-8-Text. Sonst ging nichts verloren; bitte schick sie noch einmal. Wenn du in Gefahr bist, tippe /sos.",
    too_long: "Diese Nachricht hat {bytes} Bytes, und mehr als {most} kann ich nicht aufnehmen. Sie wurde nicht gelesen, und sonst ging nichts verloren. Bitte schick sie in kürzeren Teilen. Wenn du in Gefahr bist, tippe /sos.",
};
