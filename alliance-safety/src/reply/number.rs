//! Digits that a person could dial.

use std::ops::Range;

/// Words after which a short number is one to call, in the promised languages.
const CALLS: [&str; 16] = [
    "call", "calling", "dial", "text", "ring", "phone", "number", "line", "hotline", "lifeline", "wähl",
    "wähle", "ruf", "nummer", "anrufen", "notruf",
];

/// How words begin that make somebody to turn to, or a way to do it, the matter of a sentence.
const CONTACTS: [&str; 31] = [
    "call",
    "dial",
    "text",
    "ring",
    "phone",
    "telephone",
    "number",
    "line",
    "hotline",
    "helpline",
    "lifeline",
    "crisisline",
    "reach",
    "contact",
    "message",
    "sms",
    "whatsapp",
    "wähl",
    "waehl",
    "ruf",
    "anruf",
    "angerufen",
    "nummer",
    "notruf",
    "schreib",
    "telefon",
    "erreich",
    "kontakt",
    "melde",
    "durchwahl",
    "helfer",
];
/// Beginnings above that other words share ("linear", "rufen" is meant, "ringsum" is not).
const WHOLE: [&str; 6] = ["line", "lines", "ring", "rings", "text", "texting"];
/// What is counted or measured, behind a number that is none to dial.
const UNITS: [&str; 37] = [
    "minute", "hour", "second", "day", "week", "month", "year", "people", "person", "time", "step", "word",
    "page", "percent", "mg", "ml", "gram", "kilo", "km", "metre", "meter", "mile", "euro", "dollar", "pound",
    "o'clock", "uhr", "stunde", "sekunde", "tag", "woche", "jahr", "mensch", "mal", "schritt", "wörter",
    "prozent",
];
/// What stands before a year, an hour or a range.
const BEFORE_YEARS: [&str; 14] = [
    "in", "im", "since", "seit", "of", "until", "by", "year", "jahr", "from", "bis", "before", "vor", "nach",
];

/// Finds what looks like a phone number: seven digits or more, also with separators, or three to six digits
/// in a sentence about reaching somebody ("text 988"), unless they are a year, an hour, an amount.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut found = Vec::new();
    let mut rest = 0;
    let mut contact = None;
    while let Some(run) = next_run(text, rest) {
        rest = run.end;
        let digits = count_digits(text.get(run.clone()).unwrap_or_default());
        let mut somebody = || *contact.get_or_insert_with(|| words(text).any(|word| is_contact(&word)));
        let mut short = || {
            digits >= 3
                && !is_year(text, &run)
                && (beside_call(text, &run) || (!counts(text, &run) && somebody()))
        };
        if digits >= 7 || short() {
            found.push(run);
        }
    }
    found.into_iter()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

fn is_contact(word: &str) -> bool {
    WHOLE.contains(&word)
        || CONTACTS.iter().any(|stem| !WHOLE.contains(stem) && word.starts_with(stem))
        || ["line", "nummer", "telefon", "ruf"]
            .iter()
            .any(|end| word.len() > end.len() + 3 && word.ends_with(end))
}

/// Whether the run is a year: "in 2019".
fn is_year(text: &str, run: &Range<usize>) -> bool {
    let before = text.get(..run.start).unwrap_or_default();
    let before = before.rsplit(' ').find(|word| !word.is_empty()).unwrap_or_default().to_lowercase();
    let digits = text.get(run.clone()).unwrap_or_default();
    digits.len() == 4
        && matches!(digits.get(..2), Some("19" | "20"))
        && BEFORE_YEARS.contains(&before.as_str())
}

/// Whether the run counts or measures something: "250 people".
fn counts(text: &str, run: &Range<usize>) -> bool {
    let after = words(text.get(run.end..).unwrap_or_default()).next().unwrap_or_default();
    UNITS.iter().any(|unit| after.starts_with(unit))
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
        } else if crate::normalise::is_ignored(c) {
            // Nobody sees it.
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
    fn finds_short_numbers_wherever_somebody_is_to_be_reached() {
        for text in [
            "You can reach the crisis team at 00000.",
            "Rufe die 00000 an.",
            "Schreib eine SMS an 00000.",
            "Reach out to the helpline at 00000.",
            "Their crisis line is open, it is 0000.",
            "Das Krisentelefon erreichst du unter 000000.",
        ] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn leaves_other_digits_alone() {
        for text in [
            "At 1030 we stopped.",
            "Call her in 5 minutes.",
            "You reached out in 2019.",
            "She called 200 times.",
            "Ruf sie um 10:30 an.",
            "Du hast seit 2020 niemanden angerufen.",
            "You wrote 300 words to them, and that reaches people.",
            "It is 20 to 12.",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert!(found("On a scale from 0 to 100, in 2019, at 10:30, 250 people came.").is_empty());
        assert!(found("").is_empty());
    }
}
