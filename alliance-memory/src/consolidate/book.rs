//! The data files that say what is remembered.

use std::collections::HashMap;

use alliance_core::safety::Locale;
use serde::Deserialize;

use super::{
    pattern::{Found, Lists, Pattern},
    sentence::{Sentence, Word},
};

const FILES: [(Locale, &str); 2] = [
    (Locale::En, include_str!("../../data/consolidate/en.toml")),
    (Locale::De, include_str!("../../data/consolidate/de.toml")),
];

/// A data file that cannot be read: a bug of this crate.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the rules of what is remembered ({locale}) cannot be read: {reason}")]
#[non_exhaustive]
pub struct RulesError {
    /// Its language.
    pub locale: Locale,
    /// What is wrong, by line or rule.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    subject: String,
    own: Vec<String>,
    clause_ends: Vec<String>,
    empty_values: Vec<String>,
    figures: Vec<String>,
    negations: Vec<String>,
    unreal: Vec<String>,
    anew: Vec<String>,
    kin: Vec<String>,
    only_one: Vec<String>,
    no_names: Vec<String>,
    delicate: Vec<String>,
    when: Vec<String>,
    fact: Vec<FactEntry>,
    event: Vec<EventEntry>,
    emotion: Vec<EmotionEntry>,
    said_back: HashMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactEntry {
    id: String,
    #[serde(default)]
    about: About,
    predicate: String,
    patterns: Vec<String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    suffix: Option<String>,
    #[serde(default)]
    single: bool,
    #[serde(default)]
    literal: bool,
    #[serde(default)]
    delicate: bool,
}

/// Whom a fact is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum About {
    #[default]
    Person,
    Kin,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventEntry {
    id: String,
    patterns: Vec<String>,
    salience: u8,
    #[serde(default)]
    delicate: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmotionEntry {
    words: Vec<String>,
    valence: i8,
    intensity: u8,
}

/// What the words around some others say of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Around {
    /// It is not so.
    pub(super) denied: bool,
    /// It is only wished or thought of.
    pub(super) unreal: bool,
}

/// The rules of one language.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) subject: String,
    own: Vec<String>,
    clause_ends: Vec<String>,
    pub(super) empty_values: Vec<String>,
    figures: Vec<String>,
    negations: Vec<String>,
    unreal: Vec<String>,
    anew: Vec<String>,
    kin: Vec<String>,
    only_one: Vec<String>,
    no_names: Vec<String>,
    delicate: Vec<String>,
    when: Vec<Pattern>,
    pub(super) facts: Vec<FactRule>,
    pub(super) events: Vec<EventRule>,
    emotions: HashMap<String, (i8, u8)>,
    said_back: HashMap<String, String>,
}

#[derive(Debug)]
pub(super) struct FactRule {
    pub(super) about: About,
    pub(super) predicate: String,
    patterns: Vec<Pattern>,
    pub(super) value: Option<String>,
    pub(super) suffix: Option<String>,
    pub(super) single: bool,
    literal: bool,
    pub(super) delicate: bool,
}

#[derive(Debug)]
pub(super) struct EventRule {
    patterns: Vec<Pattern>,
    pub(super) salience: u8,
    pub(super) delicate: bool,
}

/// The rules of every language.
#[derive(Debug)]
pub(super) struct Books(Vec<(Locale, Book)>);

impl Books {
    pub(super) fn built_in() -> Result<Self, RulesError> {
        let books = FILES.into_iter().map(|(locale, text)| {
            let book = Book::read(text).map_err(|reason| RulesError { locale, reason })?;
            Ok((locale, book))
        });
        books.collect::<Result<_, _>>().map(Self)
    }

    /// The rules of a language, where there are any.
    pub(super) fn of(&self, locale: Locale) -> Option<&Book> {
        self.0.iter().find(|(of, _)| *of == locale).map(|(_, book)| book)
    }
}

