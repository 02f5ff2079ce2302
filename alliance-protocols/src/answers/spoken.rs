//! What was said, as words.

use std::fmt;

/// What was said, as lower-case words. `Debug` shows none.
#[derive(Clone, Default)]
pub(crate) struct Spoken {
    words: Vec<Word>,
    question: bool,
}

#[derive(Clone)]
struct Word {
    text: String,
    /// Whether it begins the text or stands after a comma or a stop.
    opens: bool,
}

/// Words that are looked at; a person who says more has not given a short answer.
const MOST_WORDS: usize = 400;

impl fmt::Debug for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spoken({} words, question: {})", self.words.len(), self.question)
    }
}

impl Spoken {
    pub(crate) fn new(text: &str) -> Self {
        let mut spoken = Self { words: Vec::new(), question: text.trim_end().ends_with('?') };
        let (mut word, mut opens) = (String::new(), true);
        for c in text.chars().chain([' ']) {
            if c.is_alphanumeric() || matches!(c, '\'' | '’') {
                word.extend(if c == '’' { '\''.to_lowercase() } else { c.to_lowercase() });
                continue;
            }
            let whole = word.trim_matches('\'');
            if !whole.is_empty() && spoken.words.len() < MOST_WORDS {
                spoken.words.push(Word { text: whole.to_owned(), opens });
                opens = false;
            }
            word.clear();
            opens |= matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | '\n' | '–' | '—' | '…');
        }
        spoken
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it ends with a question mark.
    pub(crate) const fn question(&self) -> bool {
        self.question
    }

    pub(crate) fn words(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.words.iter().map(|word| &*word.text)
    }

    /// Whether the word at `at` begins a part of the sentence.
    pub(crate) fn opens(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| word.opens)
    }

    /// How many words `phrase` has, if it stands at `at`.
    pub(crate) fn at(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut length = 0;
        for part in phrase.split(' ') {
            if self.words.get(at + length)?.text != part {
                return None;
            }
            length += 1;
        }
        Some(length)
    }

    /// The longest of `phrases` that stands at `at`, in words.
    pub(crate) fn longest(&self, at: usize, phrases: &[String]) -> Option<usize> {
        phrases.iter().filter_map(|phrase| self.at(at, phrase)).max()
    }

    /// Where one of `phrases` stands first.
    pub(crate) fn find(&self, phrases: &[String]) -> Option<(usize, usize)> {
        (0..self.len()).find_map(|at| self.longest(at, phrases).map(|length| (at, length)))
    }

    /// Whether it holds one of `phrases` and at most `more` words beside it.
    pub(crate) fn is_about(&self, phrases: &[String], more: usize) -> bool {
        // A short text only: no need to look for phrases in a long one.
        self.len() <= more + 6
            && (0..self.len())
                .any(|at| self.longest(at, phrases).is_some_and(|length| self.len() <= length + more))
    }
}
