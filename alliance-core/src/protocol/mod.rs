//! Structured conversations as pure state machines.

mod about;
mod form;
mod progress;
mod step;

use std::{fmt, sync::Arc};

use alliance_safety::{Locale, Screening};
use serde::{Deserialize, Serialize};

pub use about::{About, Contraindication, Flag, FlagError, Instead};
pub use form::AnswerForm;
pub use progress::{Progress, SlotValue};
pub use step::{Directive, Keep, Outcome, ProtocolEvent, Transition};

/// A structured conversation as a pure state machine. Rules decide, models phrase: the machine takes every
/// transition, and a model at most finds the words.
///
/// Clauses, each a test of [`protocol_laws!`](crate::protocol_laws):
///
/// - **P1 pure** – the same progress and event give the same directive and transition, every time.
/// - **P2 total** – every event in every progress that can be reached gives a transition and no panic; a
///   value that a model read counts as said only, where it has another form than [`unread`](Self::unread) names.
/// - **P3 can end** – from every progress that can be reached, [`ProtocolEvent::Stop`] ends it.
/// - **P4 plain data** – progress that was written and read behaves as before, and every text that a
///   directive or a transition names is in [`texts`](Self::texts) in every shipped language.
///
/// It never sees a crisis: at moderate or more the engine suspends it before it is asked. It reads no clock:
/// the engine writes [`Progress::started`], [`Progress::now`] and [`Progress::flags`] before it asks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protocol",
    note = "implement `Protocol`; see its clauses"
)]
pub trait Protocol: fmt::Debug + Send + Sync {
    /// Its name and version.
    fn id(&self) -> &ProtocolId;

    /// Every text that it names, in every shipped language: what is said, and the aims for a model. Reviewed
    /// when the agent is built: a text that would be stopped does not load.
    fn texts(&self) -> &[ProtocolText];

    /// What it is to somebody who may choose it, and for whom it is not. Default: nothing to say.
    fn about(&self) -> About {
        About::default()
    }

    /// Where it starts.
    fn start(&self) -> Progress;

    /// What the agent does at `progress`.
    fn directive(&self, progress: &Progress) -> Directive;

    /// What follows from `event` at `progress`.
    fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition;

    /// The form of the answer that is waited for at `progress`, where what was `said` gives none by rule and a model
    /// may read it: the event is then [`ProtocolEvent::Read`]. Default: nothing is read by a model.
    fn unread(&self, _progress: &Progress, _said: &Screening) -> Option<AnswerForm> {
        None
    }

    /// What is filled in for the place `slot` of a text, in this language: a long value is clipped, a choice
    /// gets the words that a person reads. Default: the value as it is, nothing where there is none.
    fn shown(&self, progress: &Progress, slot: &str, _locale: Locale) -> String {
        progress.slots.get(slot).map(ToString::to_string).unwrap_or_default()
    }
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

            fn about(&self) -> About {
                (**self).about()
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

            fn unread(&self, progress: &Progress, said: &Screening) -> Option<AnswerForm> {
                (**self).unread(progress, said)
            }

            fn shown(&self, progress: &Progress, slot: &str, locale: Locale) -> String {
                (**self).shown(progress, slot, locale)
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
