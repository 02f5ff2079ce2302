//! What can be wrong with a rules file.

use std::fmt;

/// A rules file that cannot be used. No baseline is built from it, nor from the other files.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Something in the file is wrong.
    #[error("{file}, line {line}, column {column}: {problem}")]
    #[non_exhaustive]
    Invalid {
        /// The file, as named in the crate's `data/lexicon/`.
        file: &'static str,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What is wrong there.
        problem: RulesProblem,
    },
    /// Every file reads well, but the phrases together are too many for the automaton.
    #[error("the phrases of all rules together could not be compiled")]
    #[non_exhaustive]
    Compile {
        /// What the automaton says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What is wrong at a place in a rules file.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesProblem {
    /// Not TOML, a missing or unknown key, or a value of the wrong kind.
    #[non_exhaustive]
    Syntax {
        /// What the TOML reader says.
        message: Box<str>,
    },
    /// A frame names a set that the file does not have.
    #[non_exhaustive]
    UnknownSet {
        /// The name as written.
        name: Box<str>,
    },
    /// A phrase, a set or a frame that is empty, or holds fillers only.
    Empty,
    /// A phrase of several words of which fillers leave one: it would be found wherever that word stands.
    #[non_exhaustive]
    Fillers {
        /// The word that is left, folded.
        left: Box<str>,
    },
    /// A `*` anywhere but at the end of a phrase.
    InnerStem,
    /// A frame that begins or ends with a gap, or has two in a row.
    LooseGap,
    /// Two rules, or two sets of one language, of the same name.
    #[non_exhaustive]
    Twice {
        /// The name.
        name: Box<str>,
    },
    /// More sets, frames or rules than the format allows.
    TooMany,
}

impl fmt::Display for RulesProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { message } => f.write_str(message),
            Self::UnknownSet { name } => write!(f, "no set is called `{name}`"),
            Self::Empty => f.write_str("nothing is left of this after folding"),
            Self::Fillers { left } => {
                write!(
                    f,
                    "fillers are left out, and of this only `{left}` remains: write more, or that word alone"
                )
            }
            Self::InnerStem => f.write_str("`*` belongs at the end of a phrase"),
            Self::LooseGap => f.write_str("a gap needs a phrase on both sides"),
            Self::Twice { name } => write!(f, "`{name}` exists already"),
            Self::TooMany => f.write_str("more sets, frames or rules than the format allows"),
        }
    }
}

impl RulesError {
    /// Names line and column of the byte `at` of `file`.
    pub(super) fn at(file: &'static str, text: &str, at: usize, problem: RulesProblem) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        Self::Invalid { file, line, column, problem }
    }
}
