//! Phrase frames: a few words in order, with small gaps. Written for clinicians, matched in linear time.
//!
//! `you are|were (a)? burden` is written `you are|were a? burden`. `|` separates alternatives, `?` makes a word optional,
//! `*` at the end of a word stands for any ending and in front for any beginning, `~` allows up to three words in between (`~5` up to five), `<set>` names
//! a word set, `!` in front turns the choice around (any word but these), `^` in front is the beginning of a clause, `$` behind is the end of the sentence.

use std::{collections::BTreeMap, ops::Range};

use aho_corasick::AhoCorasick;

use super::fold::{Words, fold};

/// Every word that any frame names, numbered.
#[derive(Default)]
pub(crate) struct Vocabulary {
    ids: BTreeMap<String, usize>,
}

impl Vocabulary {
    fn id(&mut self, word: &str) -> usize {
        let folded = fold(word);
        let pattern = match (folded.strip_prefix('*'), folded.strip_suffix('*')) {
            (Some(ending), _) => format!("{ending} "),
            (None, Some(stem)) => format!(" {stem}"),
            (None, None) => format!(" {folded} "),
        };
        let next = self.ids.len();
        *self.ids.entry(pattern).or_insert(next)
    }

    /// The patterns in the order of their numbers.
    pub(crate) fn patterns(&self) -> Vec<&str> {
        let mut all: Vec<_> = self.ids.iter().map(|(pattern, &id)| (id, pattern.as_str())).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, pattern)| pattern).collect()
    }
}

/// One word of a frame, with the gap allowed before it.
#[derive(Debug)]
struct Slot {
    any: Vec<usize>,
    /// Matches a word that is none of `any`.
    none_of: bool,
    optional: bool,
    gap: usize,
}

/// A phrase frame, compiled.
#[derive(Debug)]
pub(crate) struct Frame {
    slots: Vec<Slot>,
    opens: bool,
    closes: bool,
    /// The slot by whose words the frame is looked up.
    key: usize,
}

/// Where a frame matched: its words, and those of them that only filled a gap.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub(crate) words: Range<usize>,
    pub(crate) fillers: Vec<usize>,
}

impl Frame {
    /// Reads a frame. `sets` are the word sets of its file.
    pub(crate) fn parse(
        text: &str,
        sets: &BTreeMap<String, Vec<String>>,
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, &'static str> {
        let mut frame = Self { slots: Vec::new(), opens: false, closes: false, key: 0 };
        let mut gap = 0;
        for part in text.split_whitespace() {
            match part {
                "^" => frame.opens = true,
                "$" => frame.closes = true,
                _ if part.starts_with('~') => {
                    gap = part[1..].parse().unwrap_or(3);
                    if gap > 8 {
                        return Err("a gap of more than eight words");
                    }
                }
                _ => {
                    let (names, optional) = part.strip_suffix('?').map_or((part, false), |rest| (rest, true));
                    let (names, none_of) =
                        names.strip_prefix('!').map_or((names, false), |rest| (rest, true));
                    let mut any = Vec::new();
                    for name in names.split('|') {
                        match name.strip_prefix('<').and_then(|n| n.strip_suffix('>')) {
                            Some(set) => {
                                let words =
                                    sets.get(set).ok_or("a word set that the file does not define")?;
                                any.extend(words.iter().map(|word| vocabulary.id(word)));
                            }
                            None if name.is_empty() || name == "*" => return Err("an empty word"),
                            None => any.push(vocabulary.id(name)),
                        }
                    }
                    any.sort_unstable();
                    frame.slots.push(Slot { any, none_of, optional, gap });
                    gap = 0;
                }
            }
        }
        let names_a_word = !frame.look_up_by(|_| 1).is_empty();
        match frame.slots.first() {
            None => Err("a frame without words"),
            Some(_) if !names_a_word => Err("a frame that names no word which must be there"),
            Some(first) if first.optional || (first.gap > 0 && !frame.opens) => {
                Err("a frame that begins with an optional word or a gap")
            }
            Some(_) => Ok(frame),
        }
    }

    /// Chooses the words of which one must be in the text: those of the required slot that matches least often, by
    /// `cost`.
    pub(crate) fn look_up_by(&mut self, cost: impl Fn(usize) -> usize) -> &[usize] {
        let required = self.slots.iter().enumerate().filter(|(_, slot)| !slot.optional && !slot.none_of);
        let key = required.min_by_key(|(_, slot)| slot.any.iter().map(|&word| cost(word)).sum::<usize>());
        let Some((key, slot)) = key else { return &[] };
        self.key = key;
        &slot.any
    }

