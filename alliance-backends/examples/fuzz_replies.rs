//! Tries spoiled replies on the readers of the three wires, with a seed, needing nothing installed:
//! `cargo run --release -p alliance-backends --all-features --example fuzz_replies -- --seed 1 --runs 100000`.
//!
//! A reply is changed, cut, doubled and mixed with others. Whatever comes of it ends once, within the limits, and the
//! same wherever it is cut. The same body is the target of `fuzz/`.

#[path = "shared/reply.rs"]
mod reply;
#[path = "shared/spoil.rs"]
mod spoil;

use std::{env, error::Error, io::Write};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().collect();
    let number = |name: &str, otherwise: u64| {
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)).map_or(Ok(otherwise), |text| text.parse())
    };
    let (seed, runs) = (number("--seed", 1)?, number("--runs", 100_000)?);
    let mut out = std::io::stdout();
    writeln!(out, "readers of replies: seed {seed}, {runs} runs")?;
    let whole = spoil::run(seed, runs)?;
    writeln!(out, "{whole} were whole replies over one of the wires, the rest errors: 0 broken")?;
    Ok(())
}
