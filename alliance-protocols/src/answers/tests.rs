use alliance_core::safety::Locale;
use proptest::prelude::*;

use super::{Figure, Scale, Spoken, choice, clipped, corrected, list, number, text, yes_no};
use crate::{
    definition::{Better, Split},
    pack::{Pack, Packs},
};

fn pack(locale: Locale) -> &'static Pack {
    Packs::built_in().unwrap().of(locale)
}

const TEN: Scale = Scale { min: 0, max: 10, better: Better::Down, rating: true };
const HUNDRED: Scale = Scale { max: 100, ..TEN };

fn rated(locale: Locale, said: &str, scale: Scale) -> Option<i64> {
    match number(said, scale, pack(locale)) {
        Figure::Value(value) => Some(value),
        Figure::Outside => Some(-1),
        Figure::None => None,
    }
}

#[test]
fn ratings_in_english() {
    for (said, expected) in [
        ("7", Some(7)),
        ("Seven.", Some(7)),
        ("maybe a 7, I think", Some(7)),
        ("7/10", Some(7)),
        ("7 out of 10", Some(7)),
        ("ten out of ten", Some(10)),
        ("70%", Some(7)),
        ("about 70 percent", Some(7)),
        ("seven and a half", Some(8)),
        ("7.5", Some(8)),
        ("6½", Some(7)),
        ("between six and seven", Some(7)),
        ("6-7", Some(7)),
        ("six or seven", Some(7)),
        ("one", Some(1)),
        ("one or two", Some(2)),
        ("7, no, 8", Some(8)),
        ("11", Some(-1)),
        ("-3", Some(-1)),
        ("very strong", None),
        ("I slept for 3 hours", None),
        ("no one called", None),
        ("3, 5 and 9", None),
        ("", None),
    ] {
        assert_eq!(rated(Locale::En, said, TEN), expected, "{said}");
    }
    for (said, expected) in
        [("seventy-five", 75), ("ninety two", 92), ("a hundred", 100), ("70 to 75 %", 73), ("8/10", 80)]
    {
        assert_eq!(rated(Locale::En, said, HUNDRED), Some(expected), "{said}");
    }
}

#[test]
fn ratings_in_german() {
    for (said, expected) in [
        ("sieben", Some(7)),
        ("eine Sieben", Some(7)),
        ("7 von 10", Some(7)),
        ("zwischen 6 und 7", Some(7)),
        ("sechs bis sieben", Some(7)),
        ("siebeneinhalb", Some(8)),
        ("7,5", Some(8)),
        ("eher eine Acht", Some(8)),
        ("ungefähr 70 Prozent", Some(7)),
        ("ganz stark", None),
        ("elf", Some(-1)),
        ("ich habe drei Stunden geschlafen", None),
    ] {
        assert_eq!(rated(Locale::De, said, TEN), expected, "{said}");
    }
    for (said, expected) in
        [("dreiundzwanzig", 23), ("fünfundneunzig", 95), ("hundert", 100), ("einundachtzig", 81)]
    {
        assert_eq!(rated(Locale::De, said, HUNDRED), Some(expected), "{said}");
    }
}

#[test]
fn halves_go_to_the_side_that_is_worse() {
    let mood = Scale { better: Better::Up, ..TEN };
    assert_eq!(rated(Locale::En, "two to three", mood), Some(2));
    assert_eq!(rated(Locale::En, "two to three", TEN), Some(3));
}

#[test]
fn every_number_word_to_a_hundred_is_known() {
    for locale in Locale::ALL {
        let words = &pack(locale).numbers.words;
        for value in 0..=100_i64 {
            // "one" is a number only where nothing else is said.
            assert!(words.values().any(|known| *known == value), "{value} in {locale}");
        }
    }
}

#[test]
fn yes_and_no() {
    let said = |locale, text: &str| yes_no(&Spoken::new(text), pack(locale));
    for text in [
        "yes",
        "Yes, please.",
        "I guess so",
        "sure",
        "ok",
        "why not",
        "sounds good",
        "a bit",
        "Well, I suppose so.",
    ] {
        assert_eq!(said(Locale::En, text), Some(true), "{text}");
    }
    for text in [
        "no",
        "No thanks",
        "not really",
        "rather not",
        "I don't think so",
        "Honestly, I'd rather not",
        "not now",
    ] {
        assert_eq!(said(Locale::En, text), Some(false), "{text}");
    }
    for text in ["ja", "Ja, gern", "klar", "meinetwegen", "warum nicht", "ich denke schon", "von mir aus"] {
        assert_eq!(said(Locale::De, text), Some(true), "{text}");
    }
    for text in ["nein", "eher nicht", "Nein danke", "lieber nicht", "nicht wirklich", "jetzt nicht"] {
        assert_eq!(said(Locale::De, text), Some(false), "{text}");
    }
    for text in [
        "maybe",
        "I don't know",
        "yes and no",
        "yes, but not now",
        "There is no light in the hall",
        "not sure",
    ] {
        assert_eq!(said(Locale::En, text), None, "{text}");
    }
}

