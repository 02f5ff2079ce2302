//! The data files.

use alliance_core::safety::Locale;

use super::{FORBIDDEN, Talk, layer};
use crate::reflective::{
    book::{Book, Name, Phrase, Pool},
    entry::Kind,
    slots::{Slots, list},
};

fn pools(book: &Book) -> Vec<(&str, &Pool, bool)> {
    let talk = &book.talk;
    let mut pools = vec![
        ("reflect", &talk.reflect, false),
        ("nod", &talk.nod, false),
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
        ("turned", &talk.turned, false),
        ("context", &talk.context, false),
    ];
    for rule in &book.rules {
        pools.push((&rule.id, &rule.say, false));
        pools.push((&rule.id, &rule.after_ask, false));
        pools.push((&rule.id, &rule.after_say, false));
        pools.push((&rule.id, &rule.also, false));
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
                assert!(phrase.anchor.len() >= 4 || name == "turned", "{name}: {text} cannot be found again");
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

/// A phrase with everything that it can be filled with.
fn fillings(book: &Book, phrase: &Phrase) -> Vec<String> {
    if !phrase.slots {
        return vec![phrase.text.clone()];
    }
    let of = |kind: Kind| book.rules.iter().filter(move |rule| rule.kind == kind);
    let nouns = |kind: Kind| of(kind).filter_map(|rule| rule.noun.clone());
    let owned: Vec<Name> = book.people.values().chain(book.things.values()).cloned().collect();
    let feeling = nouns(Kind::Feeling).next();
    let turn = Name { nominative: "you went home".to_owned(), dative: String::new() };
    let persons = owned.len();
    let themes = nouns(Kind::Topic).chain(nouns(Kind::Event)).chain(nouns(Kind::Thought));
    let all: Vec<Name> = owned.into_iter().chain(themes).collect();
    let filled = all.iter().enumerate().filter_map(|(at, name)| {
        let some = || Some(name.clone());
        let two = list(book, vec![name.clone(), feeling.clone()?]);
        let slots = Slots {
            who: some().filter(|_| at < persons),
            named_alive: true,
            topic: some(),
            list: two,
            feeling: feeling.clone(),
            turn: Some(turn.clone()),
        };
        slots.fill(phrase)
    });
    filled
        .chain(nouns(Kind::Feeling).filter_map(|feeling| {
            let slots = Slots { topic: all.first().cloned(), feeling: Some(feeling), ..Slots::default() };
            slots.fill(phrase)
        }))
        .collect()
}

#[test]
fn every_phrase_passes_review() {
    let layer = layer();
    let mut stopped = Vec::new();
    for (locale, message) in [(Locale::En, "I feel low today"), (Locale::De, "Mir geht es nicht gut")] {
        let screening = Talk::new(&layer, locale).screen(message);
        let book = Book::of(locale).unwrap();
        for (name, pool, _) in pools(book) {
            for text in pool.iter().flat_map(|phrase| fillings(book, phrase)) {
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

/// Words in a sentence, so that it reads easily.
const LONGEST: usize = 24;

#[test]
fn sentences_are_short_and_no_phrase_is_there_twice() {
    for locale in Locale::ALL {
        let mut known: Vec<(&str, &str)> = Vec::new();
        let (mut double, mut all) = (Vec::new(), (0, 0));
        for (name, pool, _) in pools(Book::of(locale).unwrap()) {
            for Phrase { text, .. } in pool {
                if let Some((first, _)) = known.iter().find(|(_, phrase)| phrase == text) {
                    double.push(format!("{first}, {name}: {text}"));
                }
                known.push((name, text));
                for sentence in text.split_inclusive(['.', '?', ':', ';']) {
                    let count = sentence.split_whitespace().count();
                    assert!(count <= LONGEST, "{name}, {count} words: {sentence}");
                    all = (all.0 + count, all.1 + 1);
                }
            }
        }
        assert!(double.is_empty(), "{double:#?}");
        assert!(all.0 < all.1 * 10, "{locale}: {} words a sentence", all.0 / all.1);
    }
}

#[test]
fn german_has_every_rule_of_english() {
    let (english, german) = (Book::of(Locale::En).unwrap(), Book::of(Locale::De).unwrap());
    for rule in &english.rules {
        let other = german.rule(&rule.id);
        assert!(other.is_some(), "{} is missing in German", rule.id);
        let other = other.unwrap();
        assert_eq!((rule.kind, rule.rank > 0), (other.kind, other.rank > 0), "{}", rule.id);
        assert_eq!((rule.then, rule.light), (other.then, other.light), "{}", rule.id);
        assert_eq!(rule.noun.is_some(), other.noun.is_some(), "{}", rule.id);
        assert!(other.say.len() + 3 >= rule.say.len(), "{} has too little to say in German", rule.id);
        assert_eq!(rule.ask.is_empty(), other.ask.is_empty(), "{}", rule.id);
    }
    assert_eq!(english.rules.len(), german.rules.len(), "German has a rule of its own");
}
