//! Invariants that live in this crate, as properties.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alliance_safety::{
    Category, CrisisPlan, Detector, Finding, Findings, Part, Probe, ProbeAnswer, QUIET_TURNS_HIGH,
    QUIET_TURNS_MODERATE, RiskLevel, RuleId, SafetyLayer, ScreenContext, ScreenInput, Stage, Standing,
    Stopwatch, Timestamp,
};
use proptest::prelude::*;

static LAYER: LazyLock<SafetyLayer> = LazyLock::new(|| SafetyLayer::new(CrisisPlan::built_in()).unwrap());

/// What people say, from nothing to high, with answers and retractions in between.
const SAID: [&str; 16] = [
    "I had soup for lunch.",
    "My brother called me today.",
    "It rained all day.",
    "Just kidding, forget it.",
    "yes",
    "no",
    "No, I don't.",
    "Yes, I am at home.",
    "My sister is with me.",
    "not today",
    "nobody",
    "I feel like a burden to everyone.",
    "I wish I would not wake up.",
    "I want to kill myself.",
    "I am going to end my life tonight.",
    "Ich will nicht mehr leben.",
];

/// How replies of a model end.
const ASKED: [&str; 7] = [
    "Tell me more.",
    "How was your day?",
    "Are you thinking about suicide?",
    "Do you have a plan?",
    "Are you in a safe place right now?",
    "Do you want to be alive?",
    "Has somebody been hurting you?",
];

/// A detector of a host, well-behaved or not.
#[derive(Clone, Debug)]
enum Added {
    Quiet,
    Finds(RiskLevel),
    Panics,
    Slow(RiskLevel),
}

#[derive(Debug)]
struct Eyes(Added, Arc<AtomicU64>);

impl Detector for Eyes {
    fn assess(&self, _input: &ScreenInput<'_>, out: &mut Findings) {
        match self.0 {
            Added::Quiet => {}
            Added::Panics => panic!("a detector fails because a test asked for it"),
            Added::Finds(level) => out.raise(Finding::new(RuleId::new("host"), Category::Other, level)),
            Added::Slow(level) => {
                self.1.fetch_add(6, Ordering::Relaxed);
                if level > RiskLevel::None {
                    out.raise(Finding::new(RuleId::new("host"), Category::Other, level));
                }
            }
        }
    }
}

#[derive(Debug)]
struct Hand(Arc<AtomicU64>);

