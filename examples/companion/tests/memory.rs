//! What a person can do with what is kept of them: look at it, put it right, erase it in every way, and take it along.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{env, fs, path::PathBuf};

use common::{answers, last, of_kind, talk, text};
use serde_json::{Value, json};

/// A folder of its own, which goes when it is dropped.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("alliance-companion-{}-{name}", std::process::id()));
        let _gone = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A folder of people below, made when it is first used.
    fn people(&self, name: &str) -> Vec<String> {
        vec!["--data".to_owned(), self.0.join(name).display().to_string()]
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn at(place: &[String], lines: &[&str]) -> Vec<Value> {
    talk(&place.iter().map(String::as_str).collect::<Vec<_>>(), lines)
}

fn said(events: &[Value]) -> Vec<String> {
    let items = last(events, "kept")["items"].as_array().unwrap();
    items.iter().map(|item| item["said"].as_str().unwrap().to_owned()).collect()
}

const EXERCISE: [&str; 8] = [
    "/start grounding_54321",
    "yes",
    "7",
    "all",
    "a lamp, a chair, a cup, my hand, a book",
    "the chair, my socks, the table, air",
    "a car, the fridge, my breath",
    "coffee, soap",
];

#[test]
fn words_are_forgotten_wherever_they_stand_once_the_person_is_sure() {
    for (locale, line, sure) in [
        ("en", "/forget about my sister", "/forget yes"),
        ("de", "/vergiss über meine Schwestern", "/vergiss ja"),
    ] {
        let sister = if locale == "en" { "My sister called." } else { "Meine Schwester rief an." };
        let events = talk(
            &["--locale", locale],
            &["yes", "no", sister, "The soup was cold.", line, sure, "/memory", sure],
        );
        assert!(last(&events, "sure")["count"].as_u64() > Some(0), "asked first: {locale}");
        assert_eq!(last(&events, "forgotten")["total"], 2, "what was said and its answer: {locale}");
        assert_eq!(said(&events), ["The soup was cold."]);
        assert_eq!(of_kind(&events, "forgotten").len(), 1, "once");
    }
}

#[test]
fn only_the_next_line_says_that_somebody_is_sure() {
    let events = talk(&[], &["yes", "no", "One.", "/forget all", "Two.", "/forget yes", "/memory"]);
    assert!(of_kind(&events, "forgotten").is_empty());
    assert_eq!(said(&events), ["One.", "Two."]);
}

#[test]
fn a_day_and_a_kind_are_forgotten_and_what_is_not_there_is_said() {
    let lines =
        ["yes", "no", "One.", "/forget since today", "/forget yes", "/memory", "Two.", "/forget since never"];
    let events = talk(&[], &lines);
    assert_eq!((last(&events, "forgotten")["total"].as_u64(), said(&events).len()), (Some(2), 0));
    assert_eq!(last(&events, "kept")["consent"]["conversation"], "given", "what was agreed to stays");
    assert!(text(last(&events, "error")).contains("year-month-day"));
    let events =
        talk(&[], &["yes", "no", "One.", "/forget notes", "/forget about the", "/forget about Hamburg"]);
    assert!(of_kind(&events, "forgotten").is_empty() && of_kind(&events, "sure").is_empty());
    assert_eq!(of_kind(&events, "forget").len(), 2);
    assert!(text(last(&events, "error")).contains("word of its own"));
    // Exercises and their notes.
    let mut lines = vec!["yes", "yes"];
    lines.extend(EXERCISE);
    lines.extend(["mint", "3", "/forget notes", "/forget yes", "/memory"]);
    let events = talk(&[], &lines);
    assert_eq!(last(&events, "forgotten")["erased"], json!({ "episode": 1 }));
}

#[test]
fn how_heavy_it_was_outlasts_the_conversation_and_goes_by_its_name() {
    let lines = [
        "yes",
        "no",
        "I feel like a burden to everyone.",
        "/forget session",
        "/memory",
        "/forget levels",
        "/forget yes",
        "/memory",
    ];
    let events = talk(&[], &lines);
    let lists = of_kind(&events, "kept");
    let kinds = |list: &Value| -> Vec<String> {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kinds(lists[0]), ["risk"]);
    assert_eq!(lists[0]["items"][0]["for_safety"], true);
    assert!(text(lists[0]).contains("for your safety"));
    assert_eq!(kinds(lists[1]), [""; 0]);
}

#[test]
fn each_thing_says_where_it_comes_from_and_why_it_is_there() {
    let place = Place::new("source");
    let people = place.people("people");
    at(&people, &["yes", "no", "One.", "Two."]);
    let events = at(&people, &["Three.", "/memory"]);
    let kept = last(&events, "kept");
    let places: Vec<_> =
        kept["items"].as_array().unwrap().iter().map(|item| (&item["session"], &item["turn"])).collect();
    // The program goes on with the conversation of the run before.
    // What the first run was about belongs to the conversation, and to no message alone.
    let whole = (&json!(1), &json!(null));
    assert_eq!(places, [(&json!(1), &json!(1)), (&json!(1), &json!(2)), whole, (&json!(1), &json!(3))]);
    assert!(text(kept).contains("message 3 of conversation 1") && text(kept).contains("because you agreed"));
    let german = at(&[people, vec!["--locale".into(), "de".into()]].concat(), &["/gedächtnis"]);
    assert!(text(last(&german, "kept")).contains("Nachricht 2 in Gespräch 1"));
}

#[test]
fn a_note_is_put_right_in_the_persons_words() {
    let mut lines = vec!["yes", "yes"];
    lines.extend(EXERCISE);
    lines.extend(["mint", "3", "/correct 1 better", "/memory"]);
    let probe = talk(&[], &lines);
    assert!(text(last(&probe, "error")).contains("/memory first"));
    let items = last(&probe, "kept")["items"].as_array().unwrap();
    let note = 1 + items.iter().position(|item| item["kind"] == "episode").unwrap();
    let correct = format!("/correct {note} It went better than I thought");
    lines.extend(["/correct 1 no", &correct, "/memory", &correct, "/forget about better thought"]);
    let events = talk(&[], &lines);
    assert!(text(of_kind(&events, "error")[1]).contains("Only notes and facts"));
    assert_eq!(of_kind(&events, "corrected").len(), 2);
    let notes: Vec<_> = said(&events).into_iter().filter(|said| said.contains("better")).collect();
    assert_eq!(notes, ["It went better than I thought"]);
    // What they said to the program is not a message.
    assert_eq!(last(&events, "sure")["count"], 1);
}

#[test]
fn a_person_moves_to_another_computer_and_back_byte_for_byte() {
    let place = Place::new("moves");
    let (old, new) = (place.people("old"), place.people("new"));
    let (first, second) = (place.file("first.json"), place.file("second.json"));
    let write = |file: &PathBuf| format!("/export {}", file.display());
    let take = format!("/import {}", first.display());
    at(&old, &["yes", "no", "Zinnober is my cat.", "I feel like a burden to everyone.", &write(&first)]);
    let events = at(&new, &[&take, "/memory", &write(&second)]);
    assert_eq!(last(&events, "imported")["records"], last(&events, "exported")["records"]);
    assert!(said(&events).contains(&"Zinnober is my cat.".to_owned()));
    assert_eq!(last(&events, "kept")["consent"]["conversation"], "given");
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    // Nothing is asked that was answered there, in this run and in the next.
    assert_eq!(answers(&events), [("conversation", "asked"), ("conversation", "not_now")]);
    let later = at(&new, &["/memory"]);
    assert!(answers(&later).is_empty() && said(&later).contains(&"Zinnober is my cat.".to_owned()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_file_that_cannot_be_taken_in_is_refused_in_plain_words_and_nothing_is_written() {
    let place = Place::new("refused-import");
    let (old, new) = (place.people("old"), place.people("new"));
    let file = place.file("mine.json");
    let (write, take) = (format!("/export {}", file.display()), format!("/import {}", file.display()));
    at(&old, &["yes", "no", "Zinnober is my cat.", &write]);
    let whole = fs::read_to_string(&file).unwrap();
    let refused = |place: &[String], line: &str| {
        let events = at(place, &[line, "/memory"]);
        assert_eq!(last(&events, "kept")["items"], json!([]));
        let said = text(last(&events, "error")).to_owned();
        assert!(!said.contains("Zinnober"), "{said}");
        said
    };
    assert!(refused(&new, "/import nowhere.json").contains("cannot read"));
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert!(refused(&new, &take).contains("damaged"));
    fs::write(&file, whole.replace("Zinnober", "Zinnobel")).unwrap();
    assert!(refused(&new, &take).contains("damaged"));
    fs::write(&file, whole.replace("\"version\": 1", "\"version\": 2")).unwrap();
    assert!(refused(&new, &take).contains("newer version"));
    fs::write(&file, "{}").unwrap();
    assert!(refused(&new, &take).contains("not one that"));
    fs::write(&file, &whole).unwrap();
    let kim = [new.clone(), vec!["--user".to_owned(), "kim".to_owned()]].concat();
    assert!(refused(&kim, &take).contains("another person"));
    let de = [new.clone(), vec!["--locale".to_owned(), "de".to_owned()]].concat();
    assert!(refused(&de, "/import nirgends.json").contains("nicht lesen"));
    // Somebody who said something of their own.
    let events = at(&new, &["yes", "no", "Hello.", &take, "/memory"]);
    assert!(text(last(&events, "error")).contains("do not mix"));
    assert_eq!(said(&events), ["Hello."]);
    // What was erased does not come back.
    let events = at(&old, &["/forget all", "/forget yes", &take, "/memory"]);
    assert!(text(last(&events, "error")).contains("does not come back"));
    assert_eq!(last(&events, "kept")["items"], json!([]));
}
