//! What is said in a turn beside the crisis plan: commands first, then the protocol that runs, then free talk.

mod command;
mod line;
mod stack;
mod start;
mod steer;
mod words;

use std::sync::Arc;

use alliance_safety::{ClearedText, CrisisWords, PlanText, RiskLevel, Screening};

use self::command::{Command, Phrasebook, Plain};
pub use self::line::LineError;
pub(crate) use self::{
    line::{Line, Lines, quoted},
    stack::{Reopened, SILENT, Stack},
    start::{Asker, CALM_ONLY, Refusal, newest},
    words::follow,
};
use crate::{
    agent::LoadedProtocol,
    protocol::{AnswerForm, Directive, Keep, Outcome, Progress, ProtocolEvent, SlotValue, Transition},
    record::{Begun, Frame, ProgressState},
    stage::{Stage, within},
    turn::{Setup, Trouble, TurnEvent, accepted_id},
};

/// Steps that protocols may take in one turn, so that two which hand over to each other come to an end.
const MOST_MOVES: u32 = 16;

/// What brings protocols to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The person said something.
    Said,
    /// A protocol begins, and nobody spoke.
    Begun,
    /// A timer is due, and nobody spoke.
    Due,
}

/// What a turn comes to, beside the crisis plan.
#[derive(Debug)]
pub(crate) struct Move {
    pub(crate) stack: Stack,
    pub(crate) events: Vec<TurnEvent>,
    /// Words to show first.
    pub(crate) words: Vec<ClearedText>,
    pub(crate) next: Next,
    /// What protocols ask to be remembered.
    pub(crate) keep: Vec<Keep>,
    /// The plan's direct question, where a protocol has it asked.
    pub(crate) probe: Option<CrisisWords>,
}

impl Move {
    const fn of(stack: Stack) -> Self {
        Self {
            stack,
            events: Vec::new(),
            words: Vec::new(),
            next: Next::Close,
            keep: Vec::new(),
            probe: None,
        }
    }
}

/// What comes after the first words.
#[derive(Debug)]
pub(crate) enum Next {
    /// Nothing.
    Close,
    /// A model finds words for an aim.
    Model {
        aim: Option<Arc<str>>,
        /// What is said where it cannot.
        fallback: Vec<ClearedText>,
        /// What is said after it in any case. Where there is something, the model reflects and asks nothing.
        then: Vec<ClearedText>,
    },
    /// Nobody leads: free talk.
    Free,
    /// A model reads what was said as an answer of this form, and it is taken in again.
    Read(AnswerForm),
    /// What is kept of the person is read and said, and then these words.
    Kept { then: Vec<ClearedText> },
}

/// Takes in what was said. `asks` says that a question of the crisis plan ends this turn, so that a protocol
/// holds its own until the next one.
///
/// `read` is what a model read from what was said: nothing before it was asked, and none where it read nothing.
#[expect(clippy::option_option, reason = "not asked, read nothing, read something")]
pub(crate) fn take(
    setup: &Setup,
    screening: &Screening,
    stack: Stack,
    asks: bool,
    read: Option<Option<&SlotValue>>,
) -> Move {
    let mut dialogue = Dialogue { setup, screening, asks, read, moves: 0, out: Move::of(stack) };
    match setup.entry {
        Entry::Said => dialogue.heard(),
        Entry::Begun => dialogue.speak(),
        Entry::Due => dialogue.advance(ProtocolEvent::Due),
    }
    dialogue.out
}

/// The words of the step in which a stack stands, for the opening of a session. A model finds none of them.
pub(crate) fn standing_words(setup: &Setup, screening: &Screening, stack: &Stack) -> Vec<ClearedText> {
    let out = Move::of(stack.clone());
    let mut dialogue = Dialogue { setup, screening, asks: false, read: Some(None), moves: 0, out };
    dialogue.speak();
    dialogue.out.words
}

struct Dialogue<'a> {
    setup: &'a Setup,
    screening: &'a Screening,
    asks: bool,
    read: Option<Option<&'a SlotValue>>,
    moves: u32,
    out: Move,
}

