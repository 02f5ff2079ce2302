//! The rule files of the reply review, read and compiled.

use std::collections::{BTreeMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;
use toml::Spanned;

use super::{
    category::ReplyCategory,
    fold::fold,
    frame::{Frame, Vocabulary},
};
use crate::{RiskLevel, RuleId};

/// A rule file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// Not TOML, or not the form of a rule file.
    #[error("{file}:{line}:{column}: {reason}")]
    Form {
        /// The file, as named in the crate.
        file: &'static str,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The words of all files do not make an automaton.
    #[error("the rules are too many to compile: {reason}")]
    Size {
        /// What the automaton says.
        reason: String,
    },
}

/// Scopes that need no words: the match is asked; it is asked in a rule about a grave matter, where that has to be named
/// on purpose; it stands between quotation marks.
const BUILT_IN_SCOPES: [&str; 3] = ["question", "open_question", "quoted"];

/// What happens to a sentence that a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    Repair,
    Replace,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Who reviewed the file, or `none yet`. Never empty.
    reviewed_by: String,
    sources: Vec<String>,
    /// Words by which a sentence of this language is recognized.
    #[serde(default)]
    function_words: Vec<String>,
    #[serde(default)]
    set: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    scope: BTreeMap<String, ScopeRow>,
    #[serde(default)]
    topic: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default)]
    cue: BTreeMap<String, Vec<Spanned<String>>>,
    rule: Vec<RuleRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeRow {
    #[serde(default)]
    before: usize,
    #[serde(default)]
    after: usize,
    #[serde(default)]
    clause: bool,
    any: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    id: String,
    category: ReplyCategory,
    action: Action,
    /// From which standing level on `replace` counts; below it is a repair.
    #[serde(default)]
    replace_from: RiskLevel,
    /// Topics of the person's turn, one of which must be there.
    #[serde(default)]
    user: Vec<Spanned<String>>,
    /// Topics of the person's turn, none of which may be there.
    #[serde(default)]
    user_not: Vec<Spanned<String>>,
    any: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
    /// A sentence that the rule finds.
    example: String,
    /// The person's turn that the example answers. Needed where the rule asks for a topic.
    #[serde(default)]
    after: String,
    /// Sentences about the same thing that must pass.
    #[serde(default)]
    passes: Vec<String>,
}

/// Words that take a match back: a denial, a report, a condition.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) before: usize,
    pub(crate) after: usize,
    /// Whether only words of the same clause count.
    pub(crate) clause: bool,
    pub(crate) frames: Vec<Frame>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: RuleId,
    pub(crate) category: ReplyCategory,
    pub(crate) action: Action,
    pub(crate) replace_from: RiskLevel,
    pub(crate) user: Vec<String>,
    pub(crate) user_not: Vec<String>,
    pub(crate) frames: Vec<Frame>,
    /// Numbers into [`Rules::scopes`].
    pub(crate) unless: Vec<usize>,
    pub(crate) unless_question: bool,
    pub(crate) unless_quoted: bool,
    #[cfg(test)]
    pub(crate) examples: Examples,
}

#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Examples {
    pub(crate) bad: String,
    pub(crate) after: String,
    pub(crate) good: Vec<String>,
}

/// All rules of all files.
pub(crate) struct Rules {
    pub(crate) rules: Vec<Rule>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) topics: BTreeMap<String, Vec<Frame>>,
    pub(crate) cues: BTreeMap<String, Vec<Frame>>,
    pub(crate) function_words: HashSet<String>,
    pub(crate) automaton: AhoCorasick,
    /// For each word of the vocabulary the frames (rule, frame) that are looked up by it.
    pub(crate) by_word: Vec<Vec<(usize, usize)>>,
}

