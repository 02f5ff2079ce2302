//! What review costs: a reply that streams sentence by sentence, and one that is held back as a whole; and how much of a
//! reply is held back before its first words are shown.
//!
//! `cargo bench -p alliance-engine --bench review_stream`

use std::io::Write as _;

use alliance::{
    safety::{Release, Screening},
    testing::{safety_layer, screened},
};
use divan::{Bencher, black_box};

/// One message of each level.
const SAID: [&str; 4] = [
    "I had a fight with my brother and now I cannot sleep.",
    "I feel like a burden to everyone.",
    "I want to kill myself.",
    "I am going to end my life tonight.",
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    for said in SAID {
        let screening = screened(said);
        let (level, of) = (screening.level(), SUPPORT.split_inclusive(' ').count());
        match held_back(&screening) {
            Some(held) => {
                writeln!(out, "{level}: the first words are shown after {held} of {of} words of the reply")?
            }
            None => writeln!(out, "{level}: this reply is not shown as it is")?,
        }
    }
    divan::main();
    Ok(())
}

/// How many words of the reply have come when the first of them are shown.
fn held_back(screening: &Screening) -> Option<usize> {
    let words: Vec<&str> = SUPPORT.split_inclusive(' ').collect();
    let mut review = safety_layer().review(screening);
    for (place, word) in words.iter().enumerate() {
        review.push(word);
        if let Some(release) = review.next_release() {
            return matches!(release, Release::Show(_)).then_some(place + 1);
        }
    }
    review.close();
    matches!(review.next_release(), Some(Release::Show(_))).then_some(words.len())
}

/// A reply that may be shown after each message after which a model may speak.
const SUPPORT: &str = "Thank you for telling me. That sounds heavy, and I am glad that you said it here. Is there somebody \
you trust whom you could tell about it today?";

/// Some 64 tokens.
const REPLY: &str = "It sounds as if the evening with your brother is still going around in your head. Being told that you never \
listen, and then lying awake with it, is a lot for one night. Part of it may be about him, and part about how you want to \
be seen. What would you have liked him to hear?";

fn review(screening: &Screening, piece: usize) -> Vec<Release> {
    let mut review = safety_layer().review(screening);
    let mut releases = Vec::new();
    for chunk in REPLY.as_bytes().chunks(piece) {
        review.push(&String::from_utf8_lossy(chunk));
        releases.extend(std::iter::from_fn(|| review.next_release()));
    }
    review.close();
    releases.extend(std::iter::from_fn(|| review.next_release()));
    releases
}

#[divan::bench(args = [4, 64, 4096], sample_count = 1000)]
fn sentence_by_sentence(bencher: Bencher<'_, '_>, piece: usize) {
    let screening = screened("I had a fight with my brother and now I cannot sleep.");
    bencher.bench(|| black_box(review(&screening, piece)));
}

#[divan::bench(args = [4, 4096], sample_count = 1000)]
fn as_a_whole(bencher: Bencher<'_, '_>, piece: usize) {
    let screening = screened("I feel like a burden to everyone.");
    bencher.bench(|| black_box(review(&screening, piece)));
}
