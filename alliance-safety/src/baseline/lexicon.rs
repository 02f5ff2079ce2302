//! The rules compiled: one automaton over all phrases of all languages, and frames over its hits.
//!
//! A frame is not multiplied out. The automaton finds the phrases of its sets; when the last part
//! of a frame is found, the parts before it are looked up among the latest hits of their sets.
//! That keeps the automaton small and the work per hit bounded.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use toml::Spanned;

use super::{
    error::{RulesError, RulesProblem},
    rules::{About, Cue, Language, RuleFile},
    words::Vocabulary,
};
use crate::{Category, RiskLevel, RuleId, ScopeReason};

/// The words that `~` and `..` may skip.
const NEAR: u8 = 3;
const FAR: u8 = 8;

/// A rule as scope needs it.
#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) id: RuleId,
    pub(super) category: Category,
    pub(super) level: RiskLevel,
    pub(super) about: About,
    pub(super) denial_follows: bool,
    pub(super) experimental: bool,
    pub(super) whole: bool,
    pub(super) keep: Box<[ScopeReason]>,
}

/// What a frame stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A sign, by the position of its rule.
    Sign(u16),
    /// A figure of speech.
    Figure,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) meaning: Meaning,
    /// Which marks it reads and writes.
    pub(super) plane: Plane,
}

/// Cues of experimental languages are marked apart, so that they cannot lower what a promised one found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Plane {
    #[default]
    Promised,
    Experimental,
}

impl Plane {
    pub(super) const fn of(experimental: bool) -> Self {
        if experimental { Self::Experimental } else { Self::Promised }
    }
}

/// One place of a frame: its set, for all but the last one as numbered by [`Set::leads`], and how many words may stand
/// between it and the part before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) set: u16,
    pub(super) gap: u8,
}

#[derive(Debug, Default)]
pub(super) struct Set {
    /// Its number among the sets that a frame uses before its end.
    pub(super) leads: Option<u16>,
    /// What its phrases tell about scope.
    pub(super) cues: u32,
    pub(super) plane: Plane,
}

/// Everything that is looked for.
#[derive(Debug)]
pub(super) struct Lexicon {
    pub(super) automaton: AhoCorasick,
    /// Phrase → the sets that hold it.
    pub(super) holders: Lists<u16>,
    pub(super) sets: Vec<Set>,
    /// Set → the frames that end with it.
    pub(super) ends: Lists<u16>,
    pub(super) frames: Vec<Frame>,
    /// Frame → its parts.
    pub(super) parts: Lists<Part>,
    /// Sets that a frame uses before its end.
    pub(super) leading: u16,
    pub(super) rules: Vec<CompiledRule>,
}

/// Many short lists in one piece of memory.
#[derive(Debug)]
pub(super) struct Lists<T> {
    ends: Box<[u32]>,
    items: Box<[T]>,
}

impl<T> Lists<T> {
    pub(super) fn get(&self, at: usize) -> &[T] {
        let end = |at: usize| self.ends.get(at).map(|&end| end as usize);
        let start = at.checked_sub(1).map_or(Some(0), end);
        let range = start.zip(end(at)).map(|(start, end)| start..end);
        range.and_then(|range| self.items.get(range)).unwrap_or_default()
    }
}

impl<T, L: IntoIterator<Item = T>> FromIterator<L> for Lists<T> {
    fn from_iter<I: IntoIterator<Item = L>>(lists: I) -> Self {
        let (mut ends, mut items) = (Vec::new(), Vec::new());
        for list in lists {
            items.extend(list);
            ends.push(u32::try_from(items.len()).unwrap_or(u32::MAX));
        }
        Self { ends: ends.into(), items: items.into() }
    }
}

