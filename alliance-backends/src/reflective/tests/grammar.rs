//! Conversations from a seeded grammar.

use alliance_core::safety::Locale;

use super::{Talk, check, layer, reply};
use crate::reflective::book::Book;

const CONVERSATIONS: u64 = 420;
const TURNS: usize = 12;

/// A small generator of our own: the same seed, the same conversations on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most as u64).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

fn message(dice: &mut Dice, earlier: &[String]) -> String {
    let who =
        ["my mum", "my boss", "my best friend", "my sister", "my ex", "my dog", "the neighbors", "my team"];
    let feel =
        ["sad", "anxious", "so tired", "angry", "ashamed", "lonely", "guilty", "numb", "happy", "not okay"];
    let about =
        ["work", "the exam", "money", "my health", "the weekend", "sleep", "my family", "school", "nothing"];
    let time = ["again", "since last week", "every night", "today", "for months now", "as always"];
    match dice.below(17) {
        0 | 1 => format!("I feel {} about {}", dice.one(&feel), dice.one(&about)),
        2 => format!("{} yelled at me {}", dice.one(&who), dice.one(&time)),
        3 => format!("I'm {} {}, and I can't sleep.", dice.one(&feel), dice.one(&time)),
        4 => dice
            .one(&["yes", "no", "I don't know", "ok", "maybe", "...", "hm", "not really", "yeah"])
            .to_owned(),
        5 => dice
            .one(&["I am worthless", "nobody likes me", "it's all my fault", "I ruin everything"])
            .to_owned(),
        6 => dice.one(&["what should I do?", "are you human?", "am I depressed?", "do you care?"]).to_owned(),
        7 => format!("{} says I'm too sensitive, but I was only {}", dice.one(&who), dice.one(&feel)),
        8 => format!("I miss {} {}", dice.one(&who), dice.one(&time)),
        9 => format!("I want to talk about {}. It's been hard {}.", dice.one(&about), dice.one(&time)),
        10 => format!("{} is {} and I don't know how to be there", dice.one(&who), dice.one(&feel)),
        11 => dice
            .one(&[
                "the bus was late",
                "I ate some soup",
                "it rained",
                "🙂",
                "estoy muy triste hoy",
                "im so anxios",
            ])
            .to_owned(),
        12 => dice
            .one(&["you don't understand", "thanks", "hello", "I have to go", "ich bin heute so müde"])
            .to_owned(),
        15 => format!("{} {}. ", dice.one(&["I called my sister", "I want to", "I can't"]), dice.one(&time))
            .repeat(60),
        13 if !earlier.is_empty() => earlier[dice.below(earlier.len())].clone(),
        14 => format!("I managed to call {} {} and it went well", dice.one(&who), dice.one(&time)),
        _ => format!("why am I always {} when {} is around", dice.one(&feel), dice.one(&who)),
    }
}

fn german(dice: &mut Dice, earlier: &[String]) -> String {
    let who = ["meine Mutter", "mein Chef", "meine beste Freundin", "mein Bruder", "mein Ex", "mein Hund"];
    let feel = [
        "traurig",
        "nervös",
        "so müde",
        "wütend",
        "beschämt",
        "einsam",
        "froh",
        "nicht okay",
        "muede",
        "leer",
    ];
    let about = ["die Arbeit", "die Prüfung", "das Geld", "meine Gesundheit", "das Wochenende", "nichts"];
    let time = ["wieder", "seit letzter Woche", "jede Nacht", "heute", "seit Monaten", "wie immer"];
    match dice.below(16) {
        0 | 1 => format!("Ich bin {} wegen {}", dice.one(&feel), dice.one(&about)),
        2 => format!("{} hat mich {} angeschrien", dice.one(&who), dice.one(&time)),
        3 => format!("Ich bin {} {}, und ich schlafe nicht.", dice.one(&time), dice.one(&feel)),
        4 => dice
            .one(&["ja", "nein", "weiß nicht", "ok", "vielleicht", "...", "hm", "eigentlich nicht", "nichts"])
            .to_owned(),
        5 => dice
            .one(&["ich bin ein Versager", "keiner mag mich", "ich bin schuld", "ich mache alles kaputt"])
            .to_owned(),
        6 => dice
            .one(&["was soll ich tun?", "bist du ein Mensch?", "bin ich depressiv?", "magst du mich?"])
            .to_owned(),
        7 => format!("{} sagt, ich bin zu empfindlich, aber ich war nur {}", dice.one(&who), dice.one(&feel)),
        8 => {
            format!("Ich vermisse {} {}", dice.one(&["meinen Vater", "meine Katze", "euch"]), dice.one(&time))
        }
        9 => format!("Ich möchte über {} reden. Es ist schwer {}.", dice.one(&about), dice.one(&time)),
        10 => format!("{} ist {} und ich weiß nicht, wie ich da sein soll", dice.one(&who), dice.one(&feel)),
        11 => dice.one(&["der Bus kam spät", "ich hab Suppe gegessen", "es hat geregnet", "🙂"]).to_owned(),
        12 => dice
            .one(&[
                "du verstehst mich nicht",
                "danke",
                "hallo",
                "ich muss los",
                "how are you doing my friend",
            ])
            .to_owned(),
        13 if !earlier.is_empty() => earlier[dice.below(earlier.len())].clone(),
        14 => format!("Ich habe gestern meine Schwester angerufen {}", dice.one(&time)),
        _ => format!("warum bin ich immer {}, wenn {} da ist", dice.one(&feel), dice.one(&who)),
    }
}

