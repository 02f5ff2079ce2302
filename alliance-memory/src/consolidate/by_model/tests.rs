use alliance_core::{
    consolidate::TranscriptTurn,
    id::{RecordId, TurnId},
    record::FactRecord,
    safety::{Locale, Timestamp},
    testing::{ScriptedBackend, safety_layer},
    token::TokenCounter,
};
use futures::executor::block_on;
use uuid::Uuid;

use super::*;

const SAID: [&str; 2] = ["I moved to York with my sister.", "Yesterday I had an argument with my boss."];

const SOUND: &str = r#"{"summary":[{"text":"I moved to York","turns":[0],"delicate":false}],
    "episodes":[{"text":"I had an argument with my boss","turns":[1],"people":["boss"],"salience":60,"valence":-50,
    "intensity":40,"delicate":false}],
    "facts":[{"subject":"you","predicate":"live in","value":"York","turns":[0],"replaces":0,"confidence":90,"delicate":false}]}"#;

fn transcript() -> Transcript {
    let turn = |(number, said): (usize, &&str)| {
        let id = TurnId::new(Uuid::from_u128(number as u128 + 1));
        TranscriptTurn::new(id, Timestamp::from_millis(5), Locale::En, *said)
    };
    let known = FactRecord::new("you", "live in", "Leeds");
    Transcript::new(SAID.iter().enumerate().map(turn).collect())
        .known([(RecordId::new(Uuid::from_u128(9)), known)])
}

fn made(backend: &ScriptedBackend) -> Result<Memories, ConsolidateError> {
    let model = ModelConsolidator::new(safety_layer(), backend.clone()).unwrap();
    block_on(model.consolidate(&transcript()))
}

#[test]
fn a_sound_answer_becomes_memories_with_its_cost() {
    let backend = ScriptedBackend::replies([SOUND]);
    let made = made(&backend).unwrap();
    assert_eq!((made.summary.len(), made.episodes.len(), made.facts.len()), (1, 1, 1));
    assert_eq!(made.facts[0].memory.supersedes, Some(transcript().known[0].0));
    assert_eq!((backend.calls(), made.usage.calls), (1, 1));
}

#[test]
fn a_wrong_answer_is_asked_for_once_more_and_then_refused_whole() {
    let mended = ScriptedBackend::replies(["Here you go!", SOUND]);
    assert_eq!(made(&mended).unwrap().usage.calls, 2);
    let last = mended.prompts().pop().unwrap();
    assert!(last.parts()[0].text.contains("refused"));
    let cases = [
        (String::from("no JSON"), Refusal::Schema),
        (SOUND.replace("\"delicate\"", "\"secret\""), Refusal::Schema),
        (SOUND.replace("\"salience\":60", "\"salience\":600"), Refusal::Schema),
        (SOUND.replace("\"salience\":60", "\"salience\":101"), Refusal::OutOfRange),
        (SOUND.replace("\"turns\":[1]", "\"turns\":[7]"), Refusal::NotCited),
        (SOUND.replace("\"turns\":[0]", "\"turns\":[]"), Refusal::NotCited),
        (SOUND.replace("\"replaces\":0", "\"replaces\":3"), Refusal::UnknownFact),
        (SOUND.replace("\"York\"", "\"Paris\""), Refusal::NotSaid),
        (SOUND.replace("I had an argument with my boss", "I hit my boss"), Refusal::NotSaid),
        (SOUND.replace("[\"boss\"]", "[\"Anna\"]"), Refusal::NotSaid),
        (SOUND.replace("[\"boss\"]", "[\"bos\"]"), Refusal::NotSaid),
        (SOUND.replace("\"subject\":\"you\"", "\"subject\":\"Anna\""), Refusal::NotSaid),
        (SOUND.replace("\"live in\"", "\"are a thief in\""), Refusal::NotSaid),
        (SOUND.replace("\"live in\"", "\"moved to\""), Refusal::UnknownFact),
        (SOUND.replace("\"subject\":\"you\"", "\"subject\":\"sister\""), Refusal::UnknownFact),
    ];
    for (answer, why) in cases {
        let backend = ScriptedBackend::new().always(answer);
        let error = made(&backend).unwrap_err();
        assert_eq!(error.kind, ConsolidateErrorKind::Refused(why));
        assert_eq!(backend.calls(), 2);
    }
}

