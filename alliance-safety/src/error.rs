//! What can be wrong when a safety layer is built.

use crate::{
    AnswersError, Category, DialogueError, DirectoryError, LexiconError, Locale, ReplyCategory,
    ReplyRulesError, RiskLevel, TextsError,
};

/// A safety layer could not be built. There is no layer then, and so no agent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SafetyError {
    /// The rules for screening could not be read.
    #[error("could not read the rules for screening")]
    Lexicon(#[from] LexiconError),
    /// The rules for review could not be read.
    #[error("could not read the rules for review")]
    Reply(#[from] ReplyRulesError),
    /// The directory of crisis services could not be read.
    #[error("could not read the directory of crisis services")]
    Directory(#[from] DirectoryError),
    /// The texts of the crisis plan could not be read.
    #[error("could not read the texts of the crisis plan")]
    Texts(#[from] TextsError),
    /// The words by which answers are read could not be read.
    #[error("could not read the answers of the crisis pathway")]
    Answers(#[from] AnswersError),
    /// The questions and answers of a conversation could not be read.
    #[error("could not read the questions and answers of a conversation")]
    Dialogue(#[from] DialogueError),
    /// A text of the crisis plan would be stopped by review, so it does not load.
    #[error("review stops the text `{key}` ({locale}) of the crisis plan as {category:?}")]
    TextStopped {
        /// Where the text stands in its file.
        key: String,
        /// The file's language.
        locale: Locale,
        /// What review says that it is.
        category: ReplyCategory,
    },
    /// A rules file of the host could not be read.
    #[error("could not read the rules of the host in `{name}`")]
    HostRules {
        /// What the host calls the file.
        name: String,
        /// Where and what is wrong.
        source: LexiconError,
    },
    /// A floor that is lower than what holds already.
    #[error("a floor of {asked} would lower `{}`, which stands at {floor} at least", .category.as_str())]
    WouldLower {
        /// The kind of danger.
        category: Category,
        /// The level that its signs have at least.
        floor: RiskLevel,
        /// The level that was asked for.
        asked: RiskLevel,
    },
    /// A detector was added to a program built with `panic = "abort"`.
    #[error("a detector needs `panic = \"unwind\"`: a panic in it could not be caught")]
    PanicAborts,
}
