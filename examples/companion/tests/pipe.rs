//! The program as somebody would run it from a pipe.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use alliance::safety::{Directory, Timestamp};
use serde_json::Value;

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_companion"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

#[test]
fn a_crisis_message_brings_the_numbers_of_the_region_while_everything_else_hangs() {
    let directory = Directory::built_in().unwrap();
    for region in ["US", "GB", "DE", "AT", "CH", "KR"] {
        for (locale, said) in
            [("en", "I am going to end my life tonight."), ("de", "Ich bringe mich heute Nacht um.")]
        {
            let args =
                ["--region", region, "--locale", locale, "--events", "json", "--hang", "backend,store,sink"];
            let output = run(&args, format!("{said}\n/sos\n").as_bytes());
            assert!(output.status.success());
            let events = events(&output);
            let replies = of_kind(&events, "reply");
            assert_eq!(replies.len(), 2, "{region} {locale}");
            let resources = directory.resources(region.parse().ok(), Timestamp::UNIX_EPOCH);
            for reply in replies {
                let text = reply["text"].as_str().unwrap();
                assert!(text.contains(resources.emergency().unwrap()), "{region} {locale}");
                for service in resources.services() {
                    assert!(service.phones().all(|phone| text.contains(phone)), "{region} {locale}");
                }
                // Ten times the promise: an unoptimised build on a busy machine. The bench prints the figure.
                assert!(reply["micros"].as_u64().unwrap() < 50_000, "{region} {locale}");
            }
            assert_eq!(of_kind(&events, "risk")[0]["level"], "high", "{region} {locale}");
        }
    }
}

#[test]
fn bad_lines_are_named_and_nothing_else_is_lost() {
    let mut input = b"Hello.\n\n\xff\xfe\n/nonsense\n".to_vec();
    input.extend("a".repeat(1_000_000).bytes());
    input.extend(b"\nI had soup for lunch.\n");
    let output = run(&["--events", "json"], &input);
    assert!(output.status.success());
    let events = events(&output);
    let errors = of_kind(&events, "error");
    let named = ["nothing in that message", "not valid UTF-8", "do not know that command", "1000000 bytes"];
    assert_eq!(errors.len(), named.len());
    for (error, named) in errors.iter().zip(named) {
        assert!(error["text"].as_str().unwrap().contains(named));
    }
    assert_eq!(of_kind(&events, "reply").len(), 2);
}

#[test]
fn it_says_what_it_is_before_anything_else_and_leaves_with_zero() {
    for (locale, said) in [("en", "not a human"), ("de", "kein Mensch")] {
        let output = run(&["--locale", locale], b"/help\n/quit\nnever read\n");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(said) && text.contains("/sos"));
    }
}

#[test]
fn a_mistake_on_the_command_line_is_named() {
    let output = run(&["--region", "Atlantis"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("two-letter country code"));
}
