//! Long tries of what must never go wrong, with a seed that is printed and replays:
//! `cargo run --release --example campaign -- kill | kill-turns | erase | store | overlap | simulate | faults --seed N --runs N [--dir DIR]`.
//!
//! `kill` ends a process that writes to a store at random moments (`--runs` times), `kill-turns` one that talks, `erase` one that erases; `store` fails the disk and spoils files (`--runs`
//! points of each kind, 0 for every one); `overlap` has 64 turns at once on one session (`--runs` rounds); `simulate`
//! ends the process at every write of simulated sessions (`--runs` seeds), without a disk; `faults` has a model
//! server fail in every way at every place (`--runs` rounds of 144 cases). DIR is where the files lie; on a disk in memory there are many more runs a
//! minute, and on a real one the waits are real.

mod ends;
mod erase;
mod faults;
mod kill;
mod kill_turns;
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

/// What the words of a crisis may take, whatever a model's server does.
const CRISIS_WITHIN: std::time::Duration = std::time::Duration::from_millis(5);

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = env::args().skip(1);
    let what =
        words.next().ok_or("say what to try: kill, kill-turns, erase, store, overlap, simulate or faults")?;
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
            let counts =
                kill::run(seed, runs, &under, &|root, work, first| spawn("child", root, work, first))?;
            writeln!(
                out,
                "{} kills, {} pieces of work acknowledged, 0 lost, 0 twice, 0 half; {} more were there whole",
                counts.kills, counts.acknowledged, counts.whole
            )?;
        }
        "kill-turns" => {
            writeln!(out, "kill-turns: seed {seed}, {runs} runs, in {}", under.display())?;
            let talking = |root: &Path, work, first| spawn("talking", root, work, first);
            let counts = kill_turns::run(seed, runs, &under, &talking)?;
            writeln!(
                out,
                "{} kills, {} turns acknowledged: 0 lost, 0 twice, 0 without an end or a mark ({} marked), 0 untold, 0 told again of \
                 what was acknowledged ({} told)",
                counts.kills, counts.acknowledged, counts.marked, counts.told
            )?;
        }
        "erase" => {
            writeln!(out, "erase: seed {seed}, {runs} runs, in {}", under.display())?;
            let counts = erase::run(seed, runs, &under, &|root, kind| {
                let mut command = Command::new(env::current_exe().unwrap_or_default());
                command.arg("erasing").arg("--dir").arg(root).arg("--first").arg(kind.to_string());
                command
            })?;
            writeln!(
                out,
                "{} kills over {} ways to erase, {} erased ({} asked for again, because the end came before): 0 bytes of a word \
                 in any file, 0 records of what was meant or made from it, 0 others lost",
                counts.kills,
                erase::KINDS,
                counts.erased,
                counts.again
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
        "erasing" => erase::child(Path::new(&option("--dir").ok_or("no folder")?), number("--first", 0)?)?,
        "faults" => {
            let rounds = number("--runs", 1)?;
            let deadline = faults::DEADLINE;
            writeln!(
                out,
                "faults: seed {seed}, {rounds} rounds, deadline {deadline:?}, in {}",
                under.display()
            )?;
            let counts =
                faults::run(seed, rounds, CRISIS_WITHIN, &under).map_err(|error| error.to_string())?;
            writeln!(
                out,
                "{} cases: {} whole replies, {} interrupted, {} fixed texts, {} crisis replies; shown is stored, nothing of \
                 the server's errors shown; longest turn {:.0} ms; words of a crisis after at most {:.2} ms",
                counts.cases,
                counts.whole,
                counts.interrupted,
                counts.fixed,
                counts.crisis,
                counts.slowest.as_secs_f64() * 1000.0,
                counts.slowest_crisis.as_secs_f64() * 1000.0
            )?;
        }
        "talking" => {
            kill_turns::child(Path::new(&option("--dir").ok_or("no folder")?), seed, number("--first", 0)?)?
        }
        "child" => kill::child(Path::new(&option("--dir").ok_or("no folder")?), seed, number("--first", 0)?)?,
        other => return Err(format!("no campaign is called {other}").into()),
    }
    Ok(())
}

/// This program again, as the one that is killed.
fn spawn(child: &str, root: &Path, work: u64, first: u64) -> Command {
    let mut command = Command::new(env::current_exe().unwrap_or_default());
    command.arg(child).arg("--dir").arg(root);
    command.arg("--seed").arg(work.to_string()).arg("--first").arg(first.to_string());
    command
}
