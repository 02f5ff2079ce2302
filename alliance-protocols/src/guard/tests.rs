use alliance_core::protocol::{Progress, ProtocolId, SlotValue};
use proptest::prelude::*;

use super::{Guard, MOST_BYTES, Names, World};
use crate::definition::SlotKind;

struct Some3;

impl Names for Some3 {
    fn slot(&self, name: &str) -> Option<SlotKind> {
        match name {
            "d0" | "d1" => Some(SlotKind::Rating),
            "see" => Some(SlotKind::List),
            "agree" => Some(SlotKind::YesNo),
            "way" => Some(SlotKind::Choice),
            _ => None,
        }
    }

    fn choices(&self, _: &str) -> Vec<&str> {
        vec!["talk", "rest"]
    }

    fn slots(&self) -> Vec<&str> {
        vec!["d0", "d1", "see", "agree", "way"]
    }

    fn states(&self) -> Vec<&str> {
        vec!["offer"]
    }
}

fn progress() -> Progress {
    let mut progress = Progress::at(ProtocolId::new("test", 1), "offer");
    progress.slots.insert("d0".into(), SlotValue::Number(4));
    progress.slots.insert("agree".into(), SlotValue::Choice("yes".into()));
    progress
}

fn holds(text: &str) -> bool {
    let progress = progress();
    Guard::read(text, &Some3).unwrap().holds(World { progress: &progress, outcome: None })
}

#[test]
fn comparisons_and_words() {
    for text in [
        "d0 == 4",
        "d0 + 1 > 4",
        "agree == yes",
        "no != agree",
        "filled(d0) and not filled(d1)",
        "count(see) == 0",
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn a_comparison_with_an_empty_slot_is_false_whatever_it_is() {
    for text in [
        "d1 < 3",
        "d1 >= 3",
        "d1 == d1",
        "d0 != d1",
        "way == talk",
        "way != talk",
        "outcome == parked",
        "elapsed() < 5",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn and_binds_more_than_or() {
    assert!(holds("d0 == 4 or d0 == 4 and d0 == 5"));
    assert!(!holds("(d0 == 4 or d0 == 4) and d0 == 5"));
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}d0 == 4{}", "(".repeat(50), ")".repeat(50));
    assert!(Guard::read(&deep, &Some3).unwrap_err().message.contains("nests"));
    let long = vec!["d0 == 4"; MOST_BYTES].join(" and ");
    assert!(Guard::read(&long, &Some3).unwrap_err().message.contains("bytes"));
    assert!(Guard::read(&"not ".repeat(60), &Some3).is_err());
}

proptest! {
    /// Any text is read or refused, at a place inside of it, and what is read can be evaluated.
    #[test]
    fn reading_is_total(text in ".{0,500}") {
        match Guard::read(&text, &Some3) {
            Ok(guard) => { guard.holds(World { progress: &progress(), outcome: None }); }
            Err(error) => prop_assert!(error.at <= text.len()),
        }
    }

    /// The same for texts made of the words of the language.
    #[test]
    fn reading_words_is_total(words in proptest::collection::vec(prop_oneof![
        Just("d0"), Just("see"), Just("agree"), Just("yes"), Just("and"), Just("or"), Just("not"), Just("("), Just(")"),
        Just("=="), Just("<"), Just("+"), Just("-"), Just("9223372036854775807"), Just("count(see)"), Just("done()"),
        Just("filled(d1)"), Just("turns()"), Just("outcome"), Just("parked"),
    ], 0..60)) {
        let text = words.join(" ");
        match Guard::read(&text, &Some3) {
            Ok(guard) => { guard.holds(World { progress: &progress(), outcome: None }); }
            Err(error) => prop_assert!(error.at <= text.len()),
        }
    }
}
