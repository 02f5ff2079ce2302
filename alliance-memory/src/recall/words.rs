//! From text to the terms that are compared.
//!
//! A term is a run of Unicode letters and digits, lower-cased, without diacritics, not a stop word of the
//! text's language, with common endings cut off. One fold serves English and German: "slept" and "sleep" stay
//! apart, "sleeping" and "sleeps" meet. Scripts without spaces are not split, and stemming by locale is still
//! to come.

use super::stop::{Share, Standing, standing};

const NEGATIONS: [&str; 14] = [
    "cannot", "kein", "keine", "keinem", "keinen", "keiner", "keines", "neither", "never", "nicht", "nichts",
    "nie", "no", "not",
];

/// Hands each term of a text to `found`, in order, and says whether something is denied: a stop word changes
/// no ranking, but it can turn a memory round.
pub(crate) fn scan(text: &str, mut found: impl FnMut(&str)) -> bool {
    let words = Words::of(text);
    let language = words.share.language();
    let (mut negated, mut start, mut term) = (words.clipped_not, 0, String::new());
    for (end, standing) in &words.ends {
        let word = words.letters.get(start..*end).unwrap_or_default();
        start = *end;
        if standing.is_stop(language) {
            negated |= NEGATIONS.binary_search(&word).is_ok();
        } else if !is_letter(word) {
            term.clear();
            term.push_str(word);
            fold_ending(&mut term);
            found(&term);
        }
    }
    negated
}

/// The words of a text, one after the other: its language is known only at its end.
struct Words {
    letters: String,
    ends: Vec<(usize, Standing)>,
    share: Share,
    /// Whether a word is denied by its rest, as in "don't".
    clipped_not: bool,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Self {
            letters: String::with_capacity(text.len()),
            ends: Vec::with_capacity(text.len() / 5),
            share: Share::default(),
            clipped_not: false,
        };
        // Whether the word follows another one and an apostrophe.
        let mut clipped = false;
        for letter in text.chars().chain([' ']) {
            if letter.is_alphanumeric() {
                fold_letter(letter, &mut words.letters);
            } else if !is_mark(letter) {
                let ended = words.end_word(clipped);
                clipped = ended && matches!(letter, '\'' | '’');
            }
        }
        words
    }

    /// Ends the word at the end of the letters, if there is one.
    fn end_word(&mut self, clipped: bool) -> bool {
        let start = self.ends.last().map_or(0, |(end, _)| *end);
        let word = self.letters.get(start..).unwrap_or_default();
        if word.is_empty() {
            return false;
        }
        // What follows an apostrophe is the rest of "don't", "I'll" or "boss's", never a term.
        if clipped && word.len() <= 2 {
            self.clipped_not |= word == "t";
            self.letters.truncate(start);
        } else {
            let standing = standing(word);
            self.share.count(standing);
            self.ends.push((self.letters.len(), standing));
        }
        true
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
    use super::{super::stop::Language, *};

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
        assert!(NEGATIONS.iter().all(|word| standing(word).is_stop(Language::Open)));
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
    fn a_word_is_left_out_only_in_its_language() {
        assert_eq!(terms("The war made him afraid to die"), ["war", "mad", "afraid", "die"]);
        assert_eq!(terms("Die Frau war da"), ["frau"]);
        assert_eq!(terms("Er war in großer Not"), ["gross", "not"]);
        assert_eq!(terms("She was not in the mood"), ["mood"]);
        // Too little to tell: what may have content stays.
        assert_eq!(terms("War?"), ["war"]);
        assert!(!negated("Er war in Not") && negated("not good"));
    }

    #[test]
    fn a_denial_is_noticed() {
        assert!(negated("I don’t sleep") && negated("Nie wieder"));
        assert!(!negated("I sleep, and knots hold"));
    }
}
