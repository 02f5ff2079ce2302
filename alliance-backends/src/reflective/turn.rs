//! Turns a short clause about oneself round: `I called my sister` becomes `you called your sister`.
//!
//! Only where it is grammatical for certain: the clause begins in a way that is known, and holds nothing that
//! would change with the speaker except words that are known. Everything else is left alone.

use std::collections::{HashMap, HashSet};

use super::{
    book::Book,
    entry::TurnWords,
    hear::Heard,
    word::{Word, hash, shares_run, words},
};

/// Words of a clause that is turned, at least and at most.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=11;

/// [`TurnWords`], made ready.
#[derive(Debug)]
pub(crate) struct Turn {
    subjects: HashMap<u64, String>,
    flips: HashMap<u64, String>,
    verbs: HashMap<u64, Option<String>>,
    third: HashSet<u64>,
    dropped: HashSet<u64>,
    kept: HashSet<u64>,
    inverted: bool,
    noun_capitals: bool,
    articles: HashSet<u64>,
    inserted: String,
    clings: HashSet<u64>,
    cuts: HashSet<u64>,
    blocks: HashSet<u64>,
}

impl Turn {
    pub(crate) fn new(entry: &TurnWords) -> Self {
        let set = |list: &[String]| list.iter().map(|word| hash(word)).collect();
        let pairs = |list: &[[String; 2]]| list.iter().map(|[from, to]| (hash(from), to.clone())).collect();
        Self {
            subjects: pairs(&entry.subjects),
            flips: pairs(&entry.flips),
            verbs: entry.verbs.iter().map(|verb| verb_pair(verb)).collect(),
            third: set(&entry.third),
            dropped: set(&entry.dropped),
            kept: set(&entry.kept),
            inverted: entry.inverted,
            noun_capitals: entry.noun_capitals,
            articles: set(&entry.articles),
            inserted: entry.inserted.clone(),
            clings: set(&entry.clings),
            cuts: set(&entry.cuts),
            blocks: set(&entry.blocks),
        }
    }

    /// The last clause of a message that can be turned.
    pub(crate) fn of(&self, book: &Book, heard: &Heard<'_>, limit: usize) -> Option<String> {
        let said = &heard.words[..heard.words.len().min(limit)];
        let starts = (0..said.len()).rev().filter(|&at| at == 0 || said[at].clause != said[at - 1].clause);
        let mut clauses = starts.map(|at| self.clause(heard.text, &said[at..]));
        let turned = clauses.find_map(|clause| self.turned(book, heard.text, clause?))?;
        (!shares_run(&words(&turned, usize::MAX), &heard.words, super::answer::SHARED_WORDS))
            .then_some(turned)
    }

    /// The words from here to where the clause ends.
    fn clause<'w>(&self, text: &str, said: &'w [Word]) -> Option<&'w [Word]> {
        let first = said.first()?;
        let same = said.iter().take_while(|word| word.clause == first.clause).count();
        let cut = (1..same).find(|&at| self.cuts.contains(&said[at].hash));
        let end = cut.unwrap_or(same);
        let last = said[end - 1];
        let next = said.get(end).map_or(text.len(), |word| word.start);
        let between = text[last.end..next].trim_start();
        let ends =
            cut.is_some() || between.is_empty() || between.starts_with([',', '.', ';', '\n', '!', '…']);
        // After a comma it may hang on what was before: `I think, I am`.
        let before = text[..first.start].trim_end_matches(' ');
        let begins = before.is_empty() || before.ends_with(['.', '\n', '!', '…']);
        (ends && begins && !between.starts_with('?')).then_some(&said[..end])
    }

    fn turned(&self, book: &Book, text: &str, clause: &[Word]) -> Option<String> {
        let dropped = clause.iter().take_while(|word| self.dropped.contains(&word.hash)).count();
        let clause = &clause[dropped..];
        if !LENGTH.contains(&clause.len()) {
            return None;
        }
        let kept = usize::from(self.kept.contains(&clause[0].hash));
        let written = |word: &Word| text[word.start..word.end].to_owned();
        let mut out: Vec<String> = clause[..kept].iter().map(written).collect();
        let rest = &clause[kept..];
        let (subject, verb) = if kept == 1 && self.inverted { (1, 0) } else { (0, 1) };
        let from = if let Some(you) = self.subjects.get(&rest.get(subject)?.hash) {
            let verb = self.verbs.get(&rest.get(verb)?.hash)?.clone().unwrap_or_else(|| written(&rest[verb]));
            let pair = if subject == 0 { [you.clone(), verb] } else { [verb, you.clone()] };
            out.extend(pair);
            2
        } else {
            self.third_person(book, rest).filter(|_| kept == 0)?
        };
        if from == 0 {
            out.push(self.flips.get(&rest[0].hash)?.clone());
        }
        for word in &rest[from.max(1)..] {
            if self.blocks.contains(&word.hash) || self.subjects.contains_key(&word.hash) {
                return None;
            }
            out.push(self.flips.get(&word.hash).cloned().unwrap_or_else(|| written(word)));
        }
        self.insert(&mut out, kept);
        (!self.noun_capitals || has_capitals(&self.articles, text, rest))
            .then(|| decapitalized(out.join(" ")))
    }

    /// `du hast dich also gefreut`: after the verb and what clings to it.
    fn insert(&self, out: &mut Vec<String>, kept: usize) {
        let third = !self.subjects.values().any(|you| out.iter().take(kept + 2).any(|word| word == you));
        let after = kept + if third { 3 } else { 2 };
        let clinging = out.iter().skip(after).take_while(|word| self.clings.contains(&hash(word))).count();
        if !self.inserted.is_empty() && after + clinging <= out.len() {
            out.insert(after + clinging, self.inserted.clone());
        }
    }

    /// `my sister called`: nothing to change but the owner.
    fn third_person(&self, book: &Book, rest: &[Word]) -> Option<usize> {
        let [mine, person, verb, ..] = rest else { return None };
        let fits = book.mine.contains(&mine.hash)
            && book.people.contains_key(&person.hash)
            && self.third.contains(&verb.hash);
        fits.then_some(0)
    }
}

/// `bin bist`, or one word that stays.
fn verb_pair(pair: &str) -> (u64, Option<String>) {
    match pair.split_once(' ') {
        Some((from, to)) => (hash(from), Some(to.to_owned())),
        None => (hash(pair), None),
    }
}

/// Whether the nouns of a clause are written as nouns, as far as articles tell.
fn has_capitals(articles: &HashSet<u64>, text: &str, clause: &[Word]) -> bool {
    let capital = |word: &Word| text[word.start..word.end].starts_with(char::is_uppercase);
    !clause.iter().any(|word| articles.contains(&word.hash)) || clause.iter().skip(1).any(capital)
}

fn decapitalized(text: String) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