impl Book {
    fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let patterns = |id: &str, texts: Vec<String>| {
            let pattern = |text: &String| Pattern::read(text).ok_or_else(|| format!("`{id}`: `{text}`"));
            texts.iter().map(pattern).collect::<Result<Vec<_>, _>>()
        };
        let mut facts = Vec::new();
        for entry in file.fact {
            facts.push(FactRule {
                about: entry.about,
                predicate: entry.predicate,
                patterns: patterns(&entry.id, entry.patterns)?,
                value: entry.value,
                suffix: entry.suffix,
                single: entry.single,
                literal: entry.literal,
                delicate: entry.delicate,
            });
        }
        let mut events = Vec::new();
        for entry in file.event {
            events.push(EventRule {
                patterns: patterns(&entry.id, entry.patterns)?,
                salience: entry.salience,
                delicate: entry.delicate,
            });
        }
        let mut emotions = HashMap::new();
        for entry in file.emotion {
            let felt = (entry.valence, entry.intensity);
            emotions.extend(entry.words.into_iter().map(|word| (word, felt)));
        }
        Ok(Self {
            subject: file.subject,
            own: file.own,
            clause_ends: file.clause_ends,
            empty_values: file.empty_values,
            figures: file.figures,
            negations: file.negations,
            unreal: file.unreal,
            anew: file.anew,
            kin: file.kin,
            only_one: file.only_one,
            no_names: file.no_names,
            delicate: file.delicate,
            when: patterns("when", file.when)?,
            facts,
            events,
            emotions,
            said_back: file.said_back,
        })
    }

    fn lists(&self) -> Lists<'_> {
        Lists { kin: &self.kin, clause_ends: &self.clause_ends, no_names: &self.no_names }
    }

    /// Whether the person tells something of themselves that is so, and does not ask or wish.
    pub(super) fn tells(&self, sentence: &Sentence<'_>) -> bool {
        let has = |list: &[String]| sentence.words.iter().any(|word| list.contains(&word.plain));
        !sentence.asks && has(&self.own) && !has(&self.unreal)
    }

    /// The places in a sentence that a fact stands at, without those that are denied or a figure of speech.
    pub(super) fn find_fact(&self, rule: &FactRule, words: &[Word<'_>]) -> Option<Found> {
        let found = rule.patterns.iter().find_map(|pattern| pattern.find(words, self.lists()))?;
        let outside = words.iter().enumerate().filter(|(at, _)| *at < found.start || *at >= found.end);
        let value = found.value.map_or(&[][..], |(start, end)| words.get(start..end).unwrap_or_default());
        let denied = outside.map(|(_, word)| word).chain(value).any(|word| self.denies(&word.plain));
        let figure = rule.literal && value.iter().any(|word| self.figures.contains(&word.plain));
        (!denied && !figure).then_some(found)
    }

    pub(super) fn denies(&self, word: &str) -> bool {
        self.negations.iter().any(|negation| negation == word)
    }

    /// Whether a person has only one of these.
    pub(super) fn is_only(&self, kin: &str) -> bool {
        self.only_one.iter().any(|one| one == kin)
    }

    /// What is said of the words of a sentence from `start` to `end` by those around them.
    pub(super) fn around(&self, words: &[Word<'_>], start: usize, end: usize) -> Around {
        let before = words.get(..start).unwrap_or_default();
        let anew = before.iter().rposition(|word| self.anew.contains(&word.plain)).map_or(0, |at| at + 1);
        let before = before.get(anew..).unwrap_or_default();
        // What follows says something of them as far as their clause goes.
        let last = end.saturating_sub(1);
        let after = words.get(last..).unwrap_or_default();
        let after = after.split_inclusive(|word| word.ends_clause).next().unwrap_or_default();
        let after = after.get(1..).unwrap_or_default();
        let after = after.split(|word| self.clause_ends.contains(&word.plain)).next().unwrap_or_default();
        let around = || before.iter().chain(after);
        Around {
            denied: around().any(|word| self.denies(&word.plain)),
            unreal: around().any(|word| self.unreal.contains(&word.plain)),
        }
    }

    pub(super) fn has_event(&self, rule: &EventRule, words: &[Word<'_>]) -> bool {
        rule.patterns.iter().any(|pattern| pattern.find(words, self.lists()).is_some())
    }

    pub(super) fn says_when(&self, words: &[Word<'_>]) -> bool {
        self.when.iter().any(|pattern| pattern.find(words, self.lists()).is_some())
    }

    pub(super) fn is_delicate(&self, words: &[Word<'_>]) -> bool {
        words.iter().any(|word| self.delicate.contains(&word.plain))
    }

    /// Whether a fact of these rules says what it says by `predicate`.
    pub(super) fn has_predicate(&self, predicate: &str) -> bool {
        self.facts.iter().any(|rule| rule.predicate.eq_ignore_ascii_case(predicate))
    }

    /// The predicates of these rules, each once.
    pub(super) fn predicates(&self) -> Vec<&str> {
        let mut predicates: Vec<&str> = self.facts.iter().map(|rule| &*rule.predicate).collect();
        predicates.sort_unstable();
        predicates.dedup();
        predicates
    }

    /// The strongest feeling that is named. One that is denied is turned round, and weaker.
    pub(super) fn emotion(&self, words: &[Word<'_>]) -> Option<(i8, u8)> {
        let felt = words.iter().enumerate().filter_map(|(at, word)| {
            let (valence, intensity) = *self.emotions.get(&word.plain)?;
            let before = words.get(at.saturating_sub(2)..at).unwrap_or_default();
            let denied = before.iter().any(|word| self.negations.contains(&word.plain));
            Some(if denied { (-valence / 2, intensity / 2) } else { (valence, intensity) })
        });
        felt.max_by_key(|(_, intensity)| *intensity)
    }

    /// Relatives and friends by the word for them, and names. In German every noun is written like a name, so there only the
    /// former.
    pub(super) fn people(&self, words: &[Word<'_>], nouns_are_capitalised: bool) -> Vec<String> {
        let mut people = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let kin = self.kin.contains(&word.plain);
            let name = !nouns_are_capitalised
                && at > 0
                && word.is_capitalised()
                && !self.own.contains(&word.plain)
                && !self.no_names.contains(&word.plain);
            if (kin || name) && !people.iter().any(|known| known == word.written) {
                people.push(word.written.to_owned());
            }
        }
        people.truncate(8);
        people
    }

    /// The person's words as they read when they are said back.
    pub(super) fn said_back(&self, words: &[Word<'_>]) -> String {
        let back = |word: &Word<'_>| self.said_back.get(&word.plain).cloned();
        let words = words.iter().map(|word| back(word).unwrap_or_else(|| word.written.to_owned()));
        words.collect::<Vec<_>>().join(" ")
    }
}
