//! The data files.

use alliance_core::safety::Locale;

use super::{FORBIDDEN, Talk, layer};
use crate::reflective::book::{Book, Pool};

fn pools(book: &Book) -> Vec<(&str, &Pool, bool)> {
    let talk = &book.talk;
    let mut pools = vec![
        ("reflect", &talk.reflect, false),
        ("ask", &talk.ask, true),
        ("ask_open", &talk.ask_open, true),
        ("support", &talk.support, false),
        ("invite", &talk.invite, false),
        ("who", &talk.who, false),
        ("feeling_topic", &talk.feeling_topic, false),
        ("other_feels", &talk.other_feels, false),
        ("repeated", &talk.repeated, false),
        ("long", &talk.long, false),
        ("remembered", &talk.remembered, false),
        ("summary", &talk.summary, false),
        ("summary_ask", &talk.summary_ask, true),
        ("last", &talk.last, false),
    ];
    for rule in &book.rules {
        pools.push((&rule.id, &rule.say, false));
        pools.push((&rule.id, &rule.ask, true));
    }
    pools
}

#[test]
fn every_file_loads_and_keeps_the_rules_of_the_house() {
    for locale in Locale::ALL {
        let book = Book::of(locale).unwrap();
        for (name, pool, asks) in pools(book) {
            for phrase in pool {
                let text = &phrase.text;
                assert_eq!(text.contains('?'), asks, "{name}: {text}");
                assert!(phrase.anchor.len() >= 4, "{name}: {text} cannot be found again");
                let lower = text.to_lowercase();
                let marker =
                    FORBIDDEN.iter().find(|marker| **marker != "diagnos" && lower.contains(**marker));
                assert_eq!(marker, None, "{name}: {text}");
            }
        }
        for needed in ["wordless", "foreign", "other_shipped", "human", "advice", "goodbye"] {
            assert!(book.rule(needed).is_some_and(|rule| !rule.say.is_empty()), "{locale}: {needed}");
        }
        assert!(book.talk.last.len() > 10, "one of the last words is always left");
        assert!(book.talk.last.iter().all(|phrase| phrase.text.split(' ').count() <= 5));
    }
}

#[test]
fn no_rule_is_named_twice_or_has_nothing_to_say() {
    for locale in Locale::ALL {
        let book = Book::of(locale).unwrap();
        for (index, rule) in book.rules.iter().enumerate() {
            assert!(!rule.say.is_empty(), "{}", rule.id);
            assert!(book.rules[..index].iter().all(|other| other.id != rule.id), "{} twice", rule.id);
        }
    }
}

#[test]
fn every_phrase_passes_review() {
    let layer = layer();
    let mut stopped = Vec::new();
    for (locale, message) in [(Locale::En, "I feel low today"), (Locale::De, "Mir geht es nicht gut")] {
        let screening = Talk::new(&layer, locale).screen(message);
        for (name, pool, _) in pools(Book::of(locale).unwrap()) {
            for phrase in pool {
                let mut text = phrase.text.clone();
                for (slot, word) in
                    [("who", "your mum"), ("feeling", "worry"), ("topic", "work"), ("list", "one and two")]
                {
                    text = text.replace(&format!("{{{slot}}}"), word);
                }
                text = text
                    .replace("{Topic}", "Work")
                    .replace("{Feeling}", "Worry")
                    .replace("{Who}", "Your mum");
                let mut review = layer.review(&screening);
                review.push(&text);
                review.close();
                while let Some(release) = review.next_release() {
                    stopped
                        .extend(release.dropped().map(|dropped| format!("{name}: {text} {}", dropped.rule)));
                }
            }
        }
    }
    assert!(stopped.is_empty(), "{stopped:#?}");
}
