//! Tries spoiled records on the decoder, with a seed, needing nothing installed:
//! `cargo run --release -p alliance-memory --example fuzz_records -- --seed 1 --runs 100000`.
//!
//! A record that a store wrote is changed, cut, doubled and mixed with others. Whatever comes of it is refused, without
//! a word of it in the error, or is a record that is written and read again as itself. The same body is the target
//! of `fuzz/`.

#[path = "shared/record.rs"]
mod record;

use std::{env, error::Error, io::Write};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().collect();
    let number = |name: &str, otherwise: u64| {
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)).map_or(Ok(otherwise), |text| text.parse())
    };
    let (seed, runs) = (number("--seed", 1)?, number("--runs", 100_000)?);
    let mut out = std::io::stdout();
    writeln!(out, "record decoder: seed {seed}, {runs} runs")?;
    let (mut state, mut taken) = (seed, 0_u64);
    for run in 0..runs {
        let bytes = faults::spoiled(&mut state, &record::SEEDS, &record::PIECES);
        match record::check(&bytes) {
            Ok(is_record) => taken += u64::from(is_record),
            Err(broken) => {
                return Err(
                    format!("seed {seed}, run {run}: {broken}: {}", String::from_utf8_lossy(&bytes)).into()
                );
            }
        }
    }
    writeln!(out, "{taken} were records, {} were refused: 0 broken", runs - taken)?;
    Ok(())
}
