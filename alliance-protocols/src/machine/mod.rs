//! The interpreter: a definition as a [`Protocol`].
//!
//! Pure: everything that it knows between two events is in the [`Progress`], and it reads no clock. `turn` holds
//! what each event does, `walk` how it goes from state to state, `read` how an answer fills a slot, `say` which
//! text is said.

mod compile;
pub(crate) mod counts;
mod read;
mod say;
mod turn;
mod walk;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use alliance_core::protocol::{
    About, AnswerForm, Directive, Progress, Protocol, ProtocolEvent, ProtocolId, ProtocolText, Transition,
};
use alliance_core::safety::{Locale, SafetyLayer, Screening};

use crate::{
    answers::Scale,
    check,
    definition::{Better, DefinitionError, End, Fault, Kind, MemoryKind, SlotKind, Split},
    guard::Guard,
    pack::Packs,
};

/// A protocol that was read from a definition. Every static check held when it was loaded, and review let every
/// text through.
#[derive(Clone)]
pub struct Definition(Arc<Machine>);

/// What the interpreter works on.
pub(crate) struct Machine {
    pub(crate) file: Arc<str>,
    pub(crate) id: ProtocolId,
    pub(crate) about: About,
    pub(crate) reviewed_by: String,
    pub(crate) sources: Vec<String>,
    pub(crate) texts: Vec<ProtocolText>,
    pub(crate) start: String,
    pub(crate) min_turns: u32,
    pub(crate) max_turns: u32,
    pub(crate) max_minutes: i64,
    pub(crate) slots: BTreeMap<String, Slot>,
    pub(crate) states: BTreeMap<String, State>,
    /// The names of the states in the order of the file.
    pub(crate) order: Vec<String>,
    pub(crate) compare: Vec<Compare>,
    pub(crate) memory: Vec<Memory>,
    /// Protocols that it names, and where.
    pub(crate) references: Vec<Reference>,
    pub(crate) packs: &'static Packs,
}

/// Another protocol that is named in a definition.
pub(crate) struct Reference {
    pub(crate) id: String,
    /// Whether it hands over to it; otherwise the other one begins in its place.
    pub(crate) child: bool,
    /// Where it is named.
    pub(crate) place: Fault,
}

pub(crate) struct Slot {
    pub(crate) kind: SlotKind,
    pub(crate) scale: Scale,
    pub(crate) min_items: usize,
    pub(crate) max_items: usize,
    pub(crate) split: Split,
    /// Whether "nothing" leaves it empty without a second question.
    pub(crate) may_stay_empty: bool,
    pub(crate) required: bool,
    /// Slots that rest on this one, however far.
    pub(crate) dependents: Vec<String>,
    pub(crate) names: BTreeMap<Locale, Vec<String>>,
    pub(crate) choices: Vec<(String, BTreeMap<Locale, Vec<String>>)>,
    /// The place of the choice that is taken wherever it is among those that were said.
    pub(crate) wins: Option<usize>,
}

pub(crate) struct State {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) say: Option<Arc<str>>,
    pub(crate) bare: Option<Arc<str>>,
    /// The slots that `say` names.
    pub(crate) says: Vec<String>,
    pub(crate) asks: Option<String>,
    /// Whether a model may read the answer where the rules read none.
    pub(crate) model_reads: bool,
    pub(crate) help: Option<Arc<str>>,
    pub(crate) why: Option<Arc<str>>,
    pub(crate) aim: Option<Arc<str>>,
    pub(crate) fallback: Option<Arc<str>>,
    pub(crate) after: Option<Duration>,
    pub(crate) measure: Option<Measure>,
    pub(crate) run: Option<Arc<str>>,
    pub(crate) max_visits: Option<u32>,
    pub(crate) end: Option<End>,
    pub(crate) edges: Vec<Edge>,
}

pub(crate) struct Edge {
    /// The guard, as written too.
    pub(crate) when: Option<(String, Guard)>,
    pub(crate) go: String,
    pub(crate) clear: Vec<String>,
    pub(crate) probe: bool,
    pub(crate) people: bool,
}

