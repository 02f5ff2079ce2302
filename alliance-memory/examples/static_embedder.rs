//! What the static embedder costs: `cargo run --release -p alliance-memory --features static-embedder --example static_embedder`.

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::error::Error;

use alliance_core::{
    host::Embedder,
    safety::{Stopwatch, SystemStopwatch},
};
use alliance_memory::StaticEmbedder;
use futures::executor::block_on;

const TEXT: &str = "My sister called again last night and I couldn't sleep afterwards. We argued about our mother's \
    house, and whether to sell it before the summer; I keep thinking that I should have said something kinder.";

fn main() -> Result<(), Box<dyn Error>> {
    let embedder = StaticEmbedder::built_in()?;
    println!("{} dimensions", embedder.dimensions());
    times("loading and checking", 200, || StaticEmbedder::built_in().map(drop))?;
    let texts = [TEXT.get(..200).ok_or("the text is too short")?];
    times("embedding 200 bytes", 20_000, || block_on(embedder.embed(&texts)).map(drop))?;
    let long = "x".repeat(1_000_000);
    times("embedding a word of 1 MB", 20, || block_on(embedder.embed(&[&long])).map(drop))?;
    let mixed = "é\u{301}x ".repeat(200_000);
    times("embedding 1 MB of accents", 20, || block_on(embedder.embed(&[&mixed])).map(drop))?;
    Ok(())
}

/// Prints the median and the 99th percentile, in microseconds.
fn times<E>(what: &str, runs: usize, mut act: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let mut all = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = SystemStopwatch.elapsed();
        act()?;
        all.push((SystemStopwatch.elapsed() - start).as_nanos() as f64 / 1e3);
    }
    all.sort_by(f64::total_cmp);
    let at = |share: usize| all.get(all.len() * share / 100).copied().unwrap_or_default();
    println!("{what}: p50 {:.1} µs, p99 {:.1} µs, {runs} runs", at(50), at(99));
    Ok(())
}
