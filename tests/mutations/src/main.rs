//! Breaks the code on purpose and sees the test of each invariant fail.
//!
//! `cargo run -p mutations` runs all of `tests/mutations/mutations.toml`; with names of mutations or of
//! invariants behind `--` only those. The working tree is copied first and is never changed. Needs `git` and the
//! `timeout` of coreutils. First every named test has to pass unbroken; then comes one line a mutation: caught,
//! SURVIVED, or why it could not be tried.

mod plan;
mod run;
mod workspace;

use std::{
    collections::BTreeSet,
    env,
    error::Error,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use plan::{Mutation, Plan, TestName};
use run::{Ended, run};
use workspace::Workspace;

fn main() -> ExitCode {
    match try_all(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "mutations: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Tries the mutations of these names, and gives how many were not caught.
fn try_all(names: &[String]) -> Result<usize, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).ok_or("no workspace above")?;
    let plan = Plan::read(&root.join("tests/mutations/mutations.toml"))?;
    let chosen = plan.named(names)?;
    let workspace = Workspace::copy(root)?;

    let mut sound = BTreeSet::new();
    for test in chosen.iter().map(|mutation| mutation.test()).collect::<BTreeSet<_>>() {
        let ended = run(&workspace, &test)?;
        let passes = match ended {
            Ended::Passed => "passes",
            Ended::Failed => "FAILS",
            Ended::NotBuilt => "NOT BUILT",
            Ended::NotRun => "NOT THERE",
        };
        say(&format!("{passes:14} {test}"))?;
        if ended == Ended::Passed {
            sound.insert(test);
        }
    }
    let mut missed = 0;
    for mutation in chosen {
        let verdict = verdict(&workspace, mutation, &sound)?;
        missed += usize::from(verdict != "caught");
        say(&format!("{verdict:14} {} ({})", mutation.name, mutation.invariant))?;
    }
    Ok(missed)
}

fn verdict(
    workspace: &Workspace,
    mutation: &Mutation,
    sound: &BTreeSet<TestName>,
) -> Result<&'static str, Box<dyn Error>> {
    if !sound.contains(&mutation.test()) {
        return Ok("NO TEST");
    }
    let Some(_restored_when_dropped) = workspace.apply(mutation)? else { return Ok("DID NOT APPLY") };
    Ok(match run(workspace, &mutation.test())? {
        Ended::Passed => "SURVIVED",
        Ended::Failed => "caught",
        Ended::NotBuilt => "DID NOT BUILD",
        Ended::NotRun => "NO TEST",
    })
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