#[test]
fn what_the_person_said_is_data_and_never_instruction() {
    let backend = ScriptedBackend::replies([SOUND]);
    made(&backend).unwrap();
    let prompt = backend.prompts().pop().unwrap();
    let [instruction, person] = prompt.parts() else { panic!("two parts") };
    assert!(!instruction.text.contains("York") && person.text.contains("York"));
    assert!(serde_json::from_str::<serde_json::Value>(&person.text).is_ok());
    assert!(prompt.answer_schema().is_some(), "the schema of the data file is one");
}

#[test]
fn a_model_that_is_away_may_come_back_and_one_that_refuses_does_not() {
    let away = ScriptedBackend::new().always_fail(BackendErrorKind::Unavailable);
    assert_eq!(made(&away).unwrap_err().kind, ConsolidateErrorKind::Unavailable);
    let refusing = ScriptedBackend::new().always_fail(BackendErrorKind::Rejected);
    assert_eq!(made(&refusing).unwrap_err().kind, ConsolidateErrorKind::Refused(Refusal::Rejected));
    let cut = ScriptedBackend::new().chunks(["{"]).then_cut();
    assert_eq!(made(&cut).unwrap_err().kind, ConsolidateErrorKind::Unavailable);
}

#[test]
fn what_is_known_is_shown_within_its_budget_and_keeps_its_numbers() {
    let known = |number: u128| {
        let fact = FactRecord::new("you", "live in", format!("house {number} {}", "long ".repeat(20)));
        (RecordId::new(Uuid::from_u128(number + 100)), fact)
    };
    let mut transcript = transcript();
    transcript.known = (0..500).map(known).collect();
    transcript.known.push((RecordId::new(Uuid::from_u128(9)), FactRecord::new("you", "live in", "Leeds")));
    let backend = ScriptedBackend::replies([SOUND.replace("\"replaces\":0", "\"replaces\":500")]);
    let made =
        block_on(ModelConsolidator::new(safety_layer(), backend.clone()).unwrap().consolidate(&transcript));
    assert_eq!(made.unwrap().facts[0].memory.supersedes, Some(RecordId::new(Uuid::from_u128(9))));
    let prompt = backend.prompts().pop().unwrap();
    let person: serde_json::Value = serde_json::from_str(prompt.person()).unwrap();
    let shown = person["known"].as_array().unwrap();
    assert!(shown.len() < 100 && shown.last().unwrap()["number"] == 500);
}

#[test]
fn what_was_seen_gives_no_new_episode() {
    let backend = ScriptedBackend::new().always(SOUND);
    let model = ModelConsolidator::new(safety_layer(), backend).unwrap();
    let error = block_on(model.consolidate(&transcript().seen(2))).unwrap_err();
    assert_eq!(error.kind, ConsolidateErrorKind::Refused(Refusal::NotCited));
}

#[test]
fn what_was_asked_wished_or_denied_is_no_memory() {
    let made = |locale, said: &str, quote: &str, predicate: &str| {
        let turn =
            TranscriptTurn::new(TurnId::new(Uuid::from_u128(1)), Timestamp::from_millis(5), locale, said);
        let subject = if locale == Locale::De { "du" } else { "you" };
        let fact = json!({ "subject": subject, "predicate": predicate, "value": quote, "turns": [0], "replaces": null,
            "confidence": 80, "delicate": false });
        let answer = json!({ "summary": [], "episodes": [], "facts": [fact] }).to_string();
        let model = ModelConsolidator::new(safety_layer(), ScriptedBackend::new().always(answer)).unwrap();
        block_on(model.consolidate(&Transcript::new(vec![turn])))
            .map(|made| made.facts.len())
            .map_err(|e| e.kind)
    };
    let not_so = Err(ConsolidateErrorKind::Refused(Refusal::NotSo));
    let table = [
        (Locale::En, "I never said that I live in York.", "York", "live in", not_so),
        (Locale::En, "Do I live in York?", "York", "live in", not_so),
        (Locale::En, "If I could live in York.", "York", "live in", not_so),
        (Locale::En, "I don't like Leeds and I live in York.", "York", "live in", Ok(1)),
        (Locale::En, "I live in York, not with my sister.", "York", "live in", Ok(1)),
        (Locale::En, "I live in York no more.", "York", "live in", not_so),
        (Locale::En, "I do not live in York. I live in York now.", "York", "live in", Ok(1)),
        (Locale::En, "The tea did not help me.", "The tea", "were not helped by", Ok(1)),
        (Locale::En, "The tea did not help me.", "The tea", "were helped by", not_so),
        (Locale::En, "The tea helped me.", "The tea", "were not helped by", not_so),
        (Locale::De, "Ich habe nie gesagt, dass ich in Kiel wohne.", "Kiel", "wohnst in", not_so),
        (Locale::De, "Ich wäre froh, ich würde in Kiel wohnen.", "Kiel", "wohnst in", not_so),
        (Locale::De, "Ich mag Mainz nicht, aber ich wohne jetzt in Kiel.", "Kiel", "wohnst in", Ok(1)),
    ];
    for (locale, said, quote, predicate, expected) in table {
        assert_eq!(made(locale, said, quote, predicate), expected, "{said}");
    }
}