impl<'a> Dialogue<'a> {
    fn heard(&mut self) {
        let command = self.command();
        if command == Some(Command::Plain(Plain::Human)) {
            self.plan(PlanText::Human);
            return self.pause();
        }
        if self.screening.standing().level() >= RiskLevel::Moderate {
            return self.free();
        }
        let names = match command {
            Some(Command::Start(place)) => self.names().nth(place).map(|(_, name)| name),
            _ => None,
        };
        if self.out.stack.state == ProgressState::Suspended && !self.out.stack.is_empty() {
            return self.after_crisis(names);
        }
        if let Some(name) = names {
            if self.hands_over_to(&name) {
                return self.advance(ProtocolEvent::Said(self.screening));
            }
            return self.begin(&name, Begun::Digression);
        }
        if command == Some(Command::Plain(Plain::Remember)) {
            let then = if self.out.stack.runs() { self.words_again() } else { Vec::new() };
            self.out.next = Next::Kept { then };
            return;
        }
        if self.out.stack.is_empty() {
            return self.free();
        }
        match self.out.stack.state {
            ProgressState::Running => self.running(command),
            ProgressState::Asked => self.asked(command),
            ProgressState::Paused | ProgressState::Suspended => self.paused(command),
        }
    }

    fn running(&mut self, command: Option<Command>) {
        let event = match command {
            Some(Command::Correct) => ProtocolEvent::Corrected(self.screening),
            Some(Command::Plain(plain)) => match plain {
                Plain::Pause => {
                    self.line(Line::Paused, &[]);
                    return self.pause();
                }
                Plain::Change => {
                    self.line(Line::LeftForNow, &[]);
                    return self.pause();
                }
                Plain::WhatAreYou => {
                    self.plan(PlanText::DisclosureAsked);
                    return self.speak();
                }
                Plain::StartAgain => return self.start_again(),
                Plain::Stop | Plain::Leave => ProtocolEvent::Stop,
                Plain::Skip => ProtocolEvent::Skip,
                Plain::Back => ProtocolEvent::Back,
                Plain::Repeat | Plain::GoOn => ProtocolEvent::Repeat,
                Plain::Why => ProtocolEvent::Why,
                Plain::Worse => ProtocolEvent::Worse,
                _ => ProtocolEvent::Said(self.screening),
            },
            _ => ProtocolEvent::Said(self.screening),
        };
        // Before the words of its step were said, nothing is an answer to them.
        let unsaid = self.out.stack.top().is_some_and(|top| !top.said);
        if unsaid && matches!(event, ProtocolEvent::Said(_) | ProtocolEvent::Corrected(_)) {
            return self.speak();
        }
        match (event, self.read) {
            (ProtocolEvent::Said(said), Some(Some(value))) => self.advance(ProtocolEvent::Read(said, value)),
            (ProtocolEvent::Said(_), None) => match self.unread() {
                Some(form) => self.out.next = Next::Read(form),
                None => self.advance(event),
            },
            _ => self.advance(event),
        }
    }

    /// The form of the answer that a model may read, where the agent has one for it and the rules read none.
    fn unread(&self) -> Option<AnswerForm> {
        self.setup.parts.answer_reader.as_ref()?;
        let top = self.out.stack.top()?;
        let loaded = self.setup.parts.protocols.get(&top.progress.protocol)?;
        let mut progress = top.progress.clone();
        stamp(&mut progress, self.setup);
        loaded.protocol.unread(&progress, self.screening)
    }

