//! The way to a human.

use std::{error::Error, fmt, sync::Arc};

use alliance_safety::{Category, RiskLevel, Timestamp};
use async_trait::async_trait;

use crate::id::{RecordId, SessionId, TurnId, UserId};

/// The host's way to a human who can act.
///
/// - **E1 at least once** – a notice may come more than once; its id is the key by which to tell.
/// - **E2 acknowledges honestly** – `Ok` means that a human, or a service on duty for one, has it.
/// - **E3 keeps quiet** – no words in `Debug`, errors or logs; a notice holds none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a way to a human",
    note = "implement `EscalationSink::deliver`, or choose `Escalation::none(reason)`, which the person is told"
)]
#[async_trait]
pub trait EscalationSink: fmt::Debug + Send + Sync {
    /// Hands a notice over and waits until it is acknowledged.
    ///
    /// # Errors
    ///
    /// When nobody acknowledged it. It is tried again, here and after a restart.
    async fn deliver(&self, notice: &Notice) -> Result<(), EscalationError>;
}

#[async_trait]
impl<S: EscalationSink + ?Sized> EscalationSink for Arc<S> {
    async fn deliver(&self, notice: &Notice) -> Result<(), EscalationError> {
        (**self).deliver(notice).await
    }
}

#[async_trait]
impl<S: EscalationSink + ?Sized> EscalationSink for Box<S> {
    async fn deliver(&self, notice: &Notice) -> Result<(), EscalationError> {
        (**self).deliver(notice).await
    }
}

/// What a human is told: who, where, how grave. Never words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// The same for every delivery of the same notice.
    pub id: RecordId,
    /// The person.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// The turn.
    pub turn: TurnId,
    /// How grave it is.
    pub level: RiskLevel,
    /// What kind of danger.
    pub category: Category,
    /// When it was found.
    pub at: Timestamp,
}

impl Notice {
    /// A notice, for those who test their own way to a human.
    #[must_use]
    pub const fn new(
        id: RecordId,
        user: UserId,
        session: SessionId,
        turn: TurnId,
        (level, category): (RiskLevel, Category),
        at: Timestamp,
    ) -> Self {
        Self { id, user, session, turn, level, category, at }
    }
}

/// Nobody acknowledged a notice. Holds no words of a conversation.
#[derive(Debug, thiserror::Error)]
#[error("nobody acknowledged the notice")]
#[non_exhaustive]
pub struct EscalationError {
    /// What to read.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl EscalationError {
    /// Not acknowledged, for this reason.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()) }
    }
}

/// Whether and how a human is told. Every agent names one.
#[derive(Clone)]
pub struct Escalation(Way);

#[derive(Clone)]
enum Way {
    To { sink: Arc<dyn EscalationSink>, from: RiskLevel },
    Nobody { reason: &'static str },
}

impl Escalation {
    /// Tells a human from high on.
    #[must_use]
    pub fn to(sink: impl EscalationSink + 'static) -> Self {
        Self(Way::To { sink: Arc::new(sink), from: RiskLevel::High })
    }

    /// Tells nobody, for a reason that stands in the host's code. The person is told so at the start, and
    /// the agent never says that anybody was told.
    #[must_use]
    pub const fn none(reason: &'static str) -> Self {
        Self(Way::Nobody { reason })
    }

    /// Tells a human from moderate on.
    #[must_use]
    pub fn from_moderate(mut self) -> Self {
        if let Way::To { from, .. } = &mut self.0 {
            *from = RiskLevel::Moderate;
        }
        self
    }

    /// The way to a human for `level`, where there is one.
    pub(crate) fn sink_for(&self, level: RiskLevel) -> Option<&Arc<dyn EscalationSink>> {
        match &self.0 {
            Way::To { sink, from } if level >= *from => Some(sink),
            _ => None,
        }
    }

    pub(crate) fn sink(&self) -> Option<&Arc<dyn EscalationSink>> {
        match &self.0 {
            Way::To { sink, .. } => Some(sink),
            Way::Nobody { .. } => None,
        }
    }
}

impl fmt::Debug for Escalation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Way::To { sink, from } => write!(f, "Escalation::to({sink:?}) from {from}"),
            Way::Nobody { reason } => write!(f, "Escalation::none({reason:?})"),
        }
    }
}
