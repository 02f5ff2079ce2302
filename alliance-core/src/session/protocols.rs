//! The protocols of a session: what there is, how one begins, and where it stands.

use std::sync::Arc;

use alliance_safety::{ClearedText, RiskLevel, Screening, Timestamp};

use super::{Begin, Session};
use crate::{
    dialogue::{self, Asker, Entry, Line, Refusal, Reopened, Stack},
    id::TurnId,
    protocol::{Flag, ProtocolId},
    record::{Begun, Frame, ProgressState},
    turn::Turn,
};

/// A protocol that a person may choose, in the language of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// Its name and version.
    pub id: ProtocolId,
    /// What a person reads as its name.
    pub title: String,
    /// What it is for. None where the protocol does not say.
    pub why: Option<ClearedText>,
    /// Whether it may be offered in the day after a crisis.
    pub calm: bool,
    /// Whether it may begin now.
    pub available: bool,
}

/// Where the protocol stands that speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The protocol.
    pub protocol: ProtocolId,
    /// What a person reads as its name.
    pub title: String,
    /// Its step.
    pub step: Arc<str>,
    /// Turns of the person in it.
    pub turns: u32,
    /// Whether it runs, is paused, or was set aside.
    pub state: ProgressState,
    /// The names of the protocols below it, the outermost first.
    pub below: Vec<String>,
}

/// A protocol that cannot begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The agent has no protocol of this name.
    #[error("the agent has no protocol of this name")]
    Unknown,
    /// The standing level does not allow it, or a question of the crisis plan waits for its answer.
    #[error("no protocol begins while the standing level is {level} or a question about safety is open")]
    NotNow {
        /// The level that stands.
        level: RiskLevel,
    },
    /// The last day held a crisis: only calm protocols begin.
    #[error("only calm protocols begin in the day after a crisis, until {until}")]
    OnlyCalm {
        /// Until when.
        until: Timestamp,
    },
    /// Something that is known of the person speaks against it.
    #[error("the flag `{flag}` speaks against this protocol")]
    Contraindicated {
        /// What speaks against it.
        flag: Flag,
    },
    /// Others run already, and there is no room above them.
    #[error("too many protocols run already: let one of them end first")]
    TooMany,
}

impl Session {
    /// The newest version of every protocol of the agent, in the order of their names.
    #[must_use]
    pub fn protocols(&self) -> Vec<Offer> {
        let locale = self.0.conversation().locale;
        let offers = dialogue::newest(&self.0.parts).map(|(id, loaded)| {
            let why = loaded.about.why.as_ref().and_then(|key| loaded.script(key, locale)?.fixed());
            let available = self.may_begin(id.name()).is_ok();
            Offer { id: id.clone(), title: loaded.title(locale), why, calm: loaded.about.calm, available }
        });
        offers.collect()
    }

