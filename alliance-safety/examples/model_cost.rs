//! What the small model adds to screening a message of 2 kB: p50 and p99 with and without it.
//! `cargo run --release -p alliance-safety --features testing --example model_cost`.

use std::{error::Error, io::Write};

use alliance_safety::{CrisisPlan, SafetyLayer, ScreenContext, Stage, Stopwatch, SystemStopwatch};

const ROUNDS: usize = 5000;

fn main() -> Result<(), Box<dyn Error>> {
    let layer = SafetyLayer::new(CrisisPlan::built_in())?;
    let text = "We walked along the river and talked about the week, and then it rained. ".repeat(27);
    let mut out = std::io::stdout().lock();
    for (name, stage) in [("without", Some(Stage::Model)), ("with", None)] {
        let mut times: Vec<u128> = (0..ROUNDS)
            .map(|_| {
                let start = SystemStopwatch.elapsed();
                std::hint::black_box(layer.level_without(&text, &ScreenContext::default(), stage));
                SystemStopwatch.elapsed().saturating_sub(start).as_nanos() / 100
            })
            .collect();
        times.sort_unstable();
        let micros =
            |share: usize| f64::from(u32::try_from(times[ROUNDS * share / 100]).unwrap_or(u32::MAX)) / 10.0;
        writeln!(
            out,
            "{name:8} the model, {} bytes: p50 {} µs, p99 {} µs",
            text.len(),
            micros(50),
            micros(99)
        )?;
    }
    Ok(())
}