impl Rules {
    /// Compiles the files of each language. The files of one language share word sets and scopes.
    pub(crate) fn compile(languages: &[&[(&'static str, &str)]]) -> Result<Self, RulesError> {
        let mut builder = Builder::default();
        for files in languages {
            builder.language(files)?;
        }
        builder.finish()
    }
}

/// Where something stands in a file, for errors.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'static str,
    text: &'a str,
}

impl Place<'_> {
    /// An error with line and column, counted from one.
    fn error(self, byte: usize, reason: &str) -> RulesError {
        let before = self.text.get(..byte).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        RulesError::Form { file: self.file, line, column, reason: reason.to_owned() }
    }
}

type Sets = BTreeMap<String, Vec<String>>;

#[derive(Default)]
struct Builder {
    vocabulary: Vocabulary,
    rules: Vec<Rule>,
    scopes: Vec<Scope>,
    topics: BTreeMap<String, Vec<Frame>>,
    cues: BTreeMap<String, Vec<Frame>>,
    function_words: HashSet<String>,
    /// Topics that rules ask for and that no file has defined yet, with the error it would be.
    wanted: Vec<(String, RulesError)>,
}

impl Builder {
    fn language(&mut self, files: &[(&'static str, &str)]) -> Result<(), RulesError> {
        let (mut parsed, mut sets) = (Vec::new(), Sets::new());
        for &(file, text) in files {
            let place = Place { file, text };
            let mut rows: File = toml::from_str(text)
                .map_err(|error| place.error(error.span().map_or(0, |span| span.start), error.message()))?;
            if rows.reviewed_by.is_empty() || rows.sources.is_empty() {
                return Err(place.error(0, "a file that does not say who reviewed it and what it rests on"));
            }
            sets.append(&mut rows.set);
            parsed.push((place, rows));
        }
        let mut scopes = BTreeMap::new();
        for (place, file) in &parsed {
            self.function_words.extend(file.function_words.iter().map(|word| fold(word)));
            for (name, rows) in &file.topic {
                let frames = self.frames(rows, &sets, *place)?;
                self.topics.entry(name.clone()).or_default().extend(frames);
            }
            for (name, rows) in &file.cue {
                let frames = self.frames(rows, &sets, *place)?;
                self.cues.entry(name.clone()).or_default().extend(frames);
            }
            for (name, row) in &file.scope {
                scopes.insert(name.as_str(), self.scopes.len());
                let frames = self.frames(&row.any, &sets, *place)?;
                self.scopes.push(Scope { before: row.before, after: row.after, clause: row.clause, frames });
            }
        }
        for (place, file) in &parsed {
            for row in &file.rule {
                self.rule(row, &sets, &scopes, *place)?;
            }
        }
        Ok(())
    }

    fn rule(
        &mut self,
        row: &RuleRow,
        sets: &Sets,
        scopes: &BTreeMap<&str, usize>,
        place: Place<'_>,
    ) -> Result<(), RulesError> {
        let has = |built_in: &str| row.unless.iter().any(|scope| scope.get_ref() == built_in);
        let shown = !row.example.is_empty()
            && !row.passes.is_empty()
            && (row.user.is_empty() || !row.after.is_empty());
        if !shown {
            let byte = row.any.first().map_or(0, |frame| frame.span().start);
            return Err(
                place.error(byte, "a rule without an example, a passing twin, or the turn that it answers")
            );
        }
        // A question excuses little in grave matters: a rule has to ask for it by another name.
        let (asked, other) = if row.category.is_grave() {
            ("open_question", "question")
        } else {
            ("question", "open_question")
        };
        if let Some(scope) = row.unless.iter().find(|scope| scope.get_ref() == other) {
            return Err(
                place.error(scope.span().start, "not the kind of question that excuses in this category")
            );
        }
        let mut unless = Vec::new();
        for scope in row.unless.iter().filter(|scope| !BUILT_IN_SCOPES.contains(&scope.get_ref().as_str())) {
            let id = scopes.get(scope.get_ref().as_str()).ok_or_else(|| {
                place.error(scope.span().start, "a scope that the language does not define")
            })?;
            unless.push(*id);
        }
        for topic in row.user.iter().chain(&row.user_not) {
            let error = place.error(topic.span().start, "a topic that no file defines");
            self.wanted.push((topic.get_ref().clone(), error));
        }
        let frames = self.frames(&row.any, sets, place)?;
        self.rules.push(Rule {
            id: RuleId::new(row.id.as_str()),
            category: row.category,
            action: row.action,
            replace_from: row.replace_from,
            user: row.user.iter().map(|topic| topic.get_ref().clone()).collect(),
            user_not: row.user_not.iter().map(|topic| topic.get_ref().clone()).collect(),
            frames,
            unless,
            unless_question: has(asked),
            unless_quoted: has("quoted"),
            #[cfg(test)]
            examples: Examples {
                bad: row.example.clone(),
                after: row.after.clone(),
                good: row.passes.clone(),
            },
        });
        Ok(())
    }

    fn frames(
        &mut self,
        rows: &[Spanned<String>],
        sets: &Sets,
        place: Place<'_>,
    ) -> Result<Vec<Frame>, RulesError> {
        rows.iter()
            .map(|row| {
                Frame::parse(row.get_ref(), sets, &mut self.vocabulary)
                    .map_err(|reason| place.error(row.span().start, reason))
            })
            .collect()
    }

    fn finish(self) -> Result<Rules, RulesError> {
        let Self { vocabulary, mut rules, scopes, topics, cues, function_words, wanted } = self;
        if let Some((_, error)) = wanted.into_iter().find(|(topic, _)| !topics.contains_key(topic)) {
            return Err(error);
        }
        let patterns = vocabulary.patterns();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&patterns)
            .map_err(|error| RulesError::Size { reason: error.to_string() })?;
        // Function words stand in nearly every sentence: a frame is looked up by its other words where it has some.
        let common: Vec<bool> = patterns.iter().map(|word| function_words.contains(word.trim())).collect();
        let cost = |word: usize| if common.get(word) == Some(&true) { 50 } else { 1 };
        let mut by_word = vec![Vec::new(); patterns.len()];
        for (r, rule) in rules.iter_mut().enumerate() {
            for (f, frame) in rule.frames.iter_mut().enumerate() {
                for &word in frame.look_up_by(cost) {
                    if let Some(slot) = by_word.get_mut(word) {
                        slot.push((r, f));
                    }
                }
            }
        }
        Ok(Rules { rules, scopes, topics, cues, function_words, automaton, by_word })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_a_file_is_wrong() {
        let head = "reviewed_by = \"none yet\"\nsources = [\"s\"]\n[[rule]]\nid = \"a\"\ncategory = \"blame\"\naction = \"repair\"\nexample = \"e\"\npasses = [\"p\"]\nafter = \"t\"\n";
        let cases = [
            (
                "any = [\"word\"]\nunless = [\"nowhere\"]",
                "test.toml:11:11: a scope that the language does not define",
            ),
            ("any = [\"word\"]\nuser = [\"nothing\"]", "test.toml:11:9: a topic that no file defines"),
            ("any = [\"<missing>\"]", "test.toml:10:8: a word set that the file does not define"),
        ];
        for (rest, expected) in cases {
            let text = format!("{head}{rest}");
            let error = Rules::compile(&[&[("test.toml", &text)]]).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(expected));
        }
        assert!(Rules::compile(&[&[("test.toml", "reviewed_by = 1")]]).is_err());
    }
}
