//! Whether a text stands in what the person said, as something that is so.

use alliance_core::consolidate::{Refusal, TranscriptTurn};

use super::super::{
    book::{Around, Book, Books},
    sentence::{Sentence, sentences},
};

/// Checks that a text stands in one of these turns, whole words of it, but for capitals and spaces: and at one place at least as what
/// is neither asked nor wished, and denied only where `denied` says so.
///
/// What a language without rules denies is not known, so there only questions count.
pub(super) fn so(text: &str, turns: &[&TranscriptTurn], books: &Books, denied: bool) -> Result<(), Refusal> {
    let mut stands = false;
    for turn in turns.iter().filter(|turn| is_copied(text, &turn.said)) {
        let sentences: Vec<Sentence<'_>> = sentences(&turn.said).collect();
        for place in places(text, &sentences) {
            stands = true;
            let (asks, around) = place.around(&sentences, books.of(turn.locale));
            if !asks && !around.unreal && around.denied == denied {
                return Ok(());
            }
        }
    }
    Err(if stands { Refusal::NotSo } else { Refusal::NotSaid })
}

/// Whether the words of a text stand in one of these turns.
pub(super) fn is_said(text: &str, turns: &[&TranscriptTurn]) -> bool {
    turns.iter().any(|turn| {
        let sentences: Vec<Sentence<'_>> = sentences(&turn.said).collect();
        is_copied(text, &turn.said) && places(text, &sentences).next().is_some()
    })
}

fn is_copied(text: &str, said: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(said).contains(&plain(text))
}

/// Words of sentences that follow each other: from one of the first to before one of the last.
#[derive(Clone, Copy)]
struct Place {
    start: (usize, usize),
    end: (usize, usize),
}

impl Place {
    /// Whether it is asked, and what the words around it say of it.
    fn around(self, within: &[Sentence<'_>], book: Option<&Book>) -> (bool, Around) {
        let ((first, start), (last, end)) = (self.start, self.end);
        let covered = within.get(first..=last).unwrap_or_default();
        let asks = covered.iter().any(|sentence| sentence.asks);
        let (Some(book), [head, .., tail] | [head @ tail]) = (book, covered) else {
            return (asks, Around::default());
        };
        let head_end = if first == last { end } else { head.words.len() };
        let tail_start = if first == last { start } else { 0 };
        let (head, tail) =
            (book.around(&head.words, start, head_end), book.around(&tail.words, tail_start, end));
        let around = Around { denied: head.denied || tail.denied, unreal: head.unreal || tail.unreal };
        (asks, around)
    }
}

/// Where the words of a text stand.
fn places(text: &str, within: &[Sentence<'_>]) -> impl Iterator<Item = Place> {
    let wanted: Vec<String> =
        sentences(text).flat_map(|sentence| sentence.words).map(|word| word.plain).collect();
    let words: Vec<(usize, usize, &str)> = within
        .iter()
        .enumerate()
        .flat_map(|(number, sentence)| {
            sentence.words.iter().enumerate().map(move |(at, word)| (number, at, word.plain.as_str()))
        })
        .collect();
    let length = wanted.len();
    let found: Vec<Place> = words
        .windows(length.max(1))
        .filter(|window| {
            length > 0 && window.iter().map(|(.., word)| *word).eq(wanted.iter().map(String::as_str))
        })
        .filter_map(|window| {
            let ((first, start, _), (last, end, _)) = (window.first()?, window.last()?);
            Some(Place { start: (*first, *start), end: (*last, end + 1) })
        })
        .collect();
    found.into_iter()
}
