//! One of several choices.

use super::Spoken;
use crate::pack::Pack;

/// How many words before a phrase may turn it round.
const NEGATED_WITHIN: usize = 3;

/// The choice that is meant, by its place in `choices`; each comes with the words that mean it. Nothing where
/// none is meant, or more than one. The one that `wins` is meant wherever it is among them.
pub(crate) fn choice(
    spoken: &Spoken,
    choices: &[&[String]],
    wins: Option<usize>,
    pack: &Pack,
) -> Option<usize> {
    let mut best: Vec<(usize, usize)> = Vec::new();
    for (index, words) in choices.iter().enumerate() {
        let longest = (0..spoken.len())
            .filter(|at| !negated(spoken, *at, pack))
            .filter_map(|at| spoken.longest(at, words))
            .max();
        best.extend(longest.map(|length| (length, index)));
    }
    if let Some(winner) = wins.filter(|winner| best.iter().any(|(_, index)| index == winner)) {
        return Some(winner);
    }
    // The longest words win: "just talk" is more than "talk" somewhere.
    let most = best.iter().map(|(length, _)| *length).max();
    let mut at_most = best.iter().filter(|(length, _)| Some(*length) == most);
    match (at_most.next(), at_most.next()) {
        (Some((_, index)), None) => Some(*index),
        (None, _) => by_place(spoken, choices.len(), pack),
        _ => None,
    }
}

/// One of the options of an item, by its number or its words.
pub(crate) fn option(spoken: &Spoken, options: &[String], lowest: i64, pack: &Pack) -> Option<i64> {
    let words: Vec<Vec<String>> = options
        .iter()
        .map(|option| vec![Spoken::new(option).words().collect::<Vec<_>>().join(" ")])
        .collect();
    let slices: Vec<&[String]> = words.iter().map(Vec::as_slice).collect();
    let whole = |words: &[String]| spoken.longest(0, words).is_some_and(|length| length == spoken.len());
    let index = words.iter().position(|words| whole(words)).or_else(|| choice(spoken, &slices, None, pack));
    i64::try_from(index?).ok().map(|index| index + lowest)
}

/// "the second one", "2"
fn by_place(spoken: &Spoken, choices: usize, pack: &Pack) -> Option<usize> {
    let words = &pack.words;
    let place = words.first.iter().position(|phrases| spoken.is_about(phrases, 2));
    let place = place.or_else(|| spoken.is_about(&words.last, 2).then(|| choices.saturating_sub(1)));
    let number = || {
        let only = spoken.words().next().filter(|_| spoken.len() == 1)?;
        only.parse::<usize>().ok()?.checked_sub(1)
    };
    place.or_else(number).filter(|place| *place < choices)
}

/// Whether a word before it in the same part of the sentence turns it round.
fn negated(spoken: &Spoken, at: usize, pack: &Pack) -> bool {
    (at.saturating_sub(NEGATED_WITHIN)..at)
        .rev()
        .take_while(|before| !spoken.opens(before + 1))
        .any(|before| spoken.longest(before, &pack.words.not).is_some())
}
