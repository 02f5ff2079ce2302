//! R1, R3, R4 and R5, and that an index kept current answers like one that was just made.

use std::collections::BTreeSet;

use alliance_core::{
    recall::{Cue, Recaller},
    store::{Forget, MemoryStore},
    token::{ByteEstimate, TokenCounter},
};
use futures::executor::block_on;
use proptest::{collection::vec, prelude::*};

use super::Recall;
use crate::{
    InMemoryStore,
    fixture::{at, id, keep, said, session, shown, user},
};

// Words of two vocabularies that share no letter, so that no fold can make them meet.
fn known() -> impl Strategy<Value = String> {
    text("[bcdg]{2}[ao][bcdg]{2}")
}

fn strange() -> impl Strategy<Value = String> {
    text("[klmp]{2}[iu][klmp]{2}")
}

fn text(word: &'static str) -> impl Strategy<Value = String> {
    vec(word, 1..8).prop_map(|words| words.join(" "))
}

#[derive(Clone, Debug)]
enum Step {
    Keep(u128, Vec<String>),
    Forget(u128, Vec<u128>),
    Ask(u128, String, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0_u128..3, vec(text("[bcd][ao][bcd]"), 1..4)).prop_map(|(who, texts)| Step::Keep(who, texts)),
        1 => (0_u128..3, vec(0_u128..60, 1..4)).prop_map(|(who, ids)| Step::Forget(who, ids)),
        3 => (0_u128..3, text("[bcd][ao][bcd]"), 0_usize..60)
            .prop_map(|(who, cue, tokens)| Step::Ask(who, cue, tokens)),
    ];
    vec(step, 1..40)
}

proptest! {
    #[test]
    fn recall_follows_the_store_and_keeps_to_one_person(steps in steps()) {
        let store = InMemoryStore::new();
        let kept = Recall::new().open_people(2);
        let mut held: [BTreeSet<u128>; 3] = Default::default();
        let mut next = 0;
        for step in steps {
            match step {
                Step::Keep(who, texts) => {
                    for text in texts {
                        let record = if next % 2 == 0 { said(next, &text) } else { shown(next, &text) };
                        keep(&store, user(who), [record.session(session(next / 5))]);
                        held[who as usize].insert(next);
                        next += 1;
                    }
                }
                Step::Forget(who, numbers) => {
                    // An id that was named before it came would be refused.
                    let ids = numbers.iter().copied().filter(|number| *number < next).map(id).collect();
                    block_on(store.forget(user(who), &Forget::Records(ids))).unwrap();
                    held[who as usize].retain(|number| !numbers.contains(number));
                }
                Step::Ask(who, cue, tokens) => {
                    let cue = Cue::new(cue).limit(5).tokens(tokens).outside(session(next / 5));
                    let found = block_on(kept.recall(&store, user(who), &cue)).unwrap();
                    let own = &held[who as usize];
                    prop_assert!(found.iter().all(|memory| own.contains(&memory.record.uuid().as_u128())));
                    prop_assert!(found.len() <= 5 && found.is_sorted_by(|a, b| a.score >= b.score));
                    let taken: usize = found.iter().map(|memory| ByteEstimate.count(&memory.text)).sum();
                    prop_assert!(taken <= tokens);
                    let fresh = block_on(Recall::new().recall(&store, user(who), &cue)).unwrap();
                    prop_assert_eq!(found, fresh);
                }
            }
        }
    }

    #[test]
    fn a_cue_that_shares_no_content_word_recalls_nothing(texts in vec(known(), 0..30), cue in strange()) {
        let store = InMemoryStore::new();
        keep(&store, user(1), (0..).zip(&texts).map(|(number, text)| said(number, &format!("I was not {text}"))));
        let cue = Cue::new(format!("I was not {cue}")).limit(1000);
        let recall = Recall::new().threshold(0.0);
        prop_assert!(block_on(recall.recall(&store, user(1), &cue)).unwrap().is_empty());
        prop_assert!(block_on(Recall::new().recall(&store, user(1), &cue)).unwrap().is_empty());
    }

    #[test]
    fn what_was_appended_is_found_and_what_was_erased_is_not(texts in vec(known(), 0..30), wanted in strange()) {
        let (store, recall) = (InMemoryStore::new(), Recall::new());
        keep(&store, user(1), (1..).zip(&texts).map(|(number, text)| said(number, text)));
        let ask = || block_on(recall.recall(&store, user(1), &Cue::new(wanted.as_str()))).unwrap();
        prop_assert!(ask().is_empty());
        keep(&store, user(1), [said(0, &wanted)]);
        let found = ask();
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].record, id(0));
        block_on(store.forget(user(1), &Forget::Records(vec![id(0)]))).unwrap();
        prop_assert!(ask().is_empty());
    }

    #[test]
    fn no_text_makes_it_panic(texts in vec(any::<String>(), 0..10), cue in any::<String>()) {
        let store = InMemoryStore::new();
        keep(&store, user(1), (0..).zip(&texts).map(|(number, text)| said(number, text)));
        let cue = Cue::new(cue).at(at(1_700_000_000_000));
        prop_assert!(block_on(Recall::new().recall(&store, user(1), &cue)).unwrap().len() <= cue.limit);
    }

    // Dates of all kinds, in words and figures, for any present moment.
    #[test]
    fn no_time_makes_it_panic(words in vec(prop_oneof![
        Just("last"), Just("letzten"), Just("vor"), Just("in"), Just("ago"), Just("days"), Just("Wochen"), Just("Jahren"), Just("May"),
        Just("März"), Just("2023"), Just("31"), Just("999"), Just("a"), Just("few"), Just("paar"), Just("Monday"), Just("winter"), Just("week"),
    ], 0..8), now in any::<i64>()) {
        let store = InMemoryStore::new();
        keep(&store, user(1), [said(1, "May, Monday and winter")]);
        let cue = Cue::new(words.join(" ")).at(at(now));
        prop_assert!(block_on(Recall::new().recall(&store, user(1), &cue)).unwrap().len() <= 1);
    }
}
