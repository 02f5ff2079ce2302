//! What a host may tune, and that it only raises.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{error::Error, sync::LazyLock};

use alliance_safety::{
    Category, CrisisPlan, Finding, Findings, RiskLevel, RuleId, SafetyError, SafetyLayer, ScreenContext,
};
use proptest::prelude::*;

static LAYER: LazyLock<SafetyLayer> = LazyLock::new(|| SafetyLayer::new(CrisisPlan::built_in()).unwrap());

/// Rules of a host that tries to lower, too: its cues and figures hold for its own rules alone.
const RULES: &str = r#"
reviewed_by = "none yet"
language = "en"
sources = ["the host's own protocol"]

[cues]
negation = ["want to", "feel", "going to"]

[figures]
frames = ["kill myself", "end my life"]

[[rule]]
id = "host.code_word"
category = "abuse"
level = "high"
frames = ["red umbrella"]
example = "May I have a red umbrella?"
source = "the host's own protocol"
"#;

static TUNED: LazyLock<SafetyLayer> = LazyLock::new(|| {
    let layer = LAYER.clone().with_rules("code words", RULES).unwrap();
    layer.raise_floor(Category::SelfHarm, RiskLevel::High).unwrap()
});

fn level(layer: &SafetyLayer, text: &str) -> RiskLevel {
    layer.screen(text, &ScreenContext::default()).level()
}

#[test]
fn rules_of_the_host_find() {
    assert_eq!(level(&LAYER, "May I have a red umbrella?"), RiskLevel::None);
    assert_eq!(level(&TUNED, "May I have a red umbrella?"), RiskLevel::High);
}

#[test]
fn a_floor_lifts_what_counts_and_only_that() {
    assert_eq!(level(&LAYER, "I hurt myself again last night."), RiskLevel::Moderate);
    let screening = TUNED.screen("I hurt myself again last night.", &ScreenContext::default());
    assert_eq!(screening.level(), RiskLevel::High);
    assert!(screening.decisions().any(|d| d.rule.as_str() == "host.floor.self_harm"));
    assert_eq!(level(&TUNED, "I would never hurt myself."), level(&LAYER, "I would never hurt myself."));
}

#[test]
fn a_floor_lifts_a_second_opinion() {
    let mut opinion = Findings::new();
    opinion.raise(Finding::new(RuleId::new("opinion"), Category::SelfHarm, RiskLevel::Low));
    let screening = TUNED.screen("Hello.", &ScreenContext::default());
    assert_eq!(TUNED.join(screening, opinion).level(), RiskLevel::High);
}

#[test]
fn a_floor_that_would_lower_is_an_error() {
    for (category, asked) in [
        (Category::SelfHarm, RiskLevel::Low),
        (Category::MedicalEmergency, RiskLevel::Moderate),
        (Category::SuicidePassive, RiskLevel::None),
    ] {
        let error = LAYER.clone().raise_floor(category, asked).unwrap_err();
        assert!(
            matches!(error, SafetyError::WouldLower { category: c, asked: a, .. } if (c, a) == (category, asked))
        );
    }
    let error = TUNED.clone().raise_floor(Category::SelfHarm, RiskLevel::Moderate).unwrap_err();
    assert!(error.to_string().contains("would lower `self_harm`, which stands at high"), "{error}");
}

#[test]
fn a_rules_file_that_cannot_be_read_says_where() {
    let broken = RULES.replace("level = \"high\"", "level = \"enormous\"");
    for (text, place) in [(broken.as_str(), "line 15, column 9: "), ("reviewed_by = ", "line 1, column 15: ")]
    {
        let error = LAYER.clone().with_rules("code words", text).unwrap_err();
        assert!(error.to_string().contains("`code words`"), "{error}");
        let source = error.source().unwrap().to_string();
        assert!(source.contains(place), "{source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tuning_only_raises(
        text in "((I|you|he|not|never|want to|feel like|going to|kill myself|end my life|hurt myself|red umbrella|a burden)[ .,]{1,2}){0,9}",
    ) {
        prop_assert!(level(&TUNED, &text) >= level(&LAYER, &text));
    }
}
