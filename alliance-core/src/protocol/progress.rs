//! Where a protocol stands, as plain data.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use alliance_safety::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Flag, ProtocolId};

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
    /// Slots whose value rests on another one that was corrected since: to be asked again, not lost.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stale: BTreeSet<String>,
    /// Turns of the person so far.
    pub turns: u32,
    /// The steps that led here, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail: Vec<String>,
    /// How often something was counted: visits of a step, questions for a slot. The names are the protocol's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u32>,
    /// When it began. Written by the engine.
    #[serde(default)]
    pub started: Option<Timestamp>,
    /// When the event comes that it is asked about. Written by the engine.
    #[serde(default)]
    pub now: Option<Timestamp>,
    /// What is known of the person that speaks against some exercises. Written by the engine.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<Flag>,
}

impl Progress {
    /// A protocol at a step, with nothing gathered yet.
    #[must_use]
    pub fn at(protocol: ProtocolId, step: impl Into<String>) -> Self {
        Self {
            protocol,
            step: step.into(),
            slots: BTreeMap::new(),
            stale: BTreeSet::new(),
            turns: 0,
            trail: Vec::new(),
            counts: BTreeMap::new(),
            started: None,
            now: None,
            flags: BTreeSet::new(),
        }
    }

    /// The same place with nothing of what was gathered: what may be kept of a protocol that a crisis set aside.
    #[must_use]
    pub fn without_content(&self) -> Self {
        Self {
            turns: self.turns,
            started: self.started,
            ..Self::at(self.protocol.clone(), self.step.clone())
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("protocol", &self.protocol)
            .field("step", &self.step)
            .field("slots", &self.slots.len())
            .field("turns", &self.turns)
            .finish_non_exhaustive()
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
