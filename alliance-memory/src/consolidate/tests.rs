use alliance_core::{id::TurnId, safety::Timestamp};
use futures::executor::block_on;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn turns(locale: Locale, said: &[&str]) -> Vec<TranscriptTurn> {
    let turn = |(number, said): (usize, &&str)| {
        let id = TurnId::new(Uuid::from_u128(number as u128 + 1));
        TranscriptTurn::new(id, Timestamp::from_millis(number as i64 * 1_000), locale, *said)
    };
    said.iter().enumerate().map(turn).collect()
}

fn made(transcript: &Transcript) -> Memories {
    let rules = RuleConsolidator::built_in().unwrap();
    let made = block_on(rules.consolidate(transcript)).unwrap();
    made.check(transcript).unwrap();
    made
}

fn facts(locale: Locale, said: &str) -> Vec<String> {
    let made = made(&Transcript::new(turns(locale, &[said])));
    let text = |fact: &FactRecord| format!("{} {} {}", fact.subject, fact.predicate, fact.value);
    made.facts.iter().map(|cited| text(&cited.memory)).collect()
}

#[test]
fn facts_are_what_is_said_plainly() {
    let table: [(Locale, &str, &[&str]); 38] = [
        (
            Locale::En,
            "Hi, my name is Robin. I live in Leeds, near the park.",
            &["you are called Robin", "you live in Leeds"],
        ),
        (
            Locale::En,
            "My sister Nora lives in Bath.",
            &["sister is called Nora", "sister Nora lives in Bath"],
        ),
        (
            Locale::En,
            "I work as a baker and I have two brothers.",
            &["you work as a baker", "you have two brothers"],
        ),
        (Locale::En, "I'm 41 years old.", &["you are aged 41"]),
        (Locale::En, "Swimming really helped me.", &["you were helped by Swimming"]),
        (Locale::En, "The tea didn't help me.", &["you were not helped by The tea"]),
        (Locale::En, "I don't think I live in Leeds.", &[]),
        (Locale::En, "If I live in Leeds one day, good.", &[]),
        (Locale::En, "Do I live in Leeds?", &[]),
        (Locale::En, "I wish I could say I work at a bank.", &[]),
        (Locale::En, "I hate myself. I love it.", &[]),
        (Locale::En, "My friend asked where they live in winter.", &[]),
        (
            Locale::De,
            "Ich heiße Robin. Ich wohne jetzt in Mainz, nah am Fluss.",
            &["du heißt Robin", "du wohnst in Mainz"],
        ),
        (
            Locale::De,
            "Meine Schwester heißt Nora und meine Oma wohnt in Trier.",
            &["schwester heißt Nora", "oma wohnt in Trier"],
        ),
        (
            Locale::De,
            "Ich arbeite als Bäcker und ich habe zwei Brüder.",
            &["du arbeitest als Bäcker", "du hast zwei Brüder"],
        ),
        (Locale::De, "Ich bin nach Kiel gezogen.", &["du wohnst in Kiel"]),
        (Locale::De, "Ich wohne nicht in Mainz.", &[]),
        (Locale::De, "Wenn ich in Mainz wäre, wäre es besser.", &[]),
        (Locale::En, "I live in constant fear.", &[]),
        (Locale::En, "I live in my head most days.", &[]),
        (Locale::En, "I live with so much guilt.", &[]),
        (Locale::En, "I live with my two brothers.", &["you live with your two brothers"]),
        (Locale::En, "I work as hard as I can.", &[]),
        (Locale::En, "I work at night.", &[]),
        (Locale::En, "I work in the shadow of my boss.", &[]),
        (Locale::En, "I now work at the library.", &["you work at the library"]),
        (Locale::En, "I told my sister Monday was fine.", &[]),
        (Locale::En, "My mother left me the house.", &[]),
        (Locale::En, "My husband left me.", &["you are separated"]),
        (Locale::De, "Ich lebe in Angst.", &[]),
        (Locale::De, "Ich lebe in ständiger Sorge.", &[]),
        (Locale::De, "Ich arbeite im Moment viel.", &[]),
        (Locale::De, "Ich arbeite in einer Bäckerei.", &["du arbeitest in einer Bäckerei"]),
        (Locale::De, "Ich wohne mit meiner Oma zusammen.", &["du wohnst mit deiner Oma"]),
        (Locale::De, "Es ist schlimm, weil meine Mutter Angst hat.", &[]),
        (Locale::De, "Ich bin 41 Jahre alt.", &["du bist im Alter von 41 Jahren"]),
        (Locale::De, "Mein Mann hat mich verlassen.", &["du bist getrennt"]),
        (Locale::De, "Spazieren hilft mir.", &["du hast als hilfreich erlebt Spazieren"]),
    ];
    for (locale, said, expected) in table {
        assert_eq!(facts(locale, said), expected, "{said}");
    }
}

#[test]
fn a_new_value_takes_the_place_of_the_known_one() {
    let id = RecordId::new(Uuid::from_u128(77));
    let known = [(id, FactRecord::new("you", "live in", "Leeds"))];
    let moved = Transcript::new(turns(Locale::En, &["I moved to York."])).known(known.clone());
    let made_now = made(&moved);
    let fact = &made_now.facts[0].memory;
    assert_eq!((fact.value.as_str(), fact.supersedes, fact.valid_from.is_some()), ("York", Some(id), true));
    let again = Transcript::new(turns(Locale::En, &["I live in leeds."])).known(known);
    assert!(made(&again).facts.is_empty(), "known already");
    let twice = made(&Transcript::new(turns(Locale::En, &["I live in Leeds.", "I moved to York."])));
    assert_eq!(twice.facts.len(), 1);
    assert_eq!(twice.facts[0].memory.value, "York");
}

