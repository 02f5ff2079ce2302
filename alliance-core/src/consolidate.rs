//! Making memories of a session once it is over: what it was about, what happened, what stays true.

use std::{error::Error, fmt, sync::Arc};

use alliance_safety::{Locale, Timestamp};
use async_trait::async_trait;

use crate::{
    backend::Usage,
    id::{RecordId, TurnId},
    record::{EpisodeRecord, FactRecord, SummaryPoint},
};

/// The longest text of one memory, in bytes.
pub const MAX_MEMORY_TEXT: usize = 1_000;

/// The most memories of each kind that one session gives.
pub const MAX_MEMORIES: usize = 64;

/// Makes memories of a session once it is over, off the path of any reply.
///
/// Whatever it makes is added: the turns stay, and a fact that takes another's place leaves that one where it
/// is. Clauses, each a test of [`consolidator_laws!`](crate::consolidator_laws):
///
/// - **C1 cites** – every memory names turns of the transcript that it rests on, at least one.
/// - **C2 bounded** – at most [`MAX_MEMORIES`] of each kind, none longer than [`MAX_MEMORY_TEXT`], for any
///   transcript.
/// - **C3 nothing from nothing** – a transcript without turns gives no memories.
/// - **C4 keeps quiet** – no words of the transcript in `Debug`, errors or logs.
///
/// The engine checks C1 and C2 once more, and refuses everything where one memory breaks them.
#[async_trait]
pub trait Consolidator: fmt::Debug + Send + Sync {
    /// The memories of `transcript`.
    ///
    /// # Errors
    ///
    /// [`ConsolidateError`] says whether to try again.
    async fn consolidate(&self, transcript: &Transcript) -> Result<Memories, ConsolidateError>;
}

#[async_trait]
impl<C: Consolidator + ?Sized> Consolidator for Arc<C> {
    async fn consolidate(&self, transcript: &Transcript) -> Result<Memories, ConsolidateError> {
        (**self).consolidate(transcript).await
    }
}

#[async_trait]
impl<C: Consolidator + ?Sized> Consolidator for Box<C> {
    async fn consolidate(&self, transcript: &Transcript) -> Result<Memories, ConsolidateError> {
        (**self).consolidate(transcript).await
    }
}

/// A session as it was talked. Turns in which there was a sign of danger are not in it: those belong to the
/// history of risk. `Debug` shows counts only.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Transcript {
    /// The turns, oldest first.
    pub turns: Vec<TranscriptTurn>,
    /// How many of the first turns were made into episodes and facts before.
    pub seen: usize,
    /// What is known to be true: facts that no other took the place of.
    pub known: Vec<(RecordId, FactRecord)>,
}

impl Transcript {
    /// These turns, oldest first, none of which was seen before.
    #[must_use]
    pub const fn new(turns: Vec<TranscriptTurn>) -> Self {
        Self { turns, seen: 0, known: Vec::new() }
    }

    /// Says how many of the first turns were made into episodes and facts before.
    #[must_use]
    pub const fn seen(mut self, seen: usize) -> Self {
        self.seen = seen;
        self
    }

    /// Says what is known to be true.
    #[must_use]
    pub fn known(mut self, known: impl IntoIterator<Item = (RecordId, FactRecord)>) -> Self {
        self.known.extend(known);
        self
    }

    /// The turns of which episodes and facts are to be made.
    #[must_use]
    pub fn fresh(&self) -> &[TranscriptTurn] {
        self.turns.get(self.seen..).unwrap_or_default()
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transcript({} turns, {} seen, {} facts)", self.turns.len(), self.seen, self.known.len())
    }
}

/// One exchange of a transcript. `Debug` shows lengths only.
#[derive(Clone)]
#[non_exhaustive]
pub struct TranscriptTurn {
    /// The turn.
    pub turn: TurnId,
    /// When it was said.
    pub at: Timestamp,
    /// The language that it was said in.
    pub locale: Locale,
    /// What the person said.
    pub said: Arc<str>,
    /// What they were shown. Empty where that is not known.
    pub shown: Arc<str>,
}

impl TranscriptTurn {
    /// What was said at `at`, without an answer.
    #[must_use]
    pub fn new(turn: TurnId, at: Timestamp, locale: Locale, said: impl Into<Arc<str>>) -> Self {
        Self { turn, at, locale, said: said.into(), shown: Arc::from("") }
    }

    /// With what they were shown.
    #[must_use]
    pub fn shown(mut self, shown: impl Into<Arc<str>>) -> Self {
        self.shown = shown.into();
        self
    }
}

impl fmt::Debug for TranscriptTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TranscriptTurn({}, {} bytes, {} shown)", self.turn, self.said.len(), self.shown.len())
    }
}

/// A memory with the turns that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cited<T> {
    /// The memory.
    pub memory: T,
    /// The turns that it rests on.
    pub turns: Vec<TurnId>,
}

