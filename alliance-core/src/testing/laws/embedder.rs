//! The clauses of [`Embedder`], V1 and V2.
//!
//! Each takes a function that makes an embedder which works. Waiting is done with [`block_on`], so an embedder
//! that needs a runtime must bring its own.

use std::sync::Arc;

use super::{done, holds};
use crate::{host::Embedder, testing::block_on};

const TEXTS: [&str; 5] =
    ["a walk by the lake", "", "Ein Spaziergang am See", "a walk by the lake", "😀 \u{0} .."];

/// V1 same length: every vector has as many entries as the embedder says, and each entry is a number.
///
/// # Panics
///
/// Where the clause is broken.
pub fn v1_same_length<E: Embedder>(make: impl Fn() -> E) {
    const CLAUSE: &str = "V1 same length";
    let embedder = make();
    let expected = embedder.dimensions();
    holds(CLAUSE, expected > 0, "a vector has entries");
    let vectors = done(CLAUSE, block_on(embedder.embed(&TEXTS)), "texts are embedded");
    holds(
        CLAUSE,
        vectors.iter().all(|vector| vector.len() == expected),
        "each vector has `dimensions` entries",
    );
    holds(CLAUSE, vectors.iter().flatten().all(|entry| entry.is_finite()), "each entry is a number");
    holds(CLAUSE, embedder.dimensions() == expected, "`dimensions` stays as it is");
}

/// V2 one for each: there are as many vectors as texts, in their order.
///
/// # Panics
///
/// Where the clause is broken.
pub fn v2_one_for_each<E: Embedder>(make: impl Fn() -> E) {
    const CLAUSE: &str = "V2 one for each";
    let embedder = make();
    let together = done(CLAUSE, block_on(embedder.embed(&TEXTS)), "texts are embedded");
    holds(CLAUSE, together.len() == TEXTS.len(), "there is a vector for each text");
    for (text, vector) in TEXTS.iter().zip(&together) {
        let alone = done(CLAUSE, block_on(embedder.embed(&[text])), "a text is embedded");
        // How texts are put together may change the last digits.
        let close = |alone: &Vec<f32>| alone.iter().zip(vector).all(|(a, b)| (a - b).abs() <= 1e-3);
        holds(
            CLAUSE,
            alone.len() == 1 && alone.iter().all(close),
            "a text has its vector wherever it stands",
        );
    }
    let none = done(CLAUSE, block_on(embedder.embed(&[])), "no text is embedded");
    holds(CLAUSE, none.is_empty(), "there is no vector for no text");
}

/// The embedder works behind a pointer.
///
/// # Panics
///
/// Where it does not.
pub fn works_through_dyn<E: Embedder + 'static>(make: impl Fn() -> E) {
    const CLAUSE: &str = "works through dyn";
    let embedder: Arc<dyn Embedder> = Arc::new(make());
    let vectors = done(CLAUSE, block_on(embedder.embed(&TEXTS)), "texts are embedded");
    holds(CLAUSE, vectors.len() == TEXTS.len(), "there is a vector for each text");
}