impl Lexicon {
    /// Compiles rules files. Each is given as name and text.
    pub(super) fn compile(files: &[(&'static str, &str)]) -> Result<(Self, Vocabulary), RulesError> {
        let mut read = Vec::new();
        let mut vocabulary = Vocabulary::default();
        for &(name, text) in files {
            let file = RuleFile::read(name, text)?;
            // Fillers first, of all languages: they are left out of every phrase.
            file.fillers.iter().for_each(|word| vocabulary.add_filler(word.as_ref(), file.language));
            for (meant, wrongs) in &file.misspellings {
                wrongs.iter().for_each(|wrong| vocabulary.add_misspelling(wrong.as_ref(), meant.as_ref()));
            }
            file.ordinary.iter().for_each(|word| vocabulary.add_word(word.as_ref(), file.language));
            file.keys.iter().for_each(|word| vocabulary.add_key(word.as_ref(), file.language));
            file.function_words
                .iter()
                .for_each(|word| vocabulary.add_function_word(word.as_ref(), file.language));
            read.push((Source { name, language: file.language, text }, file));
        }
        let mut builder = Builder { vocabulary, ..Builder::default() };
        // Sets before frames: a frame may name a set of another file of its language.
        let mut names = Names::new();
        for (source, file) in &read {
            builder.add_sets(*source, file, &mut names)?;
        }
        for (source, file) in &read {
            let follows = read.iter().any(|(_, f)| f.language == file.language && f.denial_follows);
            builder.add_frames(*source, file, &names, follows)?;
        }
        builder.finish()
    }
}

/// The sets of each language by name.
type Names<'a> = HashMap<(Language, &'a str), u16>;

/// Where something was written.
#[derive(Clone, Copy)]
struct Source<'a> {
    name: &'static str,
    language: Language,
    text: &'a str,
}

impl Source<'_> {
    fn error<T>(&self, at: &Spanned<T>, problem: RulesProblem) -> RulesError {
        RulesError::at(self.name, self.text, at.span().start, problem)
    }
}

#[derive(Default)]
struct Builder {
    vocabulary: Vocabulary,
    phrases: BTreeMap<String, BTreeSet<u16>>,
    literals: HashMap<String, u16>,
    sets: Vec<Set>,
    frames: Vec<Frame>,
    parts: Vec<Vec<Part>>,
    /// Sets that a frame uses before its end.
    leading: u16,
    rules: Vec<CompiledRule>,
}

