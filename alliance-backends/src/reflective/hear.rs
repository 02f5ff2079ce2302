//! What is in a message: rules that hear it, whose feelings they are, and whom it names.

use std::collections::HashSet;

use super::{
    book::{Book, Name, Rule},
    entry::{Kind, Then},
    pattern::Text,
    word::{Word, fold, words},
};

/// Words of a message that are looked at. What is longer has said enough by then.
const MOST_WORDS: usize = 400;

/// Words of an earlier message that are looked at again.
const RECALLED_WORDS: usize = 100;

/// Words before a feeling in which a negation or its owner is looked for.
const BEFORE: usize = 4;

/// The highest rank of acts that are mere courtesy.
pub(crate) const SOCIAL: u8 = 50;

/// Words from which on a message that has no known word is in no known language.
const STRANGE: usize = 4;

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
    pub(crate) name: &'a Name,
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
        Self::listen(book, text, usize::MAX)
    }

    /// Recalls an earlier message: its first words tell what it was about.
    pub(crate) fn recall(book: &'a Book, text: &'a str) -> Self {
        Self::listen(book, text, RECALLED_WORDS)
    }

    fn listen(book: &'a Book, text: &'a str, most: usize) -> Self {
        let words = words(text, most);
        let looked = &words[..words.len().min(MOST_WORDS)];
        let folds: Vec<String> = looked.iter().map(|word| fold(&text[word.start..word.end])).collect();
        let mut hits = hits(book, Text { words: looked, folds: &folds });
        hits.sort_by_key(|hit| std::cmp::Reverse((hit.rule.kind, hit.rule.rank, hit.at)));
        let named = named(book, text, looked);
        let language = language(book, text, looked);
        Self { text, words, hits, named, language }
    }

    /// The act that it is, if it is one. A short answer gives way to whatever was said with it, a greeting or
    /// thanks to whatever weighs more.
    pub(crate) fn act(&self) -> Option<&'a Rule> {
        let act = self.hits.first().map(|hit| hit.rule).filter(|rule| rule.kind == Kind::Act)?;
        let says_more = self.themes().any(|hit| match act.then {
            Then::Carry if act.rank <= SOCIAL => hit.rule.kind > Kind::Signal,
            _ => act.rank <= SOCIAL && hit.rule.kind > Kind::Topic && !hit.rule.light,
        });
        (!says_more).then_some(act)
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

fn hits<'a>(book: &'a Book, text: Text<'_>) -> Vec<Hit<'a>> {
    let mut covered = vec![0; book.rules.len()];
    let mut closes = vec![false; book.rules.len()];
    let mut kept = vec![true; book.rules.len()];
    let mut found: Vec<(usize, usize, bool)> = Vec::new();
    for (at, (word, letters)) in text.words.iter().zip(text.folds).enumerate() {
        for pattern in book.unless.at(word, letters) {
            kept[pattern.rule] &= pattern.ends(text, at).is_none();
        }
        for pattern in book.lexicon.at(word, letters) {
            let Some(end) = pattern.ends(text, at) else { continue };
            let rule = pattern.rule;
            covered[rule] += pattern.len();
            closes[rule] |= book.rules[rule].closing && end + 1 == text.words.len();
            let mut of_other = false;
            if book.rules[rule].felt {
                match owner(book, text.words, at, end) {
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
        (closes[rule] || spare.is_none_or(|spare| text.words.len().saturating_sub(covered[rule]) <= spare))
            && kept[rule]
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

/// Whose a feeling is: the nearest word before it that says so, in its own clause. Nobody's where it is
/// negated: just before it, or by the last word of its clause (`traurig bin ich nicht`).
fn owner(book: &Book, words: &[Word], at: usize, end: usize) -> Owner {
    let clause = words[at].clause;
    let last = words[end..].iter().take_while(|word| word.clause == clause).last();
    if last.is_some_and(|last| last.start > words[end].start && book.negations.contains(&last.hash)) {
        return Owner::Nobody;
    }
    let before = words[..at].iter().enumerate().rev().take(BEFORE + 2);
    let mut owner = None;
    for (distance, (place, word)) in before.enumerate() {
        if word.clause != clause || (book.joins.contains(&word.hash) && owner.is_some()) {
            break;
        }
        let negates = book.negations.contains(&word.hash) && !book.not_only.contains(&words[place + 1].hash);
        if distance < BEFORE - 1 && owner.is_none() && negates {
            return Owner::Nobody;
        }
        if owner.is_some() {
            continue;
        }
        if book.me.contains(&word.hash) {
            owner = Some(Owner::Me);
        } else if book.them.contains(&word.hash)
            || (book.people.contains_key(&word.hash)
                && place > 0
                && words[place.saturating_sub(2)..place].iter().any(|word| book.mine.contains(&word.hash)))
        {
            owner = Some(Owner::Other);
        }
    }
    owner.unwrap_or(Owner::Me)
}

/// `my sister`, `my older sister`, `mum`; not `my friend's sister`, `his mum`.
fn named<'a>(book: &'a Book, text: &str, words: &[Word]) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if book.bare.contains(&word.hash)
            && !words[at.saturating_sub(2)..at].iter().any(|before| book.not_mine.contains(&before.hash))
            && let Some(name) = book.people.get(&word.hash)
        {
            named.push(Named { at, name, alive: true });
        }
        if !book.mine.contains(&word.hash) {
            continue;
        }
        for (ahead, word) in words[at + 1..].iter().take(2).enumerate() {
            let person = book.people.get(&word.hash);
            if let Some(name) = person.or_else(|| book.things.get(&word.hash)) {
                named.push(Named { at: at + 1 + ahead, name, alive: person.is_some() });
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
    let looked = &words[..words.len().min(60)];
    let count = |list: &HashSet<u64>| looked.iter().filter(|word| list.contains(&word.hash)).count();
    let own = count(&book.own);
    let least = own.max(usize::from(words.len() > 2));
    let known = |word: &Word| {
        book.own.contains(&word.hash)
            || book.lexicon.knows(word.hash)
            || book.me.contains(&word.hash)
            || book.people.contains_key(&word.hash)
    };
    if count(&book.other_shipped) > least {
        Language::OtherShipped
    } else if count(&book.foreign) > least || (looked.len() >= STRANGE && !looked.iter().any(known)) {
        Language::Foreign
    } else {
        Language::Own
    }
}
