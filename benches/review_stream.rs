//! What review costs: a reply that streams sentence by sentence, and one that is held back as a whole.
//!
//! `cargo bench -p alliance-engine --bench review_stream`

use alliance::{
    safety::{Release, Screening},
    testing::{safety_layer, screened},
};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

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
