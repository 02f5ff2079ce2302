//! Questions about consent: each purpose apart, off until a plain yes, and in nobody's way.

use std::collections::{BTreeSet, VecDeque};

use alliance::{consent::Purpose, record::ConsentChoice, safety::RiskLevel};
use futures::executor::block_on;
use serde_json::json;

use crate::{
    command::{Command, Heard},
    talk::{Outcome, Talk},
};

/// What is asked, and what waits for the answer.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    open: Option<Purpose>,
    /// Asked next, once the open one is answered.
    next: VecDeque<Purpose>,
    asked: BTreeSet<Purpose>,
    /// An exercise that begins after the answer, whatever it is.
    exercise: Option<String>,
    /// The question is shown again after what was asked in between.
    repeat: bool,
}

impl Asking {
    /// Whether a plain yes or no is an answer to a question of this program.
    pub(crate) const fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

impl Talk {
    /// The first question. Where nothing can be kept, none is asked.
    pub(crate) fn ask_at_opening(&mut self) -> Outcome {
        if self.session.is_degraded() {
            self.say("consent", &self.texts.consent.unreachable.clone())?;
            return Ok(());
        }
        self.asking.asked = self.decided();
        if self.asking.asked.contains(&Purpose::Conversation) {
            return Ok(());
        }
        self.ask([Purpose::Conversation])
    }

    /// The person wants to decide anew.
    pub(crate) fn ask_again(&mut self) -> Outcome {
        if self.session.is_degraded() {
            self.say("consent", &self.texts.consent.unreachable.clone())?;
            return Ok(());
        }
        // While the crisis plan speaks, a yes or no answers its questions and nothing else.
        if self.session.standing() > RiskLevel::None {
            self.say("consent", &self.texts.consent.later.clone())?;
            return Ok(());
        }
        self.ask([Purpose::Conversation, Purpose::Episodic, Purpose::LongTerm])
    }

    /// Before the first exercise: whether its notes may be kept. True where the exercise waits for the answer.
    pub(crate) fn ask_before(&mut self, exercise: &str) -> Result<bool, Box<dyn std::error::Error>> {
        let asked = self.asking.asked.contains(&Purpose::Episodic);
        if asked || self.session.is_degraded() || self.session.standing() > RiskLevel::None {
            return Ok(false);
        }
        self.asking.exercise = Some(exercise.to_owned());
        self.say("consent", &self.texts.consent.before_exercise.clone())?;
        self.ask([Purpose::Episodic])?;
        Ok(true)
    }

    fn ask(&mut self, purposes: impl IntoIterator<Item = Purpose>) -> Outcome {
        self.asking.next = purposes.into_iter().collect();
        self.ask_next()
    }

    fn ask_next(&mut self) -> Outcome {
        self.asking.open = self.asking.next.pop_front();
        let Some(purpose) = self.asking.open else { return Ok(()) };
        self.asking.asked.insert(purpose);
        let consent = &self.texts.consent;
        let Some(question) = consent.question(purpose) else { return Ok(()) };
        let more = json!({ "purpose": purpose.as_str(), "state": "asked", "version": consent.version });
        Ok(self.screen.tell("consent", &question.question, more)?)
    }

    /// A plain yes or no to the open question. False where the line is something else.
    pub(crate) fn answers_question(&mut self, line: &str) -> Result<bool, Box<dyn std::error::Error>> {
        let Some(purpose) = self.asking.open else { return Ok(false) };
        let Some(yes) = self.texts.consent.answer(line) else { return Ok(false) };
        self.asking.open = None;
        self.decide(purpose, yes)?;
        // Each yes brings the next question, so that nobody who keeps nothing is asked three times.
        let next = match purpose {
            Purpose::Conversation => Some(Purpose::Episodic),
            Purpose::Episodic => Some(Purpose::LongTerm),
            _ => None,
        };
        let waits = self.asking.exercise.is_some();
        if let Some(next) = next.filter(|next| yes && !waits && !self.asking.asked.contains(next))
            && self.asking.next.is_empty()
        {
            self.asking.next.push_back(next);
        }
        self.ask_next()?;
        if self.asking.open.is_none()
            && let Some(exercise) = self.asking.exercise.take()
        {
            self.begin(&exercise)?;
        }
        Ok(true)
    }

    fn decide(&mut self, purpose: Purpose, yes: bool) -> Outcome {
        let consent = &self.texts.consent;
        let Some(question) = consent.question(purpose) else { return Ok(()) };
        let choice = if yes { ConsentChoice::Given } else { ConsentChoice::Withdrawn };
        let before = self.session.allows(purpose);
        let decided = block_on(self.session.decide(purpose, choice, &consent.version, &question.question));
        let (state, text) = match (yes, before) {
            (true, _) => ("given", &question.given),
            (false, true) => ("withdrawn", &question.withdrawn),
            (false, false) => ("declined", &question.declined),
        };
        let more = json!({ "purpose": purpose.as_str(), "state": state });
        self.screen.tell("consent", text, more)?;
        if decided.is_err() {
            self.screen.say("consent", &consent.trouble)?;
        }
        Ok(())
    }

    /// What was agreed to came in from elsewhere: nothing of it is asked again.
    pub(crate) fn close_for_import(&mut self) {
        self.asking.open = None;
        self.asking.next.clear();
        self.asking.repeat = false;
        self.asking.asked = self.decided();
    }

    /// Anything but an answer means "not now", unless it only looks something up.
    pub(crate) fn close_question(&mut self, heard: &Heard, line: &str) -> Outcome {
        let Some(purpose) = self.asking.open else { return Ok(()) };
        let looks = matches!(
            heard,
            Heard::Unknown(_)
                | Heard::Command(
                    Command::Help | Command::Protocols | Command::Where | Command::Why | Command::Memory
                )
        );
        self.asking.repeat = looks;
        if looks {
            return Ok(());
        }
        self.asking.open = None;
        self.asking.next.clear();
        self.screen.event(&json!({ "event": "consent", "purpose": purpose.as_str(), "state": "not_now" }))?;
        // The exercise was asked for before the question: it begins with this message, unless that is grave.
        if let Some(exercise) = self.asking.exercise.take()
            && *heard == Heard::Message
            && !self.is_danger(line)
        {
            // What speaks against it by now is said by the turn itself.
            let _ = self.session.begin_protocol(&exercise);
        }
        Ok(())
    }

    /// The question stands after what was looked up.
    pub(crate) fn repeat_question(&mut self) -> Outcome {
        if std::mem::take(&mut self.asking.repeat) && self.asking.open.is_some() {
            self.say("consent", &self.texts.consent.still_open.clone())?;
        }
        Ok(())
    }
}
