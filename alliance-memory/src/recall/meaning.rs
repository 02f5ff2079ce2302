//! Recall with an embedder: what means something close is found, and a bad embedder costs nothing but that.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alliance_core::{
    host::{Embedder, HostError, HostErrorKind},
    recall::{Cue, RecallReason, Recaller},
    store::{Forget, MemoryStore},
};
use async_trait::async_trait;
use futures::executor::block_on;

use super::Recall;
use crate::{
    InMemoryStore,
    fixture::{id, keep, said, user},
};

/// Knows three things: water, animals, and the rest.
#[derive(Clone, Debug, Default)]
struct Topics {
    embedded: Arc<AtomicUsize>,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Fault {
    #[default]
    None,
    Fails,
    TooFew,
    TooShort,
}

#[async_trait]
impl Embedder for Topics {
    fn dimensions(&self) -> usize {
        3
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError> {
        self.embedded.fetch_add(texts.len(), Ordering::Relaxed);
        let topic =
            |text: &str, words: &[&str]| words.iter().filter(|word| text.contains(**word)).count() as f32;
        let vector = |text: &&str| {
            vec![topic(text, &["lake", "swim", "sea"]), topic(text, &["tail", "puppy", "paw"]), 0.1]
        };
        let mut vectors: Vec<Vec<f32>> = texts.iter().map(vector).collect();
        match self.fault {
            Fault::None => {}
            Fault::Fails => return Err(HostError::new(HostErrorKind::Unavailable)),
            Fault::TooFew => drop(vectors.pop()),
            Fault::TooShort => vectors.iter_mut().for_each(|vector| vector.truncate(2)),
        }
        Ok(vectors)
    }
}

mod laws {
    alliance_core::embedder_laws!(super::Topics::default);
}

fn store() -> InMemoryStore {
    let store = InMemoryStore::new();
    let texts = ["My puppy chews on everything", "We rented a cabin by the lake", "The bus was late"];
    keep(&store, user(1), (1..).zip(texts).map(|(number, text)| said(number, text)));
    store
}

fn found(recall: &Recall, store: &InMemoryStore, cue: &str) -> Vec<(u128, RecallReason)> {
    let found = block_on(recall.recall(store, user(1), &Cue::new(cue))).unwrap();
    found.iter().map(|memory| (memory.record.uuid().as_u128(), memory.reason)).collect()
}

#[test]
fn what_means_something_close_is_found() {
    let (store, topics) = (store(), Topics::default());
    let recall = Recall::new().embedder(topics.clone());
    assert_eq!(found(&recall, &store, "a wagging tail"), [(1, RecallReason::Meaning)]);
    assert_eq!(found(&recall, &store, "to swim"), [(2, RecallReason::Meaning)]);
    assert_eq!(found(&recall, &store, "that bus")[0], (3, RecallReason::Words));
    assert!(found(&Recall::new(), &store, "a wagging tail").is_empty(), "words alone do not tell");
    // Three memories once each, and three cues.
    assert_eq!(topics.embedded.load(Ordering::Relaxed), 6);
    keep(&store, user(1), [said(4, "I walked by the sea")]);
    assert_eq!(found(&recall, &store, "to swim"), [(4, RecallReason::Meaning), (2, RecallReason::Meaning)]);
    assert_eq!(topics.embedded.load(Ordering::Relaxed), 8);
}

/// Knows the same, and calls nothing close.
#[derive(Debug)]
struct Distant(Topics);

#[async_trait]
impl Embedder for Distant {
    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError> {
        self.0.embed(texts).await
    }

    fn close(&self) -> f32 {
        1.5
    }
}

#[test]
fn the_embedder_says_what_is_close() {
    let recall = Recall::new().embedder(Arc::new(Distant(Topics::default())));
    assert!(found(&recall, &store(), "a wagging tail").is_empty());
    assert_eq!(found(&recall, &store(), "that bus")[0], (3, RecallReason::Words));
}

#[test]
fn words_and_meaning_together_come_first() {
    let store = store();
    keep(&store, user(1), [said(4, "The cabin had no heating")]);
    let recall = Recall::new().embedder(Topics::default());
    let numbers: Vec<_> = found(&recall, &store, "the cabin where we could swim")
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(numbers, [2, 4]);
}

#[test]
fn an_embedder_that_fails_or_breaks_its_contract_leaves_the_words() {
    for fault in [Fault::Fails, Fault::TooFew, Fault::TooShort] {
        let recall = Recall::new().embedder(Topics { fault, ..Topics::default() });
        let store = store();
        assert_eq!(found(&recall, &store, "the bus"), [(3, RecallReason::Words)], "{fault:?}");
        assert!(found(&recall, &store, "a wagging tail").is_empty(), "{fault:?}");
    }
}

#[test]
fn many_memories_are_embedded_in_parts_and_what_is_erased_goes() {
    let store = InMemoryStore::new();
    let text = |number: u128| if number == 150 { "the puppy".to_owned() } else { format!("word{number}") };
    keep(&store, user(1), (0..200).map(|number| said(number, &text(number))));
    let recall = Recall::new().embedder(Topics::default());
    assert_eq!(found(&recall, &store, "tail"), [(150, RecallReason::Meaning)]);
    block_on(store.forget(user(1), &Forget::Records(vec![id(150)]))).unwrap();
    assert!(found(&recall, &store, "tail").is_empty());
    keep(&store, user(1), [said(300, "a tail")]);
    assert_eq!(found(&recall, &store, "puppy"), [(300, RecallReason::Meaning)]);
}
