//! Digits that a person could dial.

use std::ops::Range;

/// Words after which a short number is one to call, in the promised languages.
const CALLS: [&str; 16] = [
    "call", "calling", "dial", "text", "ring", "phone", "number", "line", "hotline", "lifeline", "wähl",
    "wähle", "ruf", "nummer", "anrufen", "notruf",
];

/// Finds what looks like a phone number: seven digits or more, also with separators, or three to six digits
/// beside a word of calling ("text 988").
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(run) = next_run(text, rest) {
        rest = run.end;
        let digits = count_digits(text.get(run.clone()).unwrap_or_default());
        if digits >= 7 || (digits >= 3 && (beside_call(text, &run))) {
            found.push(run);
        }
    }
    found.into_iter()
}

/// The next run of digits joined by at most two separators, from `from` on.
fn next_run(text: &str, from: usize) -> Option<Range<usize>> {
    let tail = text.get(from..)?;
    let first = from + tail.find(char::is_numeric)?;
    let mut start = first;
    let ahead = text.get(..first).unwrap_or_default();
    if first > from && ahead.ends_with(['+', '(']) {
        start -= 1;
    }
    let (mut end, mut gap) = (first, 0);
    for (at, c) in text.get(first..)?.char_indices() {
        if c.is_numeric() {
            end = first + at + c.len_utf8();
            gap = 0;
        } else if matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-' | '‑' | '–' | '.' | '/' | '(' | ')')
            && gap < 2
        {
            gap += 1;
        } else {
            break;
        }
    }
    Some(start..end)
}

fn count_digits(run: &str) -> usize {
    run.chars().filter(|c| c.is_numeric()).count()
}

/// Whether a word of calling stands within four words before the run or two words after it.
fn beside_call(text: &str, run: &Range<usize>) -> bool {
    let before = text.get(..run.start).unwrap_or_default();
    let after = text.get(run.end..).unwrap_or_default();
    before.rsplit(' ').filter(|w| !w.is_empty()).take(6).any(is_call)
        || after.split(' ').filter(|w| !w.is_empty()).take(2).any(is_call)
}

fn is_call(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    CALLS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        numbers(text).map(|run| &text[run]).collect()
    }

    #[test]
    fn finds_numbers_to_dial() {
        assert_eq!(found("Call 000 or +00 (000) 000-0000 now."), ["000", "+00 (000) 000-0000"]);
        assert_eq!(found("Wähle bitte die 00000 oder 0000/000 00 00."), ["00000", "0000/000 00 00"]);
        assert_eq!(found("Text the word HELP to 00000."), ["00000"]);
    }

    #[test]
    fn leaves_other_digits_alone() {
        assert!(found("On a scale from 0 to 100, in 2019, at 10:30, 250 people came.").is_empty());
        assert!(found("").is_empty());
    }
}
