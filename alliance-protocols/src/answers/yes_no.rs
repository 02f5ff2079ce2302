//! Yes and no.

use super::Spoken;
use crate::pack::Pack;

/// Up to this many words, both a yes and a no make it neither; in longer ones the first counts.
const SHORT: usize = 8;

/// Whether it is a yes or a no. Nothing where it is neither, or both.
pub(crate) fn yes_no(spoken: &Spoken, pack: &Pack) -> Option<bool> {
    let words = &pack.yes_no;
    let (mut at, mut found) = (0, Vec::new());
    while at < spoken.len() {
        let lists = [(Some(true), &words.yes), (Some(false), &words.no), (None, &words.unsure)];
        let longest = lists
            .into_iter()
            .filter_map(|(meaning, list)| spoken.longest(at, list).map(|length| (length, meaning)))
            .max_by_key(|(length, _)| *length);
        match longest {
            Some((length, meaning)) => {
                // A single word answers only where it opens; in a long text a phrase does so too.
                let counts = spoken.opens(at) || length > 1 && spoken.len() <= SHORT;
                if counts && let Some(meaning) = meaning {
                    found.push(meaning);
                }
                at += length;
            }
            None => at += 1,
        }
    }
    let first = *found.first()?;
    let agreed = found.iter().all(|meaning| *meaning == first);
    (agreed || spoken.len() > SHORT).then_some(first)
}
