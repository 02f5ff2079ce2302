//! What a record can hold.

use std::{fmt, sync::Arc};

use alliance_safety::{Category, Change, Locale, RiskLevel, Seal, Standing, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EpisodeRecord, FactRecord, ProgressRecord, SummaryRecord};
use crate::{
    backend::Usage,
    consent::Purpose,
    id::{SessionId, TurnId},
};

/// The kind of a record. New kinds come with new versions; a reader keeps those that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordKind {
    /// A turn began.
    TurnAccepted,
    /// A turn ended.
    TurnEnded,
    /// A fact that stays true until another takes its place.
    Fact,
    /// Something that happened.
    Episode,
    /// What a session was about.
    Summary,
    /// Where a protocol stands.
    Progress,
    /// Answers to an instrument.
    Measurement,
    /// A decision about consent.
    Consent,
    /// The standing level and why.
    Risk,
    /// The person's own safety plan.
    SafetyPlan,
    /// Something that a human must be told.
    Outbox,
    /// Something due at a time.
    Timer,
    /// Who has the floor: a human took it, or gave it back.
    Floor,
    /// A kind that this version does not know, by its name.
    Unknown(Arc<str>),
}

impl RecordKind {
    /// Whether it stays when the words that it came from are erased: decisions about consent, the safety plan, the
    /// history of levels, and notices to a human. None of them holds words of a conversation but the plan, which is
    /// the person's own. A [`Batch`](crate::consent::Batch) lets go of what they came from.
    #[must_use]
    pub const fn outlasts_words(&self) -> bool {
        matches!(self, Self::Consent | Self::Risk | Self::SafetyPlan | Self::Outbox)
    }

    /// What the person must have agreed to before a record of this kind may be kept. `None` for what is kept
    /// regardless: the decision itself, and escalation items, which hold no words.
    #[must_use]
    pub const fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::Consent | Self::Outbox => None,
            Self::Fact | Self::SafetyPlan => Some(Purpose::LongTerm),
            Self::Episode => Some(Purpose::Episodic),
            Self::Measurement => Some(Purpose::Measures),
            Self::TurnAccepted
            | Self::TurnEnded
            | Self::Summary
            | Self::Progress
            | Self::Risk
            | Self::Timer
            | Self::Floor
            | Self::Unknown(_) => Some(Purpose::Conversation),
        }
    }
}

/// What a record holds. `Debug` of a body shows its kind only.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// A turn began.
    TurnAccepted(TurnAcceptedRecord),
    /// A turn ended.
    TurnEnded(TurnEndedRecord),
    /// A fact.
    Fact(FactRecord),
    /// An episode.
    Episode(EpisodeRecord),
    /// What a session was about.
    Summary(SummaryRecord),
    /// Where the protocols of a session stand.
    Progress(ProgressRecord),
    /// Answers to an instrument.
    Measurement(MeasurementRecord),
    /// A decision about consent.
    Consent(ConsentRecord),
    /// The standing level and why.
    Risk(RiskRecord),
    /// The person's safety plan.
    SafetyPlan(SafetyPlanRecord),
    /// Something that a human must be told.
    Outbox(OutboxRecord),
    /// Something due at a time.
    Timer(TimerRecord),
    /// Who has the floor.
    Floor(FloorRecord),
    /// A kind that this version does not know, kept as it is.
    Unknown(UnknownRecord),
}

impl Body {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::TurnAccepted(_) => RecordKind::TurnAccepted,
            Self::TurnEnded(_) => RecordKind::TurnEnded,
            Self::Fact(_) => RecordKind::Fact,
            Self::Episode(_) => RecordKind::Episode,
            Self::Summary(_) => RecordKind::Summary,
            Self::Progress(_) => RecordKind::Progress,
            Self::Measurement(_) => RecordKind::Measurement,
            Self::Consent(_) => RecordKind::Consent,
            Self::Risk(_) => RecordKind::Risk,
            Self::SafetyPlan(_) => RecordKind::SafetyPlan,
            Self::Outbox(_) => RecordKind::Outbox,
            Self::Timer(_) => RecordKind::Timer,
            Self::Floor(_) => RecordKind::Floor,
            Self::Unknown(unknown) => RecordKind::Unknown(unknown.kind.clone()),
        }
    }

    pub(crate) fn purpose(&self) -> Option<Purpose> {
        self.kind().purpose()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}(..)", self.kind())
    }
}

macro_rules! quiet_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
quiet_debug!(TurnAcceptedRecord, TurnEndedRecord, SafetyPlanRecord, MeasurementRecord, UnknownRecord);

/// A turn began: what was said and how it was screened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TurnAcceptedRecord {
    /// What the person said. Empty for SOS.
    pub text: Arc<str>,
    /// The language of the session.
    pub locale: Locale,
    /// The level of this text alone.
    pub level: RiskLevel,
}

impl TurnAcceptedRecord {
    /// What was said, in which language, at which level.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>, locale: Locale, level: RiskLevel) -> Self {
        Self { text: text.into(), locale, level }
    }
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TurnOutcome {
    /// The whole reply was shown.
    Whole,
    /// It was cut off: what is kept is what was shown.
    Interrupted,
    /// No reply could be generated; a fixed text was shown.
    Fallback,
    /// The crisis plan spoke.
    Crisis,
    /// A human had the floor.
    Human,
}

