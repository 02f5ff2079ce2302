//! The conversation: reads lines, runs turns, answers commands.

use std::{error::Error, io, sync::mpsc, thread, time::Duration};

use alliance::{
    agent::SessionChoice,
    clock::{Clock, SystemClock},
    id::{RecordId, UserId},
    message::{MAX_MESSAGE, MessageError},
    record::ProgressState,
    safety::{RiskLevel, ScreenContext, Standing, Stopwatch, SystemStopwatch},
    session::{Session, TurnError},
    store::Forget,
    turn::{Turn, TurnEvent},
};
use futures::{StreamExt, executor::block_on};

use crate::{
    args::Args,
    asking::Asking,
    command::{Command, Heard},
    events,
    input::{Input, Line},
    model::Model,
    parts::Parts,
    screen::Screen,
    texts::{On, Texts, fill},
};

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

pub(crate) fn run(args: &Args) -> Outcome {
    let parts = Parts::new(args, &Texts::load(args.locale, On::Disk)?)?;
    let on = if parts.data.is_some() { On::Disk } else { On::Memory };
    let mut texts = Texts::load(args.locale, on)?;
    if let Some(model) = &args.model {
        texts.consent.name_model(&model.place());
    }
    let choice = if on == On::Disk { SessionChoice::Resume } else { SessionChoice::New };
    let session = block_on(parts.agent.open(UserId::from_name(&args.user), choice))?;
    session.locate(args.locale, args.region);
    let (turn_over, work) = mpsc::channel();
    let helper = thread::spawn({
        let parts = parts.clone();
        move || parts.work_off(&work)
    });
    let outcome = Talk::new(args, parts, texts, session, turn_over).run();
    // The helper only panics over a bug, and then there is nothing left to save here.
    let _ = helper.join();
    outcome
}

pub(crate) struct Talk {
    pub(crate) parts: Parts,
    pub(crate) session: Session,
    pub(crate) texts: Texts,
    pub(crate) screen: Screen,
    pub(crate) asking: Asking,
    /// The records of each number, as the list was last shown. None where it was not shown yet.
    pub(crate) listed: Option<Vec<Vec<RecordId>>>,
    /// What was last said in the exercise that runs.
    pub(crate) in_exercise: String,
    /// What was said when an answer was cut off: a plain yes says it again.
    pub(crate) offered: Option<String>,
    /// What is erased if the next line says that the person is sure.
    pub(crate) sure: Option<Forget>,
    /// The name of the person.
    pub(crate) user: String,
    locale: alliance::safety::Locale,
    /// Where a model is that answers.
    sent_to: Option<String>,
    turn_over: mpsc::Sender<()>,
}

/// Whether the conversation goes on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    Leave,
}

impl Talk {
    fn new(args: &Args, parts: Parts, texts: Texts, session: Session, turn_over: mpsc::Sender<()>) -> Self {
        let resources = parts.safety.directory().resources(args.region, SystemClock.now());
        let emergency = resources.emergency().map(str::to_owned);
        let screen = Screen::new(args, texts.speakers.clone(), emergency);
        Self {
            parts,
            session,
            texts,
            screen,
            asking: Asking::default(),
            listed: None,
            in_exercise: String::new(),
            offered: None,
            sure: None,
            user: args.user.clone(),
            locale: args.locale,
            sent_to: args.model.as_ref().map(Model::place),
            turn_over,
        }
    }

    fn run(mut self) -> Outcome {
        for text in self.session.opening() {
            self.screen.agent("opening", text.as_str())?;
        }
        if let Some(trouble) = self.parts.trouble {
            let reason = trouble.text(&self.texts.store);
            self.screen.say("opening", &fill(&self.texts.store.not_kept, &[("reason", reason)]))?;
        }
        if !self.parts.has_exercises {
            self.screen.say("opening", &self.texts.talk.no_exercises)?;
        }
        self.screen.say("opening", &self.texts.talk.start)?;
        if let Some(place) = &self.sent_to {
            self.screen.say("opening", &fill(&self.texts.talk.sent, &[("place", place)]))?;
        }
        self.ask_at_opening()?;
        self.offer_interrupted()?;
        let input = Input::new();
        loop {
            let line = self.next_line(&input)?;
            let next = match line {
                Line::End => {
                    self.conclude();
                    self.screen.leave_prompt()?;
                    return Ok(());
                }
                Line::Failed(error) => return Err(error.into()),
                Line::NotUtf8 => self.screen.say("error", &self.texts.talk.not_utf8).map(|()| Next::GoOn)?,
                Line::Text(line) => self.hear(line.trim())?,
            };
            if next == Next::Leave {
                self.conclude();
                return self.say_bye();
            }
        }
    }

    /// Makes memories of what was said. Where that fails or takes long, it is made up for when the program runs again.
    fn conclude(&self) {
        let _ = block_on(self.parts.soon(self.session.conclude()));
    }

    /// Whether everything that was agreed to is written. Tried once more, since whoever leaves takes the rest with them.
    pub(crate) fn is_written(&self) -> bool {
        let settled = || block_on(self.parts.soon(self.session.settle())) == Some(true);
        self.parts.data.is_none() || (!self.session.is_degraded() && settled())
    }

    /// Whoever leaves while it is grave gets the number once more.
    fn say_bye(&mut self) -> Outcome {
        let texts = &self.texts.talk;
        if !self.is_written() {
            self.screen.say("error", &texts.unwritten)?;
        }
        let text = match self.screen.emergency() {
            Some(number) if self.session.standing() >= RiskLevel::Moderate => {
                fill(&texts.bye_heavy, &[("emergency", number)])
            }
            _ if !self.is_written() => texts.bye_plain.clone(),
            _ => texts.bye.clone(),
        };
        Ok(self.screen.say("bye", &text)?)
    }

