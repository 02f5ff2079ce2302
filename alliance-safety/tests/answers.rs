//! Answers to the questions of the crisis pathway, through whole screenings.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use alliance_safety::{
    CrisisPlan, Detector, Findings, Locale, Part, Probe, ProbeAnswer, RiskLevel, SafetyLayer, ScreenContext,
    ScreenInput, Screening, Standing, Timestamp,
};

static LAYER: LazyLock<SafetyLayer> = LazyLock::new(|| SafetyLayer::new(CrisisPlan::built_in()).unwrap());

/// Panics at every text and counts how often it was asked.
#[derive(Debug, Default)]
struct Broken(Arc<AtomicUsize>);

impl Detector for Broken {
    fn assess(&self, _input: &ScreenInput<'_>, _out: &mut Findings) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a detector fails because a test asked for it");
    }
}

fn broken() -> (SafetyLayer, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    (LAYER.clone().with_detector(Broken(asked.clone())).unwrap(), asked)
}

/// A conversation in which the plan speaks after every message, and what its replies ask is kept.
struct Talk {
    layer: SafetyLayer,
    context: ScreenContext,
    probes: Vec<Option<Probe>>,
}

impl Talk {
    fn new(layer: &SafetyLayer, locale: Locale) -> Self {
        let context = ScreenContext::new(Standing::default(), locale);
        Self { layer: layer.clone(), context, probes: Vec::new() }
    }

    fn say(&mut self, text: &str) -> Screening {
        let screening = self.layer.screen(text, &self.context);
        let resources = self.layer.directory().resources(None, Timestamp::UNIX_EPOCH);
        let words = self.layer.crisis_words(&screening, &resources);
        let standing =
            words.as_ref().map_or_else(|| screening.standing().clone(), |words| words.standing.clone());
        let reply = words.as_ref().map_or("", |words| words.text.as_str());
        self.probes.push(words.as_ref().and_then(|words| words.standing.asked()));
        self.context.standing = self.layer.after_reply(&standing, reply);
        self.context.left_out = screening.left_out().clone();
        screening
    }

    /// Says harmless things until `probe` waits for its answer.
    fn until(&mut self, probe: Probe, answers: [&str; 3], idle: &str) {
        for _ in 0..12 {
            let said = match self.context.standing.asked() {
                Some(asked) if asked == probe => return,
                Some(Probe::Intent) => answers[0],
                Some(Probe::SafePlace) => answers[1],
                Some(Probe::Support) => answers[2],
                _ => idle,
            };
            self.say(said);
        }
        panic!("{probe:?} is never asked");
    }
}

/// What a person says in a language: a moderate sign, a high one, nothing much, and safe answers.
const EN: (Locale, &str, &str, &str, [&str; 3]) = (
    Locale::En,
    "I want to kill myself.",
    "I am going to end my life tonight.",
    "I am here.",
    ["No, I don't.", "Yes, at home.", "My sister is with me."],
);
const DE: (Locale, &str, &str, &str, [&str; 3]) = (
    Locale::De,
    "Ich will mich umbringen.",
    "Ich bringe mich heute Nacht um.",
    "Ich bin hier.",
    ["Nein, habe ich nicht.", "Ja, zu Hause.", "Meine Schwester ist bei mir."],
);

#[test]
fn a_yes_to_the_question_about_intent_is_high_also_where_a_detector_failed() {
    for ((locale, sign, _, idle, answers), yes) in [
        (EN, "Yes"),
        (EN, "Yes. I feel like a burden to everyone."),
        (DE, "Ja"),
        (DE, "Ja. Ich bin allen nur eine Last."),
    ] {
        for layer in [LAYER.clone(), broken().0] {
            let mut talk = Talk::new(&layer, locale);
            talk.say(sign);
            assert_eq!(talk.context.standing.level(), RiskLevel::Moderate, "{locale}");
            talk.until(Probe::Intent, answers, idle);
            assert_eq!(talk.say(yes).level(), RiskLevel::High, "{locale} {yes}");
        }
    }
}

#[test]
fn an_intent_is_heard_by_its_probe_alone() {
    // The standing as a host without `after_reply` keeps it: only the probe says what was asked.
    let (layer, _) = broken();
    let mut standing = LAYER.screen("I want to kill myself.", &ScreenContext::default()).standing().clone();
    let resources = layer.directory().resources(None, Timestamp::UNIX_EPOCH);
    while standing.asked() != Some(Probe::Intent) {
        let screening = layer.screen("I am here.", &ScreenContext::new(standing, Locale::En));
        standing = layer.crisis_words(&screening, &resources).unwrap().standing;
    }
    for text in ["Yes", "Yes. I feel like a burden to everyone.", "Yes, tonight"] {
        let screening = layer.screen(text, &ScreenContext::new(standing.clone(), Locale::En));
        assert_eq!(screening.level(), RiskLevel::High, "{text}");
    }
}

