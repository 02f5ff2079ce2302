//! The embedder against its contract, the tokeniser of the model it comes from, and what it is for.

use std::sync::LazyLock;

use alliance_core::{host::Embedder, testing::block_on};
use proptest::prelude::*;

use super::{FILE, StaticEmbedder, table::Table};
use crate::recall::checksum;

fn embedder() -> StaticEmbedder {
    static READ: LazyLock<StaticEmbedder> = LazyLock::new(|| StaticEmbedder::built_in().unwrap());
    READ.clone()
}

mod laws {
    alliance_core::embedder_laws!(super::embedder);
}

fn closeness(embedder: &StaticEmbedder, one: &str, other: &str) -> f32 {
    embedder.vector(one).iter().zip(embedder.vector(other)).map(|(a, b)| a * b).sum()
}

#[test]
fn what_means_the_same_is_closer_than_what_does_not() {
    let embedder = embedder();
    let rows = [
        ("My puppy chews on everything", "the dog destroyed my shoes", "the train was late again"),
        ("I cannot sleep at night", "lying awake until morning", "we painted the kitchen green"),
        ("She got a new job", "her first day at the office", "the soup needs more salt"),
        ("We went swimming in the lake", "a day at the beach", "my boss shouted at me"),
        ("Mum's funeral was on Monday", "grieving over my mother's death", "the printer is out of paper"),
        ("He plays the violin", "a concert of classical music", "the doctor looked at my knee"),
        ("I am afraid of flying", "panic on the plane", "he likes to bake bread"),
    ];
    for (text, near, far) in rows {
        let (near, far) = (closeness(&embedder, text, near), closeness(&embedder, text, far));
        assert!(near > far + 0.1, "{text}: {near} to {far}");
    }
}

/// The rows that the model's own tokeniser gives, written by the program that made the vectors.
#[test]
fn pieces_are_those_of_the_models_tokeniser() {
    let expected = include_str!("../../data/static_embedder/pieces.jsonl");
    let embedder = embedder();
    for line in expected.lines() {
        let (text, expected): (String, Vec<usize>) = serde_json::from_str(line).unwrap();
        let mut found = Vec::new();
        embedder.words(&text, |rows| found.extend_from_slice(rows));
        assert_eq!(found, expected, "{text}");
    }
    assert!(expected.lines().count() >= 12);
}

#[test]
fn a_damaged_file_is_refused() {
    assert!(Table::read(FILE).is_ok());
    let read = |bytes: Vec<u8>| Table::read(bytes.leak()).err().map(|error| error.reason);
    assert_eq!(read(Vec::new()), Some("it is cut off"));
    assert_eq!(read(b"allivecs".to_vec()), Some("it holds something else"));
    assert_eq!(read(FILE[..FILE.len() - 1].to_vec()), Some("its checksum is another"));
    for place in [8, 30, FILE.len() / 2, FILE.len() - 1] {
        let mut bytes = FILE.to_vec();
        bytes[place] ^= 1;
        assert_eq!(read(bytes), Some("its checksum is another"), "{place}");
    }
}

/// A file with a checksum that fits, so that the rest is looked at.
fn file(version: u32, dimensions: u32, pieces: [&[&str]; 2], scale: f32, more: &[u8]) -> &'static [u8] {
    let all = pieces.concat();
    let numbers = [version, dimensions, pieces[0].len() as u32, pieces[1].len() as u32];
    let mut bytes = b"allivecs".to_vec();
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend(all.iter().map(|piece| piece.len() as u8));
    bytes.extend(all.iter().flat_map(|piece| piece.bytes()));
    bytes.extend(all.iter().flat_map(|_| scale.to_le_bytes()));
    bytes.extend(std::iter::repeat_n(1, all.len() * dimensions as usize));
    bytes.extend(more);
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes.leak()
}

#[test]
fn a_file_whose_parts_do_not_fit_is_refused() {
    let read = |file| Table::read(file).err().map(|error| error.reason);
    let pieces: [&[&str]; 2] = [&["a", "ab", "b"], &["b"]];
    assert_eq!(read(file(1, 2, pieces, 1.0, &[])), None);
    assert_eq!(read(file(2, 2, pieces, 1.0, &[])), Some("its version is another"));
    let unfit = Some("its parts do not fit");
    assert_eq!(read(file(1, 0, pieces, 1.0, &[])), unfit);
    assert_eq!(read(file(1, u32::MAX, [&[], &[]], 1.0, &[])), unfit);
    assert_eq!(read(file(1, 2, pieces, f32::NAN, &[])), unfit);
    assert_eq!(read(file(1, 2, pieces, 1.0, &[0])), unfit);
    assert_eq!(read(file(1, 2, [&["b", "a"], &[]], 1.0, &[])), unfit);
    assert_eq!(read(file(1, 2, [&["a"], &["b", "b"]], 1.0, &[])), unfit);
    assert_eq!(read(file(1, 2, [&["ü"], &[]], 1.0, &[])), unfit);
}

#[test]
fn the_longest_piece_comes_first_and_a_word_is_known_whole_or_not() {
    let pieces: [&[&str]; 2] = [&["a", "abc", "b"], &["bd", "c", "d"]];
    let table = Table::read(file(1, 1, pieces, 1.0, &[])).unwrap();
    let split = |word| {
        let mut rows = Vec::new();
        table.split(word, &mut rows).then_some(rows)
    };
    assert_eq!(split("abc"), Some(vec![1]));
    assert_eq!(split("abcc"), Some(vec![1, 4]));
    assert_eq!(split("abd"), Some(vec![0, 3]));
    assert_eq!(split("abx"), None);
    assert_eq!(split("bab"), None);
}

#[test]
fn nothing_known_is_close_to_nothing() {
    let embedder = embedder();
    for text in [
        "",
        "…",
        "😀",
        "今日は",
        "слово",
        &"x".repeat(1_000),
        "Ich kann seit Wochen nicht mehr richtig schlafen.",
        "Meine Schwester hat eine neue Arbeit gefunden.",
        "No puedo dormir desde hace semanas.",
    ] {
        assert!(embedder.vector(text).iter().all(|entry| *entry == 0.0), "{text}");
    }
}

#[test]
fn debug_shows_no_words() {
    let shown = format!("{:?}", embedder());
    assert!(shown.starts_with("StaticEmbedder(") && shown.ends_with(" dimensions)"), "{shown}");
}

proptest! {
    #[test]
    fn any_text_has_a_vector_of_length_one_or_none(text in any::<String>(), more in "[a-zA-Zäß' .!]{0,60}") {
        let embedder = embedder();
        for text in [&text, &more] {
            let vector = embedder.vector(text);
            let length = vector.iter().map(|entry| entry * entry).sum::<f32>().sqrt();
            prop_assert!(vector.iter().all(|entry| entry.is_finite()));
            prop_assert!(length == 0.0 || (length - 1.0).abs() < 1e-4, "{length}");
            prop_assert_eq!(&vector, &block_on(embedder.embed(&[text])).unwrap().pop().unwrap());
        }
    }
}
