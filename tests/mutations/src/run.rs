//! Running one test of the copy.

use std::{io, process::Command};

use crate::{plan::TestName, workspace::Workspace};

/// How long a build may take, in seconds. A compile-fail test builds as well.
const BUILD: u32 = 600;

/// How long a test may take, in seconds. One that hangs has noticed as well.
const TEST: u32 = 120;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Passed,
    Failed,
    /// The code does not compile, so it says nothing about the test.
    NotBuilt,
    /// There is no test of this name.
    NotRun,
}

pub(crate) fn run(workspace: &Workspace, test: &TestName) -> io::Result<Ended> {
    if !cargo(workspace, BUILD, test).arg("--no-run").output()?.status.success() {
        return Ok(Ended::NotBuilt);
    }
    let seconds = if test.case.is_some() { BUILD } else { TEST };
    let mut command = cargo(workspace, seconds, test);
    command.args(["--", "--exact", &test.test]);
    command.args(test.case.iter().map(|case| format!("trybuild={case}")));
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(match output.status.success() {
        false => Ended::Failed,
        true if said.contains("test result: ok. 1 passed") => Ended::Passed,
        true => Ended::NotRun,
    })
}

fn cargo(workspace: &Workspace, seconds: u32, test: &TestName) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", &seconds.to_string()]);
    command.arg(option_env!("CARGO").unwrap_or("cargo"));
    command.args(["test", "--locked", "--all-features", "-p", &test.package, "--test", &test.target]);
    command.current_dir(workspace.path()).env("CARGO_TARGET_DIR", workspace.target());
    // Nobody debugs these: half the time to build.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("RUST_BACKTRACE", "0").env_remove("RUSTFLAGS");
    command
}
