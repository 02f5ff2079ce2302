//! Whether words are asked or said. A question mark alone says little: "…, okay?" asks nothing.

use std::ops::Range;

use super::frame::Indexed;

/// Words with which an open question begins, in the languages of the rules.
const OPENERS: [&str; 81] = [
    "von",
    "mit",
    "aus",
    "für",
    "an",
    "bei",
    "zu",
    "are",
    "is",
    "am",
    "was",
    "were",
    "do",
    "does",
    "did",
    "have",
    "has",
    "had",
    "can",
    "could",
    "would",
    "will",
    "shall",
    "should",
    "may",
    "might",
    "what",
    "how",
    "who",
    "whom",
    "whose",
    "where",
    "when",
    "which",
    "why",
    "in",
    "at",
    "on",
    "since",
    "wie",
    "wer",
    "wen",
    "wem",
    "wo",
    "wann",
    "welche",
    "welcher",
    "welches",
    "welchen",
    "welchem",
    "warum",
    "weshalb",
    "wieso",
    "woran",
    "worauf",
    "wodurch",
    "woher",
    "wohin",
    "wovon",
    "womit",
    "wofür",
    "wobei",
    "inwiefern",
    "seit",
    "bis",
    "ob",
    "ist",
    "sind",
    "wäre",
    "wären",
    "war",
    "waren",
    "hat",
    "haben",
    "gibt",
    "kann",
    "soll",
    "darf",
    "mag",
    "würde",
    "könnte",
];
/// Of them those that ask for one thing rather than for a yes: a "not" behind them does not lead.
const ASKS_FOR: [&str; 10] = ["what", "how", "who", "where", "when", "which", "wie", "wer", "wann", "was"];
/// Whom a question can be about.
const SUBJECTS: [&str; 26] = [
    "du", "ihr", "sie", "es", "er", "ich", "man", "dir", "dich", "das", "wir", "jemand", "eine", "ein",
    "der", "die", "deine", "dein", "deinen", "you", "it", "they", "the", "there", "someone", "anyone",
];
/// Words before the first word of a question.
const LEADS: [&str; 13] =
    ["and", "or", "but", "so", "then", "maybe", "perhaps", "und", "oder", "aber", "also", "denn", "dann"];
const DENIALS: [&str; 8] = ["not", "no", "never", "nicht", "kein", "keine", "keinen", "nie"];
/// What a tag at the end of a statement is made of.
const TAGS: [&str; 44] = [
    "not",
    "are",
    "is",
    "do",
    "does",
    "did",
    "will",
    "would",
    "have",
    "has",
    "can",
    "could",
    "should",
    "you",
    "it",
    "he",
    "she",
    "they",
    "i",
    "we",
    "right",
    "okay",
    "ok",
    "yes",
    "no",
    "correct",
    "so",
    "alright",
    "huh",
    "eh",
    "hm",
    "oder",
    "nicht",
    "wahr",
    "ja",
    "nein",
    "gell",
    "ne",
    "was",
    "stimmt",
    "stimmt's",
    "s",
    "verstanden",
    "understood",
];

/// Whether the words of `found` stand in an open question of their own clause. Of grave matters only such a
/// question excuses; of others also one with which the sentence begins.
pub(super) fn is_asked(text: &Indexed, found: &Range<usize>, grave: bool) -> bool {
    let end = text.words.len();
    if is_tag(text, end.saturating_sub(1)) {
        return false;
    }
    let own = clause(text, found.start.max(text.border));
    asks(text, own) || (!grave && asks(text, text.border))
}

/// Whether `word` stands in a tag at the end of the text: "…, aren't you?".
pub(super) fn is_tag(text: &Indexed, word: usize) -> bool {
    let (start, end) = (clause(text, word), text.words.len());
    let closes = (word + 1..end).all(|at| text.words.opens.get(at) != Some(&true));
    closes
        && start > text.border
        && end - start <= 4
        && (start..end).all(|at| TAGS.contains(&text.words.word(at)))
}

fn clause(text: &Indexed, word: usize) -> usize {
    let opens = |at: &usize| text.words.opens.get(*at) == Some(&true);
    (text.border..=word).rev().find(opens).unwrap_or(text.border)
}

/// Whether the clause that begins at `start` begins as an open question does.
fn asks(text: &Indexed, start: usize) -> bool {
    let Some(first) = (start..text.words.len()).find(|&at| !LEADS.contains(&text.words.word(at))) else {
        return false;
    };
    let (word, next) = (text.words.word(first), text.words.word(first + 1));
    // German turns the verb round, and its verbs end alike.
    let turned = SUBJECTS.contains(&next) && ["st", "t", "en", "te"].iter().any(|end| word.ends_with(end));
    if !(OPENERS.contains(&word) || turned) || (ASKS_FOR.contains(&word) && next == "about") {
        return false;
    }
    // "Isn't it better …?" wants a yes, and "why don't you …?" is advice.
    ASKS_FOR.contains(&word) || !(first + 1..first + 4).any(|at| DENIALS.contains(&text.words.word(at)))
}
