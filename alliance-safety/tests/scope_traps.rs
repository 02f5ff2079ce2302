//! Words around a sign that must not hide it: a denial, a figure of speech, the past, a story, somebody else or quotation marks
//! that stand beside it and are not about it. Invented for this, not from any set of rows.
#![allow(clippy::unwrap_used, reason = "tests")]

use alliance_safety::{CrisisPlan, RiskLevel, SafetyLayer, ScreenContext};

fn layer() -> SafetyLayer {
    SafetyLayer::new(CrisisPlan::built_in()).unwrap()
}

fn lower_than(least: RiskLevel, texts: &[&str]) -> Vec<String> {
    let layer = layer();
    let level = |text: &str| layer.screen(text.to_owned(), &ScreenContext::default()).level();
    let low = texts.iter().filter(|text| level(text) < least);
    low.map(|text| format!("{:?}: {text}", level(text))).collect()
}

#[test]
fn a_denial_of_something_else_does_not_deny_the_sign() {
    let texts = [
        "nobody loves me i want to die",
        "I can't live without him I want to die",
        "i have no one i'm going to kill myself",
        "i'm not safe i'm going to kill myself",
        "i cant cope i want to kill myself",
        "nothing matters i want to kill myself",
        "I have nothing to lose I am going to kill my wife",
        "I have no friends and want to die",
        "No, I want to die",
        "no i want to kill myself",
        "Ich habe keine Freunde ich will mich umbringen",
        "ich halte das nicht aus ich will mich umbringen",
        "ich habe keinen job ich bringe mich heute um",
        "niemand mag mich ich will sterben",
        "ich will sterben ich habe keine Hoffnung",
        "Nein ich will mich umbringen",
    ];
    assert_eq!(lower_than(RiskLevel::Low, &texts), [""; 0]);
    let grave = ["i have no one i'm going to kill myself", "Ich habe keine Freunde ich will mich umbringen"];
    assert_eq!(lower_than(RiskLevel::Moderate, &grave), [""; 0]);
}

#[test]
fn a_figure_of_speech_is_one_as_a_whole() {
    let texts = [
        "I took an overdose of tablets an hour ago",
        "I'm going to kill myself if she leaves",
        "He beats me every night",
        "My dad hit me today",
        "He beats me in the kitchen",
        "My husband says he is going to kill me",
        "Er bringt mich um wenn ich gehe",
        "I cut myself while crying",
        "I cut myself on my thighs",
        "I am going to end it with [means] tonight",
    ];
    assert_eq!(lower_than(RiskLevel::Moderate, &texts), [""; 0]);
}

#[test]
fn what_is_over_does_not_cover_what_is_meant_now() {
    let texts = [
        "I want to be free from this pain so I am going to kill myself",
        "I'm three years sober and I want to kill myself",
        "I'm a survivor of abuse and I want to kill myself",
        "I am in remission but I want to die",
        "I have been depressed for ten years and I want to kill myself. I am grateful for your help.",
        "Ich bin trocken seit drei Jahren und will mich umbringen",
        "I used to be happy but I am going to kill myself",
        "My husband used to hit me but now he chokes me",
    ];
    assert_eq!(lower_than(RiskLevel::Low, &texts), [""; 0]);
}

#[test]
fn a_story_or_work_in_the_sentence_before_is_not_this_one() {
    let texts = [
        "Failed the exam. Took all my medicine.",
        "Failed my exam. Gonna end it all.",
        "After my shift. Going to end it tonight.",
        "I failed my exam. Want to die.",
        "Der Film war zu Ende. Will sterben.",
        "Nach der Schicht. Mache heute Schluss mit allem.",
        "I miss him. Want to die.",
        "Ich vermisse sie. Will sterben.",
        "I can't live without him. Going to end it all.",
    ];
    assert_eq!(lower_than(RiskLevel::Low, &texts), [""; 0]);
}

#[test]
fn quotation_marks_around_ones_own_message_hide_nothing() {
    let texts = [
        "\"I can't do this anymore. My mom hates me. I want to kill myself.\"",
        "„Ich will mich umbringen. Meine Mutter weiß es nicht.“",
    ];
    assert_eq!(lower_than(RiskLevel::Moderate, &texts), [""; 0]);
}

/// What an experimental language lowers is its own.
#[test]
fn words_of_another_language_beside_it_hide_nothing() {
    let layer = layer();
    let level = |text: &str| layer.screen(text.to_owned(), &ScreenContext::default()).level();
    let texts = [
        "I stopped taking my insulin on purpose and hope it does the job",
        "I want to die",
        "Ich will nicht mehr leben",
        "I gave my dog to a neighbour and wrote everybody a letter",
    ];
    for text in texts {
        for more in ["No quiero morir.", "Je ne veux pas mourir.", "Я не хочу умирать."] {
            let both = format!("{text}. {more}");
            assert!(level(&both) >= level(text), "{both}");
        }
    }
}

/// The other way: what must stay lowered.
#[test]
fn what_is_denied_over_told_or_a_figure_stays_below_moderate() {
    let texts = [
        "I don't want to kill myself.",
        "I don't think I want to die.",
        "I never said I want to die.",
        "I'm not going to kill myself.",
        "I would never hurt myself or anybody else.",
        "I have no plans to kill myself.",
        "Ich will nicht sterben.",
        "Ich glaube, ich will mich nicht umbringen.",
        "Ich habe nicht vor mich umzubringen.",
        "Suizidal bin ich nicht.",
        "Years ago I tried to kill myself. I am glad I am still here.",
        "When I was a teenager I wanted to die, I got help and it is behind me.",
        "Früher wollte ich sterben, heute geht es mir gut.",
        "My mum is going to kill me when she sees the kitchen.",
        "My boss is going to kill me if I am late again.",
        "I'm going to kill myself if this meeting goes on.",
        "He beats me at chess.",
        "I cut myself shaving.",
        "I cut myself on a tin while cooking.",
        "Overdose of chocolate this Christmas.",
        "I watched a film. She kills herself at the end.",
        "The news reported rising suicide rates.",
        "Mein Chef bringt mich um wenn ich zu spät komme.",
    ];
    let layer = layer();
    let level = |text: &str| layer.screen(text.to_owned(), &ScreenContext::default()).level();
    let high: Vec<_> = texts.iter().filter(|text| level(text) >= RiskLevel::Moderate).collect();
    assert!(high.is_empty(), "{high:#?}");
}