    fn asked(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Plain(Plain::Yes)) => self.resume(),
            Some(Command::Plain(Plain::No)) => self.leave(),
            command => {
                self.out.stack.state = ProgressState::Paused;
                self.paused(command);
            }
        }
    }

    fn paused(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Plain(Plain::GoOn)) => self.resume(),
            Some(Command::Plain(Plain::StartAgain)) => self.start_again(),
            Some(Command::Plain(Plain::Leave | Plain::Stop)) => self.leave(),
            _ => self.free(),
        }
    }

    /// The crisis is over. Nothing goes on by itself: the person is asked, and only calm exercises are offered.
    fn after_crisis(&mut self, asked_for: Option<Arc<str>>) {
        if self.asks {
            return self.free();
        }
        let title = self.out.stack.frames.first().map(|frame| self.title(frame)).unwrap_or_default();
        self.out.stack = Stack::default();
        if let Some(name) = asked_for {
            return self.begin(&name, Begun::Asked);
        }
        let calm = self.calm();
        let line = if calm.is_empty() { Line::AfterCrisisPlain } else { Line::AfterCrisis };
        let then = self.filled(line, &[("title", &title), ("calm", &calm)]);
        self.out.next = Next::Model { aim: None, fallback: Vec::new(), then };
    }

    fn free(&mut self) {
        self.out.next = Next::Free;
    }

    /// Moves the protocol that speaks, and whichever is below it once it ended.
    fn advance(&mut self, mut event: ProtocolEvent<'a>) {
        loop {
            let setup = self.setup;
            let turn = setup.turn;
            let Some((top, loaded)) = self.moving() else { return self.broken() };
            let before = top.progress.step.clone();
            let stage = setup.parts.begin(Stage::Protocol);
            let moved = within(stage.as_deref(), || loaded.protocol.advance(&top.progress, &event));
            drop(stage);
            let Transition { progress, outcome, lead, keep, worse, timer, probe, people } = moved;
            top.progress = progress.clone();
            top.said = false;
            if matches!(event, ProtocolEvent::Said(_) | ProtocolEvent::Read(..) | ProtocolEvent::Corrected(_))
            {
                top.rests_on.push(accepted_id(turn));
            }
            self.out.stack.due = timer.map(|after| self.setup.at.after(after));
            let explained = !lead.is_empty();
            for key in &lead {
                self.text(loaded, key, &progress);
            }
            if matches!(event, ProtocolEvent::Why) && !explained {
                self.explain(loaded, &progress);
            }
            self.out.keep.extend(keep);
            if people {
                self.plan(PlanText::Human);
            }
            if probe && !self.asks {
                self.out.probe = self.setup.parts.safety.ask_directly(self.screening);
                self.asks = self.out.probe.is_some();
            }
            let protocol = progress.protocol.clone();
            if worse {
                self.out.events.push(TurnEvent::Worse { protocol: protocol.clone() });
            }
            if before != progress.step {
                let step = progress.step.as_str().into();
                self.out.events.push(TurnEvent::StepEntered { protocol, step });
            }
            if outcome == Outcome::Continues {
                return self.speak();
            }
            self.last_words(loaded, &progress);
            match self.pop(outcome) {
                Some(Begun::Child) => event = ProtocolEvent::ChildEnded(outcome),
                Some(Begun::Digression) => return self.ask_go_on(),
                _ => return,
            }
        }
    }

    /// The protocol that speaks, told what time it is. None where it is not there any more, or where protocols have
    /// taken too many steps in this turn.
    fn moving(&mut self) -> Option<(&mut Frame, &'a LoadedProtocol)> {
        self.moves += 1;
        let top = self.out.stack.frames.last_mut().filter(|_| self.moves <= MOST_MOVES)?;
        let loaded = self.setup.parts.protocols.get(&top.progress.protocol)?;
        stamp(&mut top.progress, self.setup);
        Some((top, loaded))
    }

    /// Says the words of the step in which the top of the stack stands.
    fn speak(&mut self) {
        let Some((top, loaded)) = self.moving() else { return self.broken() };
        let progress = top.progress.clone();
        if progress.turns == 0 && !top.said {
            let step = progress.step.as_str().into();
            let entered = TurnEvent::StepEntered { protocol: progress.protocol.clone(), step };
            if !self.out.events.contains(&entered) {
                self.out.events.push(entered);
            }
        }
        if self.asks {
            // The plan's question comes first; this one is asked in the next turn.
            return self.out.stack.unsay();
        }
        let directive = loaded.protocol.directive(&progress);
        if let Some(top) = self.out.stack.frames.last_mut() {
            top.said = true;
        }
        match directive {
            Directive::Fixed(key) | Directive::Template(key) => self.text(loaded, &key, &progress),
            Directive::Aim { aim, fallback, then } => self.aim(loaded, &progress, &aim, fallback, then),
            Directive::Child(name) => self.hand_over(&name),
            Directive::Ended => match self.pop(Outcome::Completed) {
                Some(Begun::Child) => self.advance(ProtocolEvent::ChildEnded(Outcome::Completed)),
                Some(Begun::Digression) => self.ask_go_on(),
                _ => {}
            },
        }
    }

    fn aim(
        &mut self,
        loaded: &LoadedProtocol,
        progress: &Progress,
        aim: &Arc<str>,
        fallback: Option<Arc<str>>,
        then: Option<Arc<str>>,
    ) {
        let words = |dialogue: &mut Self, key: Option<Arc<str>>| {
            key.map(|key| dialogue.said(loaded, &key, progress)).unwrap_or_default()
        };
        let (fallback, then) = (words(self, fallback), words(self, then));
        // Unasked, and after another model's words, only fixed words are said.
        if self.setup.entry != Entry::Said || matches!(self.out.next, Next::Model { .. }) {
            self.say(fallback);
            return self.say(then);
        }
        let aim = loaded.script(aim, self.screening.locale()).and_then(alliance_safety::Script::fixed);
        let aim = aim.map(|words| Arc::from(words.as_str()));
        self.out.next = Next::Model { aim, fallback, then };
    }

    /// Whether the protocol that runs takes what was said for an answer, and hands over to this one then. Protocols
    /// are pure, so that it can be tried.
    fn hands_over_to(&self, name: &str) -> bool {
        let top = self.out.stack.top().filter(|top| self.out.stack.runs() && top.said);
        let Some((top, loaded)) =
            top.and_then(|top| Some((top, self.setup.parts.protocols.get(&top.progress.protocol)?)))
        else {
            return false;
        };
        let mut progress = top.progress.clone();
        stamp(&mut progress, self.setup);
        let moved = loaded.protocol.advance(&progress, &ProtocolEvent::Said(self.screening));
        matches!(loaded.protocol.directive(&moved.progress), Directive::Child(child) if *child == *name)
    }

    /// Hands over to another protocol. One that may not begin counts as declined.
    fn hand_over(&mut self, name: &str) {
        let room = self.out.stack.frames.len() < stack::DEPTH;
        match start::allowed(self.setup, name, room) {
            Ok(loaded) => {
                self.out.stack.push(Frame::new(loaded.protocol.start(), Begun::Child));
                self.speak();
            }
            Err(refusal) => {
                self.refuse(&refusal);
                self.advance(ProtocolEvent::ChildEnded(Outcome::Declined));
            }
        }
    }

    /// The words with which a protocol ends, if it has any.
    fn last_words(&mut self, loaded: &LoadedProtocol, progress: &Progress) {
        match loaded.protocol.directive(progress) {
            Directive::Fixed(key) | Directive::Template(key) => self.text(loaded, &key, progress),
            Directive::Aim { aim, fallback, then } => self.aim(loaded, progress, &aim, fallback, then),
            Directive::Child(_) | Directive::Ended => {}
        }
    }

    fn pop(&mut self, outcome: Outcome) -> Option<Begun> {
        let frame = self.out.stack.frames.pop()?;
        self.out.stack.due = None;
        self.ended(&frame, outcome);
        Some(frame.begun)
    }

    fn ended(&mut self, frame: &Frame, outcome: Outcome) {
        let protocol = frame.progress.protocol.clone();
        self.out.events.push(TurnEvent::ProtocolEnded { protocol, outcome });
    }

    fn ask_go_on(&mut self) {
        if self.asks {
            self.out.stack.state = ProgressState::Paused;
            return;
        }
        let title = self.out.stack.top().map(|top| self.title(top)).unwrap_or_default();
        self.out.stack.state = ProgressState::Asked;
        self.line(Line::AskGoOn, &[("title", &title)]);
    }

    fn explain(&mut self, loaded: &LoadedProtocol, progress: &Progress) {
        match loaded.about.why.clone() {
            Some(key) => self.text(loaded, &key, progress),
            None => self.line(Line::Why, &[]),
        }
    }

    /// The words of the step once more, without moving.
    fn words_again(&mut self) -> Vec<ClearedText> {
        let before = std::mem::take(&mut self.out.words);
        self.speak();
        self.out.next = Next::Close;
        std::mem::replace(&mut self.out.words, before)
    }

    /// A protocol that is not there any more, or that goes round in circles: free talk, and nothing of it is kept.
    fn broken(&mut self) {
        self.out.events.push(TurnEvent::Trouble(Trouble::ProtocolText));
        self.out.stack = Stack::default();
        if self.out.words.is_empty() {
            self.free();
        }
    }

    fn command(&self) -> Option<Command> {
        let book = Phrasebook::of(self.screening.locale()).ok()?;
        let names: Vec<Arc<str>> = self.names().map(|(name, _)| name).collect();
        book.hear(self.screening.text(), names.iter().map(|name| &**name).enumerate())
    }

    /// What protocols are called in this language, with the name of each. What stands on a host's button counts too.
    fn names(&self) -> impl Iterator<Item = (Arc<str>, Arc<str>)> + use<'a> {
        let locale = self.screening.locale();
        self.setup.parts.protocols.iter().flat_map(move |(id, loaded)| {
            let id: Arc<str> = id.name().into();
            let named = loaded.about.names.iter().filter(move |(of, _)| *of == locale);
            let title = loaded.about.title.as_ref().map(|_| Arc::from(loaded.title(locale)));
            named.map(|(_, name)| name.clone()).chain(title).map(move |name| (name, id.clone()))
        })
    }
}

fn stamp(progress: &mut Progress, setup: &Setup) {
    progress.started.get_or_insert(setup.at);
    progress.now = Some(setup.at);
    progress.flags.clone_from(&setup.flags);
}
