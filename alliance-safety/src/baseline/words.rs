//! Reads normalised words the way the lexicon spells them: fillers out, misspellings mended.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    cut::Cutter,
    error::{RulesError, RulesProblem},
    mend::Mender,
    rules::Language,
};
use crate::normalise::{Gap, Normalised, Word, fold_loose, fold_pattern};

/// With this many letters a word, a text is read as one without spaces.
const TIGHT: usize = 9;
/// Bytes of one text that are cut into words: those of a message of full length, twice.
const CUT: usize = 128 * 1024;
/// Longer words are no words.
const LONGEST: usize = 96;

/// What a word is to the rules.
mod kind {
    /// It stands in a phrase, or is ordinary: never mended into another.
    pub(super) const KNOWN: u8 = 1;
    /// Left out wherever it stands.
    pub(super) const FILLER: u8 = 2;
    /// Any wrong letter in it is mended.
    pub(super) const KEY: u8 = 4;
    /// Tells that a language is one that the rules know.
    pub(super) const FUNCTION: u8 = 8;
    /// The beginning of a word.
    pub(super) const STEM: u8 = 16;
    /// Of a language in which text without spaces is cut.
    pub(super) const ENGLISH: u8 = 32;
    pub(super) const GERMAN: u8 = 64;

    pub(super) const fn of(language: super::Language) -> u8 {
        match language {
            super::Language::En => ENGLISH,
            super::Language::De => GERMAN,
            _ => 0,
        }
    }
}

/// The words that the rules know.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: HashMap<Box<str>, u8>,
    /// Words as they stand in text without spaces → as they are folded.
    loose: BTreeMap<Box<str>, Box<str>>,
    /// Words that were folded for that already.
    loosened: HashSet<Box<str>>,
    meant: HashMap<Box<str>, Box<str>>,
    mender: Mender,
    cutters: Vec<Cutter>,
}

/// A text as the automaton reads it: ` i want to die `.
pub(super) struct Reading {
    text: String,
    words: Vec<Place>,
    sentences: usize,
    function_words: usize,
    promised_words: usize,
}

/// A word of a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    start: u32,
    origin: u32,
    /// The sentence it stands in, counted from 0.
    pub(super) sentence: u32,
    /// Whether a clause begins with it.
    pub(super) clause: bool,
    pub(super) quoted: bool,
    /// Whether it is a word of a promised language.
    pub(super) promised: bool,
}

impl Vocabulary {
    pub(super) fn add_filler(&mut self, word: &str, language: Language) {
        self.add(word, kind::FILLER | kind::of(language));
    }

    pub(super) fn add_key(&mut self, word: &str, language: Language) {
        self.add(word, kind::KNOWN | kind::KEY | kind::of(language));
    }

    pub(super) fn add_function_word(&mut self, word: &str, language: Language) {
        self.add(word, kind::FUNCTION | kind::of(language));
    }

    /// A word that is only there to be known: it is never mended, and text without spaces is cut at it.
    pub(super) fn add_word(&mut self, word: &str, language: Language) {
        self.add(word, kind::KNOWN | kind::of(language));
    }

    pub(super) fn add_misspelling(&mut self, wrong: &str, meant: &str) {
        self.meant.insert(fold_pattern(wrong).into(), fold_pattern(meant).into());
    }

    /// Folds a phrase of the rules, leaves its fillers out and learns its words. With `stem` the last word
    /// is only the beginning of one. Refuses a phrase of which fillers leave nothing, or one word of several.
    pub(super) fn learn(
        &mut self,
        phrase: &str,
        stem: bool,
        language: Language,
    ) -> Result<String, RulesProblem> {
        let folded = fold_pattern(phrase);
        let all = folded.split(' ').filter(|word| !word.is_empty());
        let words: Vec<&str> = all.clone().filter(|word| self.kind(word) & kind::FILLER == 0).collect();
        match words[..] {
            [] => return Err(RulesProblem::Empty),
            // "nicht echt" would become "nicht", and be found everywhere.
            [word] if all.count() > 1 => return Err(RulesProblem::Fillers { left: word.into() }),
            _ => {}
        }
        for (i, &word) in words.iter().enumerate() {
            let kind = if stem && i + 1 == words.len() { kind::STEM } else { kind::KNOWN };
            *self.words.entry(word.into()).or_default() |= kind | kind::of(language);
        }
        if kind::of(language) != 0 {
            phrase.split_whitespace().for_each(|word| self.loosen(word));
        }
        Ok(words.join(" "))
    }

