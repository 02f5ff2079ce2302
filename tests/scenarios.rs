//! Whole sessions as plain text: what is said, what a model would say, and what has to come of it.
//!
//! `tests/scenarios/README.md` describes the form. Every file runs through a real agent; a mistake names the file and
//! the line. `ALLIANCE_TRANSCRIPTS=DIR` writes what was said on both sides, to be read and marked by a person.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "scenarios/run.rs"]
mod run;
#[path = "scenarios/script.rs"]
mod script;

use std::{fs, path::PathBuf};

use script::Scenario;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_scenario_goes_as_it_is_written() {
    let mut faults = Vec::new();
    for path in files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let scenario = Scenario::read(&text).unwrap_or_else(|fault| panic!("{name}:{fault}"));
        let played = run::play(&scenario);
        faults.extend(played.faults.into_iter().map(|fault| format!("{name}:{fault}")));
        if let Some(folder) = std::env::var_os("ALLIANCE_TRANSCRIPTS") {
            let file = PathBuf::from(folder).join(&name).with_extension("md");
            fs::write(file, &played.transcript).unwrap();
        }
        // A transcript that somebody has marked stays true: the agent still says those very lines.
        let marked = folder().join("marked").join(&name).with_extension("md");
        if let Ok(marked) = fs::read_to_string(marked) {
            let lines = |text: &str| -> Vec<String> {
                text.lines().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned).collect()
            };
            let (said, read) = (lines(&played.transcript), lines(&marked));
            for (number, (said, read)) in said.iter().zip(&read).enumerate() {
                if said != read {
                    faults.push(format!(
                        "{name}: line {} of the agent was marked as {read:?} and is {said:?}",
                        number + 1
                    ));
                }
            }
            if said.len() != read.len() {
                faults.push(format!(
                    "{name}: {} lines were marked, and there are {}",
                    read.len(),
                    said.len()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn there_are_scenarios_in_both_languages() {
    let texts: Vec<String> = files().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for locale in ["locale: en", "locale: de"] {
        assert!(texts.iter().filter(|text| text.contains(locale)).count() >= 5, "{locale}");
    }
}

#[test]
fn a_fault_is_found_and_named() {
    let wrong = "locale: en\nsaid: I had soup for lunch.\nlevel: high\nshows: \"nothing of the kind\"\nstep: nowhere at_all\n";
    let played = run::play(&Scenario::read(wrong).unwrap());
    let places: Vec<&str> = played.faults.iter().map(|fault| fault.split(':').next().unwrap()).collect();
    assert_eq!(places, ["3", "4", "5"], "{:?}", played.faults);
    for (text, fault) in [
        ("locale: en\nsayd: hello\n", "2: `sayd` is not known"),
        ("level: low\n", "1: `level` stands before anything is said"),
        ("locale: fr\n", "1: `locale` takes en or de"),
        ("said: hello\nlevel: some\n", "2: `level` takes none, low, moderate or high"),
    ] {
        assert!(Scenario::read(text).unwrap_err().starts_with(fault), "{text}");
    }
}