/// A turn ended: exactly what was shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TurnEndedRecord {
    /// What the person saw, whole or up to where it was cut.
    pub shown: Arc<str>,
    /// The seal over what was shown.
    pub seal: Option<Seal>,
    /// How it ended.
    pub outcome: TurnOutcome,
    /// What it cost.
    pub usage: Usage,
}

impl TurnEndedRecord {
    /// What was shown and how it ended, without a seal and at no cost.
    #[must_use]
    pub fn new(shown: impl Into<Arc<str>>, outcome: TurnOutcome) -> Self {
        Self { shown: shown.into(), seal: None, outcome, usage: Usage::default() }
    }
}

/// Answers to an instrument.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeasurementRecord {
    /// The instrument, for example `phq-4`.
    pub instrument: String,
    /// One answer for each item, in order; `None` where the person did not answer.
    pub answers: Vec<Option<u8>>,
}

impl MeasurementRecord {
    /// Answers to an instrument, in the order of its items.
    #[must_use]
    pub fn new(instrument: impl Into<String>, answers: impl Into<Vec<Option<u8>>>) -> Self {
        Self { instrument: instrument.into(), answers: answers.into() }
    }
}

/// Yes or no to one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "consent is given or it is not")]
pub enum ConsentChoice {
    /// The person agreed.
    Given,
    /// The person declined or took it back.
    Withdrawn,
}

/// A decision about one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsentRecord {
    /// What it is about.
    pub purpose: Purpose,
    /// Yes or no.
    pub choice: ConsentChoice,
    /// The version of the text that the person read.
    pub text_version: String,
    /// SHA-256 of that text, in hexadecimal.
    pub text_hash: String,
}

impl ConsentRecord {
    /// A decision about `purpose` on a text of this version and SHA-256 hash (hexadecimal).
    #[must_use]
    pub fn new(
        purpose: Purpose,
        choice: ConsentChoice,
        text_version: impl Into<String>,
        text_hash: impl Into<String>,
    ) -> Self {
        Self { purpose, choice, text_version: text_version.into(), text_hash: text_hash.into() }
    }

    /// A decision about `purpose` on this text, which is kept by its hash.
    #[must_use]
    pub fn on_text(purpose: Purpose, choice: ConsentChoice, version: &str, text: &str) -> Self {
        let hash =
            Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Self::new(purpose, choice, version, hash)
    }
}

/// The standing level, and what changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RiskRecord {
    /// What carries over to the next turn.
    pub standing: Standing,
    /// Rises and falls in this turn.
    pub changes: Vec<Change>,
}

impl RiskRecord {
    /// What carries over, and what changed it.
    #[must_use]
    pub const fn new(standing: Standing, changes: Vec<Change>) -> Self {
        Self { standing, changes }
    }
}

/// The person's own safety plan, step by step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SafetyPlanRecord {
    /// The entries of each step, in the order of the plan.
    pub steps: Vec<Vec<String>>,
}

impl SafetyPlanRecord {
    /// The entries of each step.
    #[must_use]
    pub const fn new(steps: Vec<Vec<String>>) -> Self {
        Self { steps }
    }
}

/// Where an outbox item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutboxState {
    /// To be delivered.
    Pending,
    /// A human, or a service for them, acknowledged it.
    Acknowledged,
    /// It was not acknowledged in its time and is not tried again.
    Expired,
}

/// Something that a human must be told: ids and a level, never words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutboxRecord {
    /// The session that it is about.
    pub session: SessionId,
    /// The turn that it is about.
    pub turn: TurnId,
    /// How grave it is.
    pub level: RiskLevel,
    /// What kind of danger.
    pub category: Category,
    /// Where the item stands.
    pub state: OutboxState,
}

impl OutboxRecord {
    /// An item to be delivered.
    #[must_use]
    pub const fn pending(session: SessionId, turn: TurnId, level: RiskLevel, category: Category) -> Self {
        Self { session, turn, level, category, state: OutboxState::Pending }
    }
}

/// Something due at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimerRecord {
    /// What it is for, for example `homework`.
    pub name: String,
    /// When it is due.
    pub due: Timestamp,
}

impl TimerRecord {
    /// Something due.
    #[must_use]
    pub fn new(name: impl Into<String>, due: Timestamp) -> Self {
        Self { name: name.into(), due }
    }
}

/// Who has the floor in a session from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FloorRecord {
    /// Who has it.
    pub holder: Holder,
}

impl FloorRecord {
    /// The floor goes to `holder`.
    #[must_use]
    pub const fn new(holder: Holder) -> Self {
        Self { holder }
    }
}

/// Who can have the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the agent speaks or a human does")]
pub enum Holder {
    /// A human who took over.
    Human,
    /// The agent.
    Agent,
}

/// A record of a kind that this version does not know.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct UnknownRecord {
    /// The name of the kind.
    pub kind: Arc<str>,
    /// What it holds, as it was read.
    pub data: serde_json::Value,
}
