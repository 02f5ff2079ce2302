//! Tries spoiled records on the decoder, with a seed, needing nothing installed:
//! `cargo run --release -p alliance-memory --example fuzz -- --seed 1 --runs 100000`.
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
        let bytes = spoiled(&mut state);
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

/// A record, after some changes.
fn spoiled(state: &mut u64) -> Vec<u8> {
    let pick =
        |state: &mut u64, end: usize| usize::try_from(roll(state) % end.max(1) as u64).unwrap_or_default();
    let mut bytes = record::SEEDS[pick(state, record::SEEDS.len())].as_bytes().to_vec();
    for _ in 0..pick(state, 6) {
        let (from, to) = (pick(state, bytes.len()), pick(state, bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match pick(state, 6) {
            0 => bytes.truncate(to),
            1 => drop(bytes.drain(from..to)),
            2 => bytes.extend_from_within(from..to),
            3 => {
                let other = record::SEEDS[pick(state, record::SEEDS.len())].as_bytes();
                let at = pick(state, other.len());
                bytes.splice(from..to, other[at..].iter().copied());
            }
            4 => {
                let piece = record::PIECES[pick(state, record::PIECES.len())];
                bytes.splice(from..from, piece.bytes());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << pick(state, 8);
                }
            }
        }
    }
    bytes
}

/// SplitMix64.
fn roll(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
