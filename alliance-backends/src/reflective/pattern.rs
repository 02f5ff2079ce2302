//! What a rule hears: words in a row, beginnings and endings of words, and gaps.

use std::collections::HashMap;

use super::word::{Word, fold, words};

/// Other words that a gap may hold.
const GAP: usize = 4;

/// Letters by which beginnings and endings are looked up. Neither is shorter.
const KEY: usize = 3;

#[derive(Debug)]
enum Token {
    /// This word.
    Word(u64),
    /// `traurig*`: any word that begins so.
    Start(String),
    /// `*schmerzen`: any word that ends so.
    End(String),
    /// `~`: up to four other words of the same clause.
    Gap,
}

/// A phrase that a rule hears.
#[derive(Debug)]
pub(crate) struct Pattern {
    tokens: Vec<Token>,
    /// The rule that hears it.
    pub(crate) rule: usize,
}

/// A message, ready to be looked through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    pub(crate) words: &'a [Word],
    /// The same words as they are compared letter by letter.
    pub(crate) folds: &'a [String],
}

impl Pattern {
    /// Reads `hears`. None where it is empty or begins with a gap.
    pub(crate) fn read(hears: &str, rule: usize) -> Option<Self> {
        let mut tokens = Vec::new();
        for part in hears.split_whitespace() {
            match (part.strip_suffix('*'), part.strip_prefix('*')) {
                _ if part == "~" => tokens.push(Token::Gap),
                (Some(start), _) => tokens.push(Token::Start(fold(start))),
                (None, Some(end)) => tokens.push(Token::End(fold(end))),
                (None, None) => {
                    tokens.extend(words(part, usize::MAX).iter().map(|word| Token::Word(word.hash)));
                }
            }
        }
        match tokens.first() {
            None | Some(Token::Gap) => None,
            Some(Token::Start(part) | Token::End(part)) if part.len() < KEY => None,
            Some(_) => Some(Self { tokens, rule }),
        }
    }

    /// Words in it, without gaps.
    pub(crate) fn len(&self) -> usize {
        self.tokens.iter().filter(|token| !matches!(token, Token::Gap)).count()
    }

    /// Where its last word is, where it begins with the word at `at`.
    pub(crate) fn ends(&self, text: Text<'_>, at: usize) -> Option<usize> {
        ends(&self.tokens, text, at)
    }
}

fn ends(tokens: &[Token], text: Text<'_>, at: usize) -> Option<usize> {
    let (first, rest) = tokens.split_first()?;
    if matches!(first, Token::Gap) {
        let clause = text.words.get(at.checked_sub(1)?)?.clause;
        let within = |place: &usize| text.words.get(*place).is_some_and(|word| word.clause == clause);
        return (at..=at + GAP).take_while(within).find_map(|place| ends(rest, text, place));
    }
    let (word, letters) = (text.words.get(at)?, text.folds.get(at)?);
    let fits = match first {
        Token::Word(hash) => *hash == word.hash,
        Token::Start(start) => letters.starts_with(start.as_str()),
        Token::End(end) => letters.ends_with(end.as_str()),
        Token::Gap => false,
    };
    match (fits, rest.is_empty()) {
        (false, _) => None,
        (true, true) => Some(at),
        (true, false) => ends(rest, text, at + 1),
    }
}

/// All patterns of a language, found by their first word.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    patterns: Vec<Pattern>,
    by_word: HashMap<u64, Vec<usize>>,
    by_start: HashMap<[u8; KEY], Vec<usize>>,
    by_end: HashMap<[u8; KEY], Vec<usize>>,
}

impl Lexicon {
    /// Adds a pattern.
    pub(crate) fn push(&mut self, pattern: Pattern) {
        let index = self.patterns.len();
        match pattern.tokens.first() {
            Some(Token::Word(hash)) => self.by_word.entry(*hash).or_default().push(index),
            Some(Token::Start(start)) => {
                self.by_start.entry(key(start.bytes())).or_default().push(index);
            }
            Some(Token::End(end)) => self.by_end.entry(key(end.bytes().rev())).or_default().push(index),
            Some(Token::Gap) | None => {}
        }
        self.patterns.push(pattern);
    }

    /// The patterns that may begin at a word.
    pub(crate) fn at<'a>(&'a self, word: &Word, letters: &str) -> impl Iterator<Item = &'a Pattern> {
        let of = |found: Option<&'a Vec<usize>>| found.map_or(&[][..], Vec::as_slice);
        let exact = of(self.by_word.get(&word.hash));
        let start = of(self.by_start.get(&key(letters.bytes())));
        let end = of(self.by_end.get(&key(letters.bytes().rev())));
        exact.iter().chain(start).chain(end).filter_map(|&index| self.patterns.get(index))
    }

    /// Whether a pattern begins with this word.
    pub(crate) fn knows(&self, word: u64) -> bool {
        self.by_word.contains_key(&word)
    }
}

fn key(letters: impl Iterator<Item = u8>) -> [u8; KEY] {
    let mut key = [0; KEY];
    for (place, letter) in key.iter_mut().zip(letters) {
        *place = letter;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Text};
    use crate::reflective::word::{fold, words};

    fn hears(pattern: &str, message: &str) -> bool {
        let words = words(message, 99);
        let folds: Vec<String> = words.iter().map(|word| fold(&message[word.start..word.end])).collect();
        let text = Text { words: &words, folds: &folds };
        let pattern = Pattern::read(pattern, 0).unwrap();
        (0..words.len()).any(|at| pattern.ends(text, at).is_some())
    }

    #[test]
    fn hears_beginnings_endings_and_gaps() {
        let table = [
            ("traurig*", "so eine Traurigkeit", true),
            ("*schmerzen", "wieder Rückenschmerzen", true),
            ("kann ~ nicht schlafen", "ich kann seit Wochen nicht schlafen", true),
            ("kann ~ nicht schlafen", "ich kann das, nicht schlafen", false),
            ("kann ~ nicht schlafen", "ich kann nicht schlafen", true),
            ("müde", "ich bin muede", true),
            ("schlaf", "schlafen", false),
        ];
        for (pattern, message, heard) in table {
            assert_eq!(hears(pattern, message), heard, "{pattern}: {message}");
        }
        assert!(Pattern::read("~ x", 0).is_none() && Pattern::read("", 0).is_none());
    }
}
