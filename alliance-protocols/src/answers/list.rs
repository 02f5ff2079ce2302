//! Several things at once.

use std::fmt;

use super::{Spoken, clean, clipped, text::empty};
use crate::{definition::Split, pack::Pack};

/// The most of one item that is kept, in characters.
const MOST_ITEM: usize = 400;
/// The most items that one answer gives.
const MOST_ITEMS: usize = 20;

/// What an answer adds to a list. `Debug` shows no words.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct ListAnswer {
    pub(crate) items: Vec<String>,
    /// Whether the person says that this is all.
    pub(crate) all: bool,
}

impl fmt::Debug for ListAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListAnswer({} items, all: {})", self.items.len(), self.all)
    }
}

/// The items of an answer.
pub(crate) fn list(said: &str, split: Split, pack: &Pack) -> ListAnswer {
    let said = clean(said);
    let mut answer = ListAnswer { all: super::all_said(&Spoken::new(&said), pack), ..ListAnswer::default() };
    if answer.all && !said.contains([',', '\n', ';', '.']) {
        return answer;
    }
    for part in parts(&said, split, pack) {
        let part = trimmed(part, split, pack);
        let spoken = Spoken::new(part);
        if super::all_said(&spoken, pack) {
            answer.all = true;
        } else if !empty(&spoken, pack) && answer.items.len() < MOST_ITEMS {
            answer.items.push(clipped(part, MOST_ITEM));
        }
    }
    answer
}

fn parts<'a>(said: &'a str, split: Split, pack: &Pack) -> Vec<&'a str> {
    let stops: &[char] = match split {
        Split::Items => &[',', ';', '\n', '&', '•', '.'],
        Split::Lines => &[';', '\n', '•'],
    };
    let mut parts: Vec<&str> = said.split(stops).collect();
    if split == Split::Items {
        for word in &pack.words.and {
            let between = format!(" {word} ");
            parts = parts.into_iter().flat_map(|part| at_word(part, &between)).collect();
        }
    }
    parts
}

/// Splits at a word in any case: " and ", " AND ".
fn at_word<'a>(part: &'a str, between: &str) -> Vec<&'a str> {
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    while at + between.len() <= part.len() {
        if part.get(at..at + between.len()).is_some_and(|here| here.eq_ignore_ascii_case(between)) {
            found.push(&part[start..at]);
            start = at + between.len();
            at = start;
        } else {
            at += 1;
        }
    }
    found.push(&part[start..]);
    found
}

/// Without bullets and, for things, without "I can see": the person's words, and no more.
fn trimmed<'a>(part: &'a str, split: Split, pack: &Pack) -> &'a str {
    let edge = |c: char| c.is_whitespace() || matches!(c, '-' | '–' | '*' | '•' | '.' | ')' | ',' | '!');
    let mut part = unnumbered(part.trim_matches(edge)).trim_start_matches(edge);
    if split == Split::Items {
        // Twice: "and I can see".
        for _ in 0..2 {
            let lead =
                pack.words.lead_in.iter().filter_map(|lead| after(part, lead)).min_by_key(|rest| rest.len());
            part = lead.unwrap_or(part);
        }
    }
    part.trim_matches(edge)
}

/// Without a number in front that only counts: "2." and "2)", and not the one of "2 exams" or "2.5 hours".
fn unnumbered(part: &str) -> &str {
    let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
    let after = (rest.len() < part.len()).then(|| rest.strip_prefix(['.', ')'])).flatten();
    after.filter(|after| !after.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(part)
}

fn after<'a>(part: &'a str, lead: &str) -> Option<&'a str> {
    let head = part.get(..lead.len())?;
    let rest = &part[lead.len()..];
    (head.to_lowercase() == lead && rest.starts_with(' ')).then(|| rest.trim_start())
}
