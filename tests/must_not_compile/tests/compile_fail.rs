//! What must not compile does not, and its twin, which differs in one line, does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{fs, path::PathBuf};

use trybuild::TestCases;

#[test]
fn no_agent_without_safety() {
    check("no_agent_without_safety");
}

#[test]
fn no_unscreened_input() {
    check("no_unscreened_input");
}

#[test]
fn no_unreviewed_output() {
    check("no_unreviewed_output");
}

#[test]
fn no_batch_without_consent() {
    check("no_batch_without_consent");
}

/// Every `name.rs` of the folder fails as `name.stderr` says, and every `name_twin.rs` compiles.
fn check(folder: &str) {
    let folder = PathBuf::from("tests/compile_fail").join(folder);
    let mut failing: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs") && !is_twin(path))
        .collect();
    failing.sort();
    assert!(!failing.is_empty(), "no case in {}", folder.display());
    let cases = TestCases::new();
    for path in failing {
        let twin = path.with_file_name(format!("{}_twin.rs", path.file_stem().unwrap().display()));
        differ_in_one_line(&path, &twin);
        cases.compile_fail(&path);
        cases.pass(&twin);
    }
}

fn is_twin(path: &std::path::Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_twin"))
}

fn differ_in_one_line(failing: &std::path::Path, twin: &std::path::Path) {
    let [failing_text, twin_text] = [failing, twin]
        .map(|path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    let same_length = failing_text.lines().count() == twin_text.lines().count();
    let different = failing_text.lines().zip(twin_text.lines()).filter(|(left, right)| left != right).count();
    assert!(same_length && different == 1, "{} and its twin differ in {different} lines", failing.display());
}
