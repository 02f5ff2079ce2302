//! The program as somebody would run it from a pipe.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::safety::{Directory, Timestamp};
use common::{events, of_kind, run};

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

#[test]
fn a_pipe_gets_whole_lines_without_escapes() {
    let input =
        "yes\nyes\n/help\n/protocols\n/sos\nA \u{1b}[31mred\u{1b}[0m \u{9b}2J word.\n/memory\n/forget all\n";
    for locale in ["en", "de"] {
        let output = run(&["--locale", locale, "--region", "DE"], input.as_bytes());
        let text = String::from_utf8(output.stdout).unwrap();
        let steers = |c: char| c.is_control() && c != '\n';
        assert!(!text.contains(steers), "{locale}");
        // Longer than any terminal: a program that reads this gets sentences and not halves of them.
        assert!(text.lines().any(|line| line.chars().count() > 120), "{locale}");
    }
}

#[test]
fn commands_work_while_the_store_and_the_backend_hang() {
    let lines = [
        "/memory",
        "/forget all",
        "/forget yes",
        "/forget session",
        "/keep",
        "/protocols",
        "/where",
        "/why",
        "/start grounding_54321",
        "Hello.",
        "Ich bringe mich heute Nacht um.",
        "/where",
    ];
    let events = common::talk(&["--locale", "de", "--region", "DE", "--hang", "backend,store,sink"], &lines);
    assert!(common::text(of_kind(&events, "consent")[0]).contains("antwortet nicht"));
    assert!(common::text(common::last(&events, "kept")).contains("antwortet nicht"));
    assert_eq!(of_kind(&events, "error").len(), 2);
    assert_eq!(of_kind(&events, "protocols").len(), 1);
    assert_eq!(common::last(&events, "where")["state"], "suspended");
    let crisis = common::last(&events, "reply");
    assert!(common::text(crisis).contains("112") && crisis["micros"].as_u64().unwrap() < 50_000);
}
