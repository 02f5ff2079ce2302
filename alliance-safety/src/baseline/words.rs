//! Reads normalised words the way the lexicon spells them: fillers out, misspellings mended.

use std::collections::{HashMap, HashSet};

use super::{cut::Cutter, error::RulesError};
use crate::normalise::{Gap, Normalised, Word, fold_pattern};

/// Letters set in the wrong order are mended from this length on.
const MENDED: usize = 5;
/// With this many letters a word, a text is read as one without spaces.
const TIGHT: usize = 9;

/// The words that the rules know.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    fillers: HashSet<Box<str>>,
    meant: HashMap<Box<str>, Box<str>>,
    known: HashSet<Box<str>>,
    shapes: HashMap<Shape, Box<str>>,
    cutter: Option<Cutter>,
}

/// What survives when the inner letters of a word change places: its ends and which letters it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    first: u8,
    last: u8,
    letters: u32,
}

/// A text as the automaton reads it: ` i want to die `.
pub(super) struct Reading {
    text: String,
    words: Vec<Place>,
    sentences: usize,
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
}

impl Vocabulary {
    pub(super) fn add_filler(&mut self, word: &str) {
        self.fillers.insert(fold_pattern(word).into());
    }

    pub(super) fn add_misspelling(&mut self, wrong: &str, meant: &str) {
        self.meant.insert(fold_pattern(wrong).into(), fold_pattern(meant).into());
    }

    /// Folds a phrase of the rules, leaves its fillers out and learns its words. May be empty.
    pub(super) fn learn(&mut self, phrase: &str) -> String {
        let folded = fold_pattern(phrase);
        let words: Vec<&str> =
            folded.split(' ').filter(|w| !w.is_empty() && !self.fillers.contains(*w)).collect();
        for &word in &words {
            self.known.insert(word.into());
            if word.len() >= MENDED
                && let Some(shape) = Shape::of(word)
            {
                self.shapes.entry(shape).or_insert_with(|| word.into());
            }
        }
        words.join(" ")
    }

    /// A word that is only there to be known: it is never mended, and text without spaces is cut at it.
    pub(super) fn add_word(&mut self, word: &str) {
        self.known.insert(fold_pattern(word).into());
    }

    /// To be called once every phrase is learned.
    pub(super) fn finish(&mut self) -> Result<(), RulesError> {
        let words = self.known.iter().chain(&self.fillers);
        let alone = |word: &str| word.chars().nth(1).is_some() || matches!(word, "i" | "a");
        let mut words: Vec<&str> = words.map(|w| &**w).filter(|w| alone(w)).collect();
        words.sort_unstable();
        words.dedup();
        self.cutter = Some(Cutter::new(words.into_iter())?);
        Ok(())
    }

    /// The words of a text as the rules spell them.
    pub(super) fn read(&self, text: &Normalised) -> Reading {
        let words = text.words();
        let mut reading = Reading {
            text: String::with_capacity(words.len() * 6 + 2),
            words: Vec::with_capacity(words.len()),
            sentences: 1,
        };
        reading.text.push(' ');
        let letters: usize = words.iter().map(|w| text.str(w).len()).sum();
        let tight = letters >= words.len() * TIGHT;
        // A filler that is left out may carry the end of a sentence.
        let mut gap = Gap::Sign;
        for (i, word) in words.iter().enumerate() {
            gap = gap.max(word.gap());
            let typed = text.str(word);
            if self.fillers.contains(typed) {
                continue;
            }
            let mended = self.mend(typed);
            let unknown = !self.known.contains(mended);
            let cutter = self.cutter.as_ref().filter(|_| unknown && (tight || word.may_hold_many()));
            // One long word is cut only if nothing is left over: German has many.
            let whole = !tight;
            if cutter.is_none_or(|c| whole && !c.cut(typed, true, |_| {})) {
                reading.push(mended, i, std::mem::replace(&mut gap, Gap::Sign), word);
                continue;
            }
            if let Some(cutter) = cutter {
                cutter.cut(typed, false, |piece| {
                    if !self.fillers.contains(piece) {
                        reading.push(self.mend(piece), i, std::mem::replace(&mut gap, Gap::Sign), word);
                    }
                });
            }
        }
        reading
    }

    fn mend<'a>(&'a self, typed: &'a str) -> &'a str {
        if self.known.contains(typed) {
            return typed;
        }
        if let Some(meant) = self.meant.get(typed) {
            return meant;
        }
        let near = |shape: Shape| {
            let word = self.shapes.get(&shape)?;
            (word.len().abs_diff(typed.len()) <= 1).then_some(&**word)
        };
        if typed.len() + 1 < MENDED {
            return typed;
        }
        let Some(shape) = Shape::of(typed) else { return typed };
        near(shape).or_else(|| near(shape.with_last_two_swapped(typed)?)).unwrap_or(typed)
    }
}

impl Shape {
    fn of(word: &str) -> Option<Self> {
        let bytes = word.as_bytes();
        let (&first, &last) = (bytes.first()?, bytes.last()?);
        let mut letters = 0;
        for &b in bytes.get(1..bytes.len() - 1)? {
            if !b.is_ascii_lowercase() {
                return None;
            }
            letters |= 1 << (b - b'a');
        }
        Some(Self { first, last, letters })
    }

    /// The shape of the same word with its last two letters swapped.
    fn with_last_two_swapped(self, word: &str) -> Option<Self> {
        let bytes = word.as_bytes();
        let (&[.., before, last], Some(inner)) = (bytes, bytes.get(1..bytes.len() - 2)) else { return None };
        if !before.is_ascii_lowercase() || !last.is_ascii_lowercase() {
            return None;
        }
        let letters = inner.iter().chain([&last]).fold(0, |all, b| all | 1 << (b.wrapping_sub(b'a') & 31));
        Some(Self { last: before, letters, ..self })
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

    fn push(&mut self, spelled: &str, origin: usize, gap: Gap, word: &Word) {
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
        });
        self.text.push_str(spelled);
        self.text.push(' ');
    }
}