pub(crate) struct Measure {
    pub(crate) instrument: String,
    pub(crate) items: usize,
    pub(crate) lowest: i64,
    /// Items that may not be skipped, from 0.
    pub(crate) watched: Vec<usize>,
    pub(crate) options: BTreeMap<Locale, Vec<String>>,
}

pub(crate) struct Compare {
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) better: Better,
    pub(crate) go: Option<String>,
}

pub(crate) struct Memory {
    pub(crate) kind: MemoryKind,
    pub(crate) text: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) predicate: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) slots: Vec<String>,
    pub(crate) ttl: Option<Duration>,
}

impl Definition {
    /// Reads a definition. `name` is the file that errors name. Takes some milliseconds: load it once and clone it.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] lists everything that is wrong with it; what fails does not load.
    pub fn load(name: &str, text: &str, safety: &SafetyLayer) -> Result<Self, DefinitionError> {
        Self::load_beside(name, text, safety, &mut check::Admitted::default())
    }

    /// Reads one of several definitions.
    pub(crate) fn load_beside(
        name: &str,
        text: &str,
        safety: &SafetyLayer,
        seen: &mut check::Admitted,
    ) -> Result<Self, DefinitionError> {
        let packs = Packs::built_in()?;
        let file = check::read(name, text)?;
        check::checked(name, text, &file)?;
        let machine = compile::compile(name, text, &file, packs);
        check::admitted(name, text, &file, &machine, safety, seen)?;
        Ok(Self(Arc::new(machine)))
    }

    /// The name of the file that it was read from.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The clinician who read it, or `none yet`.
    #[must_use]
    pub fn reviewed_by(&self) -> &str {
        &self.0.reviewed_by
    }

    /// Where the method comes from.
    #[must_use]
    pub fn sources(&self) -> &[String] {
        &self.0.sources
    }

    /// After how many turns of the person it is parked at the latest.
    #[must_use]
    pub fn max_turns(&self) -> u32 {
        self.0.max_turns
    }

    /// The slot that `state` asks for: none for a state that asks nothing or does not exist.
    #[must_use]
    pub fn asks(&self, state: &str) -> Option<&str> {
        self.0.states.get(state)?.asks.as_deref()
    }

    /// The names of its states, in the order of the file.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.0.order.iter().map(String::as_str)
    }

    /// Whether `state` is an end: it is said, and over. False for one that does not exist.
    #[must_use]
    pub fn ends(&self, state: &str) -> bool {
        self.0.states.get(state).is_some_and(|state| state.end.is_some())
    }

    /// The protocol that `state` hands over to: none for a state that speaks itself or does not exist.
    #[must_use]
    pub fn hands_over_to(&self, state: &str) -> Option<&str> {
        self.0.states.get(state)?.run.as_deref()
    }

    pub(crate) fn machine(&self) -> &Machine {
        &self.0
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition")
            .field("id", &self.0.id)
            .field("states", &self.0.order)
            .finish_non_exhaustive()
    }
}

impl Protocol for Definition {
    fn id(&self) -> &ProtocolId {
        &self.0.id
    }

    fn texts(&self) -> &[ProtocolText] {
        &self.0.texts
    }

    fn about(&self) -> About {
        self.0.about.clone()
    }

    fn start(&self) -> Progress {
        let mut progress = Progress::at(self.0.id.clone(), self.0.start.clone());
        counts::add(&mut progress, counts::VISITS, &self.0.start);
        progress
    }

    fn directive(&self, progress: &Progress) -> Directive {
        self.0.directive(progress)
    }

    fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition {
        self.0.advance(progress, event)
    }

    fn unread(&self, progress: &Progress, said: &Screening) -> Option<AnswerForm> {
        self.0.unread(progress, said)
    }

    fn shown(&self, progress: &Progress, slot: &str, locale: Locale) -> String {
        self.0.shown(progress, slot, locale)
    }
}
