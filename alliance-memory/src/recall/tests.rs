use alliance_core::{
    recall::{Cue, RecallReason, Recaller},
    record::{Body, FactRecord, Record, TurnEndedRecord, TurnOutcome},
    store::{Forget, MemoryStore, Selection},
};
use futures::executor::block_on;

use super::Recall;
use crate::{
    InMemoryStore,
    fixture::{episode, fact, id, keep, record, said, session, shown, user},
};

fn recalled(recall: &Recall, store: &InMemoryStore, cue: &Cue) -> Vec<u128> {
    let found = block_on(recall.recall(store, user(1), cue)).unwrap();
    found.iter().map(|memory| memory.record.uuid().as_u128()).collect()
}

fn holding(records: impl IntoIterator<Item = Record>) -> (Recall, InMemoryStore) {
    let store = InMemoryStore::new();
    keep(&store, user(1), records);
    (Recall::new(), store)
}

#[test]
fn it_finds_turns_replies_facts_and_episodes() {
    let (recall, store) = holding([
        said(1, "My manager shouted at me in the corridor."),
        shown(2, "That sounds like a lonely evening."),
        fact(3, "sister", "lives_in", "Hamburg"),
        episode(4, "They went sailing on the lake.", &["Jonas"]),
    ]);
    let one = |cue: &str| recalled(&recall, &store, &Cue::new(cue));
    assert_eq!(one("what about my manager?"), [1]);
    assert_eq!(one("another lonely evening"), [2]);
    assert_eq!(one("moving to Hamburg"), [3]);
    assert_eq!(one("sailing"), [4]);
    assert!(one("the weather is fine").is_empty());
    assert!(one("").is_empty() && one("it was so, and then?").is_empty());
    let found = block_on(recall.recall(&store, user(1), &Cue::new("Hamburg"))).unwrap();
    assert_eq!(&*found[0].text, "sister lives in Hamburg");
}

#[test]
fn reasons_tell_names_from_words() {
    let (recall, store) =
        holding([episode(1, "They went sailing.", &["Jonas"]), fact(2, "dog", "name", "Bello")]);
    let reasons = |cue: &str| {
        let found = block_on(recall.recall(&store, user(1), &Cue::new(cue))).unwrap();
        found.iter().map(|memory| memory.reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons("Jonas called"), [RecallReason::Named]);
    assert_eq!(reasons("sailing again"), [RecallReason::Words]);
    assert_eq!(reasons("the dog barks"), [RecallReason::Named]);
    assert_eq!(reasons("Bello barks"), [RecallReason::Words]);
}

#[test]
fn better_matches_come_first_and_the_newer_among_equals() {
    let (recall, store) = holding([
        said(1, "the exam and a night train"),
        said(2, "the exam went wrong"),
        said(3, "a train was late"),
        said(4, "the exam came early"),
    ]);
    assert_eq!(recalled(&recall, &store, &Cue::new("exam, train")), [1, 3, 4, 2]);
    assert_eq!(recalled(&recall, &store, &Cue::new("exam, train").limit(2)), [1, 3]);
    assert!(recalled(&recall, &store, &Cue::new("exam, train").limit(0)).is_empty());
}

#[test]
fn the_running_session_is_left_out() {
    let (recall, store) = holding([
        said(1, "the exam went wrong").session(session(1)),
        said(2, "exam tomorrow").session(session(2)),
        fact(3, "exam", "subject", "law"),
    ]);
    assert_eq!(recalled(&recall, &store, &Cue::new("my exam").outside(session(2))), [3, 1]);
}

#[test]
fn what_is_said_twice_is_recalled_once_but_not_its_denial() {
    let (recall, store) = holding([
        said(1, "I told my father"),
        said(2, "I told my father!"),
        said(3, "I have not told my father"),
    ]);
    assert_eq!(recalled(&recall, &store, &Cue::new("father")), [3, 2]);
}

#[test]
fn a_fact_that_was_superseded_rests() {
    let (recall, store) = holding([fact(1, "sister", "lives in", "Hamburg")]);
    let mut newer = FactRecord::new("sister", "lives in", "Bonn");
    newer.supersedes = Some(id(1));
    assert_eq!(recalled(&recall, &store, &Cue::new("my sister")), [1]);
    keep(&store, user(1), [record(2, Body::Fact(newer))]);
    assert_eq!(recalled(&recall, &store, &Cue::new("my sister")), [2]);
}

#[test]
fn fixed_texts_are_no_memories() {
    let crisis = TurnEndedRecord::new("Please call the crisis line.", TurnOutcome::Crisis);
    let (recall, store) = holding([record(1, Body::TurnEnded(crisis))]);
    assert!(recalled(&recall, &store, &Cue::new("the crisis line")).is_empty());
}

#[test]
fn a_long_message_with_one_shared_word_abstains() {
    let many = (1..=200).map(|n| said(n, if n % 4 == 0 { "dinner alone" } else { "quiet walk" }));
    let (recall, store) = holding(many);
    let cue = Cue::new("My colleague borrowed the projector before dinner and lost its cable in traffic");
    assert!(recalled(&recall, &store, &cue).is_empty());
}

#[test]
fn forms_of_words_meet_in_both_languages() {
    let (recall, store) =
        holding([said(1, "I was sleeping badly"), said(2, "Meine Kollegen lachen über mich")]);
    assert_eq!(recalled(&recall, &store, &Cue::new("How did you sleep?")), [1]);
    assert_eq!(recalled(&recall, &store, &Cue::new("der KOLLEGE")), [2]);
}

#[test]
fn it_follows_logs_longer_than_a_page() {
    let many = (1..=2500).map(|n| said(n, if n == 2400 { "a violet umbrella" } else { "quiet" }));
    let (recall, store) = holding(many);
    assert_eq!(recalled(&recall, &store, &Cue::new("umbrella")), [2400]);
    assert_eq!(block_on(store.read(user(1), &Selection::all())).unwrap().records.len(), Selection::MAX);
}

#[test]
fn few_people_stay_open_and_none_lose_anything() {
    let store = InMemoryStore::new();
    let recall = Recall::new().open_people(2);
    for round in 0..2 {
        for person in 1..=4 {
            keep(&store, user(person), [said(person * 10 + round, "umbrella")]);
            let found = block_on(recall.recall(&store, user(person), &Cue::new("umbrella"))).unwrap();
            assert_eq!(found[0].record, id(person * 10 + round));
        }
    }
    assert_eq!(format!("{recall:?}"), "Recall(2 people open)");
    recall.close(user(4));
    assert_eq!(format!("{:?}", recall.clone().open_people(0)), "Recall(0 people open)");
    let found = block_on(recall.recall(&store, user(1), &Cue::new("umbrella"))).unwrap();
    assert_eq!((found.len(), format!("{recall:?}")), (1, "Recall(0 people open)".to_owned()));
}

#[test]
fn erasing_a_person_empties_recall() {
    let (recall, store) = holding([said(1, "umbrella")]);
    assert_eq!(recalled(&recall, &store, &Cue::new("umbrella")), [1]);
    block_on(store.forget(user(1), &Forget::Everything)).unwrap();
    assert!(recalled(&recall, &store, &Cue::new("umbrella")).is_empty());
    keep(&store, user(1), [said(2, "umbrella")]);
    assert_eq!(recalled(&recall, &store, &Cue::new("umbrella")), [2]);
}