    fn add(&mut self, word: &str, kind: u8) {
        for part in fold_pattern(word).split(' ').filter(|part| !part.is_empty()) {
            *self.words.entry(part.into()).or_default() |= kind;
        }
        if kind & (kind::ENGLISH | kind::GERMAN) != 0 {
            self.loosen(word);
        }
    }

    fn loosen(&mut self, word: &str) {
        if self.loosened.contains(word) {
            return;
        }
        self.loosened.insert(word.into());
        let folded = fold_pattern(word);
        if !folded.is_empty() && !folded.contains(' ') {
            self.loose.insert(fold_loose(word).into(), folded.into());
        }
    }

    fn is_promised(&self, word: &str) -> bool {
        self.kind(word) & (kind::ENGLISH | kind::GERMAN) != 0
    }

    fn kind(&self, word: &str) -> u8 {
        self.words.get(word).copied().unwrap_or_default()
    }

    /// To be called once every phrase is learned.
    pub(super) fn finish(&mut self) -> Result<(), RulesError> {
        let alone = |word: &str| word.chars().nth(1).is_some() || matches!(word, "i" | "a");
        let whole = |kind: u8| kind & (kind::KNOWN | kind::FILLER | kind::FUNCTION) != 0;
        let mut words: Vec<(&str, u8)> =
            self.words.iter().map(|(word, &kind)| (&**word, kind)).filter(|&(_, kind)| whole(kind)).collect();
        words.sort_unstable();
        for language in [kind::ENGLISH, kind::GERMAN] {
            let own = self.loose.iter().filter_map(|(loose, folded)| {
                let kind = self.kind(folded);
                let ours = kind & language != 0 && whole(kind) && alone(loose);
                ours.then_some((&**loose, &**folded, kind & kind::FUNCTION != 0))
            });
            self.cutters.push(Cutter::new(own)?);
        }
        self.loose = BTreeMap::new();
        self.loosened = HashSet::new();
        self.mender = Mender::new(words.iter().map(|&(word, kind)| (word, kind & kind::KEY != 0)));
        for (word, _) in words {
            misfolded(word, |wrong| {
                if !self.words.contains_key(wrong.as_str()) {
                    self.meant.entry(wrong.into()).or_insert_with(|| word.into());
                }
            });
        }
        Ok(())
    }

    /// The words of a text as the rules spell them.
    pub(super) fn read(&self, text: &Normalised, mending: bool) -> Reading {
        let words = text.words();
        let mut reading = Reading {
            text: String::with_capacity(words.len() * 6 + 2),
            words: Vec::with_capacity(words.len()),
            sentences: 1,
            function_words: 0,
            promised_words: 0,
        };
        reading.text.push(' ');
        let letters: usize = words.iter().map(|w| text.str(w).len()).sum();
        let tight = letters >= words.len() * TIGHT;
        // A filler that is left out may carry the end of a sentence.
        let mut gap = Gap::Sign;
        let mut to_cut = CUT;
        for (i, word) in words.iter().enumerate() {
            gap = gap.max(word.gap());
            let typed = text.str(word);
            let kind = if typed.len() <= LONGEST { self.kind(typed) } else { 0 };
            reading.count(kind);
            if kind & kind::FILLER != 0 {
                continue;
            }
            let mended = if kind & kind::KNOWN != 0 || !mending { typed } else { self.mend(typed) };
            let unknown = mending && kind & kind::KNOWN == 0 && std::ptr::eq(mended, typed);
            // One long word is cut only if nothing is left over: German has many.
            let loose = text.loose(word);
            let loose = loose.get(..to_cut).unwrap_or(loose);
            let cuts = unknown && (tight || word.may_hold_many()) && loose.len() <= to_cut;
            let pieces = cuts.then(|| {
                to_cut -= loose.len();
                self.cut(loose, !tight)
            });
            let pieces = pieces.flatten().filter(|pieces| !pieces.is_empty());
            let Some(pieces) = pieces else {
                reading.push(
                    (mended, self.is_promised(mended)),
                    i,
                    std::mem::replace(&mut gap, Gap::Sign),
                    word,
                );
                continue;
            };
            for piece in pieces {
                let kind = self.kind(piece);
                reading.count(kind);
                if kind & kind::FILLER == 0 {
                    let piece = if kind & kind::KNOWN != 0 { piece } else { self.mend(piece) };
                    reading.push(
                        (piece, self.is_promised(piece)),
                        i,
                        std::mem::replace(&mut gap, Gap::Sign),
                        word,
                    );
                }
            }
        }
        reading
    }

