//! What the model sees of a text: hashed words, neighbors and letter groups of folded words, and what the lexicon found.

use crate::{Category, Finding, RiskLevel};

/// Buckets that features are hashed into, as a power of two.
pub(crate) const BUCKETS: usize = 1 << 17;
/// Words of a block. Two blocks in a row are judged together, so that a sign in a long text is not watered down.
pub(crate) const BLOCK: usize = 32;
/// Words that are looked at from each end of a text. What lies between is the lexicon's alone.
pub(crate) const REACH: usize = 1024;
/// Letters that are looked at in one word.
const LETTERS: usize = 24;
/// Letter groups of an alphabet hold so many letters; of a script whose signs are syllables or words, two less.
const GROUPS: std::ops::RangeInclusive<usize> = 3..=5;
/// Features that say what the lexicon found.
pub(crate) const FOUND: usize = 10 * 6;

const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;

/// Calls `each` with block and bucket of every feature of `words`.
pub(crate) fn each<'a>(words: impl Iterator<Item = &'a str>, mut each: impl FnMut(usize, usize)) {
    let (mut before, mut one_before) = (mix(SEED, 1), mix(SEED, 2));
    for (at, word) in words.enumerate() {
        let block = at / BLOCK;
        let whole = word.chars().take(LETTERS).fold(SEED, |hash, c| mix(hash, u64::from(c)));
        each(block, bucket(mix(whole, 3)));
        each(block, bucket(mix(mix(before, whole), 4)));
        each(block, bucket(mix(mix(one_before, whole), 5)));
        groups(word, |hash| each(block, bucket(hash)));
        (one_before, before) = (before, whole);
    }
}

/// Groups of letters inside a word, its two ends marked.
fn groups(word: &str, mut each: impl FnMut(u64)) {
    let mut letters = ['\0'; LETTERS + 2];
    let mut count = 1;
    for (place, c) in letters.iter_mut().skip(1).zip(word.chars().take(LETTERS)) {
        *place = c;
        count += 1;
    }
    count += 1;
    let letters = letters.get(..count).unwrap_or_default();
    let less = if letters.iter().any(|&c| is_dense(c)) { 2 } else { 0 };
    let (shortest, longest) = (GROUPS.start() - less, GROUPS.end() - less);
    for from in 0..letters.len() {
        let mut hash = SEED;
        for (n, &c) in letters.iter().skip(from).take(longest).enumerate() {
            hash = mix(hash, u64::from(c));
            if n + 1 >= shortest {
                each(mix(hash, 6));
            }
        }
    }
}

/// Whether a sign stands for a syllable or a word.
const fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

const fn mix(hash: u64, value: u64) -> u64 {
    let hash = (hash ^ value).wrapping_mul(PRIME);
    hash ^ (hash >> 29)
}

const fn bucket(hash: u64) -> usize {
    (hash.wrapping_mul(PRIME) >> 47) as usize & (BUCKETS - 1)
}

/// The number of the feature that says what the lexicon found, below [`FOUND`].
pub(crate) fn found(finding: &Finding) -> Option<usize> {
    let category = match finding.category() {
        Category::SuicidePassive => 0,
        Category::SuicideActive => 1,
        Category::SuicideHigh => 2,
        Category::SelfHarm => 3,
        Category::HarmToOthers => 4,
        Category::Abuse => 5,
        Category::Psychosis => 6,
        Category::EatingDisorder => 7,
        Category::MedicalEmergency => 8,
        Category::SelfHarmRequest => 9,
        _ => return None,
    };
    let how = match (finding.scope(), finding.level()) {
        (None, RiskLevel::None | RiskLevel::Low) => 0,
        (None, RiskLevel::Moderate) => 1,
        (None, RiskLevel::High) => 2,
        (Some(_), RiskLevel::None) => 3,
        (Some(_), RiskLevel::Low) => 4,
        (Some(_), _) => 5,
    };
    Some(category * 6 + how)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(text: &str) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        each(text.split(' '), |block, bucket| out.push((block, bucket)));
        out
    }

    #[test]
    fn features_are_in_range_and_bounded() {
        for word in ["a", "word", "слово", "言葉です", &"x".repeat(5000)] {
            let all = buckets(word);
            assert!(all.iter().all(|&(block, bucket)| block == 0 && bucket < BUCKETS));
            assert!(all.len() <= 3 + 3 * (LETTERS + 2));
        }
    }

    #[test]
    fn order_counts() {
        assert_ne!(buckets("one two"), buckets("two one"));
    }

    #[test]
    fn blocks_follow_the_words() {
        let text = vec!["w"; BLOCK * 2 + 1].join(" ");
        assert_eq!(buckets(&text).last().map(|&(block, _)| block), Some(2));
    }
}
