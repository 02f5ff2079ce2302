//! What recall knows of one person: their memories, and which words stand in which.
//!
//! Kept small, because many people are open at once: texts in one string, words by number, and of each memory
//! its different terms in one list ("forward"), from which the lists by term ([`Postings`]) are made when enough
//! memories have come. Nothing depends on when that is.

use std::collections::{HashMap, HashSet};

use alliance_core::{
    id::{RecordId, SessionId},
    record::{Body, Record, RecordKind},
    safety::{Locale, Timestamp},
    store::{Page, Revision, Selection, StoreError, StoreErrorKind},
};

use super::{
    change::Change,
    list::{self, List},
    memorable::Memorable,
    postings::Postings,
    table::{Table, room},
    vectors::Vectors,
    words::Reader,
};

/// How many memories are searched one by one before the lists by term are made anew: an eighth of those that
/// the lists cover, at least and at most this many.
const UNSETTLED: (usize, usize) = (16, 1024);
/// How much a word of a memory counts, of one of its own: in the one after and the one after that, which were
/// said in its light, and in the one before and the one before that.
pub(super) const LATER: [f32; 2] = [0.6, 0.3];
pub(super) const EARLIER: [f32; 2] = [0.3, 0.1];
/// In place of a number where there is none.
pub(super) const NONE: u32 = u32::MAX;
/// The most memories.
const MOST: u32 = 1 << 24;

/// One person's memories up to a revision. Starts empty, at revision 0.
#[derive(Default)]
pub(crate) struct Index {
    pub(super) at: Revision,
    pub(super) erasures: u64,
    /// How often it started over.
    pub(super) round: u64,
    /// Words with their numbers; only while pages are taken in.
    pub(super) reader: Option<Box<Reader>>,
    pub(super) terms: Table,
    pub(super) memories: Vec<Memory>,
    /// Of each memory what every cue looks at for every place: a small part of it, that it may be near.
    pub(super) links: Vec<Link>,
    pub(super) texts: String,
    /// Of each memory the list of its terms.
    pub(super) forward: Vec<u8>,
    /// The places of memories that are about somebody, with the terms that name whom.
    pub(super) names: Vec<(u32, u32)>,
    pub(super) postings: Postings,
    pub(super) sessions: HashMap<SessionId, Running>,
    pub(super) superseded: HashSet<RecordId>,
    /// The places of what the person said that takes back or changes something.
    pub(super) changes: Vec<u32>,
    /// How many terms all memories have together.
    pub(super) length: u64,
    /// The language of the last turn.
    pub(super) locale: Locale,
    pub(super) vectors: Vectors,
    pub(super) saving: Saving,
}

/// How an index and what is saved of it stand.
#[derive(Clone, Copy, Default)]
pub(super) struct Saving {
    /// Whether it was looked for.
    pub(super) is_sought: bool,
    /// How many memories were there when it was saved, or when the person did not agree to that.
    pub(super) memories: usize,
}

/// Memories that have no vector yet.
pub(crate) struct Missing {
    round: u64,
    from: usize,
    pub(crate) texts: Vec<Box<str>>,
}

/// A session, and the last of its memories of each sort.
pub(super) struct Running {
    pub(super) number: u32,
    pub(super) last: [u32; 2],
}

/// Something that can be recalled.
pub(super) struct Memory {
    pub(super) record: RecordId,
    /// When it happened, or else when it was said.
    pub(super) when: Timestamp,
    pub(super) session: u32,
    pub(super) text_end: u32,
    pub(super) forward_end: u32,
    /// How many terms it has.
    pub(super) length: u16,
    /// How much it matters, 0 to 100.
    pub(super) salience: u8,
    pub(super) kind: Kind,
    pub(super) negated: bool,
    pub(super) change: Change,
}

/// How a memory stands among others.
#[derive(Clone, Copy)]
pub(super) struct Link {
    /// The one before it and the one after it, of its sort and in its session.
    pub(super) previous: u32,
    pub(super) next: u32,
    /// How many terms it has, with those that count in it from around it.
    pub(super) context: f32,
}

/// What a memory is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Said,
    Shown,
    Fact,
    Episode,
}

