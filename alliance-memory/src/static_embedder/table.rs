//! The pieces of words and their vectors, as a file holds them.
//!
//! All numbers are little-endian: eight bytes of magic, then as `u32` the version, the entries of a vector, how many
//! pieces begin a word and how many go on with one; the length of each piece as a byte; their letters, ASCII, each part
//! in the order of its bytes; a scale each as `f32`; their entries as `i8`; a checksum of all before as `u64`. A piece's
//! vector is its scale times its entries.

use std::ops::Range;

use super::StaticEmbedderError;
use crate::recall::checksum;

const MAGIC: &[u8] = b"allivecs";
const VERSION: u32 = 1;
/// What no number of a file exceeds, so that no size overflows, even one of 32 bits.
const MOST: usize = 1 << 15;

/// The pieces that are known, by row: first those that begin a word.
pub(super) struct Table {
    dimensions: usize,
    begin: usize,
    /// Where each piece ends in `letters`.
    ends: Vec<u32>,
    letters: &'static [u8],
    scales: &'static [[u8; 4]],
    entries: &'static [u8],
}

impl Table {
    /// Reads a file. Looks at every byte once.
    pub(super) fn read(bytes: &'static [u8]) -> Result<Self, StaticEmbedderError> {
        let wrong = |reason| StaticEmbedderError { reason };
        let (rest, sum) = bytes.split_last_chunk().ok_or(wrong("it is cut off"))?;
        if !rest.starts_with(MAGIC) {
            return Err(wrong("it holds something else"));
        }
        if checksum(rest) != u64::from_le_bytes(*sum) {
            return Err(wrong("its checksum is another"));
        }
        let mut rest = Bytes(rest.get(MAGIC.len()..).unwrap_or_default());
        if rest.number() != Some(VERSION as usize) {
            return Err(wrong("its version is another"));
        }
        Self::read_pieces(&mut rest).filter(|_| rest.0.is_empty()).ok_or(wrong("its parts do not fit"))
    }

    fn read_pieces(rest: &mut Bytes) -> Option<Self> {
        let (dimensions, begin, go_on) = (rest.number()?, rest.number()?, rest.number()?);
        let all = begin + go_on;
        let mut end = 0;
        let lengths = rest.take(all)?.iter();
        let ends: Vec<u32> = lengths
            .map(|length| {
                end += u32::from(*length);
                end
            })
            .collect();
        let letters = rest.take(end as usize)?;
        let scales = rest.take(4 * all)?.as_chunks().0;
        let entries = rest.take(all * dimensions)?;
        let table = Self { dimensions, begin, ends, letters, scales, entries };
        let is_finite = |scale: &[u8; 4]| f32::from_le_bytes(*scale).is_finite();
        let is_sound = dimensions > 0
            && letters.is_ascii()
            && table.is_in_order(0..begin)
            && table.is_in_order(begin..all)
            && scales.iter().all(is_finite);
        is_sound.then_some(table)
    }

    /// Whether these pieces are different and sorted.
    fn is_in_order(&self, rows: Range<usize>) -> bool {
        rows.clone().zip(rows.skip(1)).all(|(row, next)| self.piece(row) < self.piece(next))
    }

    /// How many entries a vector has.
    pub(super) const fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Adds a row's vector.
    pub(super) fn add(&self, row: usize, sum: &mut [f32]) {
        let scale = self.scales.get(row).map_or(0.0, |scale| f32::from_le_bytes(*scale));
        let start = row * self.dimensions;
        let entries = self.entries.get(start..start + self.dimensions).unwrap_or_default();
        for (sum, entry) in sum.iter_mut().zip(entries) {
            *sum += scale * f32::from(entry.cast_signed());
        }
    }

    /// The rows of a word, always the longest piece first. Says whether all of the word is known; if not, the rows say
    /// nothing.
    pub(super) fn split(&self, word: &str, rows: &mut Vec<usize>) -> bool {
        let (mut rest, mut among) = (word.as_bytes(), 0..self.begin);
        while !rest.is_empty() {
            let Some((row, length)) = self.longest(among, rest) else { return false };
            rows.push(row);
            rest = rest.get(length..).unwrap_or_default();
            among = self.begin..self.ends.len();
        }
        true
    }

    /// The longest piece among these rows that `letters` begin with, and its length. Looks at each letter once: what is
    /// left of the rows after it all begins with the letters so far.
    fn longest(&self, mut rows: Range<usize>, letters: &[u8]) -> Option<(usize, usize)> {
        let mut found = None;
        for (place, letter) in letters.iter().enumerate() {
            let first = self.first(rows.clone(), |piece| piece.get(place) >= Some(letter));
            let last = self.first(first..rows.end, |piece| piece.get(place) > Some(letter));
            rows = first..last;
            if rows.is_empty() {
                break;
            }
            if self.piece(first).len() == place + 1 {
                found = Some((first, place + 1));
            }
        }
        found
    }

    /// The first of these rows from which on something holds of pieces.
    fn first(&self, rows: Range<usize>, holds: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (rows.start, rows.end);
        while low < high {
            let middle = low.midpoint(high);
            if holds(self.piece(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    fn piece(&self, row: usize) -> &[u8] {
        let end = |row: usize| self.ends.get(row).map_or(0, |end| *end as usize);
        let start = row.checked_sub(1).map_or(0, end);
        self.letters.get(start..end(row)).unwrap_or_default()
    }
}

/// What is left of a file.
struct Bytes(&'static [u8]);

impl Bytes {
    fn take(&mut self, length: usize) -> Option<&'static [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let number = usize::try_from(u32::from_le_bytes(self.take(4)?.try_into().ok()?)).ok()?;
        (number <= MOST).then_some(number)
    }
}
