//! Structured conversations as pure state machines.

use std::{collections::BTreeMap, fmt, sync::Arc};

use alliance_safety::{Locale, Screening};
use serde::{Deserialize, Serialize};

/// A structured conversation as a pure state machine. Rules decide, models phrase: the machine takes every
/// transition, and a model at most finds the words.
///
/// Clauses, each a test of [`protocol_laws!`](crate::protocol_laws):
///
/// - **P1 pure** – the same progress and event give the same directive and transition, every time.
/// - **P2 total** – every event in every progress that can be reached gives a transition and no panic.
/// - **P3 can end** – from every progress that can be reached, [`ProtocolEvent::Stop`] ends it.
/// - **P4 plain data** – progress that was written and read behaves as before, and every text that a
///   directive names is in [`texts`](Self::texts) in every shipped language.
///
/// It never sees a crisis: at moderate or more the engine suspends it before it is asked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protocol",
    note = "implement `Protocol`; see its clauses"
)]
pub trait Protocol: fmt::Debug + Send + Sync {
    /// Its name and version.
    fn id(&self) -> &ProtocolId;

    /// Every fixed or templated text, in every shipped language. Reviewed when the agent is built: a text
    /// that would be stopped does not load.
    fn texts(&self) -> &[ProtocolText];

    /// Where it starts.
    fn start(&self) -> Progress;

    /// What the agent does at `progress`.
    fn directive(&self, progress: &Progress) -> Directive;

    /// What follows from `event` at `progress`.
    fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition;
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<P: Protocol + ?Sized> Protocol for $pointer<P> {
            fn id(&self) -> &ProtocolId {
                (**self).id()
            }

            fn texts(&self) -> &[ProtocolText] {
                (**self).texts()
            }

            fn start(&self) -> Progress {
                (**self).start()
            }

            fn directive(&self, progress: &Progress) -> Directive {
                (**self).directive(progress)
            }

            fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition {
                (**self).advance(progress, event)
            }
        }
    )*};
}
forward!(Arc, Box);

/// The name of a protocol and the version of its definition. A session in flight keeps its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProtocolId {
    name: Arc<str>,
    version: u32,
}

impl ProtocolId {
    /// A protocol by name, for example `thought_record`, and version, from 1.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, version: u32) -> Self {
        Self { name: name.into(), version }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the definition.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }
}

impl fmt::Display for ProtocolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// A fixed or templated text of a protocol. Slots are written `{name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtocolText {
    /// The name by which a directive asks for it.
    pub key: Arc<str>,
    /// Its language.
    pub locale: Locale,
    /// The words.
    pub text: Arc<str>,
}

impl ProtocolText {
    /// A text by its name and language.
    #[must_use]
    pub fn new(key: impl Into<Arc<str>>, locale: Locale, text: impl Into<Arc<str>>) -> Self {
        Self { key: key.into(), locale, text: text.into() }
    }
}

/// Where a protocol stands: plain data that is stored and read again. `Debug` shows no answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// The protocol and the version of its definition.
    pub protocol: ProtocolId,
    /// The step that it is in.
    pub step: String,
    /// What was gathered so far.
    pub slots: BTreeMap<String, SlotValue>,
    /// Turns of the person so far.
    pub turns: u32,
}

impl Progress {
    /// A protocol at a step, with nothing gathered yet.
    #[must_use]
    pub fn at(protocol: ProtocolId, step: impl Into<String>) -> Self {
        Self { protocol, step: step.into(), slots: BTreeMap::new(), turns: 0 }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("protocol", &self.protocol)
            .field("step", &self.step)
            .field("slots", &self.slots.len())
            .field("turns", &self.turns)
            .finish()
    }
}

/// What a slot holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SlotValue {
    /// The person's own words.
    Text(String),
    /// A rating or a count.
    Number(i64),
    /// One of the choices that the definition names.
    Choice(String),
    /// Several values.
    List(Vec<SlotValue>),
}

impl fmt::Debug for SlotValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Number(_) => f.write_str("Number(..)"),
            Self::Choice(_) => f.write_str("Choice(..)"),
            Self::List(items) => write!(f, "List({} items)", items.len()),
        }
    }
}

impl fmt::Display for SlotValue {
    /// Writes the value as it is filled into a template. It can hold a person's words: never log it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Choice(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                let comma = if index == 0 { "" } else { ", " };
                write!(f, "{comma}{item}")
            }),
        }
    }
}

/// What the agent does at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Directive {
    /// Says a fixed text, word for word.
    Fixed(Arc<str>),
    /// Says a text in which slots of the progress are filled in; reviewed once filled.
    Template(Arc<str>),
    /// Lets a model find the words for an aim. Without a model, or where it fails, the fallback is said.
    Aim {
        /// What the words should achieve, for the model.
        aim: Arc<str>,
        /// The name of the text that is said instead.
        fallback: Arc<str>,
    },
    /// Nothing more to say: it ended.
    Ended,
}

/// What happens to a protocol.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ProtocolEvent<'a> {
    /// The person said something.
    Said(&'a Screening),
    /// The person wants to skip this step.
    Skip,
    /// The person wants to go back a step.
    Back,
    /// The person wants to hear it again.
    Repeat,
    /// The person wants to stop.
    Stop,
    /// It goes on after a pause.
    Resumed,
    /// A timer that it set is due.
    Due,
}

/// What follows from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// Where it stands now.
    pub progress: Progress,
    /// Whether it goes on.
    pub outcome: Outcome,
}

impl Transition {
    /// It goes on, from here.
    #[must_use]
    pub const fn to(progress: Progress) -> Self {
        Self { progress, outcome: Outcome::Continues }
    }

    /// It ended, with this outcome.
    #[must_use]
    pub const fn ended(progress: Progress, outcome: Outcome) -> Self {
        Self { progress, outcome }
    }
}

/// Whether a protocol goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It goes on.
    Continues,
    /// It came to its end.
    Completed,
    /// The person declined or stopped it.
    Declined,
    /// Its budget of turns is used up.
    Parked,
}