    /// The next line. A timer of an exercise comes first where it is due.
    fn next_line(&mut self, input: &Input) -> Result<Line, Box<dyn Error>> {
        self.screen.prompt()?;
        loop {
            let timer = self.session.timer().filter(|_| !self.asking.is_open());
            let patience = timer.filter(|_| self.screen.is_typed()).map(|due| {
                // Never nothing at all: whoever rings too early would ring in circles.
                due.since(SystemClock.now()).max(Duration::from_millis(1))
            });
            let line = input.next(patience);
            // Nothing comes before the answer to a sign of danger.
            let waits = timer.is_none() || matches!(&line, Some(Line::Text(line)) if self.is_danger(line));
            let rung = if waits { None } else { self.session.ring() };
            match (line, rung) {
                (Some(line), rung) => {
                    rung.map_or(Ok(()), |turn| self.show(turn))?;
                    return Ok(line);
                }
                (None, Some(turn)) => {
                    self.screen.leave_prompt()?;
                    self.show(turn)?;
                    self.screen.prompt()?;
                }
                (None, None) => {}
            }
        }
    }

    fn hear(&mut self, line: &str) -> Result<Next, Box<dyn Error>> {
        if line.is_empty() {
            self.screen.say("error", &self.texts.talk.empty)?;
            return Ok(Next::GoOn);
        }
        let sure = self.sure.take();
        if self.answers_question(line)? || self.answers_offer(line)? {
            return Ok(Next::GoOn);
        }
        let heard = match Heard::read(line) {
            // A sign of danger is heard wherever it stands. A command that is nothing else holds none.
            Heard::Command(_) if line.contains(char::is_whitespace) && self.is_danger(line) => Heard::Message,
            Heard::Unknown(_) if self.is_danger(line) => Heard::Message,
            heard => heard,
        };
        self.close_question(&heard, line)?;
        match heard {
            Heard::Message => self.turn(line)?,
            Heard::Unknown(nearest) => {
                let talk = &self.texts.talk;
                let text = match nearest {
                    Some(name) => fill(&talk.nearest, &[("command", name)]),
                    None => talk.unknown.clone(),
                };
                self.screen.say("error", &text)?;
            }
            Heard::Command(Command::Quit) => return Ok(Next::Leave),
            Heard::Command(command) => self.command(command, line, sure)?,
        }
        self.repeat_question()?;
        Ok(Next::GoOn)
    }

    /// `sure` is what was asked about right before.
    fn command(&mut self, command: Command, line: &str, sure: Option<Forget>) -> Outcome {
        match command {
            Command::Help => self.screen.say("help", &self.texts.talk.help)?,
            Command::Sos => {
                let turn = self.session.sos();
                self.show(turn)?;
            }
            Command::Human => {
                let wish = self.texts.talk.human.clone();
                self.turn(&wish)?;
            }
            Command::Why => {
                let why: String = self.session.why().iter().map(|words| words.as_str()).collect();
                self.screen.agent("why", &why)?;
            }
            Command::Protocols => self.list_protocols()?,
            Command::Start(name) => self.start(name.as_deref(), line)?,
            Command::Where => self.say_where()?,
            Command::Memory => self.show_kept()?,
            Command::Keep => self.ask_again()?,
            Command::Forget(what) => self.forget(what, sure)?,
            Command::Correct(correction) => self.correct(correction)?,
            Command::Export(path) => self.export(path.as_deref())?,
            Command::Import(path) => self.import(path.as_deref())?,
            Command::Quit => {}
        }
        Ok(())
    }

    /// Whether the words alone hold a sign of danger.
    pub(crate) fn is_danger(&self, line: &str) -> bool {
        let context = ScreenContext::new(Standing::default(), self.locale);
        self.parts.safety.screen(line, &context).level() > RiskLevel::None
    }

    pub(crate) fn turn(&mut self, said: &str) -> Outcome {
        match block_on(self.session.turn(said)) {
            Ok(turn) => self.show(turn)?,
            Err(TurnError::Message(MessageError::TooLong { bytes })) => {
                let (bytes, most) = (bytes.to_string(), MAX_MESSAGE.to_string());
                let text = fill(&self.texts.talk.too_long, &[("bytes", &bytes), ("most", &most)]);
                self.screen.say("error", &text)?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Shows words as they are released.
    pub(crate) fn show(&mut self, mut turn: Turn) -> Outcome {
        let start = SystemStopwatch.elapsed();
        let mut whole = String::new();
        while let Some(event) = block_on(turn.next()) {
            if let TurnEvent::Words(words) = &event {
                whole.push_str(words.as_str());
                self.screen.words(words.as_str())?;
            }
            self.screen.event(&events::event(&event))?;
        }
        let micros = SystemStopwatch.elapsed().saturating_sub(start).as_micros();
        self.screen.end(&whole, self.session.standing(), micros)?;
        if let Some(fault) = self.parts.fault.as_ref().and_then(|fault| fault.take()) {
            self.screen.say("model", fault.text(&self.texts.models))?;
        }
        match self.session.position().map(|position| position.state) {
            Some(ProgressState::Running) => self.in_exercise = whole,
            Some(ProgressState::Paused | ProgressState::Asked) => {}
            _ => self.in_exercise.clear(),
        }
        // Without a helper there is nobody to work anything off.
        let _ = self.turn_over.send(());
        Ok(())
    }

    pub(crate) fn say(&mut self, kind: &str, text: &str) -> io::Result<()> {
        self.screen.say(kind, text)
    }
}