#[test]
fn what_is_said_of_one_is_not_said_of_another() {
    let known = |facts: &[(&str, &str, &str)]| {
        let fact = |(number, (subject, predicate, value)): (usize, &(&str, &str, &str))| {
            (RecordId::new(Uuid::from_u128(number as u128)), FactRecord::new(*subject, *predicate, *value))
        };
        facts.iter().enumerate().map(fact).collect::<Vec<_>>()
    };
    let replaces = |said: &str, facts: &[(&str, &str, &str)]| {
        let made = made(&Transcript::new(turns(Locale::En, &[said])).known(known(facts)));
        made.facts.iter().map(|cited| cited.memory.supersedes).collect::<Vec<_>>()
    };
    let first = Some(RecordId::new(Uuid::from_u128(0)));
    let nora = ("sister Nora", "lives in", "Bath");
    assert_eq!(replaces("My sister Eva lives in York.", &[nora]), [None, None]);
    assert_eq!(replaces("My sister Nora lives in York.", &[nora, ("sister", "is called", "Nora")]), [first]);
    assert_eq!(replaces("My sister lives in York.", &[("sister", "lives in", "Bath")]), [None]);
    assert_eq!(replaces("My mother lives in York.", &[("mother", "lives in", "Bath")]), [first]);
    assert_eq!(replaces("My sister is called Eva.", &[("sister", "is called", "Nora")]), [None]);
    assert_eq!(replaces("I'm 41 years old.", &[("you", "are", "separated")]), [None]);
    assert_eq!(replaces("I'm divorced.", &[("you", "are aged", "41")]), [None]);
}

#[test]
fn episodes_are_the_persons_own_sentences() {
    let said = [
        "Yesterday I had an argument with my boss and I was furious.",
        "The weather is nice.",
        "Is he angry?",
    ];
    let made = made(&Transcript::new(turns(Locale::En, &said)));
    let [episode] = made.episodes.as_slice() else { panic!("{} episodes", made.episodes.len()) };
    assert_eq!(episode.memory.text, said[0]);
    assert_eq!(episode.memory.people, ["boss"]);
    assert!(episode.memory.emotion.is_some_and(|felt| felt.valence < 0));
    assert_eq!(episode.turns.len(), 1);
}

#[test]
fn an_episode_says_when_it_happened() {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let now = Timestamp::from_millis(1_800_000_000_000);
    let table = [
        (Locale::En, "Yesterday I had an argument with my boss.", 1),
        (Locale::De, "Vorgestern habe ich mich mit meinem Chef gestritten, es gab Streit.", 2),
    ];
    for (locale, said, days) in table {
        let turn = TranscriptTurn::new(TurnId::new(Uuid::from_u128(1)), now, locale, said);
        let made = made(&Transcript::new(vec![turn]));
        let happened = made.episodes[0].memory.happened.unwrap();
        assert_eq!(now.as_millis().div_euclid(DAY) - happened.as_millis().div_euclid(DAY), days, "{said}");
    }
    let made =
        made(&Transcript::new(turns(Locale::En, &["I had an argument with my boss and I was furious."])));
    assert_eq!(made.episodes[0].memory.happened, None);
}

#[test]
fn what_is_delicate_is_marked() {
    let table = [
        (Locale::En, "My grandfather died last week and I cried."),
        (Locale::De, "Mein Opa ist letzte Woche gestorben, ich habe geweint."),
    ];
    for (locale, said) in table {
        let made = made(&Transcript::new(turns(locale, &[said])));
        assert_eq!(made.episodes[0].memory.sensitivity, Sensitivity::Delicate);
        assert_eq!(made.summary[0].sensitivity, Sensitivity::Delicate);
    }
}

#[test]
fn what_was_seen_gives_no_second_episode_but_stays_in_the_summary() {
    let said = ["Yesterday I had an argument with my boss.", "I have to go shopping later."];
    let made = made(&Transcript::new(turns(Locale::En, &said)).seen(1));
    assert!(made.episodes.is_empty());
    assert_eq!(made.summary[0].text, said[0]);
}

#[test]
fn a_session_without_weight_is_about_its_first_sentence() {
    let made =
        made(&Transcript::new(turns(Locale::En, &["hello", "I have to tidy the flat.", "I will go now."])));
    assert_eq!(
        made.summary.iter().map(|point| &*point.text).collect::<Vec<_>>(),
        ["I have to tidy the flat."]
    );
}

proptest! {
    /// Any text gives memories that the engine takes, the same each time.
    #[test]
    fn any_transcript_gives_sound_memories(
        said in proptest::collection::vec("(?s).{0,200}|(I |my sister |lives in |Nora |died |yesterday |and |\\. |, |not ){0,30}", 0..6),
        german: bool,
        seen in 0_usize..8,
    ) {
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let locale = if german { Locale::De } else { Locale::En };
        let transcript = Transcript::new(turns(locale, &said)).seen(seen);
        let first = made(&transcript);
        prop_assert_eq!(made(&transcript), first);
    }
}
