//! What a score is taken to mean: cut-offs and severity bands, each with its source.

use serde::{Deserialize, Serialize};

use super::Citation;

/// A published value from which on a closer look is advised. Reaching it is not a diagnosis.
#[derive(Clone, Debug, PartialEq)]
pub struct CutOff {
    pub(super) id: String,
    pub(super) side: Side,
    pub(super) source: Citation,
}

impl CutOff {
    /// The id, for example `positive-screen`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value and the side of it that counts as reached.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Where it was published.
    #[must_use]
    pub fn source(&self) -> &Citation {
        &self.source
    }
}

/// The side of a cut-off that counts as reached; the value itself always does.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// This value or more.
    AtLeast(f64),
    /// This value or less.
    AtMost(f64),
}

impl Side {
    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(cut) => value >= cut,
            Self::AtMost(cut) => value <= cut,
        }
    }

    pub(super) const fn value(self) -> f64 {
        match self {
            Self::AtLeast(cut) | Self::AtMost(cut) => cut,
        }
    }
}

/// A range of total scores and the severity word for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub(super) severity: Severity,
    pub(super) from: u16,
    pub(super) to: u16,
    pub(super) source: Citation,
}

impl Band {
    /// The word for the band.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The lowest and the highest total that belong to it.
    #[must_use]
    pub fn range(&self) -> (u16, u16) {
        (self.from, self.to)
    }

    /// Where the band was published.
    #[must_use]
    pub fn source(&self) -> &Citation {
        &self.source
    }
}

/// How much somebody reports, in one word. Describes a score; names no condition and is no diagnosis.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// None or next to nothing.
    Minimal,
    /// Mild.
    Mild,
    /// Moderate.
    Moderate,
    /// Moderately severe; only instruments that publish five bands use it.
    ModeratelySevere,
    /// Severe.
    Severe,
}
