//! Reads normalised words the way the lexicon spells them: fillers out, misspellings mended.

use std::collections::{HashMap, HashSet};

use crate::normalise::{Normalised, Word, fold_pattern};

/// Letters set in the wrong order are mended from this length on.
const MENDED: usize = 5;

/// The words that the rules know.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    fillers: HashSet<Box<str>>,
    meant: HashMap<Box<str>, Box<str>>,
    known: HashSet<Box<str>>,
    shapes: HashMap<Shape, Box<str>>,
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
    starts: Vec<u32>,
    origin: Vec<u32>,
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

    /// The words of a text as the rules spell them.
    pub(super) fn read(&self, text: &Normalised) -> Reading {
        let words = text.words();
        let mut reading = Reading {
            text: String::with_capacity(words.len() * 6 + 2),
            starts: Vec::with_capacity(words.len()),
            origin: Vec::with_capacity(words.len()),
        };
        reading.text.push(' ');
        for (i, word) in words.iter().enumerate() {
            let typed = text.str(word);
            if self.fillers.contains(typed) {
                continue;
            }
            reading.starts.push(u32::try_from(reading.text.len()).unwrap_or(u32::MAX));
            reading.origin.push(u32::try_from(i).unwrap_or(u32::MAX));
            reading.text.push_str(self.mend(typed));
            reading.text.push(' ');
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

    /// How many words there are.
    pub(super) const fn len(&self) -> usize {
        self.starts.len()
    }

    /// The words under the bytes `from..to` of the text, as a range.
    pub(super) fn words_at(&self, from: usize, to: usize) -> (u32, u32) {
        let first = self.starts.partition_point(|&s| (s as usize) < from);
        let len =
            self.starts.get(first..).unwrap_or_default().iter().take_while(|&&s| (s as usize) < to).count();
        (u32::try_from(first).unwrap_or(u32::MAX), u32::try_from(first + len).unwrap_or(u32::MAX))
    }

    /// The position of a word among the normalised words.
    pub(super) fn origin(&self, word: usize) -> usize {
        self.origin.get(word).map_or(0, |&o| o as usize)
    }

    /// The normalised word behind each word.
    pub(super) fn behind<'a>(&'a self, text: &'a Normalised) -> impl Iterator<Item = &'a Word> {
        self.origin.iter().filter_map(|&o| text.words().get(o as usize))
    }
}
