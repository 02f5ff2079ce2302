//! From text to the words that are compared.
//!
//! A word is a run of Unicode letters and digits, lower-cased, without diacritics. Words without content in
//! the text's language are no terms, and what is left is stemmed. Scripts without spaces are not split.

use alliance_core::safety::Locale;

use super::{
    change::Change,
    stem::stem,
    stop::{Language, Share, Standing, standing},
    table::Table,
};

const NEGATIONS: [&str; 14] = [
    "cannot", "kein", "keine", "keinem", "keinen", "keiner", "keines", "neither", "never", "nicht", "nichts",
    "nie", "no", "not",
];

/// The words of a text, one after the other.
#[derive(Default)]
pub(crate) struct Words {
    letters: String,
    ends: Vec<End>,
    /// Whether a word is denied by its rest, as in "don't".
    clipped_not: bool,
}

#[derive(Clone, Copy)]
struct End {
    at: usize,
    capital: bool,
    opens: bool,
}

/// A word as it stands in a text.
#[derive(Clone, Copy)]
pub(crate) struct Word<'a> {
    /// Lower-cased, without diacritics.
    pub(crate) letters: &'a str,
    /// Whether it began with a capital.
    pub(crate) capital: bool,
    /// Whether a sentence begins with it.
    pub(crate) opens: bool,
}

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self::default();
        words.read(text);
        words
    }

    /// Takes the words of a text in place of those before.
    pub(crate) fn read(&mut self, text: &str) {
        self.letters.clear();
        self.ends.clear();
        self.clipped_not = false;
        // Whether the word follows another one and an apostrophe; whether it begins with a capital; whether a
        // sentence begins with it.
        let (mut clipped, mut capital, mut opens, mut inside) = (false, false, true, false);
        for letter in text.chars().chain([' ']) {
            if letter.is_alphanumeric() {
                if !inside {
                    (inside, capital) = (true, letter.is_uppercase());
                }
                fold_letter(letter, &mut self.letters);
            } else if !is_mark(letter) {
                let ended = self.end_word(clipped, capital, opens);
                clipped = ended && matches!(letter, '\'' | '’');
                opens = (opens && !ended) || matches!(letter, '.' | '!' | '?' | ':' | '\n' | '"' | '“' | '„');
                inside = false;
            }
        }
    }

    /// The words in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Word<'_>> + Clone {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let letters = self.letters.get(start..end.at).unwrap_or_default();
            start = end.at;
            Word { letters, capital: end.capital, opens: end.opens }
        })
    }

    /// Ends the word at the end of the letters, if there is one.
    fn end_word(&mut self, clipped: bool, capital: bool, opens: bool) -> bool {
        let start = self.ends.last().map_or(0, |end| end.at);
        let word = self.letters.get(start..).unwrap_or_default();
        if word.is_empty() {
            return false;
        }
        // What follows an apostrophe is the rest of "don't", "I'll" or "boss's", never a term.
        if clipped && word.len() <= 2 {
            self.clipped_not |= word == "t";
            self.letters.truncate(start);
        } else {
            self.ends.push(End { at: self.letters.len(), capital, opens });
        }
        true
    }
}

/// What a text is written in, where its function words tell, and whether it denies something.
pub(crate) struct Tone {
    pub(crate) language: Language,
    pub(crate) negated: bool,
}

impl Tone {
    /// For words in order, each with the lists that it stands in.
    fn of<'a>(words: impl Iterator<Item = (&'a str, Standing)> + Clone, clipped_not: bool) -> Self {
        let mut share = Share::default();
        words.clone().for_each(|(_, standing)| share.count(standing));
        let language = share.language();
        let mut denied = words
            .filter(|(word, standing)| standing.is_stop(language) && NEGATIONS.binary_search(word).is_ok());
        Self { language, negated: clipped_not || denied.next().is_some() }
    }

    pub(crate) fn of_words(words: &Words) -> Self {
        Self::of(words.iter().map(|word| (word.letters, standing(word.letters))), words.clipped_not)
    }
}

/// Whether a word is a term in a text of this language.
pub(crate) fn is_term(word: &str, standing: Standing, language: Language) -> bool {
    !standing.is_stop(language) && !is_letter(word)
}

/// In which language words are stemmed.
pub(crate) const fn stemming(language: Language, locale: Locale) -> Locale {
    match language {
        Language::English => Locale::En,
        Language::German => Locale::De,
        Language::Open => locale,
    }
}

/// How something is said.
pub(crate) struct Manner {
    /// Whether it denies something.
    pub(crate) negated: bool,
    /// What it does to what was said before.
    pub(crate) change: Change,
}

