//! The unit of memory: one dated thing about one person.

mod body;
mod memory;
mod progress;
mod wire;

use std::fmt;

use alliance_safety::Timestamp;

use crate::{
    consent::Purpose,
    id::{RecordId, SessionId, TurnId},
};

pub use body::{
    Body, ConsentChoice, ConsentRecord, FloorRecord, Holder, MeasurementRecord, OutboxRecord, OutboxState,
    RecordKind, RiskRecord, SafetyPlanRecord, TimerRecord, TurnAcceptedRecord, TurnEndedRecord, TurnOutcome,
    UnknownRecord,
};
pub use memory::{Emotion, EpisodeRecord, FactRecord, Sensitivity, SummaryPoint, SummaryRecord};
pub use progress::{Begun, Frame, ProgressRecord, ProgressState};

/// One dated thing about one person. Records are added and erased, never changed.
///
/// `Debug` shows ids and the kind, never words.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// Its id. The same id always means the same record.
    pub id: RecordId,
    /// The session that it belongs to, if it belongs to one.
    pub session: Option<SessionId>,
    /// The turn that it comes from, if it comes from one.
    pub turn: Option<TurnId>,
    /// When it was recorded.
    pub at: Timestamp,
    /// The records that it was made from: when one of them is erased, so is this one.
    pub derived_from: Vec<RecordId>,
    /// What it holds.
    pub body: Body,
}

impl Record {
    /// A record that belongs to no session and is derived from nothing.
    #[must_use]
    pub const fn new(id: RecordId, at: Timestamp, body: Body) -> Self {
        Self { id, session: None, turn: None, at, derived_from: Vec::new(), body }
    }

    /// Places it in a session.
    #[must_use]
    pub const fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Names the turn that it comes from.
    #[must_use]
    pub const fn turn(mut self, turn: TurnId) -> Self {
        self.turn = Some(turn);
        self
    }

    /// Names the records that it was made from.
    #[must_use]
    pub fn derived_from(mut self, sources: impl IntoIterator<Item = RecordId>) -> Self {
        self.derived_from.extend(sources);
        self
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        self.body.kind()
    }

    /// What the person must have agreed to before it may be kept. `None` for what is kept regardless:
    /// the decision itself, and escalation items, which hold no words.
    #[must_use]
    pub fn purpose(&self) -> Option<Purpose> {
        self.body.purpose()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .field("kind", &self.kind())
            .field("session", &self.session)
            .field("turn", &self.turn)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
