//! An index as it is saved, so that the first recall need not read a person's whole log.
//!
//! Numbers lie with the lowest byte first, and each part behind its length, so that reading is mostly copying. In front
//! stand whose it is, a checksum, and a mark of how texts are read: where any of them is not what is expected, all of
//! it is made anew from the log. Vectors are not saved: they belong to an embedder that another host may not have.

use std::collections::{HashMap, HashSet};

use super::{
    bytes::{Bytes, length, numbers, part},
    change::Change,
    index::{Index, Kind, Link, Memory, NONE, Running, Saving},
    mark::{checksum, mark},
    postings::Postings,
    table::Table,
};
use alliance_core::{
    id::{RecordId, SessionId, UserId},
    record::RecordKind,
    safety::{Locale, Timestamp},
    store::{Revision, Snapshot},
};

/// What a saved index is called.
pub(crate) const NAME: &str = "recall";
/// Grows when the layout does, or what an index makes of a record.
const FORMAT: u32 = 1;
/// Bytes of the checksum, which covers what follows it.
const HEAD: usize = 8;
/// Bytes of a memory, and of how it stands among others.
const MEMORY: usize = 16 + 8 + 3 * 4 + 2 + 4;
const LINK: usize = 3 * 4;
/// How many memories may come before it is worth saving again: of those that were saved at least this share, and this
/// many at least and at most. A thousand take some 20 ms to read from a log.
const SHARE: usize = 32;
const WORTH: (usize, usize) = (8, 2048);

/// An index as it is to be saved.
pub(crate) struct ToSave {
    pub(crate) snapshot: Snapshot,
    /// The kinds of records that it was made of.
    pub(crate) kinds: Vec<RecordKind>,
    pub(crate) reach: Reach,
}

/// How far an index went when it was saved.
pub(crate) struct Reach {
    round: u64,
    memories: usize,
}

impl Index {
    /// The index as it is to be saved.
    pub(crate) fn pack(&mut self, user: UserId) -> ToSave {
        self.settle();
        let snapshot = Snapshot::new(NAME, self.at, self.erasures, self.write(user));
        let kind = |kind| match kind {
            Kind::Said => RecordKind::TurnAccepted,
            Kind::Shown => RecordKind::TurnEnded,
            Kind::Fact => RecordKind::Fact,
            Kind::Episode => RecordKind::Episode,
        };
        let has = |wanted: &Kind| self.memories.iter().any(|memory| memory.kind == *wanted);
        let kinds = [Kind::Said, Kind::Shown, Kind::Fact, Kind::Episode].into_iter().filter(has).map(kind);
        let reach = Reach { round: self.round, memories: self.memories.len() };
        ToSave { snapshot, kinds: kinds.collect(), reach }
    }

    /// Whether so much came since it was saved that reading it from the log would take long.
    pub(crate) fn is_worth_saving(&self) -> bool {
        let new = self.memories.len().saturating_sub(self.saving.memories);
        new >= (self.saving.memories / SHARE).clamp(WORTH.0, WORTH.1)
    }

    /// Notes that there is nothing to save until more memories came, unless it started over meanwhile.
    pub(crate) const fn note_saved(&mut self, reach: Reach) {
        if reach.round == self.round {
            self.saving.memories = reach.memories;
        }
    }

    /// Whether a saved index was looked for, which is said once.
    pub(crate) const fn seek_saved(&mut self) -> bool {
        !std::mem::replace(&mut self.saving.is_sought, true)
    }

    /// Goes on from a saved index, where this one has read nothing yet.
    pub(crate) fn go_on_from(&mut self, saved: Self) {
        if self.at == Revision::ZERO && self.round == saved.round {
            *self = saved;
        }
    }

    fn write(&self, user: UserId) -> Vec<u8> {
        let mut out = vec![0; HEAD];
        out.extend(FORMAT.to_le_bytes());
        out.extend(mark().to_le_bytes());
        out.extend(user.uuid().as_bytes());
        out.extend(self.at.number().to_le_bytes());
        out.extend(self.erasures.to_le_bytes());
        out.extend(self.length.to_le_bytes());
        part(&mut out, self.locale.as_str().as_bytes());
        self.terms.write(&mut out);
        part(&mut out, &self.forward);
        part(&mut out, &self.postings.bytes);
        numbers(&mut out, &self.postings.starts);
        length(&mut out, self.names.len() * 8);
        self.names.iter().for_each(|(place, name)| {
            out.extend(place.to_le_bytes().into_iter().chain(name.to_le_bytes()));
        });
        numbers(&mut out, &self.changes);
        length(&mut out, self.superseded.len() * 16);
        self.superseded.iter().for_each(|record| out.extend(record.uuid().as_bytes()));
        length(&mut out, self.sessions.len() * 28);
        for (session, running) in &self.sessions {
            out.extend(session.uuid().as_bytes());
            let [number, last, last_episode] = [running.number, running.last[0], running.last[1]];
            [number, last, last_episode].iter().for_each(|number| out.extend(number.to_le_bytes()));
        }
        length(&mut out, self.links.len() * LINK);
        self.links.iter().for_each(|link| link.write(&mut out));
        length(&mut out, self.memories.len() * MEMORY);
        self.memories.iter().for_each(|memory| memory.write(&mut out));
        // Last, since they are most of it: where they are read, they stay where they are.
        out.extend(self.texts.as_bytes());
        let sum = checksum(out.get(HEAD..).unwrap_or_default());
        if let Some(head) = out.first_chunk_mut() {
            *head = sum.to_le_bytes();
        }
        out
    }

