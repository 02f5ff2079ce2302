//! Words by number: each is kept once, in one string.

use std::hash::{BuildHasher, RandomState};

/// What stands behind each word. No word has it.
const END: char = '\n';
/// Where every so many words one begins is known; from there on the ends of words are counted.
const STEP: usize = 8;
/// How many bits of a slot hold a number plus one; those above hold part of the word's hash, so that few words are
/// looked at in vain.
const NUMBER: u32 = 24;

/// Different words, numbered from 0 in the order in which they came.
#[derive(Default)]
pub(crate) struct Table {
    pub(super) letters: String,
    /// Where every [`STEP`]th word begins.
    pub(super) starts: Vec<u32>,
    pub(super) len: usize,
    /// By hash, 0 where free; never full.
    pub(super) slots: Vec<u32>,
    /// Drawn for each person: who does not know it cannot choose words that all fall on one slot.
    pub(super) seed: Option<[u64; 2]>,
}

impl Table {
    /// How many words there may be: a slot holds no greater number.
    pub(crate) const MOST: usize = (1 << NUMBER) - 2;

    /// How many words there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// All words, by number.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.letters.split_terminator(END)
    }

    /// The word with this number; empty where there is none.
    pub(crate) fn word(&self, number: u32) -> &str {
        let place = number as usize;
        let mut start = self.starts.get(place / STEP).map_or(self.letters.len(), |start| *start as usize);
        for _ in 0..place % STEP {
            start = self.end(start) + 1;
        }
        self.letters.get(start..self.end(start)).unwrap_or_default()
    }

    /// The number of a word that is kept.
    pub(crate) fn find(&self, word: &str) -> Option<u32> {
        self.slot(word).and_then(|slot| number_in(*self.slots.get(slot)?))
    }

    /// The number of a word, which is kept from now on.
    pub(crate) fn intern(&mut self, word: &str) -> u32 {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.rehash((self.slots.len() * 3 / 2).max(16));
        }
        let Some(slot) = self.slot(word) else { return 0 };
        if let Some(number) = self.slots.get(slot).and_then(|slot| number_in(*slot)) {
            return number;
        }
        let number = self.len as u32;
        if self.len.is_multiple_of(STEP) {
            self.starts.push(self.letters.len() as u32);
        }
        if self.letters.capacity() - self.letters.len() <= word.len() {
            self.letters.reserve_exact(room(self.letters.len(), word.len() + 1));
        }
        self.letters.push_str(word);
        self.letters.push(END);
        self.len += 1;
        let tag = self.hash(word) as u32 & TAG;
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = tag | (number + 1);
        }
        number
    }

    /// Gives back what was taken for growing.
    pub(crate) fn shrink(&mut self) {
        self.letters.shrink_to_fit();
        self.starts.shrink_to_fit();
        // Some more may come before there are too few.
        self.rehash(self.len * 3 / 2 + 2);
    }

    /// Where a word ends that begins at a place.
    fn end(&self, start: usize) -> usize {
        let rest = self.letters.as_bytes().get(start..).unwrap_or_default();
        start + rest.iter().position(|letter| *letter == END as u8).unwrap_or(rest.len())
    }

    /// Where the word stands or would stand.
    fn slot(&self, word: &str) -> Option<usize> {
        let (hash, most) = (self.hash(word), self.slots.len());
        let mut slot = first_slot(hash, most);
        loop {
            let found = *self.slots.get(slot)?;
            let Some(number) = number_in(found) else { return Some(slot) };
            if found & TAG == hash as u32 & TAG && self.word(number) == word {
                return Some(slot);
            }
            slot = if slot + 1 < most { slot + 1 } else { 0 };
        }
    }

    fn rehash(&mut self, most: usize) {
        self.seed.get_or_insert_with(|| {
            let random = RandomState::new();
            [random.hash_one(0), random.hash_one(1) | 1]
        });
        let mut slots = vec![0; most];
        for (number, word) in (1..).zip(self.letters.split_terminator(END)) {
            let hash = self.hash(word);
            let mut slot = first_slot(hash, most);
            while slots.get(slot).is_some_and(|found| *found != 0) {
                slot = if slot + 1 < most { slot + 1 } else { 0 };
            }
            if let Some(slot) = slots.get_mut(slot) {
                *slot = hash as u32 & TAG | number;
            }
        }
        self.slots = slots;
    }

    /// Eight letters at a time are multiplied into twice as many bits, which are folded: the same in each version, since
    /// it is saved what falls where.
    fn hash(&self, word: &str) -> u64 {
        let [begin, factor] = self.seed.unwrap_or_default();
        let fold = |hash: u64| {
            let wide = u128::from(hash) * u128::from(factor);
            (wide >> 64) as u64 ^ wide as u64
        };
        let (chunks, rest) = word.as_bytes().as_chunks();
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let mut hash = begin ^ word.len() as u64;
        for chunk in chunks.iter().chain([&last]) {
            hash = fold(hash ^ u64::from_le_bytes(*chunk)).wrapping_add(begin);
        }
        fold(hash)
    }
}

const TAG: u32 = !0 << NUMBER;

fn number_in(slot: u32) -> Option<u32> {
    (slot & !TAG).checked_sub(1)
}

const fn first_slot(hash: u64, most: usize) -> usize {
    // From the upper bits; the lower ones are the tag.
    ((hash as u128 * most as u128) >> 64) as usize
}

/// How much room is made where `more` is needed behind so much: an eighth, where a vector would double.
pub(super) fn room(length: usize, more: usize) -> usize {
    more.max(length / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_numbers() {
        let mut table = Table::default();
        assert_eq!((table.find("a"), table.len()), (None, 0));
        let words: Vec<String> = (0..1000).map(|number| format!("word{number}")).collect();
        for (number, word) in (0..).zip(&words) {
            assert_eq!((table.intern(word), table.intern(word)), (number, number));
        }
        table.shrink();
        for (number, word) in (0..).zip(&words) {
            assert_eq!((table.find(word), table.word(number)), (Some(number), word.as_str()));
        }
        assert_eq!((table.find("word1000"), table.word(1000), table.len()), (None, "", 1000));
        assert!(table.words().eq(words.iter().map(String::as_str)));
        assert_eq!((table.intern("new"), table.intern("word7"), table.find("new")), (1000, 7, Some(1000)));
    }

    #[test]
    fn words_spread_over_slots_and_each_person_has_them_elsewhere() {
        let filled = || {
            let mut table = Table::default();
            for number in 0..5000 {
                table.intern(&format!("w{number}"));
            }
            table
        };
        let (one, other) = (filled(), filled());
        assert_ne!(one.slots, other.slots);
        let steps = |table: &Table| {
            let far = |number: u32| {
                let word = table.word(number);
                let first = first_slot(table.hash(word), table.slots.len());
                (table.slot(word).unwrap() + table.slots.len() - first) % table.slots.len()
            };
            (0..5000).map(far).sum::<usize>()
        };
        assert!(steps(&one) < 3 * 5000 && steps(&other) < 3 * 5000, "{} {}", steps(&one), steps(&other));
    }
}
