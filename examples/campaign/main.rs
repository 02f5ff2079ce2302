//! Long tries of what must never go wrong, with a seed that is printed and replays:
//! `cargo run --release --example campaign -- kill | store | overlap | simulate --seed N --runs N [--dir DIR]`.
//!
//! `kill` ends a writing process at random moments (`--runs` times); `store` fails the disk and spoils files (`--runs`
//! points of each kind, 0 for every one); `overlap` has 64 turns at once on one session (`--runs` rounds); `simulate`
//! ends the process at every write of simulated sessions (`--runs` seeds), without a disk. DIR is where the files lie; on a disk in memory there are many more runs a
//! minute, and on a real one the waits are real.

mod kill;
mod overlap;
mod simulate;
mod store;
mod workload;
mod world;

use std::{
    env,
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use alliance::safety::{Stopwatch, SystemStopwatch};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = env::args().skip(1);
    let what = words.next().ok_or("say what to try: kill, store, overlap or simulate")?;
    let words: Vec<String> = words.collect();
    let option = |name: &str| {
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)).cloned()
    };
    let number = |name: &str, otherwise: u64| option(name).map_or(Ok(otherwise), |text| text.parse());
    let (seed, runs) = (number("--seed", 1)?, number("--runs", 50)?);
    let under = option("--dir").map_or_else(env::temp_dir, PathBuf::from);
    let mut out = std::io::stdout();
    match what.as_str() {
        "kill" => {
            writeln!(out, "kill: seed {seed}, {runs} runs, in {}", under.display())?;
            let counts = kill::run(seed, runs, &under, &spawn)?;
            writeln!(
                out,
                "{} kills, {} pieces of work acknowledged, 0 lost, 0 twice, 0 half; {} more were there whole",
                counts.kills, counts.acknowledged, counts.whole
            )?;
        }
        "store" => {
            writeln!(out, "store: seed {seed}, {runs} points of each kind, in {}", under.display())?;
            let counts = store::run(seed, runs, &under)?;
            writeln!(
                out,
                "{} failed calls and {} full disks, all healed ({} times the store was opened anew for it); {} flips and {} cuts \
                 ({} noticed, the rest without loss): 0 silent losses",
                counts.calls, counts.full, counts.reopened, counts.flips, counts.cuts, counts.noticed
            )?;
        }
        "overlap" => {
            writeln!(out, "overlap: seed {seed}, {runs} rounds, in {}", under.display())?;
            let counts = overlap::run(seed, runs, &under)?;
            writeln!(
                out,
                "{} turns, {} at a time ({} overtook another): 0 lost, 0 inside another",
                counts.turns,
                overlap::TURNS,
                counts.overtaken
            )?;
        }
        "simulate" => {
            writeln!(out, "simulate: seeds {seed} to {}", seed + runs.saturating_sub(1))?;
            let start = SystemStopwatch.elapsed();
            let counts = simulate::run(seed, runs)?;
            let hours = SystemStopwatch.elapsed().saturating_sub(start).as_secs_f64() / 3600.0;
            writeln!(
                out,
                "{} sessions, {} crashes, {} turns acknowledged: 0 lost, 0 twice, 0 without an end, 0 levels fallen, 0 untold; \
                 everything that happened: {:016x}; {:.0} sessions an hour",
                counts.sessions,
                counts.crashes,
                counts.turns,
                counts.digest,
                counts.sessions as f64 / hours
            )?;
        }
        "child" => kill::child(Path::new(&option("--dir").ok_or("no folder")?), seed, number("--first", 0)?)?,
        other => return Err(format!("no campaign is called {other}").into()),
    }
    Ok(())
}

/// This program again, as the one that is killed.
fn spawn(root: &Path, work: u64, first: u64) -> Command {
    let mut command = Command::new(env::current_exe().unwrap_or_default());
    command.arg("child").arg("--dir").arg(root);
    command.arg("--seed").arg(work.to_string()).arg("--first").arg(first.to_string());
    command
}