#[test]
fn choices() {
    let talk: &[String] = &["talk".into(), "just talk".into()];
    let calm: &[String] = &["calm down".into(), "calm".into()];
    let meant = |text: &str| choice(&Spoken::new(text), &[talk, calm], None, pack(Locale::En));
    assert_eq!(meant("I'd like to just talk."), Some(0));
    assert_eq!(meant("calm down please"), Some(1));
    assert_eq!(meant("I don't want to talk, calm down"), Some(1));
    assert_eq!(meant("the second one"), Some(1));
    assert_eq!(meant("1"), Some(0));
    assert_eq!(meant("talk or calm"), None);
    assert_eq!(meant("something else"), None);
    let wins = |text: &str| choice(&Spoken::new(text), &[talk, calm], Some(1), pack(Locale::En));
    assert_eq!(wins("just talk, or calm"), Some(1), "the one that wins, whatever else is said");
    assert_eq!(wins("just talk"), Some(0));
    assert_eq!(wins("just talk, and really not calm"), Some(0));
    assert_eq!(wins("not calm, just talk"), Some(0), "a no ends at a comma");
    assert_eq!(wins("I don't know, calm"), Some(1));
}

#[test]
fn lists() {
    let items = |locale, text: &str, split| list(text, split, pack(locale));
    let found = items(Locale::En, "I can see a lamp, a chair and the door", Split::Items);
    assert_eq!(found.items, ["a lamp", "a chair", "the door"]);
    let found =
        items(Locale::De, "Ich sehe eine Lampe, einen Stuhl und die Tür. Das war alles.", Split::Items);
    assert_eq!(found.items, ["eine Lampe", "einen Stuhl", "die Tür"]);
    assert!(found.all);
    let found = items(Locale::En, "I was late, and she left\n2. nobody called", Split::Lines);
    assert_eq!(found.items, ["I was late, and she left", "nobody called"]);
    let found = items(Locale::En, "3 friends left me\n1) 2 exams failed\n- 2.5 hours of sleep", Split::Lines);
    assert_eq!(found.items, ["3 friends left me", "2 exams failed", "2.5 hours of sleep"]);
    let found = items(Locale::En, "2 cars, 3 birds", Split::Items);
    assert_eq!(found.items, ["2 cars", "3 birds"]);
    assert!(items(Locale::En, "that's all", Split::Items).items.is_empty());
    assert!(items(Locale::En, "I don't know", Split::Items).items.is_empty());
}

#[test]
fn no_debug_shows_what_was_said() {
    let said = "quietword";
    let found = list(said, Split::Items, pack(Locale::En));
    for shown in [format!("{found:?}"), format!("{:?}", Spoken::new(said))] {
        assert!(!shown.contains(said), "{shown}");
    }
}

#[test]
fn what_is_no_answer_to_an_open_question() {
    let answer = |locale, said: &str| text(said, &Spoken::new(said), pack(locale));
    for said in ["", "ok", "no", "Hi", "hmm", "I don't know", "What do you mean?", "...", "🙂"] {
        assert_eq!(answer(Locale::En, said), None, "{said}");
    }
    for said in ["weiß nicht", "keine Ahnung", "Wie meinst du das?", "ja"] {
        assert_eq!(answer(Locale::De, said), None, "{said}");
    }
    assert_eq!(answer(Locale::En, " alone "), Some("alone".to_owned()));
    assert_eq!(answer(Locale::En, "I was \u{202e}late\u{0}"), Some("I was late".to_owned()));
}

#[test]
fn corrections() {
    assert_eq!(corrected("No, I meant 4", pack(Locale::En)), "4");
    assert_eq!(corrected("not that", pack(Locale::En)), "");
    assert_eq!(corrected("Nein, ich meinte meine Schwester", pack(Locale::De)), "meine Schwester");
    assert_eq!(corrected("nothing to strip", pack(Locale::En)), "nothing to strip");
}

#[test]
fn no_text_of_the_pack_shouts() {
    for locale in Locale::ALL {
        for (name, variants) in pack(locale).texts.all() {
            assert!(!variants.is_empty(), "{name}");
            assert!(variants.iter().all(|text| !text.contains('!')), "{name} in {locale}");
            assert_eq!(
                variants.len(),
                pack(Locale::En).texts.of(name).len(),
                "{name} has as many variants in {locale}"
            );
        }
    }
}

proptest! {
    /// Whatever is said, a rating is on its scale.
    #[test]
    fn a_rating_is_on_its_scale(said in ".{0,80}", min in -5_i64..5, width in 1_i64..200) {
        let scale = Scale { min, max: min + width, ..TEN };
        for locale in Locale::ALL {
            if let Figure::Value(value) = number(&said, scale, pack(locale)) {
                prop_assert!((min..=min + width).contains(&value));
            }
        }
    }

    /// A number that is said alone is the number that is echoed.
    #[test]
    fn a_number_said_alone_is_that_number(value in 0_i64..=100) {
        for locale in Locale::ALL {
            prop_assert_eq!(rated(locale, &value.to_string(), HUNDRED), Some(value));
            for (word, known) in pack(locale).numbers.words.iter().filter(|(_, known)| **known == value) {
                prop_assert_eq!(rated(locale, word, HUNDRED), Some(*known), "{}", word);
            }
        }
    }

    /// Nothing that is said makes reading fail, and items are bounded.
    #[test]
    fn reading_is_total(said in "\\PC{0,300}") {
        let spoken = Spoken::new(&said);
        for locale in Locale::ALL {
            let pack = pack(locale);
            yes_no(&spoken, pack);
            text(&said, &spoken, pack);
            corrected(&said, pack);
            for split in [Split::Items, Split::Lines] {
                prop_assert!(list(&said, split, pack).items.len() <= 20);
            }
        }
    }

    /// What is shown is never longer than asked for, the mark of the cut aside.
    #[test]
    fn clipping_is_bounded(said in "\\PC{0,400}", most in 2_usize..200) {
        prop_assert!(clipped(&said, most).chars().count() <= most);
    }
}
