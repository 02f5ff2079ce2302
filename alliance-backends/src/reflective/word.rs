//! Words of a text as hashes, so that phrases are compared without building strings.

/// A word of a text. `clause` counts the punctuation before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) hash: u64,
    pub(crate) clause: u32,
    /// Where it stands in the text, in bytes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a over bytes, going on from `state`.
pub(crate) fn fnv(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// A hash for choosing: the text, then numbers that tell one choice from another. Mixed at the end, since
/// the low bits of FNV follow the last byte too closely.
pub(crate) fn seed(text: &str, numbers: &[u64]) -> u64 {
    let hash = numbers.iter().fold(fnv(OFFSET, text.as_bytes()), |hash, n| fnv(hash, &n.to_le_bytes()));
    let hash = (hash ^ (hash >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    hash ^ (hash >> 33)
}

/// The words of `text`, at most `limit`. Case does not count, nor does the apostrophe in forms that people
/// often write without it: `don't`, `I'm`, `I've`. `ä` is `ae`, and `ß` is `ss`.
pub(crate) fn words(text: &str, limit: usize) -> Vec<Word> {
    let mut words = Vec::with_capacity(text.len().min(2000) / 5 + 1);
    let mut clause = 0;
    let mut open: Option<Word> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let apostrophe = matches!(c, '\'' | '\u{2019}');
        let inside = c.is_alphanumeric()
            || (apostrophe && open.is_some() && chars.peek().is_some_and(|(_, next)| next.is_alphanumeric()));
        if !inside {
            if let Some(word) = open.take() {
                words.push(word);
                if words.len() == limit {
                    return words;
                }
            }
            if !c.is_whitespace() || c == '\n' {
                clause += 1;
            }
            continue;
        }
        let word = open.get_or_insert(Word { hash: OFFSET, clause, start: at, end: at });
        word.end = at + c.len_utf8();
        if apostrophe {
            let rest = &text[at + c.len_utf8()..];
            if !silent(rest) {
                word.hash = fnv(word.hash, b"'");
            }
        } else if c.is_ascii() {
            word.hash = fnv(word.hash, &[c.to_ascii_lowercase() as u8]);
        } else {
            for lower in c.to_lowercase() {
                word.hash = fnv(word.hash, plain(lower, &mut [0; 4]).as_bytes());
            }
        }
    }
    words.extend(open);
    words.truncate(limit);
    words
}

/// How a small letter is written where a keyboard has no umlauts.
fn plain(c: char, buffer: &mut [u8; 4]) -> &str {
    match c {
        'ä' => "ae",
        'ö' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        '\u{2019}' => "'",
        _ => c.encode_utf8(buffer),
    }
}

/// A word in small letters and without umlauts, as it is compared.
pub(crate) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len() + 2);
    for lower in word.chars().flat_map(char::to_lowercase) {
        folded.push_str(plain(lower, &mut [0; 4]));
    }
    folded
}

/// Whether an apostrophe before `rest` is one that people leave out.
fn silent(rest: &str) -> bool {
    ["t", "m", "ve"].iter().any(|ending| {
        rest.get(..ending.len()).is_some_and(|start| start.eq_ignore_ascii_case(ending))
            && !rest[ending.len()..].starts_with(char::is_alphanumeric)
    })
}

/// The hash of a single word.
pub(crate) fn hash(word: &str) -> u64 {
    words(word, 1).first().map_or(OFFSET, |word| word.hash)
}

/// Whether two texts share a run of more than `most` words.
pub(crate) fn shares_run(reply: &[Word], said: &[Word], most: usize) -> bool {
    if reply.len() <= most {
        return false;
    }
    let run = |window: &[Word]| {
        window.iter().fold(OFFSET, |hash, word| (hash.rotate_left(5) ^ word.hash).wrapping_mul(PRIME))
    };
    let mut runs: Vec<u64> = reply.windows(most + 1).map(run).collect();
    runs.sort_unstable();
    said.windows(most + 1).any(|window| runs.binary_search(&run(window)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{hash, shares_run, words};

    #[test]
    fn case_and_left_out_apostrophes_do_not_count() {
        for (one, other) in
            [("Don't", "dont"), ("I\u{2019}m", "im"), ("I've", "IVE"), ("Ä", "ae"), ("GROẞ", "gross")]
        {
            assert_eq!(hash(one), hash(other), "{one}");
        }
        assert_ne!(hash("I'll"), hash("ill"));
        assert_ne!(hash("it's"), hash("its"));
    }

    #[test]
    fn clauses_follow_punctuation() {
        let clauses: Vec<u32> = words("no, I'm fine. Really", 9).iter().map(|word| word.clause).collect();
        assert_eq!(clauses, [0, 1, 1, 2]);
    }

    #[test]
    fn finds_runs_that_are_too_long() {
        let said = words("Yesterday, I went to the old house.", 99);
        assert!(shares_run(&words("So i went to the old one", 99), &said, 4));
        assert!(!shares_run(&words("So i went to the old one", 99), &said, 5));
        assert!(!shares_run(&words("the old house", 99), &said, 5));
    }
}
