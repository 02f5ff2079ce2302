//! Why a directory, or an entry for it, was refused.

use crate::Region;

/// What is wrong with a directory of crisis services, or with an entry meant for it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The file is not the JSON that is expected.
    #[error("the directory cannot be read at line {line}, column {column}: {problem}")]
    #[non_exhaustive]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 where the line is not begun.
        column: usize,
        /// What was found or expected there.
        problem: Box<str>,
    },
    /// The file names a format that this version does not know.
    #[error("the directory has another format: `schema` has to be `{expected}`")]
    #[non_exhaustive]
    Format {
        /// The format that is read.
        expected: &'static str,
    },
    /// The file names no international directory, so an unknown country would be left with nothing.
    #[error("the directory names no international directory")]
    NoDirectories,
    /// The number to give where no local one is known is not a phone number.
    #[error("the fallback emergency number of the directory is not a phone number")]
    NoFallback,
    /// Two entries for one country.
    #[error("{region} has two entries")]
    #[non_exhaustive]
    TwoEntries {
        /// The country.
        region: Region,
    },
    /// An entry names a source key that stands nowhere under `sources`.
    #[error("the entry for {region} names the source `{key}`, which `sources` does not hold")]
    #[non_exhaustive]
    UnknownSource {
        /// The country.
        region: Region,
        /// The key as written.
        key: Box<str>,
    },
    /// A number that nobody can check: no source stands beside it.
    #[error("the entry for {region} gives `{service}` without a source")]
    #[non_exhaustive]
    Unsourced {
        /// The country.
        region: Region,
        /// The service, or the emergency number.
        service: Box<str>,
    },
    /// A number with sources of which none carries a date.
    #[error("the entry for {region} gives `{service}` with no dated source")]
    #[non_exhaustive]
    Undated {
        /// The country.
        region: Region,
        /// The service, or the emergency number.
        service: Box<str>,
    },
    /// Something other than a phone number stands where one is expected.
    #[error("the entry for {region} gives `{service}` a number that is not a phone number")]
    #[non_exhaustive]
    NotANumber {
        /// The country.
        region: Region,
        /// The service, or the emergency number.
        service: Box<str>,
    },
    /// A service that cannot be reached: neither a phone number, nor a text or chat channel, nor an address.
    #[error("the entry for {region} gives no way to reach `{service}`")]
    #[non_exhaustive]
    Unreachable {
        /// The country.
        region: Region,
        /// The service.
        service: Box<str>,
    },
    /// A date that is not `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    #[error("`{found}` is not a date: write `YYYY`, `YYYY-MM` or `YYYY-MM-DD`")]
    #[non_exhaustive]
    NotADate {
        /// The text as written.
        found: Box<str>,
    },
    /// Text that is empty, or holds a line break or another control character.
    #[error("the entry for {region} holds text that is empty or has control characters")]
    #[non_exhaustive]
    BadText {
        /// The country.
        region: Region,
    },
}

impl From<serde_json::Error> for DirectoryError {
    fn from(error: serde_json::Error) -> Self {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let whole = error.to_string();
        let problem = whole.strip_suffix(&place).unwrap_or(&whole).into();
        Self::Syntax { line: error.line(), column: error.column(), problem }
    }
}
