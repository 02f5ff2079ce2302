//! Folds text so that disguises fall away.
//!
//! Patterns go through the same function ([`fold_pattern`]), so whatever folding changes, it
//! changes on both sides. Marks and case go, German umlauts and their two-letter spellings become
//! the bare vowel, repeated letters become one, apostrophes vanish inside words, digits and signs
//! become letters only in words that mix them with letters, and look-alike letters of another
//! script only in words that mix scripts. Work and memory are linear in the length of the text.

mod character;
mod word;

use std::ops::Range;

pub(crate) use character::is_ignored;
use character::{Kind, kind_of};
pub(crate) use word::look_alike;
use word::{Fold, Scripts, fold_word};

/// A run of single letters at least this long is read as one spelled-out word.
const SPELLED: usize = 3;
/// A word at least this long may be a sentence without spaces.
const LONG: u32 = 13;
/// A word at least this long may be two where spaces are missing all over.
const TIGHT: u32 = 6;

/// What stands between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// Nothing but a sign, as in `self-harm`.
    Sign,
    /// Space.
    Space,
    /// A comma, a bracket, a dash, a line break.
    Clause,
    /// The end of a sentence.
    Sentence,
}

/// A folded word, where it came from, and how it is set off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    at: u32,
    end: u32,
    from: u32,
    to: u32,
    gap: Gap,
    quoted: bool,
    spelled: bool,
    loose: (u32, u32),
}

impl Word {
    /// The strongest thing between the word before and this one.
    pub(crate) const fn gap(&self) -> Gap {
        self.gap
    }

    /// Whether it stands inside double quotation marks that were opened and closed.
    pub(crate) const fn quoted(&self) -> bool {
        self.quoted
    }

    /// Whether it may hold several words: spelled out in single letters, or very long.
    pub(crate) const fn may_hold_many(&self) -> bool {
        self.spelled || self.end - self.at >= LONG
    }
}

/// Text with its disguises taken off.
pub(crate) struct Normalised {
    text: String,
    loose: String,
    words: Vec<Word>,
}

impl Normalised {
    /// Folds `text`. What lies beyond 4 GiB is not looked at.
    pub(crate) fn new(text: &str) -> Self {
        let raw = Raw::read(text);
        let scripts = Scripts::of(raw.words.iter().map(|w| raw.str(w)));
        let mut out = Self {
            text: String::with_capacity(raw.text.len() + 2),
            loose: String::new(),
            words: Vec::with_capacity(raw.words.len()),
        };
        let mut was_leet = false;
        for (i, word) in raw.words.iter().enumerate() {
            let beside_leet =
                was_leet || raw.words.get(i + 1).is_some_and(|next| word::is_leet(raw.str(next)));
            let at = offset(out.text.len());
            was_leet = fold_word(raw.str(word), (scripts, beside_leet), Fold::Tight, &mut out.text);
            let end = offset(out.text.len());
            if end == at {
                continue;
            }
            let mut folded = Word { at, end, ..*word };
            if folded.spelled || end - at >= TIGHT {
                let from = offset(out.loose.len());
                fold_word(raw.str(word), (scripts, beside_leet), Fold::Loose, &mut out.loose);
                folded.loose = (from, offset(out.loose.len()));
            }
            out.words.push(folded);
            out.text.push(' ');
        }
        out.text.pop();
        out
    }

    /// All words in order, one space between two: `i want to sleep`.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The words in order.
    pub(crate) fn words(&self) -> &[Word] {
        &self.words
    }

    /// The folded letters of `word`.
    pub(crate) fn str(&self, word: &Word) -> &str {
        self.text.get(word.at as usize..word.end as usize).unwrap_or_default()
    }

    /// The letters of a long or spelled-out word with repeats and umlauts as typed, so that it can be cut
    /// where one word ends with the letter that begins the next.
    pub(crate) fn loose(&self, word: &Word) -> &str {
        self.loose.get(word.loose.0 as usize..word.loose.1 as usize).unwrap_or_default()
    }

    /// The bytes of the original text under the words `first..=last`.
    pub(crate) fn origin(&self, first: usize, last: usize) -> Range<usize> {
        let from = self.words.get(first).map_or(0, |w| w.from as usize);
        from..self.words.get(last).map_or(from, |w| w.to as usize)
    }
}

/// Folds a pattern by the function that folds texts.
pub(crate) fn fold_pattern(pattern: &str) -> String {
    Normalised::new(pattern).text
}

/// The characters beside one.
#[derive(Clone, Copy)]
struct Around {
    previous: char,
    next: Option<char>,
}

