//! What the baseline promises.

use proptest::prelude::*;

use super::{
    error::RulesProblem,
    rules::{About, RuleFile},
    *,
};
use crate::{Category, Locale, ScopeReason};

fn baseline() -> &'static Baseline {
    static BUILT: std::sync::OnceLock<Baseline> = std::sync::OnceLock::new();
    BUILT.get_or_init(|| Baseline::built_in().unwrap())
}

fn assess(text: &str) -> Findings {
    let mut out = Findings::new();
    baseline().assess(text, Without::default(), &mut out);
    out
}

fn level(text: &str) -> RiskLevel {
    assess(text).level()
}

/// Rule name → example, of every shipped rule.
fn examples() -> Vec<(String, RiskLevel, About, String)> {
    let files = FILES.iter().map(|(name, text)| RuleFile::read(name, text).unwrap());
    files
        .flat_map(|f| {
            let language = f.language.as_str();
            f.rules
                .into_iter()
                .map(move |r| (format!("{language}.{}", r.id.as_ref()), r.level, r.about, r._example))
        })
        .collect()
}

#[test]
fn every_rule_finds_its_example() {
    let wrong = |(id, level, about, example): (String, RiskLevel, About, String)| {
        let found = assess(&example);
        let sign = found.signs().iter().find(|s| s.rule().as_str() == id);
        let heard = sign.is_some_and(|s| s.worded_level() == level);
        (!heard || (about != About::Other && found.level() < level)).then(|| format!("{id}: {found:?}"))
    };
    let wrong: Vec<_> = examples().into_iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_category_and_both_languages_have_rules() {
    let all: Vec<_> =
        baseline().lexicon.rules.iter().map(|r| (r.id.as_str().to_owned(), r.category)).collect();
    for language in Locale::ALL {
        for category in [
            Category::SuicidePassive,
            Category::SuicideActive,
            Category::SuicideHigh,
            Category::SelfHarm,
            Category::SelfHarmRequest,
            Category::HarmToOthers,
            Category::Abuse,
            Category::Psychosis,
            Category::EatingDisorder,
            Category::MedicalEmergency,
        ] {
            assert!(all.iter().any(|(id, c)| *c == category && id.starts_with(language.as_str())));
        }
    }
}

#[test]
fn disguises_do_not_hide_a_sign() {
    for text in [
        "i want to kill myself",
        "I WANT TO KILL MYSELF",
        "i w4nt t0 k1ll mys3lf",
        "i want to kiiiill myself",
        "i wаnt tо kill mysеlf",
        "i want to k i l l myself",
        "i want to k.i.l.l myself",
        "iwanttokillmyself",
        "i w a n t t o k i l l m y s e l f",
        "i want to klil mysefl",
        "ｉ ｗａｎｔ ｔｏ ｋｉｌｌ ｍｙｓｅｌｆ",
        "i wa\u{200b}nt to ki\u{200b}ll myself",
        "i wánt tó kíll mýself",
    ] {
        assert!(level(text) >= RiskLevel::Moderate, "{text}");
    }
}

#[test]
fn umlauts_may_be_typed_in_three_ways() {
    for text in ["ich will mich töten", "ich will mich toeten", "ich will mich toten"] {
        assert!(level(text) >= RiskLevel::Moderate, "{text}");
    }
}

fn lowered(text: &str, reason: ScopeReason) {
    let found = assess(text);
    assert!(found.level() < RiskLevel::Moderate, "{text}: {found:?}");
    assert!(found.signs().iter().any(|s| s.scope() == Some(reason)), "{text}: {found:?}");
}

#[test]
fn scope_lowers_and_says_why() {
    lowered("I am not suicidal, only tired.", ScopeReason::Negated);
    lowered("Ich verletze mich nicht, keine Sorge.", ScopeReason::Negated);
    lowered("Years ago I wanted to kill myself. I am grateful to be here.", ScopeReason::PastRecovered);
    lowered("My neighbor told me he wants to kill himself.", ScopeReason::ThirdPerson);
    lowered(
        "If the train is late again I could die of boredom, kill myself laughing.",
        ScopeReason::Figurative,
    );
    lowered("The character in the novel is suicidal.", ScopeReason::Fiction);
}

#[test]
fn words_in_quotation_marks_are_somebody_elses() {
    lowered("She wrote \"I want to kill myself\" on the wall of the school.", ScopeReason::Quoted);
    assert!(level("I wrote \"I want to kill myself\" in my diary.") >= RiskLevel::Moderate);
}

#[test]
fn a_frame_ends_with_its_sentence() {
    assert_eq!(level("I know what I want to. Die cast toys are for children."), RiskLevel::None);
    assert!(level("I know what I want to, die.") >= RiskLevel::Low);
}

#[test]
fn hidden_words_are_cut_and_scope_still_holds() {
    for text in ["iwanttokillmyself", "i w a n t t o e n d m y l i f e"] {
        assert!(level(text) >= RiskLevel::Low, "{text}");
    }
    for text in ["iamnotsuicidal", "Krankenversicherungsbeitrag", "internationalization"] {
        assert_eq!(level(text), RiskLevel::None, "{text}");
    }
}

#[test]
fn traps_do_not_lower() {
    for text in [
        "I don't want to live anymore.",
        "I said I wasn't suicidal. I lied.",
        "I'm not going to kill myself today.",
        "I can't stop thinking about killing myself.",
        "Ich will nicht mehr leben.",
        "This traffic makes me die of boredom. And I want to kill myself.",
        "My friend says hello. I want to kill myself.",
        "I did everything right and I still want to die.",
        "I wish I could sleep forever.",
        "I am writing a will and nobody knows why.",
        "I had a panic attack, I took all my pills and now I am numb.",
        "Years ago I was fine. Now I want to kill myself.",
    ] {
        assert!(level(text) >= RiskLevel::Low, "{text}");
    }
}

#[test]
fn somebody_else_stays_a_finding_and_a_child_stays_moderate() {
    let other = assess("My friend says she wants to die.");
    assert_eq!(other.level(), RiskLevel::None);
    assert!(other.signs().iter().any(|s| s.whose() == Attribution::OtherPerson));
    let child = assess("My daughter says she wants to die.");
    assert_eq!(child.level(), RiskLevel::Moderate);
    assert!(child.signs().iter().any(|s| s.whose() == Attribution::Dependent));
}

#[test]
fn a_text_in_an_unknown_language_says_so() {
    let says = |text: &str| assess(text).signs().iter().any(|s| s.rule().as_str() == UNSUPPORTED);
    for text in [
        "Jag har det svårt hemma just nu",
        "Minulla on ollut rankka päivä töissä",
        "오늘은 정말 힘든 하루였어요 그냥",
    ] {
        assert!(says(text), "{text}");
    }
    for text in ["I had a hard day at home", "Ich hatte heute einen schweren Tag", "ok", "42", "lol nice one"]
    {
        assert!(!says(text), "{text}");
    }
}

#[test]
fn a_broken_file_names_line_and_column() {
    let error = |text: &str| Baseline::compile(&[("x.toml", text)]).unwrap_err().to_string();
    let head = "reviewed_by = \"none yet\"\nlanguage = \"en\"\nsources = []\nfillers = []\nfigures.frames = []\n\
                [misspellings]\n[sets]\na = [\"one\"]\n[cues]\n";
    assert!(error("reviewed_by = \n").starts_with("x.toml, line 1, column 15: "));
    assert!(
        error("reviewed_by = \"none yet\"\nlanguage = \"xx\"").starts_with("x.toml, line 2, column 12: ")
    );
    let rule = |frame: &str| {
        format!(
            "{head}[[rule]]\nid = \"r\"\ncategory = \"abuse\"\nlevel = \"low\"\nframes = [\"{frame}\"]\n\
             example = \"\"\nsource = \"\"\n"
        )
    };
    assert_eq!(error(&rule("{b} two")), "x.toml, line 14, column 11: no set is called `b`");
    assert!(error(&rule("~ two")).ends_with(&RulesProblem::LooseGap.to_string()));
    assert!(error(&rule("...")).ends_with(&RulesProblem::Empty.to_string()));
    let with_fillers = |frame: &str| rule(frame).replace("fillers = []", "fillers = [\"just\", \"really\"]");
    let left = |left: &str| RulesProblem::Fillers { left: left.into() }.to_string();
    for frame in ["just that", "that really", "just really that", "{a} just that", "just that*"] {
        assert!(error(&with_fillers(frame)).ends_with(&left("that")), "{frame}");
    }
    assert!(error(&with_fillers("just really")).ends_with(&RulesProblem::Empty.to_string()));
    let in_set = with_fillers("{a} two").replace("a = [\"one\"]", "a = [\"one\", \"not really\"]");
    assert_eq!(error(&in_set), format!("x.toml, line 8, column 13: {}", left("not")));
    for frame in ["that", "just that one", "{a} that"] {
        assert!(Baseline::compile(&[("x.toml", &with_fillers(frame))]).is_ok(), "{frame}");
    }
    assert!(Baseline::compile(&[("x.toml", &rule("{a} ~ two"))]).is_ok());
}

#[test]
fn a_word_that_counts_alone_counts_alone_only() {
    for text in ["suicide", "Suicide.", "Suizid", "Selbstmord?"] {
        assert_eq!(level(text), RiskLevel::Low, "{text}");
    }
    for text in ["killing myself", "/start killing myself", "mich umbringen"] {
        assert_eq!(level(text), RiskLevel::Moderate, "{text}");
    }
    for text in ["suicide prevention day", "Ein Film über Selbstmord."] {
        assert!(level(text) < RiskLevel::Moderate, "{text}");
    }
}

#[test]
fn a_sign_against_oneself_is_no_threat_to_others() {
    for text in [
        "Honestly I've been thinking about killing myself",
        "I keep having urges to hurt myself",
        "I am scared I will kill myself",
    ] {
        let found = assess(text);
        assert!(found.level() >= RiskLevel::Moderate, "{text}");
        assert!(found.signs().iter().all(|s| s.category() != Category::HarmToOthers), "{text}: {found:?}");
    }
}

#[test]
fn debug_shows_no_phrase() {
    assert!(format!("{:?}", baseline()).len() < 60);
}

#[test]
fn a_text_of_equal_signs_gives_few_findings() {
    for text in ["kms ", "he wants to die ", "want to die ", "not suicidal. ", "i i i my me "] {
        assert!(assess(&text.repeat(4096)).signs().len() <= 32);
    }
}

#[test]
fn work_grows_with_the_text_and_not_faster() {
    for unit in ["me ", "want to ", "killing my ", "not ", "a.", "wanttodie", "\"", "\u{301}"] {
        let work = |n: usize| {
            let text = Normalised::new(&unit.repeat(n));
            let reading = baseline().vocabulary.read(&text, true);
            baseline().lexicon.automaton.find_overlapping_iter(reading.text()).count() + text.text().len()
        };
        assert!(work(4096) <= 4 * work(1024) + 64, "{unit}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_places_are_in_it(text in "\\PC{0,120}|[a-zäöü .,!\"'\u{200b}]{0,120}") {
        for sign in assess(&text).signs() {
            let Some(place) = sign.place().cloned() else {
                prop_assert!(sign.rule().as_str() == UNSUPPORTED || sign.rule().as_str().starts_with("model."));
                continue;
            };
            prop_assert!(text.get(place).is_some_and(|s| !s.is_empty()));
        }
    }

    #[test]
    fn words_around_a_sign_do_not_hide_it(
        which in 0_usize..1000,
        before in "((we cooked|the sun is out|work went well|i read a lot)[.] ){0,4}",
        after in "( (we cooked|the sun is out|work went well|i read a lot)[.]){0,4}",
    ) {
        let mut all = examples();
        // Those that count only as a whole message are no sign inside another.
        all.retain(|(id, ..)| !baseline().lexicon.rules.iter().any(|rule| rule.whole && rule.id.as_str() == id));
        let (_, _, _, example) = &all[which % all.len()];
        let buried = [before.as_str(), example, &after].concat();
        prop_assert!(level(&buried) >= level(example));
    }
}
