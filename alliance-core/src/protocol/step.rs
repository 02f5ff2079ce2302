//! What a protocol does at a step, what happens to it, and what follows.

use std::{fmt, sync::Arc, time::Duration};

use alliance_safety::Screening;
use serde::{Deserialize, Serialize};

use super::{Progress, SlotValue};
use crate::record::{Body, EpisodeRecord, FactRecord, MeasurementRecord, SafetyPlanRecord};

/// What the agent does at a step. Every text is named by its key in [`Protocol::texts`](super::Protocol::texts).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Directive {
    /// Says a fixed text, word for word.
    Fixed(Arc<str>),
    /// Says a text in which slots of the progress are filled in; reviewed once filled.
    Template(Arc<str>),
    /// Lets a model find the words for an aim. Without a model, or where it fails, the fallback is said.
    Aim {
        /// The text that tells the model what its words should achieve. Nobody else sees it.
        aim: Arc<str>,
        /// The text that is said instead. Empty where nothing is.
        fallback: Option<Arc<str>>,
        /// The text that follows in any case: the question of the step. The model then reflects and asks nothing.
        then: Option<Arc<str>>,
    },
    /// Hands over to the newest version of another protocol, until that one ends.
    Child(Arc<str>),
    /// Nothing more to say: it ended.
    Ended,
}

/// What happens to a protocol.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ProtocolEvent<'a> {
    /// The person said something.
    Said(&'a Screening),
    /// The person said something, and a model read this value from it, of the form that
    /// [`unread`](super::Protocol::unread) named. One of another form counts as said only.
    Read(&'a Screening, &'a SlotValue),
    /// The person takes back or corrects what they said before; the words may hold the right value.
    Corrected(&'a Screening),
    /// The person wants to skip this step.
    Skip,
    /// The person wants to go back a step.
    Back,
    /// The person wants to hear it again.
    Repeat,
    /// The person asks what this is for.
    Why,
    /// The person says that it makes things worse.
    Worse,
    /// The person wants to stop.
    Stop,
    /// It goes on after a pause.
    Resumed,
    /// A timer that it set is due.
    Due,
    /// The protocol that it handed over to ended.
    ChildEnded(Outcome),
}

/// What follows from an event. `Debug` shows no words.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Transition {
    /// Where it stands now.
    pub progress: Progress,
    /// Whether it goes on.
    pub outcome: Outcome,
    /// Texts that are said before the directive of the new place, filled from the new progress.
    pub lead: Vec<Arc<str>>,
    /// What it asks to be remembered. Kept only where the person agreed to it.
    pub keep: Vec<Keep>,
    /// Whether the person is worse off than before it: an adverse signal.
    pub worse: bool,
    /// After how long [`ProtocolEvent::Due`] comes, unless the person speaks before.
    pub timer: Option<Duration>,
    /// Whether the plan asks directly about thoughts of suicide now. Its question comes first, the answer counts for
    /// the standing level, and the protocol asks its own in the turn after it.
    pub probe: bool,
    /// Whether the person is shown whom they can talk to, with the services of their place.
    pub people: bool,
}

impl Transition {
    /// It goes on, from here.
    #[must_use]
    pub const fn to(progress: Progress) -> Self {
        Self::ended(progress, Outcome::Continues)
    }

    /// It ended, with this outcome.
    #[must_use]
    pub const fn ended(progress: Progress, outcome: Outcome) -> Self {
        Self {
            progress,
            outcome,
            lead: Vec::new(),
            keep: Vec::new(),
            worse: false,
            timer: None,
            probe: false,
            people: false,
        }
    }

    /// Says a text before the directive of the new place.
    #[must_use]
    pub fn lead(mut self, key: impl Into<Arc<str>>) -> Self {
        self.lead.push(key.into());
        self
    }

    /// Asks for something to be remembered.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep.push(keep);
        self
    }

    /// Marks the person as worse off than before.
    #[must_use]
    pub const fn worse(mut self) -> Self {
        self.worse = true;
        self
    }

    /// Has the plan ask directly about thoughts of suicide.
    #[must_use]
    pub const fn probe(mut self) -> Self {
        self.probe = true;
        self
    }

    /// Shows the person whom they can talk to.
    #[must_use]
    pub const fn people(mut self) -> Self {
        self.people = true;
        self
    }

    /// Asks for [`ProtocolEvent::Due`] after this long.
    #[must_use]
    pub const fn timer(mut self, after: Duration) -> Self {
        self.timer = Some(after);
        self
    }
}

/// Whether a protocol goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It goes on.
    Continues,
    /// It came to its end.
    Completed,
    /// The person declined or stopped it.
    Declined,
    /// It stopped before its end: its budget is used up, or it made things worse.
    Parked,
}

/// Something that a protocol asks to be remembered. What kind it is decides which consent it needs, and a
/// protocol can make no other kind. `Debug` shows no words.
#[derive(Clone, PartialEq)]
pub struct Keep {
    body: Body,
    ttl: Option<Duration>,
}

impl Keep {
    /// Something that stays true. Needs consent to long-term memory.
    #[must_use]
    pub const fn fact(fact: FactRecord) -> Self {
        Self { body: Body::Fact(fact), ttl: None }
    }

    /// Something that happened. Needs consent to episodic memory.
    #[must_use]
    pub const fn episode(episode: EpisodeRecord) -> Self {
        Self { body: Body::Episode(episode), ttl: None }
    }

    /// Answers to an instrument. Needs consent to measures.
    #[must_use]
    pub const fn measurement(measurement: MeasurementRecord) -> Self {
        Self { body: Body::Measurement(measurement), ttl: None }
    }

    /// The person's own safety plan. Needs consent to long-term memory.
    #[must_use]
    pub const fn safety_plan(plan: SafetyPlanRecord) -> Self {
        Self { body: Body::SafetyPlan(plan), ttl: None }
    }

    /// For this long at most; then `run_due` erases it. Without it, until the person erases it.
    #[must_use]
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// What it holds, and for how long.
    #[must_use]
    pub fn into_parts(self) -> (Body, Option<Duration>) {
        (self.body, self.ttl)
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keep({:?}, {:?})", self.body.kind(), self.ttl)
    }
}
