//! What is meant and not named: neighbours, times, compounds, what points back.

use alliance_core::{
    recall::{Cue, RecallReason, Recaller},
    record::{Body, FactRecord, Record},
    safety::{Locale, Timestamp},
    store::MemoryStore,
};
use futures::executor::block_on;

use super::Recall;
use crate::{
    InMemoryStore,
    fixture::{at, fact, id, keep, record, said, session, user},
};

fn holding(records: impl IntoIterator<Item = Record>) -> InMemoryStore {
    let store = InMemoryStore::new();
    keep(&store, user(1), records);
    store
}

fn found(store: &dyn MemoryStore, cue: &Cue) -> Vec<(u128, RecallReason)> {
    let found = block_on(Recall::new().recall(store, user(1), cue)).unwrap();
    found.iter().map(|memory| (memory.record.uuid().as_u128(), memory.reason)).collect()
}

fn numbers(store: &dyn MemoryStore, cue: &Cue) -> Vec<u128> {
    found(store, cue).into_iter().map(|(number, _)| number).collect()
}

fn day(text: &str) -> Timestamp {
    format!("{text}T12:00:00Z").parse().unwrap()
}

fn said_on(number: u128, text: &str, on: &str) -> Record {
    let mut record = said(number, text);
    record.at = day(on);
    record
}

#[test]
fn what_was_said_beside_it_comes_along() {
    let store = holding([
        said(1, "Dinner at my brother's place").session(session(1)),
        said(2, "He shouted and I left early").session(session(1)),
        said(3, "The tram was empty").session(session(2)),
    ]);
    let beside = [(1, RecallReason::Words), (2, RecallReason::Neighbour)];
    assert_eq!(found(&store, &Cue::new("that dinner at my brother's place")), beside);
}

#[test]
fn times_raise_what_is_of_them() {
    let store = holding([
        said_on(1, "I slept badly after the exam", "2026-03-10"),
        said_on(2, "I slept badly after the move", "2026-06-10"),
        said_on(3, "I slept badly after the party", "2026-11-18"),
    ]);
    let ask = |text: &str| Cue::new(text).at(day("2026-11-26"));
    let first = |text: &str| found(&store, &ask(text))[0];
    assert_eq!(first("I slept badly in March"), (1, RecallReason::Named));
    assert_eq!(first("I slept badly in June, too"), (2, RecallReason::Named));
    assert_eq!(first("Did I sleep badly last week?"), (3, RecallReason::Named));
    // A time alone is enough to find what was said then, and no more than that.
    assert_eq!(numbers(&store, &ask("What did I tell you last week?")), [3]);
    assert_eq!(numbers(&store, &ask("Was habe ich dir im Juni erzählt?")), [2]);
    assert!(numbers(&store, &ask("What did I tell you in April?")).is_empty());
}

#[test]
fn compounds_meet_their_parts_in_german() {
    let store = holding([
        said(1, "Ich habe solche Prüfungsangst"),
        said(2, "Die Angst ist nachts am größten"),
        said(3, "Die Prüfung ist im Juli"),
        said(4, "Der Garten ist schön"),
    ]);
    let ask = |text: &str| numbers(&store, &Cue::new(text).locale(Locale::De));
    assert_eq!(ask("Angst vor der Prüfung")[0], 1);
    let mut parts = ask("diese Prüfungsangst");
    assert_eq!(parts[0], 1);
    parts.sort_unstable();
    assert_eq!(parts, [1, 2, 3]);
    assert_eq!(ask("der Garten"), [4]);
}

#[test]
fn the_language_of_the_session_decides_where_words_do_not() {
    let store = holding([said(1, "Ich habe über meine Kollegen nachgedacht")]);
    assert_eq!(numbers(&store, &Cue::new("Kollege?").locale(Locale::De)), [1]);
}

#[test]
fn what_points_back_leans_on_the_words_before() {
    let store = holding([
        said(1, "My boss shouted at me about the invoice").session(session(1)),
        said(2, "The garden is full of snails").session(session(1)),
        said(3, "I have to send an invoice again").session(session(2)),
        said(4, "Like that time").session(session(2)),
    ]);
    assert_eq!(numbers(&store, &Cue::new("Like that time").outside(session(2)))[0], 1);
    assert!(!numbers(&store, &Cue::new("Like that time")).contains(&1));
}

