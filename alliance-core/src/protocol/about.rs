//! What a protocol is to somebody who may choose it, and for whom it is not.

use std::{fmt, str::FromStr, sync::Arc};

use alliance_safety::Locale;
use serde::{Deserialize, Serialize};

/// What a protocol is to somebody who may choose it, and for whom it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The key of its name as a person reads it, a few words without a full stop.
    pub title: Option<Arc<str>>,
    /// The key of one or two sentences that say what it is for.
    pub why: Option<Arc<str>>,
    /// What a person may call it when they ask for it.
    pub names: Vec<(Locale, Arc<str>)>,
    /// Whether it may be offered in the day after a crisis: grounding, a safety plan, breathing.
    pub calm: bool,
    /// Protocols that it hands over to, by name.
    pub children: Vec<Arc<str>>,
    /// For whom it is not.
    pub contraindications: Vec<Contraindication>,
}

/// Something that speaks against a protocol, and what happens then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contraindication {
    /// What speaks against it.
    pub flag: Flag,
    /// What happens then.
    pub instead: Instead,
}

impl Contraindication {
    /// With `flag`, `instead` happens.
    #[must_use]
    pub const fn new(flag: Flag, instead: Instead) -> Self {
        Self { flag, instead }
    }
}

/// What happens in place of a protocol that something speaks against.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instead {
    /// It does not begin.
    Refuse,
    /// It does not begin, and the person is told that a clinician can look at it with them.
    Clinician,
    /// Another one begins.
    Protocol(Arc<str>),
}

/// What is known of a person that speaks against some exercises. A host sets it from its own intake; nothing
/// here is inferred, and none is a diagnosis. The list is the exclusion screen of the intake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flag {
    /// Signs of psychosis now.
    Psychosis,
    /// Signs of mania now.
    Mania,
    /// A seizure disorder.
    Seizures,
    /// Dissociation.
    Dissociation,
    /// An eating disorder.
    EatingDisorder,
    /// A risk of withdrawal from alcohol or sedatives.
    Withdrawal,
    /// Pregnancy.
    Pregnancy,
    /// A recent trauma.
    Trauma,
    /// Violence at home now.
    Violence,
    /// Obsessions or compulsions.
    Obsessions,
    /// Under the age that the host serves.
    UnderAge,
    /// In treatment elsewhere.
    InTreatment,
}

impl Flag {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Psychosis,
        Self::Mania,
        Self::Seizures,
        Self::Dissociation,
        Self::EatingDisorder,
        Self::Withdrawal,
        Self::Pregnancy,
        Self::Trauma,
        Self::Violence,
        Self::Obsessions,
        Self::UnderAge,
        Self::InTreatment,
    ];

    /// The name as written, for example `eating_disorder`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Psychosis => "psychosis",
            Self::Mania => "mania",
            Self::Seizures => "seizures",
            Self::Dissociation => "dissociation",
            Self::EatingDisorder => "eating_disorder",
            Self::Withdrawal => "withdrawal",
            Self::Pregnancy => "pregnancy",
            Self::Trauma => "trauma",
            Self::Violence => "violence",
            Self::Obsessions => "obsessions",
            Self::UnderAge => "under_age",
            Self::InTreatment => "in_treatment",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no flag of this name; `Flag::ALL` lists them")]
#[non_exhaustive]
pub struct FlagError;

impl FromStr for Flag {
    type Err = FlagError;

    fn from_str(name: &str) -> Result<Self, FlagError> {
        Self::ALL.into_iter().find(|flag| flag.as_str() == name).ok_or(FlagError)
    }
}