    /// The pieces of `typed` in the language that covers it best; with `whole`, only if one covers all of it.
    fn cut<'a>(&'a self, typed: &'a str, whole: bool) -> Option<Vec<&'a str>> {
        self.cutters
            .iter()
            .filter_map(|cutter| cutter.cut(typed, whole))
            .min_by_key(|cut| cut.0)
            .map(|cut| cut.1)
    }

    /// What an unknown word was meant to be; itself where nobody can tell.
    fn mend<'a>(&'a self, typed: &'a str) -> &'a str {
        if typed.len() > LONGEST {
            return typed;
        }
        self.meant.get(typed).map(|meant| &**meant).or_else(|| self.mender.mend(typed)).unwrap_or(typed)
    }
}

/// What folding makes of `word` where two swapped letters look like the two-letter spelling of an umlaut.
fn misfolded(word: &str, mut each: impl FnMut(String)) {
    let bytes = word.as_bytes();
    if bytes.len() < 4 || !word.is_ascii() {
        return;
    }
    for (at, pair) in bytes.windows(2).enumerate().skip(1) {
        let after = bytes.get(at + 2);
        let umlaut =
            |first: u8, second: Option<&u8>| matches!(first, b'a' | b'o' | b'u') && second == Some(&b'e');
        let &[x, y] = pair else { continue };
        let moved = umlaut(y, Some(&x)) || umlaut(x, after);
        let behind = at.checked_sub(1).and_then(|before| bytes.get(before));
        if !moved && !behind.is_some_and(|&before| umlaut(before, Some(&y))) {
            continue;
        }
        let mut wrong = bytes.to_vec();
        wrong.swap(at, at + 1);
        if let Ok(wrong) = String::from_utf8(wrong) {
            each(fold_pattern(&wrong));
        }
    }
}

impl Reading {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The words in order.
    pub(super) fn words(&self) -> &[Place] {
        &self.words
    }

    fn count(&mut self, kind: u8) {
        let function = kind & kind::FUNCTION != 0;
        self.function_words += usize::from(function);
        self.promised_words += usize::from(function && kind & (kind::ENGLISH | kind::GERMAN) != 0);
    }

    /// Whether the text is in a promised language, as far as its frequent words tell.
    pub(super) const fn is_promised(&self) -> bool {
        self.promised_words * 3 > self.function_words * 2
    }

    /// How many words belong to a language that the rules know.
    pub(super) const fn function_words(&self) -> usize {
        self.function_words
    }

    /// How many sentences there are.
    pub(super) const fn sentences(&self) -> usize {
        self.sentences
    }

    /// The words under the bytes `from..to` of the text, as a range.
    pub(super) fn words_at(&self, from: usize, to: usize) -> (u32, u32) {
        let first = self.words.partition_point(|w| (w.start as usize) < from);
        let after = self.words.get(first..).unwrap_or_default();
        let len = after.iter().take_while(|w| (w.start as usize) < to).count();
        (u32::try_from(first).unwrap_or(u32::MAX), u32::try_from(first + len).unwrap_or(u32::MAX))
    }

    /// The sentence of a word.
    pub(super) fn sentence(&self, word: u32) -> Option<u32> {
        self.words.get(word as usize).map(|w| w.sentence)
    }

    /// The position of a word among the normalised words.
    pub(super) fn origin(&self, word: usize) -> usize {
        self.words.get(word).map_or(0, |w| w.origin as usize)
    }

    fn push(&mut self, (spelled, promised): (&str, bool), origin: usize, gap: Gap, word: &Word) {
        if gap == Gap::Sentence && !self.words.is_empty() {
            self.sentences += 1;
        }
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.words.push(Place {
            start: number(self.text.len()),
            origin: number(origin),
            sentence: number(self.sentences - 1),
            clause: gap >= Gap::Clause,
            quoted: word.quoted(),
            promised,
        });
        self.text.push_str(spelled);
        self.text.push(' ');
    }
}
