//! Cuts text that was written without spaces, or letter by letter, back into words.
//!
//! The words of the rules are found by one automaton a language; the cheapest way to cover the text with
//! them is kept.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::error::RulesError;

/// What letters of no known word cost: once for all that stand together, and each.
const OPEN: u32 = 18;
const LETTER: u32 = 6;
/// What a known word costs. Very short ones are found anywhere, so they cost more.
const WORD: [u32; 4] = [13, 13, 12, 10];
/// What is taken off for the most frequent words.
const FREQUENT: u32 = 4;
/// Longer text is cut in parts of this size, so that memory stays small.
const PART: usize = 4096;

#[derive(Debug)]
pub(super) struct Cutter {
    automaton: AhoCorasick,
    words: Vec<Known>,
}

/// A word, folded, and what it costs.
#[derive(Debug)]
struct Known {
    word: Box<str>,
    price: u32,
}

/// The cheapest way to a place that ends with a word, or with letters of no word.
#[derive(Clone, Copy)]
struct Way {
    cost: u32,
    /// Where its last piece begins, and whether a word ends there.
    from: u32,
    after_word: bool,
    word: Option<u32>,
}

/// Both ways to a place.
#[derive(Clone, Copy)]
struct Place {
    word: Way,
    letters: Way,
}

const NO_WAY: Way = Way { cost: u32::MAX / 2, from: 0, after_word: true, word: None };

impl Cutter {
    /// Learns words: as they are found, as they are folded, and whether they are frequent.
    pub(super) fn new<'a>(words: impl Iterator<Item = (&'a str, &'a str, bool)>) -> Result<Self, RulesError> {
        let mut patterns = Vec::new();
        let mut meant = Vec::new();
        for (loose, folded, frequent) in words {
            let price = WORD.get(loose.len() - 1).or(WORD.last()).copied().unwrap_or_default();
            let price = if frequent { price - FREQUENT } else { price };
            patterns.push(loose);
            meant.push(Known { word: folded.into(), price });
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .prefilter(false)
            .build(&patterns)
            .map_err(|source| RulesError::Compile { source: Box::new(source) })?;
        Ok(Self { automaton, words: meant })
    }

    /// The pieces of `text` and what the cut costs. With `whole`, there is none unless known words cover
    /// every letter.
    pub(super) fn cut<'a>(&'a self, text: &'a str, whole: bool) -> Option<(u32, Vec<&'a str>)> {
        let mut rest = text;
        let (mut cost, mut out) = (0_u32, Vec::new());
        while !rest.is_empty() {
            let mut end = rest.len().min(PART);
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (part, after) = rest.split_at(end);
            let places = self.places(part);
            cost = cost.saturating_add(places.last().map_or(0, |last| last.word.cost.min(last.letters.cost)));
            for (from, to, word) in pieces(&places) {
                if whole && word.is_none() {
                    return None;
                }
                let known = word.and_then(|w| self.words.get(w as usize)).map(|known| &*known.word);
                out.extend(known.or_else(|| part.get(from..to)));
            }
            rest = after;
        }
        Some((cost, out))
    }

    fn places(&self, text: &str) -> Vec<Place> {
        let mut places = Vec::with_capacity(text.len() + 1);
        places.push(Place { word: Way { cost: 0, ..NO_WAY }, letters: NO_WAY });
        for at in self.automaton.find_overlapping_iter(text) {
            skip_to(&mut places, at.end());
            let pattern = at.pattern().as_usize();
            let Some(&Known { price, .. }) = self.words.get(pattern) else { continue };
            let Some(&before) = places.get(at.start()) else { continue };
            let after_word = before.word.cost <= before.letters.cost;
            let before = if after_word { before.word } else { before.letters };
            let way = Way {
                cost: before.cost.saturating_add(price),
                from: u32::try_from(at.start()).unwrap_or(u32::MAX),
                after_word,
                word: u32::try_from(pattern).ok(),
            };
            if let Some(place) = places.get_mut(at.end()).filter(|place| way.cost < place.word.cost) {
                place.word = way;
            }
        }
        skip_to(&mut places, text.len());
        places
    }
}

/// Goes on letter by letter up to `end`.
fn skip_to(places: &mut Vec<Place>, end: usize) {
    while places.len() <= end {
        let at = places.len() - 1;
        let Some(&Place { word, letters }) = places.last() else { return };
        let opened = word.cost.saturating_add(OPEN + LETTER);
        let longer = letters.cost.saturating_add(LETTER);
        let letters = if opened <= longer {
            Way { cost: opened, from: u32::try_from(at).unwrap_or(u32::MAX), after_word: true, word: None }
        } else {
            Way { cost: longer, ..letters }
        };
        places.push(Place { word: NO_WAY, letters });
    }
}

/// The pieces of the cheapest way, in order.
fn pieces(places: &[Place]) -> Vec<(usize, usize, Option<u32>)> {
    let mut pieces = Vec::new();
    let mut at = places.len() - 1;
    let mut after_word = places.last().is_some_and(|place| place.word.cost <= place.letters.cost);
    while at > 0 {
        let Some(place) = places.get(at) else { break };
        let way = if after_word { place.word } else { place.letters };
        pieces.push((way.from as usize, at, way.word));
        (at, after_word) = (way.from as usize, way.after_word);
    }
    pieces.reverse();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, whole: bool) -> Vec<String> {
        let words = ["i", "want", "to", "end", "it", "all", "so", "not"];
        let cutter = Cutter::new(words.into_iter().map(|word| (word, word, false))).unwrap();
        let cut = cutter.cut(text, whole).map(|(_, pieces)| pieces).unwrap_or_default();
        cut.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_letter_belongs_to_one_word() {
        assert_eq!(cut("iwanttoenditall", true), ["i", "want", "to", "end", "it", "all"]);
        assert!(cut("iwanto", true).is_empty());
    }

    #[test]
    fn unknown_letters_stay_together_unless_all_must_be_known() {
        assert_eq!(cut("iwantbread", false), ["i", "want", "bread"]);
        assert!(cut("iwantbread", true).is_empty());
        assert_eq!(cut("ßößito", false), ["ßößito"]);
    }

    #[test]
    fn long_text_is_cut_whole() {
        let text = "want".repeat(5000);
        assert!(cut(&text, false).len() >= 5000);
    }
}
