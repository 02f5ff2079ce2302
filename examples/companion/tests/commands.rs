//! Every command, in both languages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{last, of_kind, talk, text};
use serde_json::json;

const ENGLISH: [&str; 11] = [
    "/help",
    "/protocols",
    "/start",
    "/where",
    "/why",
    "/memory",
    "/forget",
    "/KEEP",
    "/human",
    "/sos",
    "/quit",
];
const GERMAN: [&str; 11] = [
    "/hilfe",
    "/Übungen",
    "/starte",
    "/wo",
    "/warum",
    "/gedächtnis",
    "/vergiss",
    "/behalten",
    "/mensch",
    "/notruf",
    "/ende",
];

#[test]
fn every_command_answers_in_both_languages() {
    let kinds =
        ["help", "protocols", "start", "where", "why", "kept", "forget", "consent", "reply", "reply", "bye"];
    let said = |locale, commands: [&str; 11]| -> Vec<(String, String)> {
        let events = talk(&["--locale", locale, "--region", "DE"], &[&["nein"], &commands[..]].concat());
        let answers = events.iter().skip_while(|event| event["event"] != "help");
        let answers = answers.filter(|event| kinds.iter().any(|kind| event["event"] == *kind));
        let words = |event: &serde_json::Value| {
            Some((event["event"].as_str()?.into(), event["text"].as_str()?.into()))
        };
        answers.filter_map(words).collect()
    };
    let (in_english, in_german) = (said("en", ENGLISH), said("de", GERMAN));
    assert!(in_english.iter().map(|(kind, _)| kind).eq(kinds.iter()), "{in_english:#?}");
    for (english, german) in in_english.iter().zip(&in_german) {
        assert_eq!(english.0, german.0);
        assert_ne!(english.1, german.1);
    }
    // Whoever knows one name may use it in either language.
    assert_eq!(said("de", ENGLISH), in_german);
}

#[test]
fn help_names_every_command_of_its_language() {
    for (locale, names) in [
        (
            "en",
            "/sos /human /protocols /start /where /why /memory /keep /forget /correct /import /help /quit",
        ),
        ("de", "/sos /mensch /übungen /starte /wo /warum /gedächtnis /behalten /vergiss /hilfe /ende"),
    ] {
        let events = talk(&["--locale", locale], &["/help"]);
        assert!(names.split(' ').all(|name| text(last(&events, "help")).contains(name)), "{locale}");
    }
}

#[test]
fn a_human_is_answered_with_people_to_call() {
    for (locale, line) in [("en", "/human"), ("de", "/mensch")] {
        let events = talk(&["--locale", locale, "--region", "DE"], &[line]);
        assert!(text(last(&events, "reply")).contains("TelefonSeelsorge"), "{locale}");
    }
}

#[test]
fn a_sentence_with_a_slash_and_a_sign_of_danger_are_messages() {
    for said in ["/help me to get through this day", "/today was long"] {
        let events = talk(&[], &["no", said]);
        assert_eq!(of_kind(&events, "reply").len(), 1, "{said}");
        assert!(of_kind(&events, "help").is_empty());
    }
    for said in [
        "/quit I want to kill myself",
        "/start dying, I want to die",
        "/forget me, I want to die",
        "/suicidal",
    ] {
        let events = talk(&["--region", "US"], &[said]);
        assert_ne!(last(&events, "risk")["level"], "none", "{said}");
        assert_eq!(of_kind(&events, "reply").len(), 1, "{said}");
    }
}

#[test]
fn an_unknown_command_brings_the_nearest() {
    for (line, nearest) in [("/memroy", "/memory"), ("/Hlfe", "/hilfe"), ("/strat grounding_54321", "/start")]
    {
        let events = talk(&[], &["no", line]);
        assert!(text(last(&events, "error")).contains(nearest), "{line}");
    }
}

#[test]
fn exercises_are_listed_begun_and_named() {
    for (locale, no, yes) in [("en", "no", "yes"), ("de", "nein", "ja")] {
        let lines =
            ["no", "/protocols", "/start grounding_54321", no, yes, "/where", "/why", "pause", "/where"];
        let events = talk(&["--locale", locale], &lines);
        let listed = &last(&events, "protocols")["protocols"];
        let grounding = listed.as_array().unwrap().iter().find(|one| one["id"] == "grounding_54321").unwrap();
        assert_eq!(grounding["available"], true);
        let title = grounding["title"].as_str().unwrap();
        assert!(text(last(&events, "protocols")).contains(title), "{locale}");
        let places = of_kind(&events, "where");
        assert_eq!((&places[0]["state"], &places[1]["state"]), (&json!("running"), &json!("paused")));
        // The words of the step itself, and not its name in a file.
        let question = text(of_kind(&events, "reply")[1]).trim();
        assert!(text(places[0]).contains(title) && text(places[0]).contains(question), "{locale}");
        assert_eq!(text(last(&events, "why")).trim(), grounding["why"].as_str().unwrap().trim());
        assert_eq!(of_kind(&events, "paused").len(), 1, "{locale}");
    }
}

