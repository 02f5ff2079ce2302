//! What is in a message: rules that hear it, whose feelings they are, and whom it names.

use super::{
    book::{Book, Rule},
    entry::{Kind, Then},
    word::{Word, words},
};

/// Words of a message that are looked at. What is longer has said enough by then.
const MOST_WORDS: usize = 400;

/// Words before a feeling in which a negation or its owner is looked for.
const BEFORE: usize = 4;

/// What was heard in a message.
#[derive(Debug)]
pub(crate) struct Heard<'a> {
    pub(crate) text: &'a str,
    pub(crate) words: Vec<Word>,
    /// Rules that heard something, the most telling first.
    pub(crate) hits: Vec<Hit<'a>>,
    /// Whom or what it names with `my`: the place and the word.
    pub(crate) named: Vec<Named<'a>>,
    pub(crate) language: Language,
}

/// A rule that heard something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'a> {
    pub(crate) rule: &'a Rule,
    /// The place of the word where it begins.
    pub(crate) at: usize,
    /// A feeling that somebody else has.
    pub(crate) of_other: bool,
}

/// A person, animal or thing of the speaker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) at: usize,
    pub(crate) word: &'a str,
    pub(crate) alive: bool,
}

/// The language that a message seems to be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// The one of the conversation, or too short to tell.
    Own,
    /// The other one that is shipped.
    OtherShipped,
    /// Another one.
    Foreign,
}

impl<'a> Heard<'a> {
    /// Listens to a message.
    pub(crate) fn of(book: &'a Book, text: &'a str) -> Self {
        let words = words(text, usize::MAX);
        let looked = &words[..words.len().min(MOST_WORDS)];
        let mut hits = hits(book, looked);
        hits.sort_by_key(|hit| std::cmp::Reverse((hit.rule.kind, hit.rule.rank, hit.at)));
        let named = named(book, text, looked);
        let language = language(book, text, looked);
        Self { text, words, hits, named, language }
    }

    /// The act that it is, if it is one. A short answer gives way to whatever was said with it.
    pub(crate) fn act(&self) -> Option<&'a Rule> {
        let act = self.hits.first().map(|hit| hit.rule).filter(|rule| rule.kind == Kind::Act)?;
        let says_more = self.themes().any(|hit| hit.rule.kind > Kind::Signal);
        (act.then != Then::Carry || !says_more).then_some(act)
    }

    /// What it is about, the most telling first. Without acts.
    pub(crate) fn themes(&self) -> impl Iterator<Item = Hit<'a>> + '_ {
        self.hits.iter().copied().filter(|hit| hit.rule.kind != Kind::Act)
    }

    /// Whom it names nearest to the word at `place`.
    pub(crate) fn named_near(&self, place: usize) -> Option<Named<'a>> {
        self.named.iter().copied().min_by_key(|named| (!named.alive, named.at.abs_diff(place)))
    }
}

fn hits<'a>(book: &'a Book, words: &[Word]) -> Vec<Hit<'a>> {
    let mut covered = vec![0; book.rules.len()];
    let mut found: Vec<(usize, usize, bool)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        for heading in book.headings(word.hash) {
            if !heading.follows(words[at + 1..].iter().map(|word| word.hash)) {
                continue;
            }
            let rule = heading.rule;
            covered[rule] += heading.len();
            let mut of_other = false;
            if book.rules[rule].kind == Kind::Feeling {
                match owner(book, words, at) {
                    Owner::Nobody => continue,
                    Owner::Other => of_other = true,
                    Owner::Me => {}
                }
            }
            match found.iter_mut().find(|(known, ..)| *known == rule) {
                Some(known) => known.2 &= of_other,
                None => found.push((rule, at, of_other)),
            }
        }
    }
    let fits = |rule: usize| {
        let spare = book.rules[rule].spare;
        spare.is_none_or(|spare| words.len().saturating_sub(covered[rule]) <= spare)
    };
    found
        .into_iter()
        .filter(|(rule, ..)| fits(*rule))
        .map(|(rule, at, of_other)| Hit { rule: &book.rules[rule], at, of_other })
        .collect()
}

enum Owner {
    Me,
    Other,
    Nobody,
}

/// Whose a feeling is: the nearest word before it that says so, in its own clause.
fn owner(book: &Book, words: &[Word], at: usize) -> Owner {
    let clause = words[at].clause;
    let before = words[..at].iter().enumerate().rev().take(BEFORE + 2);
    let mut owner = None;
    for (distance, (place, word)) in before.enumerate() {
        if word.clause != clause {
            break;
        }
        if distance < BEFORE - 1 && owner.is_none() && book.negations.contains(&word.hash) {
            return Owner::Nobody;
        }
        if owner.is_some() {
            continue;
        }
        if book.me.contains(&word.hash) {
            owner = Some(Owner::Me);
        } else if book.them.contains(&word.hash)
            || (book.people.contains(&word.hash)
                && place > 0
                && words[place.saturating_sub(2)..place].iter().any(|word| book.mine.contains(&word.hash)))
        {
            owner = Some(Owner::Other);
        }
    }
    owner.unwrap_or(Owner::Me)
}

/// `my sister`, `my older sister`; not `my friend's sister`.
fn named<'a>(book: &Book, text: &'a str, words: &[Word]) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for (at, _) in words.iter().enumerate().filter(|(_, word)| book.mine.contains(&word.hash)) {
        for (ahead, word) in words[at + 1..].iter().take(2).enumerate() {
            let alive = book.people.contains(&word.hash);
            if alive || book.things.contains(&word.hash) {
                named.push(Named { at: at + 1 + ahead, word: &text[word.start..word.end], alive });
                break;
            }
            if word.clause != words[at].clause || text[word.start..word.end].contains(['\'', '\u{2019}']) {
                break;
            }
        }
    }
    named
}

fn language(book: &Book, text: &str, words: &[Word]) -> Language {
    let (mut latin, mut others) = (0, 0);
    for c in text.chars().take(400).filter(|c| c.is_alphabetic()) {
        if c < '\u{250}' { latin += 1 } else { others += 1 }
    }
    if others > latin {
        return Language::Foreign;
    }
    let count = |list: &std::collections::HashSet<u64>| {
        words.iter().take(40).filter(|word| list.contains(&word.hash)).count()
    };
    let own = count(&book.own);
    if count(&book.foreign) > own.max(if words.len() > 2 { 1 } else { 0 }) {
        Language::Foreign
    } else if count(&book.other_shipped) > own.max(if words.len() > 2 { 1 } else { 0 }) {
        Language::OtherShipped
    } else {
        Language::Own
    }
}
