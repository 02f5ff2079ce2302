//! Kills a process that writes, at a random moment, and looks at what it left.
//!
//! A child does the work of the seed and says after each piece that it is done. It is ended by SIGKILL after a random
//! number of pieces and a random time, so the end falls anywhere in the next piece. What is then seen has to be what
//! the acknowledged pieces leave, or that and the next one whole: nothing lost, nothing twice, nothing half, every
//! handle where its record is. Then another child goes on in the same store.

use std::{
    error::Error,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::workload::{Dice, Expected, Place, look, open, perform, step};

/// Kills on one store, before a new one is begun.
const KILLS_A_STORE: u64 = 25;

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) kills: u64,
    pub(crate) acknowledged: u64,
    /// The piece that was under way when the end came was there, whole.
    pub(crate) whole: u64,
}

/// The child: does work from `first` on, for ever, and says so.
pub(crate) fn child(root: &Path, seed: u64, first: u64) -> Result<(), Box<dyn Error>> {
    let store = open(root)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "open")?;
    out.flush()?;
    for number in first.. {
        perform(&store, &step(seed, number))?;
        writeln!(out, "done {number}")?;
        out.flush()?;
    }
    Ok(())
}

/// Kills `runs` children. `spawn` makes the command that ends in [`child`] with these arguments.
pub(crate) fn run(
    seed: u64,
    runs: u64,
    under: &Path,
    spawn: &dyn Fn(&Path, u64, u64) -> Command,
) -> Result<Counts, Box<dyn Error>> {
    let mut counts = Counts::default();
    let mut dice = Dice::new(seed);
    while counts.kills < runs {
        let work = dice.roll();
        let place = Place::new(under, &format!("kill-{work:x}"))?;
        let mut expected = Expected::new(work);
        for _ in 0..KILLS_A_STORE.min(runs - counts.kills) {
            let first = expected.done();
            let done = first + kill_one(&mut spawn(&place.0, work, first), &mut dice, first)?;
            counts.kills += 1;
            counts.acknowledged += done - first;
            verify(&place.0, &mut expected, done, &mut counts)
                .map_err(|error| format!("seed {seed}, kill {}, work {work:#x}: {error}", counts.kills))?;
        }
    }
    Ok(counts)
}

/// Lets a child work for a random while and ends it. Gives how many pieces it said were done.
fn kill_one(command: &mut Command, dice: &mut Dice, first: u64) -> Result<u64, Box<dyn Error>> {
    let (pieces, micros) = (dice.below(24), dice.below(6000));
    let mut child: Child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut done = 0;
    let mut note = |line: &str| {
        if let Some(number) = line.strip_prefix("done ").and_then(|number| number.parse::<u64>().ok()) {
            done = number + 1 - first;
        }
        done
    };
    // Some ends fall into opening too.
    let waits = dice.below(8) != 0;
    while waits && let Some(line) = lines.next().transpose()? {
        if note(&line) >= pieces && line != "open" {
            break;
        }
    }
    wait(Duration::from_micros(micros));
    child.kill()?;
    for line in lines {
        note(&line?);
    }
    child.wait()?;
    Ok(note(""))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the moment of the end is to fall anywhere; nothing waits for it"
)]
pub(crate) fn wait(span: Duration) {
    std::thread::sleep(span);
}

fn verify(
    root: &Path,
    expected: &mut Expected,
    done: u64,
    counts: &mut Counts,
) -> Result<(), Box<dyn Error>> {
    let store = open(root)?;
    let seen = look(&store)?;
    drop(store);
    if seen == expected.after(done)? {
        return Ok(());
    }
    if seen == expected.after(done + 1)? {
        counts.whole += 1;
        return Ok(());
    }
    Err(format!("after {done} pieces something else is seen than must be").into())
}
