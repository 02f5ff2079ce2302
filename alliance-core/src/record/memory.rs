//! What is remembered of a session once it is over: facts, episodes, and what it was about.

use std::fmt;

use alliance_safety::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{RecordId, TurnId};

/// A fact: true from some time until another takes its place.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FactRecord {
    /// Whom or what it is about.
    pub subject: String,
    /// What is said of it.
    pub predicate: String,
    /// The value.
    pub value: String,
    /// Since when it is true, where that is known.
    pub valid_from: Option<Timestamp>,
    /// Until when it was true, where that is known.
    pub valid_to: Option<Timestamp>,
    /// The fact that it takes the place of.
    pub supersedes: Option<RecordId>,
    /// How sure it is, in percent, 0 to 100.
    pub confidence: u8,
    /// Whether it is spoken of unasked.
    #[serde(default, skip_serializing_if = "Sensitivity::is_ordinary")]
    pub sensitivity: Sensitivity,
}

impl FactRecord {
    /// A fact that is true now and takes nothing's place, fully sure.
    #[must_use]
    pub fn new(subject: impl Into<String>, predicate: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            predicate: predicate.into(),
            value: value.into(),
            valid_from: None,
            valid_to: None,
            supersedes: None,
            confidence: 100,
            sensitivity: Sensitivity::Ordinary,
        }
    }
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpisodeRecord {
    /// What happened, in a sentence or two.
    pub text: String,
    /// When it happened, where that is known. When it was said is the record's own time.
    pub happened: Option<Timestamp>,
    /// Who was there.
    pub people: Vec<String>,
    /// How much it matters, in percent, 0 to 100.
    pub salience: u8,
    /// How it felt, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emotion: Option<Emotion>,
    /// Whether it is spoken of unasked.
    #[serde(default, skip_serializing_if = "Sensitivity::is_ordinary")]
    pub sensitivity: Sensitivity,
}

impl EpisodeRecord {
    /// An episode of middling salience, without time or people.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            happened: None,
            people: Vec::new(),
            salience: 50,
            emotion: None,
            sensitivity: Sensitivity::Ordinary,
        }
    }
}

/// How something felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Emotion {
    /// From unpleasant, -100, to pleasant, 100.
    pub valence: i8,
    /// How strong it was, in percent, 0 to 100.
    pub intensity: u8,
}

impl Emotion {
    /// A feeling of this valence (-100 to 100) and intensity (0 to 100). What lies outside is brought inside.
    #[must_use]
    pub fn new(valence: i8, intensity: u8) -> Self {
        Self { valence: valence.clamp(-100, 100), intensity: intensity.min(100) }
    }
}

/// Whether a memory is spoken of unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sensitivity {
    /// It may be.
    #[default]
    Ordinary,
    /// The person brings it up, or nobody does: illness, violence, sexuality, belief, debts, the law, death.
    Delicate,
}

impl Sensitivity {
    /// Whether it is ordinary.
    #[must_use]
    pub const fn is_ordinary(&self) -> bool {
        matches!(self, Self::Ordinary)
    }
}

/// What a session was about, up to a turn. A later one of the same session takes its place.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryRecord {
    /// The points, in the order in which they were spoken about. Empty where nothing was worth one.
    pub points: Vec<SummaryPoint>,
    /// The last turn that was looked at.
    pub through: TurnId,
}

impl SummaryRecord {
    /// These points, after everything up to `through` was looked at.
    #[must_use]
    pub const fn new(points: Vec<SummaryPoint>, through: TurnId) -> Self {
        Self { points, through }
    }
}

/// One thing that a session was about, with the turns that say so.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryPoint {
    /// The point, in a sentence.
    pub text: String,
    /// The turns that it rests on; at least one.
    pub turns: Vec<TurnId>,
    /// Whether it is spoken of unasked.
    #[serde(default, skip_serializing_if = "Sensitivity::is_ordinary")]
    pub sensitivity: Sensitivity,
}

impl SummaryPoint {
    /// An ordinary point that rests on these turns.
    #[must_use]
    pub fn new(text: impl Into<String>, turns: Vec<TurnId>) -> Self {
        Self { text: text.into(), turns, sensitivity: Sensitivity::Ordinary }
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
quiet_debug!(FactRecord, EpisodeRecord, SummaryRecord, SummaryPoint);
