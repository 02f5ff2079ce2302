//! What can be wrong with a reply.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a reply, or a sentence of it, was not shown.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyCategory {
    /// Claims a body, a past, a family: to be a person.
    ClaimsHuman,
    /// Claims a licence, a profession, patients.
    ClaimsClinician,
    /// Says which disorder the person, or somebody they know, has.
    Diagnosis,
    /// Starts, stops or changes a medicine.
    Medication,
    /// Tells how to harm oneself, or how to hide it.
    Method,
    /// Agrees with a delusion, with being a burden, with a wish to die.
    Collusion,
    /// Puts itself in the place of other people.
    Dependence,
    /// Encourages secrets, lies to people who could help, or retreat from people.
    Secrecy,
    /// Talks the person out of help.
    DiscouragesHelp,
    /// Makes a danger or a pain small, or passes over it.
    Minimising,
    /// Promises what a program cannot keep.
    FalsePromise,
    /// Says or hints that the person is to blame, or should be ashamed.
    Blame,
    /// Asks for a promise to stay alive.
    Contract,
    /// A phone number or an address that no directory vouches for.
    UnknownNumber,
    /// Love, longing or sex.
    Romantic,
    /// Applauds whatever is said, also what harms.
    Flattery,
    /// Makes it hard to leave.
    Guilt,
    /// In a language that these rules cannot judge.
    UncoveredLanguage,
    /// Longer than any reply has to be.
    Overlong,
    /// Not the moment for a model to speak.
    NotNow,
}

impl ReplyCategory {
    /// Whether words of this kind do harm also where they are asked.
    pub(crate) const fn is_grave(self) -> bool {
        matches!(
            self,
            Self::Method | Self::Medication | Self::Collusion | Self::Secrecy | Self::DiscouragesHelp
        )
    }

    /// The name as written in data files and audit records, for example `false_promise`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaimsHuman => "claims_human",
            Self::ClaimsClinician => "claims_clinician",
            Self::Diagnosis => "diagnosis",
            Self::Medication => "medication",
            Self::Method => "method",
            Self::Collusion => "collusion",
            Self::Dependence => "dependence",
            Self::Secrecy => "secrecy",
            Self::DiscouragesHelp => "discourages_help",
            Self::Minimising => "minimising",
            Self::FalsePromise => "false_promise",
            Self::Blame => "blame",
            Self::Contract => "contract",
            Self::UnknownNumber => "unknown_number",
            Self::Romantic => "romantic",
            Self::Flattery => "flattery",
            Self::Guilt => "guilt",
            Self::UncoveredLanguage => "uncovered_language",
            Self::Overlong => "overlong",
            Self::NotNow => "not_now",
        }
    }
}

impl fmt::Display for ReplyCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