/// Numbers the terms of many texts. Each different word is looked up in the lists and stemmed once.
#[derive(Default)]
pub(crate) struct Reader {
    words: Words,
    seen: Table,
    known: Vec<Known>,
    text: Vec<u32>,
}

#[derive(Default)]
struct Known {
    standing: Standing,
    may_change: bool,
    /// The number of its stem plus one, in English and in German; 0 where it was not needed yet.
    terms: [u32; 2],
}

impl Reader {
    /// Whether so many different words came that it is better begun anew: what it knows is found again.
    pub(crate) const fn is_large(&self) -> bool {
        self.seen.len() > 1 << 20
    }

    /// Appends the numbers of a text's terms, and says how it is said.
    pub(crate) fn number(
        &mut self,
        text: &str,
        locale: Locale,
        terms: &mut Table,
        found: &mut Vec<u32>,
    ) -> Manner {
        self.words.read(text);
        self.text.clear();
        let (mut change, mut last) = (Change::None, [""; Change::LONGEST]);
        for word in self.words.iter() {
            let number = self.seen.intern(word.letters);
            if number as usize == self.known.len() {
                let may_change = Change::may_end_with(word.letters);
                self.known.push(Known { standing: standing(word.letters), may_change, terms: [0; 2] });
            }
            last.rotate_left(1);
            if let Some(newest) = last.last_mut() {
                *newest = word.letters;
            }
            if self.known.get(number as usize).is_some_and(|known| known.may_change) {
                change = change.max(Change::at_end_of(&last));
            }
            self.text.push(number);
        }
        let words = self.text.iter().map(|number| {
            (
                self.seen.word(*number),
                self.known.get(*number as usize).map_or_else(Standing::default, |known| known.standing),
            )
        });
        let tone = Tone::of(words, self.words.clipped_not);
        let stemming = stemming(tone.language, locale);
        for number in &self.text {
            let word = self.seen.word(*number);
            let Some(known) = self.known.get_mut(*number as usize) else { continue };
            if !is_term(word, known.standing, tone.language) {
                continue;
            }
            let [english, german] = &mut known.terms;
            let term = if stemming == Locale::De { german } else { english };
            if *term == 0 {
                *term = terms.intern(&stem(word, stemming)) + 1;
            }
            found.push(*term - 1);
        }
        Manner { negated: tone.negated, change }
    }
}

/// Hands each term of a text to `found`, in order, stemmed in both languages: what may be English or German is compared alike,
/// whichever the text around it is in.
pub(crate) fn scan(text: &str, mut found: impl FnMut(&str)) {
    let words = Words::of(text);
    let language = Tone::of_words(&words).language;
    for word in words.iter().filter(|word| is_term(word.letters, standing(word.letters), language)) {
        found(&stem(&stem(word.letters, Locale::En), Locale::De));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn terms_in(text: &str, locale: Locale) -> Vec<String> {
        let (mut table, mut found) = (Table::default(), Vec::new());
        Reader::default().number(text, locale, &mut table, &mut found);
        found.into_iter().map(|number| table.word(number).to_owned()).collect()
    }

    fn terms(text: &str) -> Vec<String> {
        terms_in(text, Locale::En)
    }

    fn negated(text: &str) -> bool {
        Tone::of_words(&Words::of(text)).negated
    }

    #[test]
    fn a_word_that_denies_is_a_stop_word() {
        assert!(NEGATIONS.is_sorted());
        assert!(NEGATIONS.iter().all(|word| standing(word).is_stop(Language::Open)));
    }

    #[test]
    fn forms_of_a_word_meet() {
        let alike = [
            (Locale::En, "sleep sleeps sleeping"),
            (Locale::En, "stop stops stopped stopping"),
            (Locale::En, "story stories"),
            (Locale::En, "boss bosses boss's"),
            (Locale::En, "make makes making"),
            (Locale::En, "happy happiness"),
            (Locale::De, "Kollege Kollegen"),
            (Locale::De, "Kind Kinder Kindern Kindes"),
            (Locale::De, "Mutter Mütter Mu\u{308}tter MÜTTER"),
            (Locale::De, "Straße Strassen"),
            (Locale::De, "einsam Einsamkeit"),
        ];
        for (locale, line) in alike {
            let mut found = terms_in(line, locale);
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
        assert_eq!(terms("The war made him afraid to die"), ["war", "made", "afraid", "die"]);
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

    #[test]
    fn capitals_and_beginnings_are_seen() {
        let words = Words::of("Then Anna left. So did I");
        let seen: Vec<_> = words.iter().map(|word| (word.letters, word.capital, word.opens)).collect();
        let expected = [
            ("then", true, true),
            ("anna", true, false),
            ("left", false, false),
            ("so", true, true),
            ("did", false, false),
            ("i", true, false),
        ];
        assert_eq!(seen, expected);
    }
}