#[test]
fn what_was_before_is_found_where_the_cue_asks_for_it() {
    let mut newer = FactRecord::new("sister", "lives in", "Bonn");
    newer.supersedes = Some(id(1));
    let store = holding([fact(1, "sister", "lives in", "Hamburg"), record(2, Body::Fact(newer))]);
    assert_eq!(numbers(&store, &Cue::new("Where does my sister live?")), [2]);
    assert_eq!(numbers(&store, &Cue::new("Where did my sister live back then?")), [2, 1]);
    let mut newer = FactRecord::new("Schwester", "wohnt in", "Bonn");
    newer.supersedes = Some(id(1));
    let store = holding([fact(1, "Schwester", "wohnt in", "Hamburg"), record(2, Body::Fact(newer))]);
    assert_eq!(numbers(&store, &Cue::new("Wo wohnt meine Schwester?")), [2]);
    assert_eq!(numbers(&store, &Cue::new("Wo hat meine Schwester früher gewohnt?")), [2, 1]);
}

#[test]
fn a_word_is_found_by_its_other_forms_and_by_words_for_the_same() {
    let store = holding([
        said(1, "The manager ignored me"),
        said(2, "Ich habe den ganzen Tag geweint"),
        said(3, "I slept on the sofa"),
        said(4, "Wir haben gestritten"),
    ]);
    assert_eq!(numbers(&store, &Cue::new("my boss")), [1]);
    assert_eq!(numbers(&store, &Cue::new("mein Chef")), [1]);
    assert_eq!(numbers(&store, &Cue::new("Warum muss ich so weinen?")), [2]);
    assert_eq!(numbers(&store, &Cue::new("Where did I sleep?")), [3]);
    assert_eq!(numbers(&store, &Cue::new("Der Streit mit ihm")), [4]);
}

#[test]
fn a_memory_that_does_not_fit_makes_room_for_one_that_does() {
    let long = format!("My umbrella is lost {}", "and gone ".repeat(60));
    let store = holding([said(1, &long), said(2, "A green umbrella in the hall of the house")]);
    assert_eq!(numbers(&store, &Cue::new("umbrella")).len(), 2);
    assert_eq!(numbers(&store, &Cue::new("umbrella").tokens(100)), [2]);
    assert!(numbers(&store, &Cue::new("umbrella").tokens(5)).is_empty());
}

#[test]
fn what_was_taken_back_rests_and_what_is_otherwise_comes_later() {
    let store = holding([
        said(1, "My brother stole money from me").session(session(1)),
        said(2, "I work at the bakery on the corner").session(session(1)),
        said(3, "What I said about my brother and the money wasn't true").session(session(2)),
        said(4, "I don't work at the bakery anymore").session(session(3)),
    ]);
    assert_eq!(numbers(&store, &Cue::new("Did my brother take money?")), [3]);
    assert_eq!(numbers(&store, &Cue::new("the bakery"))[0], 4);
    let back_then = Cue::new("What did I say back then about my brother and money?");
    assert!(numbers(&store, &back_then).contains(&1));
    let store = holding([
        said(1, "Ich habe die Prüfung bestanden").session(session(1)),
        said(2, "Das stimmt gar nicht").session(session(1)),
    ]);
    assert!(!numbers(&store, &Cue::new("Wie lief die Prüfung?").locale(Locale::De)).contains(&1));
}

#[test]
fn what_was_made_of_words_that_were_taken_back_rests_with_them() {
    use alliance_core::record::EpisodeRecord;
    // Consolidating says of each when the words were said, and writes it later.
    let made = |number, body, of, said: i64| {
        let mut record = record(number, body).session(session(of));
        record.at = at(said);
        record
    };
    let episode = |text: &str| Body::Episode(EpisodeRecord::new(text));
    let store = holding([
        said(1, "My brother stole money from me").session(session(1)),
        made(2, episode("My brother stole money from me"), 1, 1),
        said(3, "What I said about my brother and the money wasn't true").session(session(2)),
        said(5, "My sister lives in Bonn by the river").session(session(3)),
        said(6, "That's not true").session(session(3)),
        made(7, Body::Fact(FactRecord::new("sister", "lives in", "Bonn by the river")), 3, 5),
        said(8, "My garden in Bonn is by the river").session(session(4)),
    ]);
    assert_eq!(numbers(&store, &Cue::new("Did my brother take money?")), [3]);
    assert!(numbers(&store, &Cue::new("What did I say back then about my brother and money?")).contains(&2));
    let bonn = numbers(&store, &Cue::new("Is my sister in Bonn by the river?"));
    assert!(!bonn.contains(&7) && !bonn.contains(&5), "{bonn:?}");
    // What the person corrected afterwards is theirs.
    let corrected = made(9, Body::Fact(FactRecord::new("sister", "lives in", "Bonn by the river")), 5, 9);
    keep(&store, user(1), [corrected]);
    assert!(numbers(&store, &Cue::new("Is my sister in Bonn by the river?")).contains(&9));
}
