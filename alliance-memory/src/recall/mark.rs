//! By what a saved index is known to be whole, and to be what this version would make.

use std::sync::LazyLock;

use alliance_core::safety::Locale;

use super::{change, stop, table::Table, words::Reader};

/// Sixty-four bits that no damage leaves as they are. Against whoever means harm there is the store's encryption: this only
/// has to be quick, some gigabytes a second.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| {
        let sum = (sum ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        sum ^ sum >> 32
    };
    // Four sums beside each other, since each step waits for the one before.
    let mut sums = [1, 2, 3, bytes.len() as u64];
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut last = [0; 32];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    for block in blocks.iter().chain([&last]) {
        for (sum, word) in sums.iter_mut().zip(block.as_chunks().0) {
            *sum = mix(*sum, u64::from_le_bytes(*word));
        }
    }
    sums.into_iter().fold(0, mix)
}

/// Says how texts are read: which words are left out, which take something back, and what stemming makes of words. A saved
/// index with another mark was made by a version that reads them otherwise.
pub(super) fn mark() -> u64 {
    static MARK: LazyLock<u64> = LazyLock::new(|| {
        let (mut terms, mut found, mut manners) = (Table::default(), Vec::new(), Vec::new());
        let mut reader = Reader::default();
        let mut read = |text: &str| {
            for locale in Locale::ALL {
                let manner = reader.number(text, locale, &mut terms, &mut found);
                manners.extend([u8::from(manner.negated), manner.change as u8]);
            }
        };
        stop::all().for_each(&mut read);
        change::phrases().for_each(|phrase| read(&phrase.join(" ")));
        SAMPLES.iter().for_each(|sample| read(sample));
        let numbers = found.iter().flat_map(|number| number.to_le_bytes());
        let version = env!("CARGO_PKG_VERSION").bytes();
        let whole = terms.letters.bytes().chain(numbers).chain(manners).chain(version);
        checksum(&whole.collect::<Vec<u8>>())
    });
    *MARK
}

/// Sentences with what reading has rules for.
const SAMPLES: [&str; 6] = [
    "I don't think the boss's stories were happily organised; we've argued, generally, about 7 meetings",
    "Running, runs, easily, sleepless nights, relational hopefulness, university, dying skies, news, nationality",
    "Die Schwierigkeiten meiner Kolleginnen, Häuser, Straßen und Freundschaften waren größer als gedacht",
    "Ich ärgere mich über Verhandlungen, Krankheiten, Möglichkeiten; er schläft, lief, gegangen, freundlich",
    "Ça va très bien, señor: naïve œuvre, façade, Ærø, Übermut, İstanbul",
    "Это было вчера 今日 12th café",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_changed_bit_or_length_changes_the_sum(
            mut bytes in proptest::collection::vec(any::<u8>(), 1..100),
            place in any::<proptest::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let sum = checksum(&bytes);
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            prop_assert_ne!(checksum(&bytes), sum);
            bytes[place] ^= 1 << bit;
            bytes.push(0);
            prop_assert_ne!(checksum(&bytes), sum);
        }
    }

    #[test]
    fn the_mark_stays_while_nothing_is_read_otherwise() {
        assert_eq!(mark(), mark());
    }
}
