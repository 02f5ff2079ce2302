//! What is asked, what counts as an answer, and what is kept.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{answers, last, of_kind, talk, text};
use serde_json::json;

#[test]
fn a_yes_keeps_and_a_no_does_not() {
    for (locale, yes, no, said) in [
        ("en", "Yes.", "no", "I had soup for lunch."),
        ("de", "Ja", "Nein, danke", "Ich hatte Suppe zu Mittag."),
    ] {
        let kept = talk(&["--locale", locale], &[yes, no, said, "/memory"]);
        assert_eq!(
            answers(&kept),
            [
                ("conversation", "asked"),
                ("conversation", "given"),
                ("episodic", "asked"),
                ("episodic", "declined")
            ]
        );
        let list = last(&kept, "kept");
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{locale}");
        assert_eq!(list["items"][0]["said"], said);
        assert_eq!(list["items"][0]["because"], "conversation");
        assert!(text(list).contains(said), "{locale}");
        assert_eq!(list["consent"], json!({ "conversation": "given", "episodic": "withdrawn" }));

        let kept = talk(&["--locale", locale], &[no, said, "/memory"]);
        // The second question comes after a yes only.
        assert_eq!(answers(&kept), [("conversation", "asked"), ("conversation", "declined")]);
        assert_eq!(last(&kept, "kept")["items"], json!([]), "{locale}");
        assert!(!text(last(&kept, "kept")).contains(said), "{locale}");
    }
}

#[test]
fn anything_else_means_not_now_and_is_answered_at_once() {
    let directly = talk(&["--region", "US"], &["no", "I want to kill myself.", "/memory"]);
    let events = talk(&["--region", "US"], &["I want to kill myself.", "yes", "/memory"]);
    assert_eq!(answers(&events), [("conversation", "asked"), ("conversation", "not_now")]);
    let replies = of_kind(&events, "reply");
    // Word for word what comes when no question is open, and the yes after it is a message too.
    assert_eq!(replies[0]["text"], last(&directly, "reply")["text"]);
    assert!(text(replies[0]).contains("911"));
    assert_eq!(replies.len(), 2);
    assert_eq!(last(&events, "kept")["items"], json!([]));
    assert_eq!(last(&events, "kept")["consent"], json!({ "conversation": null, "episodic": null }));

    let events = talk(&[], &["yes, but only until tonight", "/memory"]);
    assert_eq!(answers(&events)[1], ("conversation", "not_now"));
    assert_eq!(of_kind(&events, "reply").len(), 1);
    assert_eq!(last(&events, "kept")["items"], json!([]));
}

#[test]
fn looking_something_up_leaves_the_question_open() {
    let events = talk(&[], &["/help", "/memory", "/nonsense", "", "yes", "no", "/sos", "/memory"]);
    assert_eq!(answers(&events)[1], ("conversation", "given"));
    let events = talk(&[], &["/sos", "yes", "/memory"]);
    assert_eq!(answers(&events)[1], ("conversation", "not_now"));
    assert_eq!(of_kind(&events, "reply").len(), 2);
}

#[test]
fn keep_asks_again_and_takes_back() {
    let events = talk(
        &[],
        &["no", "One.", "/keep", "yes", "no", "Two.", "/keep", "no", "no", "no", "Three.", "/memory"],
    );
    assert_eq!(answers(&events).last(), Some(&("long_term", "declined")));
    assert!(answers(&events).contains(&("conversation", "withdrawn")));
    let list = last(&events, "kept");
    let said: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| &item["said"]).collect();
    // What is not allowed any more is not kept any more; what was kept stays until it is erased.
    assert_eq!(said, ["Two."]);
    assert_eq!(list["consent"]["conversation"], "withdrawn");
}

#[test]
fn no_question_is_asked_beside_those_of_a_crisis() {
    let events = talk(&["--region", "US"], &["no", "I want to kill myself.", "/keep", "yes", "/memory"]);
    assert_eq!(answers(&events), [("conversation", "asked"), ("conversation", "declined")]);
    assert_eq!(of_kind(&events, "reply").len(), 2);
    assert_eq!(last(&events, "kept")["items"], json!([]));
}

#[test]
fn notes_of_an_exercise_are_asked_for_before_the_first_one() {
    for answer in ["yes", "no", "What is that for, though"] {
        let events = talk(&[], &["no", "/start grounding_54321", answer, "/where", "/start grounding_54321"]);
        let asked = answers(&events);
        assert_eq!(asked[2], ("episodic", "asked"), "{answer}");
        assert_eq!(asked.len(), 4, "asked once only");
        // It begins whatever the answer was.
        assert_eq!(last(&events, "where")["state"], "running", "{answer}");
    }
    let grave =
        talk(&["--region", "US"], &["no", "/start grounding_54321", "I want to kill myself.", "/where"]);
    assert!(text(last(&grave, "reply")).contains("911"));
    assert_eq!(last(&grave, "where")["protocol"], json!(null));
}

#[test]
fn a_note_of_an_exercise_is_kept_only_where_notes_were_agreed_to() {
    let exercise = [
        "yes",
        "7",
        "all",
        "a lamp, a chair, a cup, my hand, a book",
        "the chair, my socks, the table, air",
        "a car, the fridge, my breath",
        "coffee, soap",
        "mint",
        "3",
        "/where",
        "/memory",
        "/forget 1",
        "/memory",
    ];
    for (answer, kept) in [("yes", 1), ("no", 0)] {
        let events = talk(&[], &[&["no", "/start grounding_54321", answer][..], &exercise].concat());
        assert_eq!(last(&events, "ended")["outcome"], "completed");
        let lists = of_kind(&events, "kept");
        let items = lists[0]["items"].as_array().unwrap();
        assert_eq!(items.len(), kept);
        assert!(items.iter().all(|item| item["kind"] == "episode" && item["because"] == "episodic"));
        assert_eq!(lists[1]["items"], json!([]));
    }
}
