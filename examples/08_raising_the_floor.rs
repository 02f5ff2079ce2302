//! Tuning the safety layer to a host's people: floors, rules and a detector of your own, all of which only raise.
//!
//! A service for people who hurt themselves lets every such sign count as high. A shelter agreed on code words with its
//! people and writes them as a rules file, in the form of the files in `alliance-safety/data/lexicon/`. A detector in code
//! sees what no phrase can say. What would lower a level is a typed error, and a rules file that cannot be read is an error
//! with line and column: no layer is built then, and so no agent.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use alliance::prelude::*;
use alliance::safety::{
    Category, Detector, Finding, Findings, RiskLevel, RuleId, SafetyError, ScreenContext, ScreenInput,
};

/// Code words of a shelter. `reviewed_by` names the clinician who read the rules.
const CODE_WORDS: &str = r#"
reviewed_by = "none yet"
language = "en"
sources = ["the shelter's own agreement with its people"]

[[rule]]
id = "shelter.code_word"
category = "abuse"
level = "high"
frames = ["red umbrella", "umbrella .. red"]
example = "Do you have a red umbrella?"
source = "the shelter's own agreement with its people"
"#;

/// The same with a slip of the pen.
const BROKEN: &str = "reviewed_by = \"none yet\"\nlanguage = \"en\"\nsources = [\n[[rule]]\n";

/// Hears somebody who writes nothing but dots: in this service people were told to do that when they cannot write.
#[derive(Debug)]
struct OnlyDots;

impl Detector for OnlyDots {
    fn assess(&self, input: &ScreenInput<'_>, out: &mut Findings) {
        let text = input.text().trim();
        if text.len() >= 3 && text.bytes().all(|byte| byte == b'.') {
            out.raise(Finding::new(RuleId::new("shelter.only_dots"), Category::Other, RiskLevel::Moderate));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let plain = SafetyLayer::new(CrisisPlan::built_in())?;
    let tuned = plain
        .clone()
        .raise_floor(Category::SelfHarm, RiskLevel::High)?
        .with_rules("code_words.toml", CODE_WORDS)?
        .with_detector(OnlyDots)?;

    println!("text                                   plain      tuned");
    for text in [
        "I hurt myself again last night.",
        "Do you have a red umbrella?",
        ". . .",
        "....",
        "It rained all day.",
    ] {
        let level = |layer: &SafetyLayer| layer.screen(text, &ScreenContext::default()).level().as_str();
        println!("{text:38} {:10} {}", level(&plain), level(&tuned));
    }

    println!("\nwhat decided about the first:");
    for decision in tuned.screen("I hurt myself again last night.", &ScreenContext::default()).decisions() {
        println!("  {} → {} ({})", decision.rule, decision.level, decision.reason);
    }

    println!("\nwhat is refused:");
    let lowers = plain.clone().raise_floor(Category::Abuse, RiskLevel::Low);
    let unreadable = plain.with_rules("code_words.toml", BROKEN);
    for refused in [lowers, unreadable] {
        show(&refused.err().ok_or("was not refused")?);
    }
    Ok(())
}

fn show(error: &SafetyError) {
    println!("  {error}");
    let mut source = error.source();
    while let Some(error) = source {
        println!("    {}", error.to_string().lines().next().unwrap_or_default());
        source = error.source();
    }
}
