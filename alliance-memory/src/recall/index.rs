//! What recall knows of one person: their memories, and which words stand in which.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alliance_core::{
    id::{RecordId, SessionId},
    record::{Body, Record, RecordKind, TurnOutcome},
    store::{Page, Revision, Selection, StoreError, StoreErrorKind},
};

use super::words::scan;

/// One person's memories up to a revision. Starts empty, at revision 0.
#[derive(Default)]
pub(crate) struct Index {
    at: Revision,
    erasures: u64,
    terms: HashMap<Box<str>, u32>,
    pub(super) postings: Vec<Vec<Posting>>,
    pub(super) memories: Vec<Memory>,
    pub(super) superseded: HashSet<RecordId>,
    pub(super) length: u64,
}

/// That a term stands in a memory.
pub(super) struct Posting {
    pub(super) memory: u32,
    pub(super) count: u32,
}

/// Something that can be recalled.
pub(super) struct Memory {
    pub(super) record: RecordId,
    pub(super) session: Option<SessionId>,
    pub(super) text: Arc<str>,
    /// How many terms it has.
    pub(super) length: u32,
    /// Its different terms, sorted.
    pub(super) terms: Box<[u32]>,
    /// The terms that name whom it is about.
    pub(super) names: Box<[u32]>,
    pub(super) negated: bool,
}

/// What to do after a page was taken in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Upkeep {
    /// Read on, after [`Index::at`].
    ReadOn,
    /// Nothing is missing.
    Current,
}

impl Index {
    /// The revision up to which everything is indexed.
    pub(crate) const fn at(&self) -> Revision {
        self.at
    }

    /// What to read next.
    pub(crate) fn missing(after: Revision) -> Selection {
        let kinds = [RecordKind::TurnAccepted, RecordKind::TurnEnded, RecordKind::Fact, RecordKind::Episode];
        Selection::all().kinds(kinds).after(after)
    }

    /// Takes in the page that was read after `after`. Starts over where something was erased.
    pub(crate) fn take_in(&mut self, after: Revision, page: &Page) -> Result<Upkeep, StoreError> {
        if after != self.at {
            // Somebody else brought the index forward while this page was read.
            return Ok(Upkeep::ReadOn);
        }
        let begun = self.at != Revision::ZERO;
        if begun && (page.erasures != self.erasures || page.revision < self.at) {
            *self = Self::default();
            return Ok(Upkeep::ReadOn);
        }
        if page.next.is_some_and(|next| next <= after) {
            return Err(StoreError::new(StoreErrorKind::Damaged));
        }
        for stored in &page.records {
            self.add(&stored.record);
        }
        self.erasures = page.erasures;
        self.at = page.next.unwrap_or(page.revision);
        Ok(if page.next.is_some() { Upkeep::ReadOn } else { Upkeep::Current })
    }

    /// The number of a term, where any memory has it.
    pub(super) fn term(&self, term: &str) -> Option<u32> {
        self.terms.get(term).copied()
    }

    fn add(&mut self, record: &Record) {
        let Some((text, about)) = memorable(&record.body) else { return };
        if let Body::Fact(fact) = &record.body {
            self.superseded.extend(fact.supersedes);
        }
        let mut found = Vec::new();
        let negated = self.number(&text, &mut found);
        let mut names = Vec::new();
        for name in about {
            self.number(name, &mut names);
        }
        names.sort_unstable();
        names.dedup();
        // An episode need not say in words who was there, and is found by their names all the same.
        let said = found.len();
        for name in &names {
            if found.iter().take(said).all(|term| term != name) {
                found.push(*name);
            }
        }
        let (Ok(memory), Ok(length)) = (u32::try_from(self.memories.len()), u32::try_from(found.len()))
        else {
            return;
        };
        if found.is_empty() {
            return;
        }
        found.sort_unstable();
        for run in found.chunk_by(|a, b| a == b) {
            if let Some(postings) = run.first().and_then(|term| self.postings.get_mut(*term as usize)) {
                postings.push(Posting { memory, count: run.len() as u32 });
            }
        }
        found.dedup();
        self.length += u64::from(length);
        self.memories.push(Memory {
            record: record.id,
            session: record.session,
            text,
            length,
            terms: found.into(),
            names: names.into(),
            negated,
        });
    }

    /// Appends the numbers of a text's terms, and says whether the text denies something.
    fn number(&mut self, text: &str, numbers: &mut Vec<u32>) -> bool {
        scan(text, |term| {
            let number = self.terms.get(term).copied().unwrap_or_else(|| {
                let number = self.postings.len() as u32;
                self.terms.insert(term.into(), number);
                self.postings.push(Vec::new());
                number
            });
            numbers.push(number);
        })
    }
}

/// What a body says, and whom it names. `None` where there is nothing of the person in it: a fixed text
/// is no memory.
fn memorable(body: &Body) -> Option<(Arc<str>, Vec<&str>)> {
    match body {
        Body::TurnAccepted(turn) => Some((turn.text.clone(), Vec::new())),
        Body::TurnEnded(turn) => {
            let fixed = matches!(turn.outcome, TurnOutcome::Crisis | TurnOutcome::Fallback);
            (!fixed).then(|| (turn.shown.clone(), Vec::new()))
        }
        Body::Fact(fact) => {
            let text = format!("{} {} {}", fact.subject, fact.predicate.replace('_', " "), fact.value);
            Some((text.into(), vec![fact.subject.as_str()]))
        }
        Body::Episode(episode) => {
            Some((episode.text.as_str().into(), episode.people.iter().map(String::as_str).collect()))
        }
        _ => None,
    }
}