    /// Where the protocol stands that speaks. None where none runs and none waits.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        let conversation = self.0.conversation();
        let title = |frame: &Frame| {
            let loaded = self.0.parts.protocols.get(&frame.progress.protocol);
            loaded.map(|loaded| loaded.title(conversation.locale)).unwrap_or_default()
        };
        let (top, below) = conversation.stack.frames.split_last()?;
        Some(Position {
            protocol: top.progress.protocol.clone(),
            title: title(top),
            step: top.progress.step.as_str().into(),
            turns: top.progress.turns,
            state: conversation.stack.state,
            below: below.iter().map(title).collect(),
        })
    }

    /// What the protocol that runs is for, or what free talk is for.
    #[must_use]
    pub fn why(&self) -> Vec<ClearedText> {
        let screening = self.unspoken();
        let conversation = self.0.conversation();
        let parts = &self.0.parts;
        let top = conversation.stack.top().filter(|_| conversation.stack.runs());
        let loaded = top.and_then(|top| parts.protocols.get(&top.progress.protocol));
        let why =
            loaded.and_then(|loaded| loaded.script(loaded.about.why.as_ref()?, conversation.locale)?.fixed());
        match why {
            Some(why) => vec![why],
            None => {
                let line = if loaded.is_some() { Line::Why } else { Line::WhyTalk };
                let words = parts.lines.say(line, &[], &parts.safety, &screening);
                ClearedText::joined(&words).into_iter().collect()
            }
        }
    }

    /// Says what is known of the person that speaks against some protocols. Replaces what was said before, and
    /// is not stored: the host sets it whenever it opens a session.
    pub fn set_flags(&self, flags: impl IntoIterator<Item = Flag>) {
        self.0.conversation().flags = flags.into_iter().collect();
    }

    /// Has a protocol begin: its first words come with the next turn, whatever the person says in it.
    ///
    /// It comes above one that runs, which waits until it ended.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`] says why it cannot begin now. Nothing changed then.
    pub fn begin_protocol(&self, name: &str) -> Result<(), ProtocolError> {
        let frame = self.may_begin(name)?;
        let running = self.0.running_turn().is_some();
        let mut conversation = self.0.conversation();
        let stack = &mut conversation.stack;
        if stack.state == ProgressState::Suspended {
            *stack = Stack::default();
        }
        let begun = if stack.is_empty() { Begun::Asked } else { Begun::Digression };
        let frame = Frame { begun, ..frame };
        if running {
            conversation.pending = Some(frame);
        } else {
            stack.push(frame);
        }
        Ok(())
    }

    /// Begins a protocol and says its first words, without a message of the person: for a button or a command.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`] says why it cannot begin now. Nothing changed then.
    pub async fn start_protocol(&self, name: &str) -> Result<Turn, ProtocolError> {
        let slot = self.0.slot.clone().lock_owned().await;
        self.begin_protocol(name)?;
        Ok(self.unspoken_turn(Entry::Begun, slot))
    }

    /// Goes on from a timer that is due by the agent's clock. None where none is due, while a turn runs, while a human
    /// has the floor, and while a question about safety waits for its answer.
    #[must_use]
    pub fn ring(&self) -> Option<Turn> {
        let slot = self.0.slot.try_lock_owned()?;
        {
            let conversation = self.0.conversation();
            let standing = &conversation.standing;
            let waits = standing.level() >= RiskLevel::Moderate || standing.asked().is_some();
            if waits || conversation.human_has_floor {
                return None;
            }
        }
        let now = self.0.parts.clock.now();
        let due = self.timer().is_some_and(|due| due <= now);
        due.then(|| self.unspoken_turn(Entry::Due, slot))
    }

    /// When a timer of the protocol that runs is due.
    #[must_use]
    pub fn timer(&self) -> Option<Timestamp> {
        let conversation = self.0.conversation();
        conversation.stack.due.filter(|_| conversation.stack.runs())
    }

    /// What is said about protocols that stood when the session was opened.
    pub(super) fn reopened(&self) -> Vec<ClearedText> {
        let Some(reopened) = self.0.opened().protocols else { return Vec::new() };
        let screening = self.unspoken();
        let parts = &self.0.parts;
        let mut conversation = self.0.conversation();
        let Some(bottom) = conversation.stack.frames.first() else { return Vec::new() };
        let loaded = parts.protocols.get(&bottom.progress.protocol);
        let title = loaded.map(|loaded| loaded.title(conversation.locale)).unwrap_or_default();
        let line = match reopened {
            Reopened::Recap => Line::LastTime,
            Reopened::Ask => Line::AskAfterGap,
            Reopened::Paused => Line::PausedBefore,
        };
        let mut words = parts.lines.say(line, &[("title", &title)], &parts.safety, &screening);
        if reopened == Reopened::Recap {
            let begin =
                Begin { turn: TurnId::new(uuid::Uuid::nil()), entry: Entry::Begun, may_be_repeated: false };
            let standing = conversation.standing.clone();
            let told_later = conversation.told_later;
            let setup = self.setup(begin, &standing, &mut conversation);
            conversation.told_later = told_later;
            dialogue::follow(&mut words, dialogue::standing_words(&setup, &screening, &conversation.stack));
            // What comes next is an answer to it.
            if let Some(top) = conversation.stack.frames.last_mut() {
                top.said = true;
            }
        }
        ClearedText::joined(&words).into_iter().collect()
    }

    fn may_begin(&self, name: &str) -> Result<Frame, ProtocolError> {
        let conversation = self.0.conversation();
        let room = conversation.stack.has_room() || conversation.stack.state == ProgressState::Suspended;
        let asker = Asker {
            parts: &self.0.parts,
            flags: &conversation.flags,
            unsettled: conversation.unsettled,
            now: self.0.parts.clock.now(),
            room,
        };
        let standing = &conversation.standing;
        let loaded = asker.allowed_outside(name, standing).map_err(|refusal| match refusal {
            Refusal::Unknown => ProtocolError::Unknown,
            Refusal::NotNow => ProtocolError::NotNow { level: standing.level() },
            Refusal::OnlyCalm { until } => ProtocolError::OnlyCalm { until },
            Refusal::NotSuited { flag } | Refusal::SeeClinician { flag } => {
                ProtocolError::Contraindicated { flag }
            }
            Refusal::TooMany => ProtocolError::TooMany,
        })?;
        Ok(Frame::new(loaded.protocol.start(), Begun::Asked))
    }

    pub(super) fn unspoken(&self) -> Screening {
        let context = self.0.conversation().context();
        self.0.parts.safety.unspoken(&context)
    }

    fn unspoken_turn(&self, entry: Entry, slot: futures::lock::OwnedMutexGuard<()>) -> Turn {
        let turn = TurnId::new(self.0.parts.ids.next_id());
        let screening = self.unspoken();
        let before = self.0.conversation().standing.clone();
        self.begin(Begin { turn, entry, may_be_repeated: false }, screening, &before, Some(slot))
    }
}
