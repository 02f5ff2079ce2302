use proptest::prelude::*;

mod corpus;

use super::*;

fn judge() -> Judge {
    Judge::built_in().unwrap_or_else(|error| panic!("{error}"))
}

fn context(user: &str, level: RiskLevel) -> ReplyContext<'_> {
    ReplyContext { user, level, locale: Locale::En }
}

fn category(verdict: &Verdict) -> Option<ReplyCategory> {
    match verdict {
        Verdict::Pass => None,
        Verdict::Repair(category, _) | Verdict::Replace(category, _) => Some(*category),
    }
}

#[test]
fn every_rule_finds_its_example_and_passes_its_twins() {
    let judge = judge();
    let mut wrong = Vec::new();
    for rule in &judge.rules.rules {
        let context = context(&rule.examples.after, RiskLevel::Low);
        if judge.sentence("", &rule.examples.bad, &context) == Verdict::Pass {
            wrong.push(format!("{}: passed its example", rule.id));
        }
        for good in &rule.examples.good {
            let verdict = judge.sentence("", good, &context);
            if verdict != Verdict::Pass {
                wrong.push(format!("{}: {good}\n    {verdict:?}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A frame is tried only at the places to which the word leads by which it is looked up.
#[test]
fn looking_a_frame_up_misses_no_match() {
    let judge = judge();
    let mut matches = 0;
    for (number, rule) in judge.rules.rules.iter().enumerate() {
        let text = judge.index("Well, that is so.", &rule.examples.bad);
        for (r, rule) in judge.rules.rules.iter().enumerate() {
            for (f, frame) in rule.frames.iter().enumerate() {
                let everywhere: Vec<_> = frame.find(&text).map(|found| found.words).collect();
                let leads = text.hits().filter(|(_, id)| judge.rules.by_word[*id].contains(&(r, f)));
                let starts: Vec<_> = leads.map(|(word, _)| frame.starts(word)).collect();
                let missed = everywhere.iter().find(|words| !starts.iter().any(|s| s.contains(&words.start)));
                assert_eq!(missed, None, "rule {}, frame {f}, example {number}", rule.id);
                matches += everywhere.len();
            }
        }
    }
    assert!(matches > judge.rules.rules.len());
}

#[test]
fn stance_decides_and_not_the_topic() {
    let judge = judge();
    let pairs = [
        ("You are a burden.", "You are not a burden."),
        ("You can stop taking them.", "Talk to your doctor before changing a dose."),
        ("I am a licensed clinician.", "I am a program, not a clinician."),
        ("Take twice the dose tonight.", "I can't advise on medication."),
        ("Du bist eine Last.", "Du bist keine Last."),
        ("Setz die Tabletten heute ab.", "Zu Medikamenten kann ich nichts raten, frag bitte deine Ärztin."),
        ("Ich bin Ärztin.", "Ich bin ein Programm und keine Ärztin."),
        ("Du hast eine bipolare Störung.", "Ob du eine bipolare Störung hast, kann nur eine Ärztin klären."),
    ];
    for (bad, good) in pairs {
        assert_ne!(judge.sentence("", bad, &context("", RiskLevel::None)), Verdict::Pass, "{bad}");
        assert_eq!(judge.sentence("", good, &context("", RiskLevel::None)), Verdict::Pass, "{good}");
    }
}

#[test]
fn dangerous_kinds_replace_and_others_repair() {
    let judge = judge();
    let low = context("", RiskLevel::Low);
    let verdict = judge.sentence("", "It is just a phase.", &low);
    assert!(matches!(verdict, Verdict::Replace(ReplyCategory::Minimising, _)), "{verdict:?}");
    let verdict = judge.sentence("", "It is just a phase.", &context("", RiskLevel::None));
    assert!(matches!(verdict, Verdict::Repair(ReplyCategory::Minimising, _)), "{verdict:?}");
    let verdict = judge.sentence("", "This stays between us.", &low);
    assert!(matches!(verdict, Verdict::Replace(ReplyCategory::Secrecy, _)), "{verdict:?}");
    let verdict = judge.sentence("", "I love you too.", &low);
    assert!(matches!(verdict, Verdict::Repair(ReplyCategory::Romantic, _)), "{verdict:?}");
}

#[test]
fn a_full_stop_hides_nothing() {
    let judge = judge();
    let none = context("", RiskLevel::None);
    assert_eq!(judge.sentence("", "Our little", &none), Verdict::Pass);
    assert_ne!(judge.sentence("It stays. Our little.", "Secret, from now on.", &none), Verdict::Pass);
}

#[test]
fn what_only_shows_on_the_whole() {
    let judge = judge();
    let dark = context("I want to die.", RiskLevel::Moderate);
    let merry = judge.whole("Let's look at the calendar. Which colour is the best one?", &dark);
    assert_eq!(category(&merry), Some(ReplyCategory::Minimising));
    let agreeing = judge.whole("You may be right. What do you have in mind?", &dark);
    assert_eq!(category(&agreeing), Some(ReplyCategory::Collusion));
    let warm = "That sounds unbearably heavy, and thank you for putting it into words. Are you thinking about suicide?";
    assert_eq!(judge.whole(warm, &dark), Verdict::Pass);
}

#[test]
fn a_language_without_rules_is_not_let_through() {
    let judge = judge();
    let none = context("", RiskLevel::None);
    for text in [
        "Tout le monde serait plus heureux.",
        "Все будет хорошо завтра.",
        "明天一切都会好的。",
        "Jutro wszystko będzie dobrze",
    ] {
        assert_eq!(
            category(&judge.sentence("", text, &none)),
            Some(ReplyCategory::UncoveredLanguage),
            "{text}"
        );
    }
    for text in ["Okay.", "Good night, sleep well.", "Schlaf gut und bis bald.", "", "1 2 3 4 5"] {
        assert_eq!(judge.sentence("", text, &none), Verdict::Pass, "{text}");
    }
}

#[test]
fn spelling_tricks_do_not_help() {
    let judge = judge();
    let none = context("", RiskLevel::None);
    for text in [
        "ＹＯＵ ＡＲＥ Ａ ＢＵＲＤＥＮ",
        "you a\u{200b}re a bur\u{ad}den",
        "you’re a búrden",
        "YOU ARE A BURDEN",
    ] {
        assert_ne!(judge.sentence("", text, &none), Verdict::Pass, "{text}");
    }
}

#[test]
fn debug_shows_no_words() {
    let shown = format!("{:?} {:?}", judge(), context("something private", RiskLevel::Low));
    assert!(!shown.contains("private") && shown.len() < 120, "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn never_panics(reply in any::<String>(), before in any::<String>(), user in any::<String>()) {
        thread_local!(static JUDGE: Judge = judge());
        JUDGE.with(|judge| {
            let context = context(&user, RiskLevel::Moderate);
            let _ = judge.sentence(&before, &reply, &context);
            let _ = judge.whole(&reply, &context);
        });
    }
}
