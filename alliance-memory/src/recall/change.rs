//! Words that take back or change what was said before: "that wasn't true", "nicht mehr".

use std::{collections::HashSet, sync::LazyLock};

/// What a memory does to what was said before it; the graver one is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// Nothing.
    #[default]
    None,
    /// Something is otherwise since.
    Otherwise,
    /// Something is taken back.
    TakenBack,
}

impl Change {
    /// How many words the longest phrase has.
    pub(crate) const LONGEST: usize = 4;

    /// What the last of these words, lower-cased and without diacritics, make of what was said before. What
    /// follows an apostrophe is no word: "wasn't" is "wasn".
    pub(crate) fn at_end_of(words: &[&str]) -> Self {
        let Some(last) = words.last() else { return Self::None };
        let ends = |phrase: &&[&str]| phrase.last() == Some(last) && words.ends_with(phrase);
        if TAKEN_BACK.iter().any(ends) {
            Self::TakenBack
        } else if OTHERWISE.iter().any(ends) {
            Self::Otherwise
        } else {
            Self::None
        }
    }

    /// Whether a word is the last one of a phrase here, so that [`Change::at_end_of`] is worth asking.
    pub(crate) fn may_end_with(word: &str) -> bool {
        static LAST: LazyLock<HashSet<&str>> = LazyLock::new(|| {
            TAKEN_BACK.iter().chain(&OTHERWISE).filter_map(|phrase| phrase.last().copied()).collect()
        });
        LAST.contains(word)
    }
}

/// All phrases.
pub(crate) fn phrases() -> impl Iterator<Item = &'static [&'static str]> {
    TAKEN_BACK.iter().chain(&OTHERWISE).copied()
}

#[rustfmt::skip]
const TAKEN_BACK: [&[&str]; 39] = [
    &["not", "true"], &["wasn", "true"], &["isn", "true"], &["never", "true"], &["i", "lied"],
    &["i", "was", "lying"], &["made", "that", "up"], &["made", "it", "up"], &["made", "this", "up"],
    &["take", "that", "back"], &["take", "it", "back"], &["take", "back", "what"], &["forget", "what", "i"],
    &["forget", "i", "said"], &["scratch", "that"], &["i", "misspoke"], &["i", "was", "wrong"],
    &["got", "that", "wrong"], &["got", "it", "wrong"], &["not", "what", "i", "meant"], &["never", "happened"],
    &["war", "nicht", "wahr"], &["ist", "nicht", "wahr"], &["nicht", "wahr", "war"], &["stimmt", "nicht"],
    &["stimmt", "gar", "nicht"], &["stimmt", "so", "nicht"], &["stimmt", "doch", "nicht"], &["stimmte", "nicht"],
    &["ich", "habe", "gelogen"], &["habe", "ich", "gelogen"], &["hab", "ich", "gelogen"], &["ich", "erfunden"],
    &["ich", "das", "erfunden"], &["das", "zuruck"], &["habe", "mich", "geirrt"], &["hab", "mich", "geirrt"],
    &["vergiss", "was", "ich"], &["vergiss", "bitte", "was"],
];

#[rustfmt::skip]
const OTHERWISE: [&[&str]; 22] = [
    &["no", "longer"], &["anymore"], &["any", "more"], &["changed", "my", "mind"], &["instead", "now"],
    &["after", "all"], &["have", "moved"], &["ve", "moved"], &["i", "moved"], &["switched", "to"],
    &["broke", "up"], &["nicht", "mehr"], &["keine", "mehr"], &["inzwischen"], &["mittlerweile"], &["stattdessen"],
    &["bin", "umgezogen"], &["gewechselt"], &["jetzt", "doch"], &["doch", "nicht"], &["anders", "entschieden"],
    &["uns", "getrennt"],
];

#[cfg(test)]
mod tests {
    use super::{super::words::Words, *};

    #[test]
    fn what_takes_back_or_changes_is_heard() {
        let of = |text: &str| {
            let words = Words::of(text);
            let words: Vec<_> = words.iter().map(|word| word.letters).collect();
            (1..=words.len()).map(|end| Change::at_end_of(&words[..end])).max().unwrap_or_default()
        };
        for text in ["That wasn't true", "I take that back.", "Ich nehme das zurück", "Das stimmt gar nicht"]
        {
            assert_eq!(of(text), Change::TakenBack, "{text}");
        }
        for text in ["We don't talk anymore", "Ich arbeite nicht mehr dort", "I've changed my mind"] {
            assert_eq!(of(text), Change::Otherwise, "{text}");
        }
        for text in ["He lied to me", "Er hat gelogen", "It is a true story", "", "Schön, nicht wahr?"] {
            assert_eq!(of(text), Change::None, "{text}");
        }
        assert!(TAKEN_BACK.iter().chain(&OTHERWISE).all(|phrase| phrase.len() <= Change::LONGEST));
        assert!(Change::may_end_with("true") && !Change::may_end_with("story"));
    }
}
