//! What a person meets: whole ways through, in both languages, with the turns that people take.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::LazyLock;

use alliance_core::{
    protocol::{Directive, Outcome, Progress, Protocol as _, ProtocolEvent, SlotValue, Transition},
    safety::{Locale, Timestamp},
    testing::{safety_layer, screened_in},
};
use alliance_protocols::{Definition, Library};

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in(&safety_layer()).unwrap());

struct Story {
    definition: Definition,
    locale: Locale,
    last: Transition,
}

impl Story {
    fn of(name: &str, locale: Locale) -> Self {
        let definition = LIBRARY.get(name).unwrap().clone();
        let last = Transition::to(definition.start());
        Self { definition, locale, last }
    }

    fn event(&mut self, event: &ProtocolEvent<'_>) -> &Transition {
        self.last = self.definition.advance(&self.last.progress, event);
        &self.last
    }

    fn say(&mut self, text: &str) -> &Transition {
        let screening = screened_in(self.locale, text);
        self.event(&ProtocolEvent::Said(&screening))
    }

    fn correct(&mut self, text: &str) -> &Transition {
        let screening = screened_in(self.locale, text);
        self.event(&ProtocolEvent::Corrected(&screening))
    }

    fn at(&self) -> &str {
        &self.last.progress.step
    }

    fn progress(&self) -> &Progress {
        &self.last.progress
    }