impl Kind {
    pub(super) const fn of_record(self) -> RecordKind {
        match self {
            Self::Said => RecordKind::TurnAccepted,
            Self::Shown => RecordKind::TurnEnded,
            Self::Fact => RecordKind::Fact,
            Self::Episode => RecordKind::Episode,
        }
    }
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
            // What was saved went with the erasure.
            let saving = Saving { is_sought: true, memories: 0 };
            *self = Self { round: self.round + 1, saving, ..Self::default() };
            return Ok(Upkeep::ReadOn);
        }
        if page.next.is_some_and(|next| next <= after) {
            return Err(StoreError::new(StoreErrorKind::Damaged));
        }
        if !page.records.is_empty() {
            let mut reader = self.reader.take().filter(|reader| !reader.is_large()).unwrap_or_default();
            for stored in &page.records {
                self.add(&stored.record, &mut reader);
            }
            self.reader = Some(reader);
        }
        self.erasures = page.erasures;
        self.at = page.next.unwrap_or(page.revision);
        if page.next.is_some() {
            return Ok(Upkeep::ReadOn);
        }
        if self.reader.take().is_some() {
            if self.unsettled() > (self.postings.settled / 8).clamp(UNSETTLED.0, UNSETTLED.1) {
                self.settle();
            } else {
                let mut postings = std::mem::take(&mut self.postings);
                postings.take_in(self.memories.len(), |place| self.list_of(place));
                self.postings = postings;
            }
        }
        Ok(Upkeep::Current)
    }

    /// The next memories without a vector, at most so many; `None` where all have one.
    pub(crate) fn without_vector(&self, most: usize) -> Option<Missing> {
        let from = self.vectors.len();
        let texts: Vec<_> =
            (from..self.memories.len()).take(most).map(|place| self.text(place).into()).collect();
        (!texts.is_empty()).then_some(Missing { round: self.round, from, texts })
    }

    /// Takes the vectors of memories that had none. Says whether they are sound.
    pub(crate) fn add_vectors(&mut self, missing: &Missing, vectors: &[Vec<f32>]) -> bool {
        if missing.round != self.round || missing.from != self.vectors.len() {
            // Somebody else was faster, or the index started over meanwhile.
            return true;
        }
        let dimensions = vectors.first().map_or(0, Vec::len);
        self.vectors.add(dimensions, missing.texts.len(), vectors)
    }

    /// What the memory at a place says.
    pub(super) fn text(&self, place: usize) -> &str {
        self.texts.get(self.range(place, |memory| memory.text_end)).unwrap_or_default()
    }

    /// The different terms of the memory at a place, in order.
    pub(super) fn terms_of(&self, place: usize) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.list_of(place).map(|(term, _)| term)
    }

    /// The terms that name whom the memory at a place is about.
    pub(super) fn names_of(&self, place: usize) -> impl Iterator<Item = u32> + '_ {
        let from = self.names.partition_point(|(of, _)| (*of as usize) < place);
        let rest = self.names.get(from..).unwrap_or_default().iter();
        rest.take_while(move |(of, _)| *of as usize == place).map(|(_, name)| *name)
    }

    /// Whether any memory is about whom a term names.
    pub(super) fn is_name(&self, term: u32) -> bool {
        self.names.iter().any(|(_, name)| *name == term)
    }

    /// The memories before and after one, of its sort and in its session.
    pub(super) fn beside(&self, place: usize) -> [Option<usize>; 2] {
        let found = |number: u32| (number != NONE).then_some(number as usize);
        self.links.get(place).map_or([None; 2], |link| [found(link.previous), found(link.next)])
    }

    /// The number of a session that has memories.
    pub(super) fn session(&self, session: SessionId) -> Option<u32> {
        self.sessions.get(&session).map(|running| running.number)
    }

    /// The last memories of a session's conversation, newest first.
    pub(super) fn last_turns(&self, session: SessionId) -> impl Iterator<Item = usize> + '_ {
        let last = self.sessions.get(&session).map(|running| running.last[0]).filter(|last| *last != NONE);
        std::iter::successors(last.map(|last| last as usize), |place| self.beside(*place)[0])
    }

    fn list_of(&self, place: usize) -> List<'_> {
        List::at(&self.forward, self.range(place, |memory| memory.forward_end).start)
    }

    fn range(&self, place: usize, end: impl Fn(&Memory) -> u32) -> std::ops::Range<usize> {
        let start = place.checked_sub(1).and_then(|before| self.memories.get(before)).map_or(0, &end);
        let end = self.memories.get(place).map_or(start, end);
        start as usize..end as usize
    }

    const fn unsettled(&self) -> usize {
        self.memories.len() - self.postings.settled
    }

    /// Makes the lists by term, and gives back what was taken for growing.
    pub(super) fn settle(&mut self) {
        let mut postings = std::mem::take(&mut self.postings);
        postings.settle(self.terms.len(), self.memories.len(), |place| self.list_of(place));
        self.postings = postings;
        self.terms.shrink();
        self.texts.shrink_to_fit();
        self.memories.shrink_to_fit();
        self.links.shrink_to_fit();
        self.forward.shrink_to_fit();
        self.names.shrink_to_fit();
    }

    fn add(&mut self, record: &Record, reader: &mut Reader) {
        let Some(memorable) = Memorable::of(record) else { return };
        if let Body::Fact(fact) = &record.body {
            self.superseded.extend(fact.supersedes);
        }
        if let Body::TurnAccepted(turn) = &record.body {
            self.locale = turn.locale;
        }
        let text = &*memorable.text;
        let fits = |length: usize, more: usize| u32::try_from(length + more).is_ok_and(|end| end < NONE);
        // A term takes a byte of a text at least, and eight bytes of a list at most.
        if self.memories.len() as u32 >= MOST
            || self.terms.len() + text.len() >= Table::MOST
            || !fits(self.texts.len(), text.len())
            || !fits(self.forward.len(), 8 * text.len())
        {
            return;
        }
        let mut found = Vec::new();
        let manner = reader.number(text, self.locale, &mut self.terms, &mut found);
        let mut names = Vec::new();
        for name in memorable.about {
            reader.number(name, self.locale, &mut self.terms, &mut names);
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
        if found.is_empty() {
            return;
        }
        let length = u16::try_from(found.len()).unwrap_or(u16::MAX);
        found.sort_unstable();
        let place = self.memories.len() as u32;
        let counted = found.chunk_by(|a, b| a == b);
        let counted: Vec<(u32, u32)> =
            counted.filter_map(|run| Some((*run.first()?, run.len().min(255) as u32))).collect();
        if self.forward.capacity() - self.forward.len() < 8 * counted.len() + 8 {
            self.forward.reserve_exact(room(self.forward.len(), 8 * counted.len() + 8));
        }
        list::push(&mut self.forward, counted.into_iter());
        if self.texts.capacity() - self.texts.len() < text.len() {
            self.texts.reserve_exact(room(self.texts.len(), text.len()));
        }
        self.texts.push_str(text);
        self.names.extend(names.into_iter().map(|name| (place, name)));
        self.length += u64::from(length);
        if manner.change != Change::None && memorable.kind == Kind::Said {
            self.changes.push(place);
        }
        let (session, previous) = self.join(record.session, memorable.kind);
        if self.memories.capacity() == self.memories.len() {
            self.memories.reserve_exact(room(self.memories.len(), 1));
        }
        self.memories.push(Memory {
            record: record.id,
            when: memorable.when,
            session,
            text_end: self.texts.len() as u32,
            forward_end: self.forward.len() as u32,
            length,
            salience: memorable.salience,
            kind: memorable.kind,
            negated: manner.negated,
            change: manner.change,
        });
        if self.links.capacity() == self.links.len() {
            self.links.reserve_exact(room(self.links.len(), 1));
        }
        self.links.push(Link { previous, next: NONE, context: f32::from(length) });
        self.read_in_context();
    }

    /// Counts the terms of the newest memory in those before it, and theirs in it.
    fn read_in_context(&mut self) {
        let Some(place) = self.memories.len().checked_sub(1) else { return };
        let own = self.memories.get(place).map_or(0.0, |memory| f32::from(memory.length));
        let mut before = place;
        for (later, earlier) in LATER.into_iter().zip(EARLIER) {
            let [Some(previous), _] = self.beside(before) else { return };
            let Some(link) = self.links.get_mut(previous) else { return };
            link.context += earlier * own;
            let length = self.memories.get(previous).map_or(0.0, |memory| f32::from(memory.length));
            if let Some(newest) = self.links.get_mut(place) {
                newest.context += later * length;
            }
            before = previous;
        }
    }

    /// The memories in which the words of one count too, and how much.
    pub(super) fn around(&self, place: usize, mut found: impl FnMut(usize, f32)) {
        for (way, shares) in [EARLIER, LATER].into_iter().enumerate() {
            let mut place = place;
            for share in shares {
                let Some(other) = self.beside(place).get(way).copied().flatten() else { break };
                found(other, share);
                place = other;
            }
        }
    }

    /// Places the next memory behind the last one of its session and sort.
    fn join(&mut self, session: Option<SessionId>, kind: Kind) -> (u32, u32) {
        let Some(session) = session else { return (NONE, NONE) };
        let number = self.sessions.len() as u32;
        let running = self.sessions.entry(session).or_insert(Running { number, last: [NONE; 2] });
        let last = match kind {
            Kind::Said | Kind::Shown => &mut running.last[0],
            Kind::Episode => &mut running.last[1],
            Kind::Fact => return (running.number, NONE),
        };
        let place = self.memories.len() as u32;
        let previous = std::mem::replace(last, place);
        if let Some(link) = self.links.get_mut(previous as usize) {
            link.next = place;
        }
        (running.number, previous)
    }
}

impl Memory {
    pub(super) const fn is_of(&self, session: u32) -> bool {
        self.session == session
    }
}
