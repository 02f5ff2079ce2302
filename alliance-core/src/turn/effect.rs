//! What the machine is told, and what it asks for.

use std::{sync::Arc, time::Duration};

use alliance_safety::{Findings, Screening};

use super::event::TurnEvent;
use crate::{
    backend::{BackendErrorKind, StopReason, Usage},
    consent::Draft,
    escalation::Notice,
    id::RecordId,
    prompt::Prompt,
    protocol::AnswerForm,
    reading::Reading,
    recall::{Cue, Recalled},
    record::TurnEndedRecord,
    store::StoreErrorKind,
};

/// What happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// The turn begins.
    Begin,
    /// The store was asked whether this turn was taken before, or could not say.
    LookedUp(Result<Earlier, StoreErrorKind>),
    /// The draft that was handed over last is durable, or is not yet.
    Appended(Result<(), StoreErrorKind>),
    /// A second opinion came, or did not.
    Classified(usize, Option<Findings>),
    /// Memories came, or could not be read.
    Recalled(Result<Vec<Recalled>, StoreErrorKind>),
    /// A model read an answer, or could not.
    Read(Reading),
    /// What is kept of the person came, in their words and with whether there is more, or could not be read.
    Kept(Result<(Vec<(RecordId, String)>, bool), StoreErrorKind>),
    /// A model's words.
    Words(String),
    /// A model is done, for this reason.
    Ended(StopReason, Option<Usage>),
    /// A model's reply broke off, or never began. With how long its provider asks to wait.
    Broke(BackendErrorKind, Duration),
    /// A human was told, or was not.
    Told(bool),
    /// The audit entries were kept, or were not.
    Audited(bool),
    /// The crisis reply has waited long enough for the store and the sink.
    GraceOver,
    /// Fixed words are due, and a model's reflection before them took too long.
    ReflectionOver,
    /// The turn has taken as long as it may.
    Deadline,
    /// The person or the host cut in.
    Interrupt,
}

/// What there is of a turn that was taken before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Earlier {
    /// How it ended.
    pub(crate) ended: Option<TurnEndedRecord>,
    /// Whether its notice is on its way to a human, or was acknowledged.
    pub(crate) notified: bool,
}

/// What is to be done. The driver does it in order.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Tell the host, and wait until it has taken the event. With [`TurnEvent::Done`] the turn is over.
    Emit(TurnEvent),
    /// Write what was decided into the audit record.
    Audit(Screening),
    /// Ask the store whether this turn was taken before. Answered by [`Input::LookedUp`].
    LookUp,
    /// Queue a draft and write everything queued. Answered by [`Input::Appended`].
    Append(Piece, Draft),
    /// Queue a draft without waiting.
    Queue(Piece, Draft),
    /// Ask for every second opinion.
    Classify(Screening),
    /// Look for memories.
    Recall(Cue),
    /// Have a model read what was said as an answer of this form.
    Read(AnswerForm),
    /// Read what is kept of the person.
    ReadKept,
    /// Start a model, after this wait.
    Generate(Prompt, Duration),
    /// Stop the model.
    StopGenerating,
    /// Tell a human. Answered by [`Input::Told`].
    Deliver(Arc<Notice>),
    /// Say [`Input::GraceOver`] after the grace of a crisis reply.
    AwaitGrace,
    /// Say [`Input::ReflectionOver`] once a model had its time for one reflection.
    AwaitReflection,
}

/// The drafts of a turn, each queued once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    /// The accepted turn.
    First,
    /// A notice that a second opinion asked for.
    Late,
    /// That somebody was told.
    Told,
    /// The ended turn.
    Last,
}
