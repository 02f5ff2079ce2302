//! Spoils replies from a seed.

use super::reply;

/// Spoils a reply so many times. Gives how many were whole all the same.
///
/// # Errors
///
/// What does not hold, with the run and the bytes.
pub(crate) fn run(seed: u64, runs: u64) -> Result<usize, String> {
    let (mut state, mut whole) = (seed, 0);
    for run in 0..runs {
        let bytes = faults::spoiled(&mut state, &reply::SEEDS, &reply::PIECES);
        whole += reply::check(&bytes).map_err(|broken| {
            format!("seed {seed}, run {run}: {broken}: {}", String::from_utf8_lossy(&bytes))
        })?;
    }
    Ok(whole)
}
