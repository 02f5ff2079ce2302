//! Cuts text that was written without spaces, or letter by letter, back into words.
//!
//! The words of the rules are found by one automaton; the cheapest way to cover the text with
//! them is kept. Folding reaches over word ends ("want to" without its space loses a `t`), so two
//! neighbors may share a letter, and an `e` that folding took from the start of a word may be gone.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::error::RulesError;

/// What letters of no known word cost: once for all that stand together, and each.
const OPEN: u32 = 18;
const LETTER: u32 = 6;
/// What a known word costs. Very short ones are found anywhere, so they cost more.
const WORD: [u32; 4] = [16, 14, 12, 10];
/// What it costs to share a letter.
const SHARED: u32 = 3;
/// Longer text is cut in parts of this size, so that memory stays small.
const PART: usize = 4096;
/// What an `e` may follow when folding takes it away.
const VOWELS: [char; 3] = ['a', 'o', 'u'];

#[derive(Debug)]
pub(super) struct Cutter {
    automaton: AhoCorasick,
    words: Vec<(Box<str>, bool)>,
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
    /// Learns `words`, folded.
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, RulesError> {
        let mut patterns = Vec::new();
        let mut meant: Vec<(Box<str>, bool)> = Vec::new();
        for word in words {
            patterns.push(word.to_owned());
            meant.push((word.into(), false));
            if let Some(rest) = word.strip_prefix('e').filter(|rest| rest.len() > 1) {
                for vowel in VOWELS {
                    patterns.push(format!("{vowel}{rest}"));
                    meant.push((word.into(), true));
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&patterns)
            .map_err(|source| RulesError::Compile { source: Box::new(source) })?;
        Ok(Self { automaton, words: meant })
    }

    /// Calls `each` with the pieces of `text`. With `whole`, nothing is cut unless known words
    /// cover every letter, and the answer is whether they did.
    pub(super) fn cut<'a>(&'a self, text: &'a str, whole: bool, mut each: impl FnMut(&'a str)) -> bool {
        let mut rest = text;
        while !rest.is_empty() {
            let mut end = rest.len().min(PART);
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (part, after) = rest.split_at(end);
            let pieces = pieces(&self.places(part));
            if whole && pieces.iter().any(|&(_, _, word)| word.is_none()) {
                return false;
            }
            for (from, to, word) in pieces {
                let known = word.and_then(|w| self.words.get(w as usize)).map(|(word, _)| &**word);
                if let Some(piece) = known.or_else(|| part.get(from..to)) {
                    each(piece);
                }
            }
            rest = after;
        }
        true
    }

    fn places(&self, text: &str) -> Vec<Place> {
        let mut places = Vec::with_capacity(text.len() + 1);
        places.push(Place { word: Way { cost: 0, ..NO_WAY }, letters: NO_WAY });
        for at in self.automaton.find_overlapping_iter(text) {
            skip_to(&mut places, at.end());
            let pattern = at.pattern().as_usize();
            let Some(&(_, beheaded)) = self.words.get(pattern) else { continue };
            let price = WORD.get(at.len() - 1).or(WORD.last()).copied().unwrap_or_default();
            let apart = places.get(at.start()).filter(|_| !beheaded).map(|place| {
                let before = if place.word.cost <= place.letters.cost { place.word } else { place.letters };
                (before, at.start(), place.word.cost <= place.letters.cost, price)
            });
            // Only a word lends its last letter.
            let shared = places.get(at.start() + 1).filter(|_| at.len() > 1 && at.start() > 0);
            let shared = shared.map(|place| (place.word, at.start() + 1, true, price + SHARED));
            for (before, from, after_word, price) in [apart, shared].into_iter().flatten() {
                let way = Way {
                    cost: before.cost.saturating_add(price),
                    from: u32::try_from(from).unwrap_or(u32::MAX),
                    after_word,
                    word: u32::try_from(pattern).ok(),
                };
                if let Some(place) = places.get_mut(at.end()).filter(|place| way.cost < place.word.cost) {
                    place.word = way;
                }
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
        let cutter = Cutter::new(words.into_iter()).unwrap();
        let mut out = Vec::new();
        if !cutter.cut(text, whole, |piece| out.push(piece.to_owned())) {
            out.clear();
        }
        out
    }

    #[test]
    fn finds_words_that_share_or_lose_a_letter() {
        assert_eq!(cut("iwanto", true), ["i", "want", "to"]);
        assert_eq!(cut("iwantondital", true).len(), 0);
        assert_eq!(cut("iwantonditall", true), ["i", "want", "to", "end", "it", "all"]);
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