    /// What was saved, where it is whole, the person's, and what this version would make.
    pub(crate) fn saved(user: UserId, snapshot: Snapshot) -> Option<Self> {
        let mut rest = Bytes(&snapshot.bytes);
        let sum = rest.long()?;
        if checksum(rest.0) != sum || rest.number()? != FORMAT || rest.long()? != mark() {
            return None;
        }
        let (of, at, erasures) = (UserId::new(rest.uuid()?), Revision::new(rest.long()?), rest.long()?);
        if of != user || at != snapshot.through || erasures != snapshot.erasures {
            return None;
        }
        let length = rest.long()?;
        let locale = rest.text()?;
        let locale = Locale::ALL.into_iter().find(|known| known.as_str() == locale)?;
        let terms = Table::read(&mut rest)?;
        let (forward, bytes) = (rest.part()?.0.to_vec(), rest.part()?.0.to_vec());
        let (starts, names, changes) = (rest.numbers()?, rest.numbers()?, rest.numbers()?);
        let names = names.as_chunks::<2>().0.iter().map(|[place, name]| (*place, *name)).collect();
        let superseded = rest.part()?.each(|rest| rest.uuid().map(RecordId::new));
        let superseded: HashSet<RecordId> = superseded.collect();
        let sessions: HashMap<SessionId, Running> = rest
            .part()?
            .each(|rest| {
                let session = SessionId::new(rest.uuid()?);
                let number = rest.number()?;
                Some((session, Running { number, last: [rest.number()?, rest.number()?] }))
            })
            .collect();
        let part = rest.part()?;
        let mut links = Vec::with_capacity(part.0.len() / LINK);
        links.extend(part.each(Link::read));
        let part = rest.part()?;
        let mut memories = Vec::with_capacity(part.0.len() / MEMORY);
        memories.extend(part.each(Memory::read));
        let is_earlier = |(place, link): (u32, &Link)| link.previous == NONE || link.previous < place;
        if links.len() != memories.len() || !(0..).zip(&links).all(is_earlier) {
            return None;
        }
        let start = snapshot.bytes.len() - rest.0.len();
        let mut texts = snapshot.bytes;
        texts.drain(..start);
        texts.shrink_to_fit();
        let texts = String::from_utf8(texts).ok()?;
        let saving = Saving { is_sought: true, memories: memories.len() };
        let postings = Postings::new(starts, bytes, memories.len());
        Some(Self {
            at,
            erasures,
            terms,
            memories,
            links,
            texts,
            forward,
            names,
            postings,
            sessions,
            superseded,
            changes,
            length,
            locale,
            saving,
            ..Self::default()
        })
    }
}

impl Table {
    /// With where each word falls, so that none is hashed when it is read.
    fn write(&self, out: &mut Vec<u8>) {
        let [begin, factor] = self.seed.unwrap_or_default();
        [begin, factor, self.len as u64].iter().for_each(|number| out.extend(number.to_le_bytes()));
        part(out, self.letters.as_bytes());
        numbers(out, &self.starts);
        numbers(out, &self.slots);
    }

    fn read(rest: &mut Bytes<'_>) -> Option<Self> {
        // A table without words has drawn none.
        let seed = Some([rest.long()?, rest.long()?]).filter(|[_, factor]| *factor != 0);
        let len = usize::try_from(rest.long()?).ok()?;
        let (letters, starts, slots) = (rest.text()?, rest.numbers()?, rest.numbers()?);
        // With no free slot, what is not there would be looked for without end.
        (slots.contains(&0) || slots.is_empty()).then_some(Self { letters, starts, len, slots, seed })
    }
}

impl Link {
    fn write(self, out: &mut Vec<u8>) {
        let numbers = [self.previous, self.next, self.context.to_bits()];
        numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
    }

    fn read(rest: &mut Bytes<'_>) -> Option<Self> {
        let (previous, next) = (rest.number()?, rest.number()?);
        Some(Self { previous, next, context: f32::from_bits(rest.number()?) })
    }
}

impl Memory {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.record.uuid().as_bytes());
        out.extend(self.when.as_millis().to_le_bytes());
        let numbers = [self.session, self.text_end, self.forward_end];
        numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
        out.extend(self.length.to_le_bytes());
        out.extend([self.salience, self.kind as u8, u8::from(self.negated), self.change as u8]);
    }

    fn read(rest: &mut Bytes<'_>) -> Option<Self> {
        let record = RecordId::new(rest.uuid()?);
        let when = Timestamp::from_millis(i64::from_le_bytes(rest.take()?));
        let [session, text_end, forward_end] = [rest.number()?, rest.number()?, rest.number()?];
        let length = u16::from_le_bytes(rest.take()?);
        let [salience, kind, negated, change] = rest.take()?;
        let kind = [Kind::Said, Kind::Shown, Kind::Fact, Kind::Episode]
            .into_iter()
            .find(|known| *known as u8 == kind)?;
        let change = [Change::None, Change::Otherwise, Change::TakenBack]
            .into_iter()
            .find(|known| *known as u8 == change)?;
        let negated = negated != 0;
        Some(Self { record, when, session, text_end, forward_end, length, salience, kind, negated, change })
    }
}