#[test]
fn conversations_keep_every_promise() {
    let layer = layer();
    for seed in 0..CONVERSATIONS {
        let locale = if seed % 2 == 1 { Locale::De } else { Locale::En };
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut talk = Talk::new(&layer, locale);
        let mut asked = 0;
        for turn in 0..TURNS {
            // Now and then the person says the listener's own words, or their own, once more.
            let message = match locale {
                Locale::De => german(&mut dice, &talk.replies),
                _ => message(&mut dice, &talk.replies),
            };
            let prompt = talk.prompt(&message, &[]);
            let said = talk.say(&message);
            assert_eq!(reply(prompt), said, "deterministic");
            check(&message, &said);
            let earlier = &talk.replies[turn.saturating_sub(10)..turn];
            assert!(!earlier.contains(&said), "said twice: {said:?} in {:#?}", talk.replies);
            // The last words come after six tries, and only then may one come back.
            for sentence in sentences(&said).filter(|sentence| sentence.split(' ').count() > 5) {
                let again = earlier.iter().find(|reply| reply.contains(sentence));
                assert_eq!(again, None, "{sentence:?} again: {:#?}", talk.replies);
            }
            // What review puts in place of a reply may ask as well, and counts as asked.
            assert!(asked < 2 || !said.contains('?'), "three questions in a row: {:#?}", talk.replies);
            asked = if talk.replies[turn].contains('?') { asked + 1 } else { 0 };
        }
    }
}

fn sentences(reply: &str) -> impl Iterator<Item = &str> {
    reply.split_inclusive(['.', '?']).map(str::trim)
}

#[test]
fn one_reflection_asks_nothing_and_is_one_sentence_or_nothing() {
    let layer = layer();
    let mut reflected = 0;
    for seed in 0..CONVERSATIONS {
        let locale = if seed % 2 == 1 { Locale::De } else { Locale::En };
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
        let mut talk = Talk::new(&layer, locale);
        for turn in 0..TURNS {
            let message = match locale {
                Locale::De => german(&mut dice, &talk.replies),
                _ => message(&mut dice, &talk.replies),
            };
            let said = talk.reflect(&message);
            if said.is_empty() {
                continue;
            }
            reflected += 1;
            check(&message, &said);
            assert!(!said.contains('?') && sentences(&said).count() == 1, "{message}: {said}");
            let book = Book::of(locale).unwrap();
            for phrase in book.talk.invite.iter().chain(&book.talk.reflect) {
                assert!(!said.contains(&phrase.text), "{message}: {said}");
            }
            let earlier = &talk.replies[turn.saturating_sub(10)..turn];
            assert!(!earlier.contains(&said), "{message}: {said} again in {:#?}", talk.replies);
        }
    }
    assert!(reflected > 500, "feelings are taken up: {reflected}");
}

#[test]
fn the_same_message_all_the_time_is_never_answered_alike() {
    let layer = layer();
    for message in [
        "ich bin so traurig heute",
        "🙂",
        "no",
        "I don't know",
        "are you recording this?",
        "ok",
        "yes",
        "I'm sad",
        "are you human?",
        "...",
        "what should I do",
        "bye",
        "hola estoy triste",
    ] {
        let mut talk = Talk::new(&layer, Locale::En);
        for turn in 0..25_usize {
            let said = talk.say(message);
            check(message, &said);
            let earlier = &talk.replies[turn.saturating_sub(10)..turn];
            assert!(!earlier.contains(&said), "{message}: said twice: {said:?}");
        }
    }
}
