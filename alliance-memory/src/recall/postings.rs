//! In which memories each term stands.

use super::list::{List, push};

/// Marks a term that stands in one memory: its place and count stand here instead of where its list begins.
const SINGLE: u32 = 1 << 31;
const COUNT_BITS: u32 = 7;

/// Lists by term over the settled memories, and what the newest ones have, in order of terms.
#[derive(Default)]
pub(super) struct Postings {
    /// Of each term that settled memories have, where its list begins in `bytes`, or what is marked with [`SINGLE`].
    pub(super) starts: Vec<u32>,
    pub(super) bytes: Vec<u8>,
    /// How many memories the lists cover.
    pub(super) settled: usize,
    /// How many memories are found.
    taken: usize,
    newest: Vec<Newest>,
}

/// A term that a newest memory has. Ordered by term, then by place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Newest {
    term: u32,
    place: u32,
    count: u32,
}

impl Postings {
    /// Lists as [`settle`](Self::settle) made them over so many memories.
    pub(super) const fn new(starts: Vec<u32>, bytes: Vec<u8>, settled: usize) -> Self {
        Self { starts, bytes, settled, taken: settled, newest: Vec::new() }
    }

    /// Takes in the memories up to so many, whose terms `terms_of` gives, without making the lists anew.
    pub(super) fn take_in<'a>(&mut self, memories: usize, terms_of: impl Fn(usize) -> List<'a>) {
        for place in self.taken..memories {
            let terms = terms_of(place);
            self.newest.extend(terms.map(|(term, count)| Newest { term, place: place as u32, count }));
        }
        self.taken = memories;
        // Stable, since it is quick where most is in order already.
        self.newest.sort();
    }

    /// In how many memories a term stands.
    pub(super) fn having(&self, term: u32) -> u32 {
        let settled = match self.starts.get(term as usize) {
            None => 0,
            Some(start) if start & SINGLE != 0 => 1,
            Some(start) => List::at(&self.bytes, *start as usize).len() as u32,
        };
        settled + self.newest_of(term).len() as u32
    }

    /// The memories in which a term stands, with how often, oldest first.
    pub(super) fn of(&self, term: u32) -> impl Iterator<Item = (usize, f32)> + '_ {
        let start = self.starts.get(term as usize).copied();
        let single = start.filter(|start| start & SINGLE != 0).map(|start| {
            let place = (start & !SINGLE) >> COUNT_BITS;
            (place, start & ((1 << COUNT_BITS) - 1))
        });
        let list = start.filter(|start| start & SINGLE == 0);
        let list = list.map_or_else(List::default, |start| List::at(&self.bytes, start as usize));
        let newest = self.newest_of(term).iter().map(|newest| (newest.place, newest.count));
        single.into_iter().chain(list).chain(newest).map(|(place, count)| (place as usize, count as f32))
    }

    fn newest_of(&self, term: u32) -> &[Newest] {
        let from = self.newest.partition_point(|newest| newest.term < term);
        let rest = self.newest.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|newest| newest.term == term)).unwrap_or_default()
    }

    /// Makes the lists anew over so many memories, whose terms `terms_of` gives.
    pub(super) fn settle<'a>(&mut self, terms: usize, memories: usize, terms_of: impl Fn(usize) -> List<'a>) {
        let mut ends: Vec<u32> = vec![0; terms];
        let all = || (0..memories).flat_map(|place| terms_of(place).map(move |entry| (place as u32, entry)));
        for (_, (term, _)) in all() {
            if let Some(end) = ends.get_mut(term as usize) {
                *end += 1;
            }
        }
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        // Each end is a start now, and moves to its end.
        let mut entries = vec![(0_u32, 0_u32); total as usize];
        for (place, (term, count)) in all() {
            let Some(end) = ends.get_mut(term as usize) else { continue };
            if let Some(entry) = entries.get_mut(*end as usize) {
                *entry = (place, count);
            }
            *end += 1;
        }
        let (mut starts, mut bytes, mut from) = (Vec::with_capacity(terms), Vec::new(), 0);
        for end in ends {
            let list = entries.get(from..end as usize).unwrap_or_default();
            from = end as usize;
            match list {
                [(place, count)] if *count < 1 << COUNT_BITS => {
                    starts.push(SINGLE | place << COUNT_BITS | count);
                }
                _ => {
                    starts.push(bytes.len() as u32);
                    push(&mut bytes, list.iter().copied());
                }
            }
        }
        bytes.shrink_to_fit();
        *self = Self::new(starts, bytes, memories);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::{btree_map, vec},
        prelude::*,
    };

    use super::*;

    proptest! {
        #[test]
        fn what_is_settled_and_what_is_not_are_found_alike(
            memories in vec(btree_map(0_u32..12, 1_u32..256, 0..6), 0..30),
            settled in 0_usize..30,
        ) {
            let (mut bytes, mut starts) = (Vec::new(), Vec::new());
            for memory in &memories {
                starts.push(bytes.len());
                push(&mut bytes, memory.iter().map(|(term, count)| (*term, *count)).collect::<Vec<_>>().into_iter());
            }
            let settled = settled.min(memories.len());
            let mut postings = Postings::default();
            postings.settle(12, settled, |place| List::at(&bytes, starts[place]));
            postings.take_in(settled + (memories.len() - settled) / 2, |place| List::at(&bytes, starts[place]));
            postings.take_in(memories.len(), |place| List::at(&bytes, starts[place]));
            for term in 0..13 {
                let wanted: Vec<_> = memories
                    .iter()
                    .enumerate()
                    .filter_map(|(place, memory)| memory.get(&term).map(|count| (place, *count as f32)))
                    .collect();
                prop_assert_eq!(postings.having(term), wanted.len() as u32);
                prop_assert_eq!(postings.of(term).collect::<Vec<_>>(), wanted);
            }
        }
    }
}
