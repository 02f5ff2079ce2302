//! Mends words that are spelled wrong by one slip of the hand.
//!
//! Words that differ by one letter share what is left when a letter is taken from the one, the other
//! or both. All such remains of the known words are kept as hashes, sorted, behind a table of bits
//! that turns most words away at once.

/// Words shorter or longer than this, in letters, are left as they are.
const LETTERS: std::ops::RangeInclusive<usize> = 4..=16;
/// From this length on a key word is mended whatever the wrong letter is.
const KEY: usize = 5;
/// Size of the table of bits, as a power of two.
const BITS: u32 = 20;

/// How two words differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slip {
    /// One letter is wrong, missing or too many.
    Letter,
    /// Two neighbours changed places, also where folding made one of two equal letters.
    Swap,
}

#[derive(Debug, Default)]
pub(super) struct Mender {
    words: Vec<(Box<str>, bool)>,
    remains: Vec<(u32, u32)>,
    bits: Box<[u64]>,
}

impl Mender {
    /// Learns folded words; the flag says whether it is a key word.
    pub(super) fn new<'a>(words: impl Iterator<Item = (&'a str, bool)>) -> Self {
        let mut mender = Self { bits: vec![0; 1 << (BITS - 6)].into(), ..Self::default() };
        for (word, key) in words.filter(|(word, _)| LETTERS.contains(&word.chars().count())) {
            let Ok(number) = u32::try_from(mender.words.len()) else { break };
            mender.words.push((word.into(), key));
            remains_of(word, |hash| mender.remains.push((hash, number)));
        }
        mender.remains.sort_unstable();
        mender.remains.shrink_to_fit();
        for &(hash, _) in &mender.remains {
            let (place, bit) = place_of(hash);
            if let Some(bits) = mender.bits.get_mut(place) {
                *bits |= bit;
            }
        }
        mender
    }

    /// The known word that `typed` was meant to be, if one is a slip away.
    pub(super) fn mend(&self, typed: &str) -> Option<&str> {
        if typed.len() > 4 * *LETTERS.end() || !LETTERS.contains(&typed.chars().count()) {
            return None;
        }
        let mut best: Option<((bool, Slip), &str)> = None;
        remains_of(typed, |hash| {
            let (place, bit) = place_of(hash);
            if self.bits.get(place).is_none_or(|bits| bits & bit == 0) {
                return;
            }
            let first = self.remains.partition_point(|&(other, _)| other < hash);
            let alike = self.remains.get(first..).unwrap_or_default().iter();
            for &(_, number) in alike.take_while(|&&(other, _)| other == hash) {
                let Some((word, key)) = self.words.get(number as usize) else { continue };
                let slip = slip(typed, word).filter(|slip| {
                    *slip == Slip::Swap || (*key && word.len() >= KEY && typed.get(..1) == word.get(..1))
                });
                // The first letter is seldom wrong.
                let rank = slip.map(|slip| (typed.get(..1) == word.get(..1), slip));
                if let Some(rank) = rank
                    && best.is_none_or(|(other, _)| rank > other)
                {
                    best = Some((rank, word));
                }
            }
        });
        best.map(|(_, word)| word)
    }
}

/// Hashes of `word` and of what is left without one of its letters (FNV-1a, 32 bits).
fn remains_of(word: &str, mut each: impl FnMut(u32)) {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    let (mut before, bytes) = (2_166_136_261, word.as_bytes());
    for (at, letter) in word.char_indices() {
        let after = bytes.get(at + letter.len_utf8()..).unwrap_or_default();
        each(after.iter().fold(before, |hash, &byte| step(hash, byte)));
        let this = bytes.get(at..at + letter.len_utf8()).unwrap_or_default();
        before = this.iter().fold(before, |hash, &byte| step(hash, byte));
    }
    each(before);
}

fn place_of(hash: u32) -> (usize, u64) {
    let mixed = hash.wrapping_mul(0x9e37_79b1) >> (32 - BITS);
    ((mixed >> 6) as usize, 1 << (mixed & 63))
}

/// How `typed` differs from `word`; `None` when by more than a slip, or by nothing.
fn slip(typed: &str, word: &str) -> Option<Slip> {
    let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), word.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (a.get(head..)?, b.get(head..)?);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (mid_a, mid_b) = (rest_a.get(..rest_a.len() - tail)?, rest_b.get(..rest_b.len() - tail)?);
    // A letter that folding made of two looks like one too many where its neighbour moved in between.
    let beside = |whole: &[char], letter: char| {
        [head.checked_sub(2), Some(head + 2)].into_iter().flatten().any(|at| whole.get(at) == Some(&letter))
    };
    match (mid_a, mid_b) {
        ([x, y], [v, w]) if x == w && y == v => Some(Slip::Swap),
        ([x], []) => Some(if beside(&a, *x) { Slip::Swap } else { Slip::Letter }),
        ([], [v]) => Some(if beside(&b, *v) { Slip::Swap } else { Slip::Letter }),
        ([_], [_]) => Some(Slip::Letter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mender() -> Mender {
        let words = ["slep", "every", "suicide", "garden", "deal", "dont", "жизнь"];
        Mender::new(words.into_iter().map(|word| (word, word == "suicide")))
    }

    #[test]
    fn swapped_letters_are_mended_in_any_known_word() {
        for (typed, meant) in [
            ("selp", "slep"),
            ("selep", "slep"),
            ("evrey", "every"),
            ("gadren", "garden"),
            ("dnot", "dont"),
            ("жинзь", "жизнь"),
        ] {
            assert_eq!(mender().mend(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn one_wrong_letter_is_mended_in_a_key_word_only() {
        for typed in ["suicde", "suiicide", "suizide", "suicides"] {
            assert_eq!(mender().mend(typed), Some("suicide"), "{typed}");
        }
        for typed in ["gardens", "gordon", "dead", "life", "s", "zuicide"] {
            assert_eq!(mender().mend(typed), None, "{typed}");
        }
    }
}