impl<T> Cited<T> {
    /// A memory that rests on these turns.
    #[must_use]
    pub const fn new(memory: T, turns: Vec<TurnId>) -> Self {
        Self { memory, turns }
    }
}

/// What a session left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memories {
    /// What the whole session was about, in the order in which it was spoken about.
    pub summary: Vec<SummaryPoint>,
    /// What happened, from the turns that are fresh.
    pub episodes: Vec<Cited<EpisodeRecord>>,
    /// What is true, from the turns that are fresh.
    pub facts: Vec<Cited<FactRecord>>,
    /// What a model took for it, where one was asked.
    pub usage: Usage,
}

impl Memories {
    /// No memories, at no cost.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Checks C1 and C2, and that a fact takes the place of a known one only.
    ///
    /// # Errors
    ///
    /// The first memory that breaks them, by kind and rule.
    pub fn check(&self, transcript: &Transcript) -> Result<(), ConsolidateError> {
        let broken = |what| Err(ConsolidateError::refused(what));
        let (summary, episodes, facts) = (self.summary.len(), self.episodes.len(), self.facts.len());
        if summary.max(episodes).max(facts) > MAX_MEMORIES {
            return broken(Refusal::TooMany);
        }
        let cites = |turns: &[TurnId]| {
            !turns.is_empty()
                && turns.iter().all(|turn| transcript.turns.iter().any(|known| known.turn == *turn))
        };
        let cited = self.summary.iter().map(|point| &point.turns);
        let cited = cited.chain(self.episodes.iter().map(|episode| &episode.turns));
        let mut cited = cited.chain(self.facts.iter().map(|fact| &fact.turns));
        if !cited.all(|turns| cites(turns)) {
            return broken(Refusal::NotCited);
        }
        let fits = |text: &str| !text.trim().is_empty() && text.len() <= MAX_MEMORY_TEXT;
        let episode = |episode: &EpisodeRecord| {
            fits(&episode.text)
                && episode.people.len() <= MAX_MEMORIES
                && episode.people.iter().all(|name| fits(name))
                && episode.salience <= 100
                && episode.emotion.is_none_or(|felt| felt.valence >= -100 && felt.intensity <= 100)
        };
        let fact = |fact: &FactRecord| {
            [&fact.subject, &fact.predicate, &fact.value].into_iter().all(|text| fits(text))
                && fact.confidence <= 100
        };
        if !self.summary.iter().all(|point| fits(&point.text))
            || !self.episodes.iter().all(|cited| episode(&cited.memory))
            || !self.facts.iter().all(|cited| fact(&cited.memory))
        {
            return broken(Refusal::OutOfRange);
        }
        let known = |id: &RecordId| transcript.known.iter().any(|(known, _)| known == id);
        if !self.facts.iter().all(|cited| cited.memory.supersedes.as_ref().is_none_or(known)) {
            return broken(Refusal::UnknownFact);
        }
        Ok(())
    }
}

/// Memories that could not be made. Nothing was kept, and nothing was lost: the turns are still there.
#[derive(Debug, thiserror::Error)]
#[error("the session could not be made into memories: {kind}")]
#[non_exhaustive]
pub struct ConsolidateError {
    /// What to do about it.
    pub kind: ConsolidateErrorKind,
    /// Why, where a part of it failed.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// What to do about memories that could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsolidateErrorKind {
    /// Try again later.
    #[error("what makes them is not there")]
    Unavailable,
    /// What was made is not fit to be kept; trying again would cost as much and give as little.
    #[error("what was made is not fit to be kept ({0})")]
    Refused(Refusal),
}

/// Why memories are not fit to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not follow the schema.
    #[error("it does not follow the schema")]
    Schema,
    /// Too many memories.
    #[error("there are too many")]
    TooMany,
    /// A memory rests on no turn, or on one that is not there.
    #[error("one rests on no turn of the session")]
    NotCited,
    /// A text is empty or too long, or a number is outside its range.
    #[error("one is empty, too long or out of range")]
    OutOfRange,
    /// A text stands in no turn that it rests on.
    #[error("one says what was not said")]
    NotSaid,
    /// A text leaves out that it was asked, wished or denied.
    #[error("one says what was asked, wished or denied")]
    NotSo,
    /// The model does not do this.
    #[error("the model rejects the request")]
    Rejected,
    /// A fact takes the place of one that is not known, or that says something else.
    #[error("one takes the place of a fact that is not known or says something else")]
    UnknownFact,
}

impl ConsolidateError {
    /// What makes memories is not there now.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: ConsolidateErrorKind::Unavailable, source: Some(source.into()) }
    }

    /// What was made is not fit to be kept.
    #[must_use]
    pub const fn refused(why: Refusal) -> Self {
        Self { kind: ConsolidateErrorKind::Refused(why), source: None }
    }
}
