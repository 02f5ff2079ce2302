//! The format of a rules file, readable and reviewable without code. The files of one language
//! are one: a frame may name a set of any of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::error::{RulesError, RulesProblem};
use crate::{Category, RiskLevel, ScopeReason};

/// One file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// The clinician who reviewed the file, or `none yet`.
    #[serde(rename = "reviewed_by")]
    pub(super) _reviewed_by: String,
    /// The language of its phrases.
    pub(super) language: Language,
    /// Whether the language is not promised yet: its rules may raise and never lower what others found.
    #[serde(default)]
    pub(super) experimental: bool,
    /// What the rules rest on. Named, never copied.
    #[serde(rename = "sources", default)]
    pub(super) _sources: Vec<String>,
    /// Whether a denial may stand after what it denies, as in German.
    #[serde(default)]
    pub(super) denial_follows: bool,
    /// Words that are skipped wherever they stand, in texts and in phrases: "just", "really".
    #[serde(default)]
    pub(super) fillers: Vec<Spanned<String>>,
    /// Ordinary words of the language: never mended into another, and text without spaces is cut at them.
    #[serde(default)]
    pub(super) ordinary: Vec<Spanned<String>>,
    /// Words that count so much that any one wrong letter in them is mended.
    #[serde(default)]
    pub(super) keys: Vec<Spanned<String>>,
    /// Frequent words by which the language of a text is told.
    #[serde(default)]
    pub(super) function_words: Vec<Spanned<String>>,
    /// Word → the ways in which it is often misspelled.
    #[serde(default)]
    pub(super) misspellings: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// Name → phrases that frames of this language may put in one place.
    #[serde(default)]
    pub(super) sets: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// Words by which scope is decided.
    #[serde(default)]
    pub(super) cues: BTreeMap<Cue, Vec<Spanned<String>>>,
    /// Figures of speech: what is said inside one of these is not meant.
    #[serde(default)]
    pub(super) figures: Figures,
    /// The rules, in the order of the categories.
    #[serde(rename = "rule", default)]
    pub(super) rules: Vec<Rule>,
}

/// The language of a rules file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    En,
    De,
    Es,
    Fr,
    Ru,
    Uk,
    Pt,
    It,
    Pl,
    Tr,
    Zh,
    Ja,
    Kk,
    /// Signs and words that are the same in many languages.
    Any,
}

impl Language {
    /// The ISO 639-1 code, or `any`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Ru => "ru",
            Self::Uk => "uk",
            Self::Pt => "pt",
            Self::It => "it",
            Self::Pl => "pl",
            Self::Tr => "tr",
            Self::Zh => "zh",
            Self::Ja => "ja",
            Self::Kk => "kk",
            Self::Any => "any",
        }
    }
}

/// Frames of figures of speech.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Figures {
    pub(super) frames: Vec<Spanned<String>>,
}

/// One sign: what it means, and how people say it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Its name inside the language, for example `suicide_active.wish`.
    pub(super) id: Spanned<String>,
    pub(super) category: Category,
    pub(super) level: RiskLevel,
    /// Phrases with `{set}`, `~` (up to three other words), `..` (up to eight) and stems: `kill*` is any word
    /// that begins so.
    pub(super) frames: Vec<Spanned<String>>,
    /// A sentence that the rule must find. Tested.
    #[serde(rename = "example")]
    pub(super) _example: String,
    /// What the rule rests on.
    #[serde(rename = "source")]
    pub(super) _source: String,
    /// Whom the phrases speak of.
    #[serde(default)]
    pub(super) about: About,
    /// Reasons that never lower this rule, because its phrases decide them already.
    #[serde(default)]
    pub(super) keep: Vec<ScopeReason>,
    /// Whether it counts only where it is all that the message says: "suicide".
    #[serde(default)]
    pub(super) whole: bool,
}

/// Whom the phrases of a rule speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum About {
    /// The person who talks, unless another subject stands before.
    #[default]
    Own,
    /// Somebody else: "wants to die", "killing herself".
    Other,
    /// Whoever it is, it is an emergency.
    Anybody,
}

/// What a word tells about scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cue {
    /// "not", "never".
    Negation,
    /// A negation that denies nothing: "not sure", "can't stop".
    NoDenial,
    /// After a denial, limits it: "not today", "not yet".
    Postponed,
    /// Takes a denial back: "I lied".
    TakenBack,
    /// "years ago", "as a teenager".
    Past,
    /// "grateful", "glad to be here": with a past cue, the past is over.
    Recovered,
    /// "in remission", "overcame": says alone that it is over.
    Over,
    /// "again", "still", "now".
    Present,
    /// "I", "me".
    First,
    /// "he", "my friend".
    Other,
    /// "my son", "my baby".
    Dependent,
    /// "I" as who does something, and not "me": a new clause begins with it.
    Subject,
    /// "him", "them": whom something is done to, and not who does it.
    Object,
    /// Before a clause that is denied with what stands before it: "don't think", "never said that".
    Carry,
    /// Between clauses that are denied apart: "and", "but".
    Join,
    /// "want to", "going to": what is meant now, whatever else was in the past.
    Intent,
    /// Words between a subject and what is said of it: "is", "who has been".
    Link,
    /// "film", "character", "lyrics".
    Fiction,
    /// "article", "patient", "training".
    Work,
}

impl Cue {
    pub(super) const fn flag(self) -> u32 {
        1 << self as u32
    }
}

impl RuleFile {
    /// Reads a file; `name` is what errors call it.
    pub(super) fn read(name: &'static str, text: &str) -> Result<Self, RulesError> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().into();
            RulesError::at(name, text, at, RulesProblem::Syntax { message })
        })
    }
}