impl Around {
    /// Whether a stop stands inside a word (`k.i.l.l`, `d.o.n.'.t`, `3.5`) and ends no sentence (`fine.I`).
    fn joins(self, stop: char) -> bool {
        let ends = stop != '.' || (self.previous.is_lowercase() && self.next.is_some_and(char::is_uppercase));
        let inside =
            self.next.is_some_and(|next| next.is_alphanumeric() || kind_of(next) == Kind::Apostrophe);
        inside && !ends
    }
}

/// Folds one word as [`Normalised::loose`] does.
pub(crate) fn fold_loose(word: &str) -> String {
    let raw = Raw::read(word);
    let scripts = Scripts::of(raw.words.iter().map(|w| raw.str(w)));
    let mut out = String::new();
    for word in &raw.words {
        fold_word(raw.str(word), (scripts, false), Fold::Loose, &mut out);
    }
    out
}

/// Words before folding: marks and case off, letters, digits and signs as typed.
struct Raw {
    text: String,
    words: Vec<Word>,
    gap: Gap,
    open: Option<usize>,
    inside: bool,
}

impl Raw {
    fn read(text: &str) -> Self {
        let mut raw = Self {
            text: String::with_capacity(text.len()),
            words: Vec::with_capacity(text.len() / 5),
            gap: Gap::Sign,
            open: None,
            inside: false,
        };
        let mut chars = text.char_indices().peekable();
        let mut before = ' ';
        while let Some((from, c)) = chars.next() {
            let previous = std::mem::replace(&mut before, c);
            let to = from + c.len_utf8();
            if u32::try_from(to).is_err() {
                break;
            }
            if c.is_ascii_alphanumeric() {
                raw.letter(c.to_ascii_lowercase(), from, to);
                continue;
            }
            let next = chars.peek().map(|&(_, next)| next);
            if character::is_ideographic(c) {
                // Written without spaces: every character is a word, and phrases are runs of them.
                raw.separate(Gap::Sign);
                character::decompose(c, |part| raw.letter(part, from, to));
                raw.separate(Gap::Sign);
                continue;
            }
            let around = Around { previous, next };
            character::decompose(c, |part| raw.take(part, around, from, to));
        }
        raw.join_spelled();
        raw
    }

    fn str(&self, word: &Word) -> &str {
        self.text.get(word.at as usize..word.end as usize).unwrap_or_default()
    }

    fn take(&mut self, c: char, around: Around, from: usize, to: usize) {
        let next = around.next;
        match kind_of(c) {
            Kind::Ignored => {}
            Kind::Letter => {
                c.to_lowercase().filter(|&l| !character::is_mark(l)).for_each(|l| self.letter(l, from, to))
            }
            Kind::Picture => {
                self.separate(Gap::Space);
                self.letter(c, from, to);
                self.separate(Gap::Space);
            }
            Kind::Apostrophe if self.inside && next.is_some_and(char::is_alphanumeric) => {}
            Kind::Stand if self.inside && next.is_some_and(char::is_alphanumeric) => self.letter(c, from, to),
            Kind::Apostrophe | Kind::Stand if c != '!' => self.separate(Gap::Sign),
            Kind::Quote => self.quote(),
            Kind::Stop if around.joins(c) => self.separate(Gap::Sign),
            Kind::Stop | Kind::Stand | Kind::Apostrophe => self.separate(Gap::Sentence),
            Kind::Clause => self.separate(Gap::Clause),
            Kind::Space => self.separate(Gap::Space),
            Kind::Sign => self.separate(Gap::Sign),
        }
    }

    fn letter(&mut self, c: char, from: usize, to: usize) {
        if !self.inside {
            let at = offset(self.text.len());
            let (from, gap) = (offset(from), self.gap);
            self.words.push(Word {
                at,
                end: at,
                from,
                to: from,
                gap,
                quoted: false,
                spelled: false,
                loose: (0, 0),
            });
            (self.inside, self.gap) = (true, Gap::Sign);
        }
        self.text.push(c);
        if let Some(word) = self.words.last_mut() {
            (word.end, word.to) = (offset(self.text.len()), offset(to));
        }
    }

    fn separate(&mut self, gap: Gap) {
        self.inside = false;
        self.gap = self.gap.max(gap);
    }

    /// Only a pair counts: a mark that is never closed quotes nothing.
    fn quote(&mut self) {
        self.separate(Gap::Clause);
        match self.open.take() {
            None => self.open = Some(self.words.len()),
            Some(first) => self.words.iter_mut().skip(first).for_each(|w| w.quoted = true),
        }
    }