impl Stopwatch for Hand {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

fn level() -> impl Strategy<Value = RiskLevel> {
    prop::sample::select(RiskLevel::ALL.to_vec())
}

fn added() -> impl Strategy<Value = Added> {
    prop_oneof![
        Just(Added::Quiet),
        level().prop_map(Added::Finds),
        Just(Added::Panics),
        level().prop_map(Added::Slow),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(SAID.to_vec()), 1..4).prop_map(|parts| parts.join(" ")),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn additions_only_raise(text in text(), added in prop::collection::vec(added(), 0..4)) {
        let context = ScreenContext::default();
        let without = LAYER.screen(text.as_str(), &context);
        let time = Arc::new(AtomicU64::new(0));
        let mut layer = LAYER.clone().stopwatch(Hand(time.clone()));
        for added in &added {
            layer = layer.with_detector(Eyes(added.clone(), time.clone())).unwrap();
        }
        let with = layer.screen(text.as_str(), &context);
        prop_assert!(with.level() >= without.level());
        prop_assert!(with.standing().level() >= without.standing().level());
        prop_assert!(with.disposition() >= without.disposition() || with.level() > without.level());
        for (index, added) in added.iter().enumerate() {
            // Where the rules alone find high, no detector is asked, so none can fail.
            let asked = without.level() < RiskLevel::High;
            let failed = asked && matches!(added, Added::Panics | Added::Slow(_));
            let missing = with.findings().unavailable().iter().any(|gap| *gap.part() == Part::Detector(index));
            prop_assert_eq!(failed, missing);
            prop_assert_eq!(failed, with.left_out().contains(index));
        }
    }

    #[test]
    fn levels_fall_by_rule_only(said in prop::collection::vec(prop::sample::select(SAID.to_vec()), 1..40)) {
        let resources = LAYER.directory().resources(None, Timestamp::UNIX_EPOCH);
        let mut standing = Standing::default();
        let mut quiet = 0;
        for text in said {
            let before = standing.level();
            let screening = LAYER.screen(text, &ScreenContext::new(standing.clone(), Default::default()));
            let after = screening.standing().level();
            quiet = if screening.level() > RiskLevel::None { 0 } else { quiet + 1 };
            prop_assert!(after >= screening.level());
            if after < before {
                let answers = |answer| Probe::PATHWAY.iter().all(|p| screening.standing().answer(*p) == answer);
                match (before, after) {
                    (RiskLevel::High, RiskLevel::Moderate) => {
                        prop_assert!(quiet >= QUIET_TURNS_HIGH && answers(ProbeAnswer::Safe));
                    }
                    (RiskLevel::Moderate, RiskLevel::Low) => prop_assert!(quiet >= QUIET_TURNS_MODERATE),
                    other => prop_assert!(false, "no rule allows {:?}", other),
                }
                prop_assert!(screening.decisions().any(|d| d.reason == "fall" && d.level == after));
                quiet = 0;
            }
            standing = match LAYER.crisis_words(&screening, &resources) {
                Some(words) => words.standing,
                None => screening.standing().clone(),
            };
            // Some replies end with a question of a model's own.
            let asked = ASKED[(screening.text().len() + quiet as usize) % ASKED.len()];
            standing = LAYER.after_reply(&standing, asked);
            prop_assert_eq!(standing.level(), after);
        }
    }

    #[test]
    fn a_standing_survives_storage_and_merging(
        here in prop::collection::vec(prop::sample::select(SAID.to_vec()), 0..12),
        there in prop::collection::vec(prop::sample::select(SAID.to_vec()), 0..12),
    ) {
        let walk = |said: &[&str]| said.iter().fold(Standing::default(), |standing, text| {
            let screening = LAYER.screen(*text, &ScreenContext::new(standing, Default::default()));
            let resources = LAYER.directory().resources(None, Timestamp::UNIX_EPOCH);
            let words = LAYER.crisis_words(&screening, &resources);
            let standing = words.as_ref().map_or_else(|| screening.standing().clone(), |w| w.standing.clone());
            LAYER.after_reply(&standing, words.as_ref().map_or("How are you?", |words| words.text.as_str()))
        });
        let (here, there) = (walk(&here), walk(&there));
        let stored = serde_json::to_string(&here).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Standing>(&stored).unwrap(), &here);
        for merged in [here.merged(&there), there.merged(&here)] {
            prop_assert_eq!(merged.level(), here.level().max(there.level()));
            prop_assert_eq!(merged.quiet_turns(), here.quiet_turns().min(there.quiet_turns()));
            prop_assert_eq!(merged.asked().is_some(), here.asked().is_some() || there.asked().is_some());
        }
        prop_assert_eq!(&here.merged(&here), &here);
    }

    #[test]
    fn dialogue_only_raises(
        stood in prop::sample::select(SAID.to_vec()),
        asked in prop::sample::select(ASKED.to_vec()),
        said in text(),
    ) {
        let before = LAYER.screen(stood, &ScreenContext::default());
        let context = ScreenContext::new(LAYER.after_reply(before.standing(), asked), Default::default());
        let (level, standing) = LAYER.level_without(&said, &context, None);
        let (alone, stands) = LAYER.level_without(&said, &context, Some(Stage::Dialogue));
        prop_assert!(level >= alone && standing.level() >= stands.level());
    }

    #[test]
    fn a_second_opinion_only_raises(text in text(), level in level()) {
        let screening = LAYER.screen(text.as_str(), &ScreenContext::default());
        let mut findings = Findings::new();
        findings.raise(Finding::new(RuleId::new("opinion"), Category::Other, level));
        let joined = LAYER.join(screening.clone(), findings);
        prop_assert!(joined.level() == screening.level().max(level));
        prop_assert!(joined.standing().level() >= screening.standing().level().max(level));
    }
}

#[test]
fn a_panicking_baseline_is_caution_and_not_a_risk() {
    let screening = LAYER.clone().with_broken_baseline().screen("Hello.", &ScreenContext::default());
    assert_eq!(screening.level(), RiskLevel::None);
    assert_eq!(screening.standing().level(), RiskLevel::None);
    assert_eq!(screening.disposition(), alliance_safety::Disposition::StaticOnly);
}

#[test]
fn the_pathway_can_be_walked_to_its_end() {
    let resources = LAYER.directory().resources(None, Timestamp::UNIX_EPOCH);
    let mut standing = Standing::default();
    let mut levels = Vec::new();
    for text in [
        "I am going to end my life tonight.",
        "I am here.",
        "No, I don't.",
        "Yes, at home.",
        "My sister is with me.",
    ] {
        let screening = LAYER.screen(text, &ScreenContext::new(standing, Default::default()));
        levels.push(screening.standing().level());
        let words = LAYER.crisis_words(&screening, &resources).unwrap();
        assert!(!words.text.is_empty());
        standing = words.standing;
    }
    use RiskLevel::{High, Moderate};
    assert_eq!(levels, [High, High, High, High, Moderate]);
}