impl Builder {
    fn add_sets<'a>(
        &mut self,
        source: Source<'_>,
        file: &'a RuleFile,
        names: &mut Names<'a>,
    ) -> Result<(), RulesError> {
        for (name, phrases) in &file.sets {
            let set = self.add_set(source, name, phrases, 0, Plane::of(file.experimental))?;
            if names.insert((file.language, name.as_ref()), set).is_some() {
                return Err(source.error(name, RulesProblem::Twice { name: name.as_ref().as_str().into() }));
            }
        }
        for (&cue, phrases) in &file.cues {
            if let Some(first) = phrases.first() {
                self.add_set(source, first, phrases, Cue::flag(cue), Plane::of(file.experimental))?;
            }
        }
        Ok(())
    }

    fn add_frames(
        &mut self,
        source: Source<'_>,
        file: &RuleFile,
        names: &Names<'_>,
        denial_follows: bool,
    ) -> Result<(), RulesError> {
        let plane = Plane::of(file.experimental);
        for frame in &file.figures.frames {
            self.add_frame(source, frame, (file.language, names), Meaning::Figure, plane)?;
        }
        for rule in &file.rules {
            let id = format!("{}.{}", file.language.as_str(), rule.id.as_ref());
            if self.rules.iter().any(|r| r.id.as_str() == id) {
                return Err(source.error(&rule.id, RulesProblem::Twice { name: id.into() }));
            }
            let position =
                u16::try_from(self.rules.len()).map_err(|_| source.error(&rule.id, RulesProblem::TooMany))?;
            if rule.frames.is_empty() {
                return Err(source.error(&rule.id, RulesProblem::Empty));
            }
            for frame in &rule.frames {
                self.add_frame(source, frame, (file.language, names), Meaning::Sign(position), plane)?;
            }
            self.rules.push(CompiledRule {
                id: RuleId::new(id),
                category: rule.category,
                level: rule.level,
                about: rule.about,
                denial_follows,
                experimental: file.experimental,
                whole: rule.whole,
                keep: rule.keep.clone().into(),
            });
        }
        Ok(())
    }

    fn add_set<T>(
        &mut self,
        source: Source<'_>,
        at: &Spanned<T>,
        phrases: &[Spanned<String>],
        cues: u32,
        plane: Plane,
    ) -> Result<u16, RulesError> {
        let set = u16::try_from(self.sets.len()).map_err(|_| source.error(at, RulesProblem::TooMany))?;
        if phrases.is_empty() {
            return Err(source.error(at, RulesProblem::Empty));
        }
        for phrase in phrases {
            let folded = self.pattern(source, phrase, phrase.as_ref())?;
            self.phrases.entry(folded).or_default().insert(set);
        }
        self.sets.push(Set { cues, plane, ..Set::default() });
        Ok(set)
    }

    fn add_frame(
        &mut self,
        source: Source<'_>,
        frame: &Spanned<String>,
        (language, names): (Language, &Names<'_>),
        meaning: Meaning,
        plane: Plane,
    ) -> Result<(), RulesError> {
        let mut parts = Vec::new();
        let mut gap = 0;
        let mut literal = String::new();
        u16::try_from(self.frames.len()).map_err(|_| source.error(frame, RulesProblem::TooMany))?;
        for token in frame.as_ref().split_whitespace().map(Some).chain([None]) {
            let name = token.and_then(|t| t.strip_prefix('{')).and_then(|t| t.strip_suffix('}'));
            let skips = match token {
                Some("~") => Some(NEAR),
                Some("..") => Some(FAR),
                _ => None,
            };
            if let Some(word) = token.filter(|_| name.is_none() && skips.is_none()) {
                literal.push_str(word);
                literal.push(' ');
                if !word.ends_with('*') {
                    continue;
                }
            }
            if !literal.is_empty() {
                let set = self.literal(source, frame, &literal)?;
                parts.push(Part { set, gap: std::mem::take(&mut gap) });
                literal.clear();
            }
            if let Some(name) = name {
                let Some(&set) = names.get(&(language, name)) else {
                    return Err(source.error(frame, RulesProblem::UnknownSet { name: name.into() }));
                };
                parts.push(Part { set, gap: std::mem::take(&mut gap) });
            }
            if let Some(skips) = skips {
                if gap != 0 || parts.is_empty() {
                    return Err(source.error(frame, RulesProblem::LooseGap));
                }
                gap = skips;
            }
        }
        if gap != 0 {
            return Err(source.error(frame, RulesProblem::LooseGap));
        }
        let Some((_, before)) = parts.split_last_mut() else {
            return Err(source.error(frame, RulesProblem::Empty));
        };
        for part in before {
            if let Some(set) = self.sets.get_mut(usize::from(part.set)) {
                part.set = *set.leads.get_or_insert(self.leading);
                self.leading = self.leading.max(part.set + 1);
            }
        }
        self.frames.push(Frame { meaning, plane });
        self.parts.push(parts);
        Ok(())
    }

    /// The set that holds only this phrase.
    fn literal(
        &mut self,
        source: Source<'_>,
        frame: &Spanned<String>,
        phrase: &str,
    ) -> Result<u16, RulesError> {
        let folded = self.pattern(source, frame, phrase)?;
        if let Some(&set) = self.literals.get(&folded) {
            return Ok(set);
        }
        let set = u16::try_from(self.sets.len()).map_err(|_| source.error(frame, RulesProblem::TooMany))?;
        self.sets.push(Set::default());
        self.phrases.entry(folded.clone()).or_default().insert(set);
        self.literals.insert(folded, set);
        Ok(set)
    }

    /// The pattern of a phrase, learned: ` want to die `, or ` want to di` for a stem.
    fn pattern<T>(
        &mut self,
        source: Source<'_>,
        at: &Spanned<T>,
        phrase: &str,
    ) -> Result<String, RulesError> {
        let phrase = phrase.trim();
        let (words, stem) = phrase.strip_suffix('*').map_or((phrase, false), |words| (words, true));
        if words.split_whitespace().any(|word| word.ends_with('*')) {
            return Err(source.error(at, RulesProblem::InnerStem));
        }
        let folded = self.vocabulary.learn(words, stem, source.language);
        let folded = folded.map_err(|problem| source.error(at, problem))?;
        Ok(if stem { format!(" {folded}") } else { format!(" {folded} ") })
    }

    fn finish(mut self) -> Result<(Lexicon, Vocabulary), RulesError> {
        self.vocabulary.finish()?;
        let mut ends = vec![Vec::new(); self.sets.len()];
        for (frame, parts) in (0_u16..).zip(&self.parts) {
            if let Some(ends) = parts.last().and_then(|last| ends.get_mut(usize::from(last.set))) {
                ends.push(frame);
            }
        }
        let lexicon = Lexicon {
            automaton: automaton(self.phrases.keys())?,
            holders: self.phrases.into_values().collect(),
            sets: self.sets,
            ends: ends.into_iter().collect(),
            frames: self.frames,
            parts: self.parts.into_iter().collect(),
            leading: self.leading,
            rules: self.rules,
        };
        Ok((lexicon, self.vocabulary))
    }
}

fn automaton<P: AsRef<[u8]>>(phrases: impl Iterator<Item = P>) -> Result<AhoCorasick, RulesError> {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .prefilter(false)
        .build(phrases)
        .map_err(|source| RulesError::Compile { source: Box::new(source) })
}
