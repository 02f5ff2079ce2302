//! Definitions with one fault each. `tests/broken/NAME.toml` holds what is changed in `good.toml`, and `NAME.txt`
//! the whole error, byte for byte. To write the errors anew, and read each: `ALLIANCE_WRITE=1`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use alliance_core::testing::safety_layer;
use alliance_protocols::Definition;
use serde::Deserialize;

/// Some words of the good file, and the words in their place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    old: String,
    new: String,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/broken"))
}

fn good() -> String {
    fs::read_to_string(folder().join("good.toml")).unwrap()
}

/// Each broken file by its name.
fn broken() -> BTreeMap<String, String> {
    let good = good();
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let patched = files.filter(|path| path.file_stem().unwrap() != "good").map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let patch: Patch = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(good.matches(&patch.old).count(), 1, "{name}: what is changed stands once in good.toml");
        (name, good.replace(&patch.old, &patch.new))
    });
    patched.collect()
}

#[test]
fn the_file_that_they_are_made_of_is_good() {
    Definition::load("good.toml", &good(), &safety_layer()).unwrap();
}

#[test]
fn every_fault_is_named_with_its_place() {
    let safety = safety_layer();
    let write = std::env::var_os("ALLIANCE_WRITE").is_some();
    let broken = broken();
    assert!(broken.len() >= 25, "{} broken files", broken.len());
    let mut wrong = Vec::new();
    for (name, text) in broken {
        let error = Definition::load(&format!("{name}.toml"), &text, &safety).unwrap_err();
        let expected = folder().join(format!("{name}.txt"));
        if write {
            fs::write(&expected, format!("{error}\n")).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        if format!("{error}\n") != expected || error.faults().len() != 1 {
            wrong.push(format!("{error}"));
        }
    }
    assert!(wrong.is_empty(), "not as expected, or more than one fault:\n{}", wrong.join("\n\n"));
}

#[test]
fn all_faults_are_found_at_once() {
    let text = good()
        .replace("go = \"private\"", "go = \"privat\"")
        .replace("flag = \"violence\"", "flag = \"violent\"");
    let error = Definition::load("two.toml", &text, &safety_layer()).unwrap_err();
    assert_eq!(error.faults().len(), 2, "{error}");
    let lines: Vec<usize> = error.faults().iter().map(|fault| fault.line).collect();
    assert!(lines.is_sorted(), "in the order of the file");
}
