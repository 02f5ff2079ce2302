//! The program as somebody would run it from a pipe.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// The program. Without a folder nothing is written, so that no test sees what another wrote, or the machine's owner.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_companion"));
    if !args.contains(&"--data") {
        command.arg("--memory-only");
    }
    command.args(args).env_remove("ALLIANCE_MASTER_KEY");
    command
}

pub(crate) fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child =
        command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its folder ends before it reads: what is asserted is what it says.
    match child.stdin.take().unwrap().write_all(input) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    child.wait_with_output().unwrap()
}

/// The events of a conversation in which these lines are said.
pub(crate) fn talk(args: &[&str], lines: &[&str]) -> Vec<Value> {
    let mut all = vec!["--events", "json"];
    all.extend(args);
    let output = run(&all, format!("{}\n", lines.join("\n")).as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    events(&output)
}

pub(crate) fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

/// The last event of a kind.
pub(crate) fn last<'a>(events: &'a [Value], kind: &str) -> &'a Value {
    of_kind(events, kind).last().unwrap_or_else(|| panic!("no event `{kind}`"))
}

pub(crate) fn text(event: &Value) -> &str {
    event["text"].as_str().unwrap()
}

/// What became of each question about consent, in order.
pub(crate) fn answers(events: &[Value]) -> Vec<(&str, &str)> {
    let asked = of_kind(events, "consent").into_iter();
    asked.filter_map(|event| Some((event["purpose"].as_str()?, event["state"].as_str()?))).collect()
}