    /// Everything that is said, filled in.
    fn shown(&self) -> String {
        let mut keys = self.last.lead.clone();
        match self.definition.directive(self.progress()) {
            Directive::Fixed(key) | Directive::Template(key) => keys.push(key),
            Directive::Aim { fallback, then, .. } => keys.extend(fallback.into_iter().chain(then)),
            _ => {}
        }
        let text = |key: &std::sync::Arc<str>| {
            let mut texts = self.definition.texts().iter();
            let text = texts.find(|text| text.key == *key && text.locale == self.locale).unwrap();
            let mut text = text.text.to_string();
            for slot in ["d0", "d1", "situation", "hot", "belief0", "balanced", "emotion", "mood", "thoughts"]
            {
                let shown = self.definition.shown(self.progress(), slot, self.locale);
                text = text.replace(&format!("{{{slot}}}"), &shown);
            }
            text
        };
        keys.iter().map(text).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn grounding_in_english() {
    let mut story = Story::of("grounding_54321", Locale::En);
    story.say("I guess so");
    story.say("about seven");
    assert!(story.shown().starts_with("You say 7 of 10."), "{}", story.shown());
    story.say("all five");
    story.say("a lamp, a chair and the door");
    story.say("the chair");
    assert_eq!(story.at(), "feel", "one thing is not enough yet");
    story.say("that's all");
    story.say("a car and the fridge");
    story.say("coffee");
    story.say("mint");
    let last = story.say("2").clone();
    assert_eq!(last.outcome, Outcome::Completed);
    assert_eq!(last.keep.len(), 1);
    assert!(story.shown().contains("Before, it was 7. Now it is 2."), "{}", story.shown());
}

#[test]
fn a_number_that_is_not_understood_is_asked_twice_and_then_left() {
    let mut story = Story::of("grounding_54321", Locale::De);
    story.say("ja gern");
    let mut heard = vec![story.shown()];
    for _ in 0..3 {
        story.say("ganz stark");
        heard.push(story.shown());
    }
    heard.dedup();
    assert_eq!(heard.len(), 4, "each time in other words");
    assert!(heard[3].contains("überspringen"));
    story.say("ganz stark");
    assert_eq!(story.at(), "senses");
    assert!(!story.progress().slots.contains_key("d0"));
}

#[test]
fn a_correction_with_a_value_is_taken_at_once() {
    let mut story = Story::of("grounding_54321", Locale::En);
    for text in ["yes", "7", "all"] {
        story.say(text);
    }
    story.correct("no, I meant 4");
    assert_eq!(story.progress().slots["d0"], SlotValue::Number(4));
    assert_eq!(story.at(), "see", "it is where it was");
    story.correct("the first number was wrong");
    assert_eq!(story.at(), "before");
    assert!(story.shown().contains("Earlier you said 4."), "{}", story.shown());
    story.say("the same");
    assert_eq!((story.at(), &story.progress().slots["d0"]), ("see", &SlotValue::Number(4)));
}

#[test]
fn what_rests_on_a_corrected_answer_is_asked_again() {
    let mut story = Story::of("grounding_54321", Locale::En);
    for text in
        ["yes", "8", "all", "a, lamp, cup, tree, door", "chair, floor", "car, fridge", "coffee", "mint", "6"]
    {
        story.say(text);
    }
    assert_eq!(story.at(), "again");
    story.correct("before it was 9");
    assert_eq!(story.progress().slots["d0"], SlotValue::Number(9));
    assert_eq!(story.at(), "rerate", "the second rating rests on the first");
    assert!(story.progress().stale.contains("d1"));
    story.say("the same");
    assert!(story.progress().stale.is_empty());
    assert_eq!(story.at(), "again");
}

#[test]
fn a_rise_stops_it_and_is_a_signal() {
    let mut story = Story::of("grounding_54321", Locale::De);
    for text in ["ja", "4", "alle", "Lampe, Tür, Bild", "Stuhl und Boden", "Auto, Uhr", "Seife", "Minze"] {
        story.say(text);
    }
    let last = story.say("acht").clone();
    assert!(last.worse);
    assert_eq!((last.outcome, last.keep.len()), (Outcome::Parked, 0));
}

#[test]
fn a_low_mood_has_the_plan_ask() {
    let mut story = Story::of("session", Locale::En);
    let last = story.say("1").clone();
    assert!(last.probe, "the plan asks, and reads the answer");
    assert_eq!((story.at(), last.outcome), ("since", Outcome::Continues));
    assert!(!story.say("My sister visited me.").probe, "once");
    let mut story = Story::of("session", Locale::En);
    assert!(!story.say("3").probe);
    assert!(story.correct("no, I meant 2").probe, "a correction too");
    let mut story = Story::of("session", Locale::De);
    assert!(story.say("zwei").probe);
    for text in ["Die Schule war laut.", "einfach reden"] {
        story.say(text);
    }
    assert_eq!(story.at(), "open");
    story.say("Heute war es laut bei der Arbeit.");
    story.say("Und dann kam der Bus nicht.");
    assert_eq!(story.at(), "talk");
    story.say("das war alles");
    assert_eq!(story.at(), "summary");
}

#[test]
fn what_did_not_get_lighter_shows_people() {
    let round = ["lamp, cup, tree", "chair, floor", "car, fridge", "coffee", "mint", "7"];
    let mut story = Story::of("grounding_54321", Locale::En);
    for text in ["yes", "7", "all"].into_iter().chain(round) {
        assert!(!story.say(text).people, "{text}");
    }
    assert_eq!(story.at(), "heavier");
    let mut with_a_person = Story::of("grounding_54321", Locale::En);
    with_a_person.last = story.last.clone();
    let last = with_a_person.say("being with a person").clone();
    assert_eq!((with_a_person.at(), last.people), ("people", true));
    story.say("one more round");
    for text in round {
        story.say(text);
    }
    assert_eq!((story.at(), story.last.people), ("still_heavy", true));
}

/// The way to the question what a thought is about.
fn asked_about(locale: Locale) -> Story {
    let mut story = Story::of("thought_record", locale);
    for text in ["yes", "In the kitchen last night.", "afraid", "60", "He comes back.", "He comes back."] {
        story.say(text);
    }
    assert_eq!(story.at(), "about");
    story
}

#[test]
fn danger_comes_first_and_brings_people() {
    for (locale, text) in [
        (Locale::En, "a fear, and he hits me"),
        (Locale::En, "somebody is in danger, or something unfair"),
        (Locale::En, "I don't feel safe"),
        (Locale::En, "I don't know, somebody is in danger"),
        (Locale::De, "ein Verlust oder etwas, das sich nicht ändern lässt, und jemand ist in Gefahr"),
        (Locale::De, "Ich fühle mich nicht sicher."),
    ] {
        let mut story = asked_about(locale);
        let last = story.say(text).clone();
        assert_eq!((story.at(), last.people, last.outcome), ("danger", true, Outcome::Parked), "{text}");
    }
}

#[test]
fn what_may_be_real_is_never_weighed() {
    let mut story = asked_about(Locale::En);
    story.event(&ProtocolEvent::Skip);
    assert_eq!(story.at(), "support");
    let mut story = asked_about(Locale::De);
    for text in ["ich bin nicht sicher", "ein Verlust und ungerecht", "hm", "weiß nicht"] {
        assert_eq!(story.at(), "about", "{text}");
        story.say(text);
    }
    assert_eq!(story.at(), "support");
    let mut story = asked_about(Locale::En);
    story.say("a judgement that hurts me, nobody is in danger");
    assert_eq!(story.at(), "belief");
}

/// A pause takes nothing of the time that there is.
#[test]
fn only_the_time_that_is_spent_counts() {
    let at = |story: &mut Story, minutes: i64, event: &ProtocolEvent<'_>| {
        story.last.progress.started = Some(Timestamp::from_millis(0));
        story.last.progress.now = Some(Timestamp::from_millis(minutes * 60_000));
        story.event(event).outcome
    };
    let said = screened_in(Locale::En, "ideally not a number");
    let said = ProtocolEvent::Said(&said);
    let mut story = Story::of("grounding_54321", Locale::En);
    story.say("yes");
    assert_eq!(at(&mut story, 5, &said), Outcome::Continues);
    assert_eq!(at(&mut story, 24 * 60, &ProtocolEvent::Resumed), Outcome::Continues, "a day away");
    assert_eq!(at(&mut story, 24 * 60 + 9, &said), Outcome::Continues);
    assert_eq!(at(&mut story, 24 * 60 + 600, &said), Outcome::Continues, "a long silence is ten minutes");
    assert_eq!(at(&mut story, 24 * 60 + 606, &said), Outcome::Parked, "thirty of its own");
    assert_eq!(story.at(), "~time");
}

#[test]
fn a_loss_is_never_disputed() {
    let mut story = Story::of("thought_record", Locale::En);
    for text in ["yes", "In the kitchen, alone, last night.", "sad", "95"] {
        story.say(text);
    }
    assert_eq!(story.definition.directive(story.progress()), Directive::Child("grounding_54321".into()));
    story.event(&ProtocolEvent::ChildEnded(Outcome::Completed));
    for text in ["He is gone and will not come back.", "He is gone.", "a loss"] {
        story.say(text);
    }
    assert_eq!(story.at(), "loss");
    for text in ["His voice in the morning.", "A walk with my sister."] {
        story.say(text);
    }
    assert_eq!((story.at(), story.last.outcome), ("supported", Outcome::Parked));
}

#[test]
fn a_thought_record_keeps_the_persons_own_words() {
    let mut story = Story::of("thought_record", Locale::De);
    for text in [
        "ja",
        "Im Büro, nach der Besprechung, mit zwei Kollegen.",
        "Scham",
        "siebzig",
        "Ich kann das alles nicht.",
        "Ich kann das alles nicht.",
        "eine Angst oder ein Urteil",
        "80",
        "Ich habe den Faden verloren",
        "Eine Kollegin hat genickt",
        "Einmal den Faden verlieren heißt nicht, dass ich nichts kann.",
        "40",
        "30",
        "nichts",
        "Ich bin strenger zu mir als die anderen.",
    ] {
        story.say(text);
    }
    assert_eq!((story.at(), story.last.outcome), ("done", Outcome::Completed), "{}", story.at());
    assert_eq!(story.last.keep.len(), 1);
}

/// The file from which the broken ones are made: it has a timer and an instrument.
#[test]
fn a_timer_and_an_instrument() {
    let good = include_str!("broken/good.toml");
    let definition = Definition::load("good.toml", good, &safety_layer()).unwrap();
    let last = Transition::to(definition.start());
    let mut story = Story { definition, locale: Locale::En, last };
    for text in ["yes", "2", "I was at home with my sister.", "A letter that I never sent.", "tea, music"] {
        story.say(text);
    }
    assert_eq!(story.at(), "rest");
    assert_eq!(story.last.timer, Some(std::time::Duration::from_secs(60)));
    story.event(&ProtocolEvent::Due);
    assert_eq!(story.at(), "measured");
    assert!(story.shown().contains("0 = Not at all"), "{}", story.shown());
    for text in ["several days", "blue", "2", "Nearly every day", "0"] {
        story.say(text);
    }
    let answers = [1, 2, 3, 0].map(SlotValue::Number).to_vec();
    assert_eq!(story.progress().slots["measured"], SlotValue::List(answers));
    assert_eq!(story.definition.directive(story.progress()), Directive::Child("other".into()));
    story.event(&ProtocolEvent::ChildEnded(Outcome::Declined));
    assert_eq!(story.at(), "after");
}