#[test]
fn a_quote_of_several_sentences_is_so_as_its_ends_are() {
    let turn = |said: &str| {
        TranscriptTurn::new(TurnId::new(Uuid::from_u128(1)), Timestamp::from_millis(5), Locale::En, said)
    };
    let so = |said: &str, quote: &str| said::so(quote, &[&turn(said)], &Books::built_in().unwrap(), false);
    let said = "I came home late. Nobody was there. I wish I had called.";
    assert_eq!(so(said, "I came home late. Nobody was there."), Ok(()));
    assert_eq!(so(said, "Nobody was there. I wish I had called."), Ok(()));
    assert_eq!(so(said, "there. I had called"), Err(Refusal::NotSaid));
    assert_eq!(so(said, "I had called"), Err(Refusal::NotSo));
    assert_eq!(so(said, "ome late"), Err(Refusal::NotSaid), "no whole words");
    assert_eq!(so(said, ""), Err(Refusal::NotSaid));
}

#[test]
fn a_long_talk_is_read_in_pieces_and_a_long_message_from_its_beginning() {
    let nothing = r#"{"summary":[],"episodes":[],"facts":[]}"#;
    let turn = |number: usize, said: String| {
        let id = TurnId::new(Uuid::from_u128(number as u128 + 1));
        TranscriptTurn::new(id, Timestamp::from_millis(5), Locale::En, said)
    };
    // Every character of this one is two in JSON.
    let mut turns = vec![turn(0, "\"".repeat(60_000))];
    turns.extend((1..55).map(|number| turn(number, format!("number {number} {}", "word ".repeat(100)))));
    let backend = ScriptedBackend::new().always(nothing);
    let model = ModelConsolidator::new(safety_layer(), backend.clone()).unwrap();
    let known = (0..300).map(|number| {
        let fact = FactRecord::new("you", "live in", format!("\"{}\"", "\"".repeat(100)));
        (RecordId::new(Uuid::from_u128(number)), fact)
    });
    let made = block_on(model.consolidate(&Transcript::new(turns).known(known))).unwrap();
    let prompts = backend.prompts();
    assert!(prompts.len() > 2 && prompts.len() <= ModelConsolidator::PIECES, "{}", prompts.len());
    assert_eq!(made.usage.calls, u32::try_from(prompts.len()).unwrap());
    let mut numbers = Vec::new();
    for prompt in &prompts {
        let tokens: usize = prompt.parts().iter().map(|part| ByteEstimate.count(&part.text)).sum();
        assert!(tokens + ANSWER_TOKENS <= 8_192, "{tokens}");
        let person: serde_json::Value = serde_json::from_str(prompt.person()).unwrap();
        let turns = person["turns"].as_array().unwrap();
        assert!(turns.iter().enumerate().all(|(place, turn)| turn["number"] == place));
        numbers.extend(turns.iter().map(|turn| turn["said"].as_str().unwrap().len()));
    }
    assert_eq!(numbers.len(), 55, "each turn once");
    assert!((1..60_000).contains(&numbers[0]));
}