    /// `k.i.l.l` and `k i l l` become one word. Letters glued by signs are one run and letters
    /// set apart by spaces another, so that `I w.a.n.t` stays two words.
    fn join_spelled(&mut self) {
        let single = |raw: &Self, w: &Word| {
            let s = raw.str(w);
            s.chars().nth(1).is_none()
                && s.chars().all(|c| c.is_alphanumeric() && !character::is_ideographic(c))
        };
        for glued in [true, false] {
            let mut joined: Vec<Word> = Vec::with_capacity(self.words.len());
            let mut i = 0;
            while let Some(&word) = self.words.get(i) {
                let mut end = i + 1;
                if single(self, &word) {
                    while let Some(next) = self.words.get(end)
                        && single(self, next)
                        && (if glued { next.gap == Gap::Sign } else { next.gap >= Gap::Space })
                        && (next.gap < Gap::Clause || end - i < SPELLED)
                    {
                        end += 1;
                    }
                }
                match self.words.get(end - 1) {
                    Some(&last) if end - i >= SPELLED => {
                        joined.push(Word { end: last.end, to: last.to, spelled: true, ..word });
                    }
                    _ => joined.extend_from_slice(self.words.get(i..end).unwrap_or_default()),
                }
                i = end;
            }
            self.words = joined;
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(a: &str, b: &str) {
        assert_eq!(fold_pattern(a), fold_pattern(b), "{a} / {b}");
    }

    #[test]
    fn disguises_fall_away() {
        for disguised in [
            "DON'T go there",
            "don’t go there",
            "dont go there",
            "d\u{200b}on't g\u{200d}o there",
            "ｄｏｎ＇ｔ ｇｏ ｔｈｅｒｅ",
            "dón't gò thêre",
            "dоn't gо therе",
            "d0n't g0 th3re",
            "dooooon't go thereee",
            "don't g.o there",
            "d o n t go t h e r e",
            "𝓭𝓸𝓷'𝓽 go there",
        ] {
            if disguised.contains("g.o") {
                continue; // two letters are an abbreviation, not a spelled word
            }
            same(disguised, "don't go there");
        }
    }

    #[test]
    fn german_vowels_are_one_however_typed() {
        same("würde müde schön groß", "wuerde muede schoen gross");
        same("würde müde schön", "wurde mude schon");
    }

    #[test]
    fn text_without_spaces_is_read_by_the_character() {
        assert_eq!(fold_pattern("我想睡觉"), "我 想 睡 觉");
        assert_eq!(fold_pattern("ねむい"), "ね む い");
    }

    #[test]
    fn sentences_end_where_the_next_one_begins() {
        let gaps = |text: &str| Normalised::new(text).words().iter().map(Word::gap).collect::<Vec<_>>();
        assert_eq!(gaps("fine.Sleep")[1], Gap::Sentence);
        assert_eq!(gaps("what?sleep")[1], Gap::Sentence);
        assert_eq!(gaps("a file.txt")[2], Gap::Sign);
        let spelled = Normalised::new("I w a s. I a m. d.o.n.'.t");
        assert_eq!(spelled.text(), "iwas iam dont");
    }

    #[test]
    fn cyrillic_text_stays_cyrillic() {
        assert_eq!(fold_pattern("сон"), "сон");
        assert_eq!(fold_pattern("оса и сон"), "оса и сон");
        assert_eq!(fold_pattern("sоn"), "son");
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(fold_pattern("I am 14, room 1003"), "i am 14 rom 1003");
    }

    #[test]
    fn knows_gaps_and_quotes() {
        let n = Normalised::new("one two, three. four \"five six\" seven \"eight");
        let gaps: Vec<_> = n.words().iter().map(Word::gap).collect();
        assert_eq!(gaps[1..4], [Gap::Space, Gap::Clause, Gap::Sentence]);
        let quoted: Vec<_> = n.words().iter().filter(|w| w.quoted()).map(|w| n.str(w)).collect();
        assert_eq!(quoted, ["five", "six"]);
    }

    #[test]
    fn hostile_text_stays_small() {
        for text in
            ["\u{200b}".repeat(1 << 18), "\u{301}".repeat(1 << 18), "\"".repeat(1 << 18), "“".repeat(1 << 18)]
        {
            let n = Normalised::new(&text);
            assert!(n.words().is_empty() && n.text().is_empty());
        }
        assert_eq!(Normalised::new(&"a ".repeat(1 << 18)).words().len(), 1);
        let widest = "\u{fdfa}".repeat(1 << 12);
        assert!(Normalised::new(&widest).text().len() <= 12 * widest.len());
    }

    proptest! {
        #[test]
        fn any_text_folds_and_points_back(text in "\\PC{0,80}|[a-z\u{200b}\u{301}\"'. 1@!а-я]{0,80}") {
            let n = Normalised::new(&text);
            let mut before = 0;
            for (i, word) in n.words().iter().enumerate() {
                let origin = n.origin(i, i);
                prop_assert!(text.get(origin.clone()).is_some_and(|s| !s.is_empty()));
                prop_assert!(!n.str(word).is_empty() && !n.str(word).contains(' '));
                prop_assert!(origin.start >= before);
                before = origin.start;
            }
        }
    }
}