#[test]
fn an_exercise_is_found_by_its_title_and_an_unknown_one_named() {
    let events = talk(&[], &["no", "/start Grounding with your senses", "no", "/where"]);
    assert_eq!(last(&events, "where")["state"], "running");
    let events = talk(&[], &["no", "/start nonsense"]);
    assert!(text(last(&events, "error")).contains("grounding_54321"));
    // Too many words for a name.
    let events = talk(&[], &["no", "/start of a long day"]);
    assert_eq!(of_kind(&events, "reply").len(), 1);
}

#[test]
fn a_crisis_sets_an_exercise_aside_and_nothing_begins() {
    for (locale, said) in [("en", "I want to kill myself."), ("de", "Ich will mich umbringen.")] {
        let lines = ["no", "/start grounding_54321", "no", said, "/where", "/start grounding_54321"];
        let events = talk(&["--locale", locale, "--region", "DE"], &lines);
        assert_eq!(of_kind(&events, "suspended").len(), 1, "{locale}");
        assert_eq!(last(&events, "where")["state"], "suspended");
        assert_eq!(last(&events, "refused")["reason"], "not_now");
        assert!(text(last(&events, "reply")).contains("112"), "{locale}");
    }
}

#[test]
fn forgetting_one_thing_leaves_the_others() {
    let lines = ["yes", "no", "One.", "Two.", "/memory", "/forget 1", "/forget 1", "/forget 9", "/memory"];
    let events = talk(&[], &lines);
    assert_eq!(last(&events, "forgotten")["erased"], json!({ "turn_accepted": 1, "turn_ended": 1 }));
    assert_eq!(of_kind(&events, "error").len(), 2);
    let left = last(&events, "kept")["items"].as_array().unwrap();
    assert_eq!((left.len(), &left[0]["said"]), (1, &json!("Two.")));
}

#[test]
fn a_number_means_nothing_before_the_list_was_shown() {
    let events = talk(&[], &["yes", "no", "One.", "/forget 1", "/memory"]);
    assert!(of_kind(&events, "forgotten").is_empty());
    assert_eq!(last(&events, "kept")["items"].as_array().unwrap().len(), 1);
}

#[test]
fn forgetting_the_session_keeps_what_was_agreed_and_nothing_else() {
    for (locale, line) in [("en", "/forget session"), ("de", "/vergiss sitzung")] {
        let lines =
            ["yes", "yes", "One.", "/start grounding_54321", line, "/where", "/memory", "Two.", "/memory"];
        let events = talk(&["--locale", locale], &lines);
        assert!(last(&events, "forgotten")["total"].as_u64().unwrap() > 3, "{locale}");
        // The exercise was part of it.
        assert_eq!(last(&events, "where")["protocol"], json!(null));
        let lists = of_kind(&events, "kept");
        assert_eq!(lists[0]["items"], json!([]), "{locale}");
        assert_eq!(lists[0]["consent"], json!({ "conversation": "given", "episodic": "given" }));
        assert_eq!(lists[1]["items"].as_array().unwrap().len(), 1, "{locale}");
    }
}

#[test]
fn forgetting_everything_leaves_nothing_and_takes_consent_back() {
    for (locale, line, nothing) in
        [("en", "/forget all", "Nothing is kept"), ("de", "/vergiss alles", "Von dir wird nichts behalten")]
    {
        let sure = if locale == "en" { "/forget yes" } else { "/vergiss ja" };
        let events = talk(&["--locale", locale], &["yes", "yes", "One.", line, sure, "Two.", "/memory"]);
        assert_eq!(last(&events, "sure")["count"], 4, "{locale}");
        assert_eq!(last(&events, "forgotten")["total"], 4, "{locale}");
        assert_eq!(last(&events, "kept")["items"], json!([]), "{locale}");
        assert_eq!(last(&events, "kept")["consent"], json!({ "conversation": null, "episodic": null }));
        assert!(text(last(&events, "kept")).contains(nothing), "{locale}");
    }
}

#[test]
fn whoever_leaves_while_it_is_grave_gets_the_number_again() {
    for (locale, said) in [("en", "I want to kill myself."), ("de", "Ich will mich umbringen.")] {
        let args = ["--locale", locale, "--region", "DE"];
        assert!(text(last(&talk(&args, &["no", said, "/quit"]), "bye")).contains("112"), "{locale}");
        assert!(!text(last(&talk(&args, &["no", "/quit"]), "bye")).contains("112"), "{locale}");
    }
}
