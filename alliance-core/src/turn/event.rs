//! What a turn tells the host while it runs, and what it comes to.

use std::sync::Arc;

use alliance_safety::{Category, ClearedText, ReplyCategory, RiskLevel, Timestamp};

use crate::{
    backend::{BackendErrorKind, Usage},
    id::{RecordId, TurnId},
    protocol::{Outcome, ProtocolId},
    recall::RecallReason,
    record::TurnOutcome,
    store::StoreErrorKind,
};

/// What happens in a turn. Only [`TurnEvent::Words`] holds words, and only cleared ones.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TurnEvent {
    /// The turn began.
    Accepted {
        /// Its id.
        turn: TurnId,
    },
    /// What was said was screened; comes again where a second opinion raised it.
    Risk {
        /// The level of these words alone.
        level: RiskLevel,
        /// The level that stands now.
        standing: RiskLevel,
        /// The kind of danger, where there is a sign.
        category: Option<Category>,
        /// Whether a part was unavailable, so that the whole reply is held back.
        cautious: bool,
    },
    /// A protocol entered a step.
    StepEntered {
        /// The protocol.
        protocol: ProtocolId,
        /// The step.
        step: Arc<str>,
    },
    /// The crisis set a protocol aside. It does not go on by itself.
    ProtocolSuspended {
        /// The protocol.
        protocol: ProtocolId,
    },
    /// The person paused a protocol, or talks about something else meanwhile.
    ProtocolPaused {
        /// The protocol.
        protocol: ProtocolId,
    },
    /// A protocol ended.
    ProtocolEnded {
        /// The protocol.
        protocol: ProtocolId,
        /// How.
        outcome: Outcome,
    },
    /// A protocol left the person worse off than before it, by their ratings or their words: an adverse signal.
    Worse {
        /// The protocol.
        protocol: ProtocolId,
    },
    /// A protocol set a timer: [`Session::ring`](crate::session::Session::ring) goes on when it is due.
    TimerSet {
        /// When.
        due: Timestamp,
    },
    /// Memories went into the prompt.
    MemoryUsed {
        /// Which, and why each.
        memories: Vec<(RecordId, RecallReason)>,
    },
    /// Words to show now, after what was shown before.
    Words(ClearedText),
    /// Review dropped something; the words that stand instead come beside it.
    Withheld {
        /// How many bytes were not shown.
        bytes: usize,
        /// The kind of fault.
        category: ReplyCategory,
        /// Whether the rest of the reply was withheld, and not a sentence only.
        replaced: bool,
    },
    /// How it stands with telling a human.
    Escalation(EscalationStatus),
    /// A part did not do its work. The turn goes on with caution.
    Trouble(Trouble),
    /// A human has the floor: the agent keeps silent.
    HumanHasFloor,
    /// The turn was cut off. What was shown stands.
    Interrupted,
    /// The turn ended. Nothing follows.
    Done(Summary),
}

/// How it stands with telling a human.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EscalationStatus {
    /// The notice is durable and on its way.
    BeingTold,
    /// It was acknowledged.
    Told,
    /// Nobody acknowledged it yet. It is tried again by `run_due`.
    NotYet,
}

/// A part that did not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The store did not take a write. It is kept and tried again.
    Store(StoreErrorKind),
    /// The backend gave no words, or broke off.
    Backend(BackendErrorKind),
    /// Memories could not be read.
    Recall(StoreErrorKind),
    /// A model that should have read an answer did not, or gave none that can be used. The person is asked again.
    Reading(BackendErrorKind),
    /// A second opinion did not come.
    Classifier(usize),
    /// A detector failed and is left out for the session.
    Detector(usize),
    /// The screening rules themselves failed.
    Baseline,
    /// A protocol named a text that it does not have.
    ProtocolText,
    /// An audit entry could not be kept.
    Audit,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The turn.
    pub turn: TurnId,
    /// How it ended.
    pub outcome: TurnOutcome,
    /// Whether everything that may be kept is durable. False while a store is in trouble: what is missing is
    /// kept in memory and written by the next call or `run_due`.
    pub stored: bool,
    /// The level that stands.
    pub standing: RiskLevel,
    /// What it cost.
    pub usage: Usage,
    /// Whether this is a stored answer to a turn that was taken before.
    pub repeated: bool,
}

/// Everything that was shown in a turn, and what it came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    /// The words, in the order in which they were shown.
    pub parts: Vec<ClearedText>,
    /// What the turn came to.
    pub summary: Summary,
}

impl Reply {
    /// All words together.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(ClearedText::as_str).collect()
    }
}
