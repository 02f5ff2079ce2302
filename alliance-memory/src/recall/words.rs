//! From text to the terms that are compared.
//!
//! A term is a run of Unicode letters and digits, lower-cased, without diacritics, not a stop word, with
//! common endings cut off. One fold serves English and German: "slept" and "sleep" stay apart, "sleeping" and
//! "sleeps" meet. Scripts without spaces are not split, and stemming by locale is still to come.

use std::{collections::HashSet, sync::LazyLock};

use super::stop::{ENGLISH, GERMAN};

static STOP: LazyLock<HashSet<&str>> = LazyLock::new(|| ENGLISH.into_iter().chain(GERMAN).collect());

const NEGATIONS: [&str; 14] = [
    "cannot", "kein", "keine", "keinem", "keinen", "keiner", "keines", "neither", "never", "nicht", "nichts",
    "nie", "no", "not",
];

/// Hands each term of a text to `found`, in order, and says whether something is denied: a stop word changes
/// no ranking, but it can turn a memory round.
pub(crate) fn scan(text: &str, found: impl FnMut(&str)) -> bool {
    let mut scan = Scan { word: String::new(), clipped: false, negated: false, found };
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            fold_letter(letter, &mut scan.word);
        } else if !is_mark(letter) {
            scan.end_word(letter);
        }
    }
    scan.end_word(' ');
    scan.negated
}

struct Scan<F> {
    word: String,
    /// Whether the word follows another one and an apostrophe.
    clipped: bool,
    negated: bool,
    found: F,
}

impl<F: FnMut(&str)> Scan<F> {
    fn end_word(&mut self, end: char) {
        if self.word.is_empty() {
            self.clipped = false;
            return;
        }
        // What follows an apostrophe is the rest of "don't", "I'll" or "boss's", never a term.
        if self.clipped && self.word.len() <= 2 {
            self.negated |= self.word == "t";
        } else if STOP.contains(self.word.as_str()) {
            self.negated |= NEGATIONS.binary_search(&self.word.as_str()).is_ok();
        } else if !is_letter(&self.word) {
            fold_ending(&mut self.word);
            (self.found)(&self.word);
        }
        self.word.clear();
        self.clipped = matches!(end, '\'' | '’');
    }
}

fn is_letter(word: &str) -> bool {
    word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn fold_letter(letter: char, word: &mut String) {
    if letter.is_ascii() {
        word.push(letter.to_ascii_lowercase());
        return;
    }
    for lower in letter.to_lowercase() {
        match lower {
            'à'..='å' => word.push('a'),
            'ç' => word.push('c'),
            'è'..='ë' => word.push('e'),
            'ì'..='ï' => word.push('i'),
            'ñ' => word.push('n'),
            'ò'..='ö' | 'ø' => word.push('o'),
            'ù'..='ü' => word.push('u'),
            'ý' | 'ÿ' => word.push('y'),
            'ß' => word.push_str("ss"),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            _ if is_mark(lower) => {}
            _ => word.push(lower),
        }
    }
}

fn fold_ending(word: &mut String) {
    // Only Latin words have these endings, and cutting bytes is safe in ASCII.
    if !word.is_ascii() {
        return;
    }
    cut(word, "s", 3, |stem| !stem.ends_with(['s', 'u', 'i']));
    if cut(word, "ing", 3, has_vowel) || cut(word, "ed", 3, has_vowel) {
        undouble(word);
    } else if cut(word, "ie", 3, |_| true) {
        word.push('y');
        return;
    }
    let _ = ["ern", "em", "en", "er", "es"].iter().any(|ending| cut(word, ending, 4, |_| true));
    cut(word, "e", 3, |_| true);
}

fn cut(word: &mut String, ending: &str, least: usize, fits: impl Fn(&str) -> bool) -> bool {
    let Some(stem) = word.strip_suffix(ending) else { return false };
    if stem.len() < least || !fits(stem) {
        return false;
    }
    word.truncate(stem.len());
    true
}

fn has_vowel(stem: &str) -> bool {
    stem.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

fn undouble(word: &mut String) {
    let mut ends = word.bytes().rev();
    if let (Some(last), Some(before)) = (ends.next(), ends.next())
        && last == before
        && !matches!(last, b'l' | b's' | b'z' | b'e' | b'o')
    {
        word.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        scan(text, |term| terms.push(term.to_owned()));
        terms
    }

    fn negated(text: &str) -> bool {
        scan(text, |_| ())
    }

    #[test]
    fn a_word_that_denies_is_a_stop_word() {
        assert!(NEGATIONS.is_sorted());
        assert!(NEGATIONS.iter().all(|word| STOP.contains(word)));
    }

    #[test]
    fn forms_of_a_word_meet() {
        let alike = [
            "sleep sleeps sleeping",
            "stop stops stopped stopping",
            "story stories",
            "boss bosses boss's",
            "make makes making",
            "Kollege Kollegen",
            "Kind Kinder Kindern Kindes",
            "Mutter Mütter Mu\u{308}tter MÜTTER",
            "Straße Strassen",
        ];
        for line in alike {
            let mut found = terms(line);
            found.dedup();
            assert_eq!(found.len(), 1, "{line}: {found:?}");
        }
    }

    #[test]
    fn words_without_content_are_left_out() {
        assert!(terms("I don't know... no, that isn't mine, I'll be").iter().all(|term| term == "know"));
        assert!(terms("Ich bin nicht so, das war doch für dich?").is_empty());
        assert!(terms("  ’' – 😀 a B").is_empty());
        assert_eq!(terms("the 'TV' of 7"), ["tv", "7"]);
    }

    #[test]
    fn a_denial_is_noticed() {
        assert!(negated("I don’t sleep") && negated("Nie wieder"));
        assert!(!negated("I sleep, and knots hold"));
    }
}
