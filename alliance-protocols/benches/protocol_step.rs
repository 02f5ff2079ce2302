//! What a step of the interpreter costs, and what loading the definitions costs. The safety layer is built before.
//!
//! `cargo bench -p alliance-protocols --bench protocol_step`
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::sync::LazyLock;

use alliance_core::{
    protocol::{Progress, Protocol as _, ProtocolEvent},
    safety::{Locale, SafetyLayer, Screening},
    testing::{safety_layer, screened_in},
};
use alliance_protocols::{Definition, Library};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

static SAFETY: LazyLock<SafetyLayer> = LazyLock::new(safety_layer);

const SAID: [&str; 9] = [
    "yes",
    "about seven",
    "all five",
    "a lamp, a chair, the door, my cup and a plant",
    "the chair, my sleeve, the floor, the air",
    "a car and the fridge",
    "coffee and soap",
    "mint",
    "4",
];

fn grounding() -> Definition {
    Library::built_in(&SAFETY).unwrap().get("grounding_54321").unwrap().clone()
}

/// Every place of a whole way through, each with what is said there.
fn way(definition: &Definition) -> Vec<(Progress, Screening)> {
    let mut progress = definition.start();
    let step = |text: &&str| {
        let screening = screened_in(Locale::En, text);
        let here = progress.clone();
        progress = definition.advance(&here, &ProtocolEvent::Said(&screening)).progress;
        (here, screening)
    };
    SAID.iter().map(step).collect()
}

/// One step: an answer is read, the next place is found, and what is said there.
#[divan::bench(sample_count = 1000)]
fn step(bencher: Bencher<'_, '_>) {
    let definition = grounding();
    let way = way(&definition);
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % way.len();
        let (progress, screening) = &way[at];
        let transition = definition.advance(progress, &ProtocolEvent::Said(screening));
        black_box(definition.directive(&transition.progress));
        transition
    });
}

/// Loading all definitions of this crate: parsing, checks, and review of every text in both languages.
#[divan::bench(sample_count = 50)]
fn load_all(bencher: Bencher<'_, '_>) {
    let safety = &*SAFETY;
    bencher.bench_local(|| Library::built_in(black_box(safety)).unwrap());
}