    /// The first words with which a match can begin that has the word by which the frame is looked up at `word`.
    pub(crate) fn starts(&self, word: usize) -> Range<usize> {
        let before = self.slots.get(..self.key).unwrap_or_default();
        let fewest = before.iter().filter(|slot| !slot.optional).count();
        let gaps = self.slots.get(..=self.key).unwrap_or_default().iter().map(|slot| slot.gap);
        let most = before.len() + gaps.sum::<usize>();
        word.saturating_sub(most)..(word + 1).saturating_sub(fewest)
    }

    /// Every place where the frame matches, at most one for each first word.
    pub(crate) fn find<'a>(&'a self, text: &'a Indexed) -> impl Iterator<Item = Match> + 'a {
        (0..text.words.len()).filter_map(move |start| self.at(text, start))
    }

    /// The match that begins at this word.
    pub(crate) fn at(&self, text: &Indexed, start: usize) -> Option<Match> {
        if self.opens && text.words.opens.get(start) != Some(&true) {
            return None;
        }
        let mut fillers = Vec::new();
        let end = self.step(text, 0, start, &mut fillers)?;
        Some(Match { words: start..end, fillers })
    }

    /// Matches the slots from `slot` on at word `at`; the end of the match when it succeeds.
    fn step(&self, text: &Indexed, slot: usize, at: usize, fillers: &mut Vec<usize>) -> Option<usize> {
        let Some(wanted) = self.slots.get(slot) else {
            return (!self.closes || at == text.words.len()).then_some(at);
        };
        for skipped in 0..=wanted.gap {
            let here = at + skipped;
            // A gap does not reach over the border between sentences.
            if here >= text.words.len()
                || (skipped > 0 && slot > 0 && at <= text.border && here >= text.border)
            {
                break;
            }
            if text.has(here, &wanted.any) != wanted.none_of {
                let kept = fillers.len();
                fillers.extend(at..here);
                if let Some(end) = self.step(text, slot + 1, here + 1, fillers) {
                    return Some(end);
                }
                fillers.truncate(kept);
            }
        }
        if wanted.optional { self.step(text, slot + 1, at, fillers) } else { None }
    }
}

/// A text with the numbers of the vocabulary that each of its words has.
#[derive(Debug)]
pub(crate) struct Indexed {
    pub(crate) words: Words,
    /// The first word of the sentence that is judged; what stands before is context.
    pub(crate) border: usize,
    hits: Vec<(usize, usize)>,
    ranges: Vec<usize>,
}

impl Indexed {
    pub(crate) fn new(words: Words, border: usize, automaton: &AhoCorasick) -> Self {
        let mut hits = Vec::new();
        for found in automaton.find_overlapping_iter(&words.line) {
            // A pattern begins with the space before a word, or inside a word when it is an ending.
            let word = words.starts.partition_point(|&start| start <= found.start() + 1).saturating_sub(1);
            hits.push((word, found.pattern().as_usize()));
        }
        hits.sort_unstable();
        let ranges = (0..=words.len()).map(|word| hits.partition_point(|hit| hit.0 < word)).collect();
        Self { words, border, hits, ranges }
    }

    /// Each word's place with each of its numbers.
    pub(crate) fn hits(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.hits.iter().copied()
    }

    fn has(&self, word: usize, any: &[usize]) -> bool {
        let (Some(&from), Some(&to)) = (self.ranges.get(word), self.ranges.get(word + 1)) else {
            return false;
        };
        self.hits.get(from..to).unwrap_or_default().iter().any(|hit| any.binary_search(&hit.1).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::MatchKind;

    use super::*;

    fn matches(frame: &str, text: &str) -> usize {
        let mut vocabulary = Vocabulary::default();
        let sets = BTreeMap::from([("pet".to_owned(), vec!["cat".to_owned(), "dog*".to_owned()])]);
        let frame = Frame::parse(frame, &sets, &mut vocabulary).unwrap();
        let automaton =
            AhoCorasick::builder().match_kind(MatchKind::Standard).build(vocabulary.patterns()).unwrap();
        frame.find(&Indexed::new(Words::of(text), 0, &automaton)).count()
    }

    #[test]
    fn reads_words_sets_gaps_and_ends() {
        assert_eq!(matches("my <pet> is|was very? old", "My dogs was old; my cat is very old."), 2);
        assert_eq!(matches("my ~2 <pet>", "My very own cat."), 1);
        assert_eq!(matches("my ~1 <pet>", "My very own cat."), 0);
        assert_eq!(matches("^ feed", "Well, feed it. I feed it."), 1);
        assert_eq!(matches("my !<pet>|own", "My cat, my own, my hat."), 1);
        assert_eq!(matches("feed it $", "Feed it now, feed it."), 1);
    }

    #[test]
    fn says_what_is_wrong() {
        let (sets, mut vocabulary) = (BTreeMap::new(), Vocabulary::default());
        for bad in ["", "~ word", "maybe? word", "<unknown> word", "a || b", "a ~9 b", "!word"] {
            assert!(Frame::parse(bad, &sets, &mut vocabulary).is_err(), "{bad}");
        }
    }
}