#[test]
fn a_failed_detector_does_not_keep_a_safe_answer_from_counting() {
    for (locale, _, sign, idle, answers) in [EN, DE] {
        let (layer, asked) = broken();
        let mut talk = Talk::new(&layer, locale);
        let first = talk.say(sign);
        assert_eq!((first.level(), asked.load(Ordering::Relaxed)), (RiskLevel::High, 0), "{locale}");
        talk.until(Probe::SafePlace, answers, idle);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(talk.context.standing.answer(Probe::Intent), ProbeAnswer::Safe, "{locale}");
        talk.until(Probe::Support, answers, idle);
        talk.say(answers[2]);
        assert_eq!(talk.context.standing.level(), RiskLevel::Moderate, "{locale}");
    }
}

#[test]
fn high_is_not_talked_down_by_answers_that_are_none() {
    for ((locale, _, sign, idle, _), evasive) in [
        (EN, ["No one will stop me", "Yes", "My brother already got my letter"]),
        (EN, ["Never been more certain", "Yes", "Yes"]),
        (DE, ["Nie war ich mir so gewiss", "Ja", "Ja"]),
    ] {
        let mut talk = Talk::new(&LAYER, locale);
        talk.say(sign);
        for _ in 0..20 {
            let said = talk.context.standing.asked().map_or(idle, |probe| evasive[probe as usize % 3]);
            talk.say(said);
            assert_eq!(talk.context.standing.level(), RiskLevel::High, "{locale} {said}");
        }
    }
}

#[test]
fn the_same_question_comes_again_but_not_within_three_turns() {
    for (locale, _, sign, idle, answers) in [EN, DE] {
        for evasive in
            [[idle; 3], [answers[0], answers[1], "Yes"], [answers[0], "no", "no"], [idle, idle, answers[2]]]
        {
            let mut talk = Talk::new(&LAYER, locale);
            talk.say(sign);
            for _ in 0..24 {
                let said = talk.context.standing.asked().map_or(idle, |probe| evasive[probe as usize % 3]);
                talk.say(said);
            }
            for window in talk.probes.windows(3) {
                let twice = |a: usize, b: usize| window[a].is_some() && window[a] == window[b];
                assert!(!twice(0, 1) && !twice(0, 2) && !twice(1, 2), "{:?}", talk.probes);
            }
            assert!(talk.probes.iter().flatten().count() >= 4, "{:?}", talk.probes);
        }
    }
}

#[test]
fn who_is_not_safe_or_has_nobody_has_no_quiet_turn() {
    for ((locale, sign, _, idle, answers), unsafe_place, nobody) in
        [(EN, "I am not safe.", "There is nobody."), (DE, "Ich bin nicht sicher.", "Da ist niemand.")]
    {
        let mut talk = Talk::new(&LAYER, locale);
        talk.say(sign);
        talk.until(Probe::SafePlace, answers, idle);
        let screening = talk.say(unsafe_place);
        assert!(screening.level() >= RiskLevel::Moderate, "{locale}");
        assert_eq!(screening.standing().quiet_turns(), 0);
        talk.until(Probe::Support, answers, idle);
        let screening = talk.say(nobody);
        assert_eq!(screening.standing().quiet_turns(), 0);
        // Six turns of that are not six quiet ones.
        let mut talk = Talk::new(&LAYER, locale);
        talk.say(sign);
        for _ in 0..20 {
            let said = match talk.context.standing.asked() {
                Some(Probe::Intent) => answers[0],
                Some(Probe::SafePlace) => unsafe_place,
                Some(Probe::Support) => nobody,
                _ => idle,
            };
            talk.say(said);
            assert!(talk.context.standing.level() >= RiskLevel::Moderate, "{locale}");
        }
    }
}

#[test]
fn a_detector_is_not_asked_where_the_rules_find_high() {
    let (layer, asked) = broken();
    let screening = layer.screen("I am going to end my life tonight.", &ScreenContext::default());
    assert_eq!((screening.level(), asked.load(Ordering::Relaxed)), (RiskLevel::High, 0));
    assert!(screening.left_out().is_empty() && screening.findings().unavailable().is_empty());
    let screening = layer.screen("I had soup for lunch.", &ScreenContext::default());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(screening.findings().unavailable()[0].part(), &Part::Detector(0));
    // Nor where an answer makes it high.
    let context = ScreenContext::new(
        LAYER.after_reply(&Standing::default(), "Do you have a plan to kill yourself?"),
        Locale::En,
    );
    assert_eq!(layer.screen("Yes", &context).level(), RiskLevel::High);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
