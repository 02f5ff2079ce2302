//! What protocols take for an answer is not heard as a command before they see it, and what their texts promise a
//! command or the engine keeps. Commands belong to the core and are private there: its files are read by path.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

const LOCALES: [&str; 2] = ["en", "de"];
const PROTOCOLS: [&str; 3] = ["grounding_54321", "session", "thought_record"];
/// Understood only where the engine asked whether to go on: an answer everywhere else.
const ANSWERS: [&str; 2] = ["yes", "no"];
/// Commands that lead away from a question. The others help with it.
const AWAY: [&str; 6] = ["stop", "leave", "pause", "skip", "change", "human"];

fn file(path: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The commands of one language.
#[derive(Deserialize)]
struct Commands {
    before: Vec<String>,
    after: Vec<String>,
    commands: BTreeMap<String, Vec<String>>,
}

impl Commands {
    fn of(locale: &str) -> Self {
        toml::from_str(&file(&format!("../alliance-core/data/commands/{locale}.toml"))).unwrap()
    }

    /// The command that these words are, as the core understands them.
    fn hear(&self, text: &str) -> Option<&str> {
        let starts = stripped(words(text), &self.before, |said, filler| said.strip_prefix(filler));
        let mut cores = starts
            .into_iter()
            .flat_map(|start| stripped(start, &self.after, |said, filler| said.strip_suffix(filler)));
        cores.find_map(|core| {
            let is = |phrases: &&Vec<String>| phrases.iter().any(|phrase| words(phrase) == core);
            self.commands.iter().find(|(_, phrases)| is(phrases)).map(|(command, _)| command.as_str())
        })
    }
}

fn words(text: &str) -> Vec<String> {
    let text = text.replace(['\'', '’'], "").to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// These words, and what is left when filler is taken off one end, the longest first.
fn stripped(
    said: Vec<String>,
    filler: &[String],
    strip: for<'a> fn(&'a [String], &[String]) -> Option<&'a [String]>,
) -> Vec<Vec<String>> {
    let mut found = vec![said];
    let mut next = 0;
    while let Some(rest) = found.get(next).cloned() {
        next += 1;
        for filler in filler {
            if let Some(left) = strip(&rest, &words(filler)).filter(|left| !left.is_empty()) {
                found.push(left.to_vec());
            }
        }
    }
    found.sort_by_key(|rest| std::cmp::Reverse(rest.len()));
    found
}

fn definition(name: &str) -> Table {
    file(&format!("protocols/{name}.toml")).parse().unwrap()
}

fn pack(locale: &str) -> Table {
    file(&format!("data/pack/{locale}.toml")).parse().unwrap()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The words that mean a choice of a protocol.
fn choice_words(locale: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in PROTOCOLS {
        for slot in definition(name)["slots"].as_table().unwrap().values() {
            let choices = slot.get("choices").and_then(Value::as_table);
            for choice in choices.into_iter().flat_map(Table::values) {
                found.extend(strings(choice.get(locale)));
            }
        }
    }
    assert!(found.len() > 40, "{locale}: {}", found.len());
    found
}

#[test]
fn no_answer_is_heard_as_a_command() {
    let mut heard_as = Vec::new();
    for locale in LOCALES {
        let (commands, pack) = (Commands::of(locale), pack(locale));
        let all_said = strings(pack["words"].get("all_said"));
        let yes_no = ["yes", "no", "unsure"].map(|list| strings(pack["yes_no"].get(list))).concat();
        assert!(!all_said.is_empty() && !yes_no.is_empty());
        for word in choice_words(locale).iter().chain(&all_said) {
            let heard = commands.hear(word).filter(|command| !ANSWERS.contains(command));
            heard_as.extend(heard.map(|command| format!("{locale}: “{word}” is `{command}`")));
        }
        for word in &yes_no {
            let heard = commands.hear(word).filter(|command| AWAY.contains(command));
            heard_as.extend(heard.map(|command| format!("{locale}: “{word}” is `{command}`")));
        }
    }
    assert!(heard_as.is_empty(), "{}", heard_as.join("\n"));
}

/// Which of two commands was meant would be left to chance.
#[test]
fn no_phrase_is_two_commands() {
    for locale in LOCALES {
        let commands = Commands::of(locale);
        let mut seen: BTreeMap<Vec<String>, &str> = BTreeMap::new();
        for (command, phrases) in &commands.commands {
            for phrase in phrases {
                let other = seen.insert(words(phrase), command);
                assert_eq!(other, None, "{locale}: “{phrase}” is `{command}` too");
            }
        }
    }
}

#[test]
fn ordinary_answers_are_left_to_the_protocol() {
    let table: [(&str, &[&str]); 2] = [
        (
            "en",
            &[
                "talk to someone",
                "call someone",
                "a human",
                "later",
                "take a break",
                "leave it here",
                "something else",
                "I'd like something else",
                "too much for me",
                "what",
                "next",
                "that's enough",
                "no more",
                "I made a mistake",
                "I wanted to say sorry",
                "much worse",
                "I don't want to go on",
            ],
        ),
        (
            "de",
            &[
                "mit jemandem reden",
                "jemanden anrufen",
                "ein Mensch",
                "später",
                "eine Pause machen",
                "genug",
                "das reicht",
                "etwas anderes",
                "lieber etwas anderes",
                "das ist mir zu viel",
                "was",
                "Schluss",
                "ich habe mich vertan",
                "es dabei lassen",
                "moment",
                "ich bin nicht sicher",
            ],
        ),
    ];
    for (locale, answers) in table {
        let commands = Commands::of(locale);
        for answer in answers {
            let heard = commands.hear(answer).filter(|command| !ANSWERS.contains(command));
            assert_eq!(heard, None, "{locale}: “{answer}”");
        }
    }
}

#[test]
fn wishes_are_heard() {
    for (locale, said, command) in [
        ("en", "Can I talk to a real person please?", "human"),
        ("en", "I want to talk to a human now", "human"),
        ("en", "I need help", "human"),
        ("en", "I don't feel safe", "human"),
        ("en", "can we take a break?", "pause"),
        ("en", "stop the exercise", "stop"),
        ("en", "Can we talk about something else?", "change"),
        ("en", "this makes it worse", "worse"),
        ("en", "leave it", "no"),
        ("en", "yes, let's go on", "yes"),
        ("de", "Ich möchte mit einem Menschen reden.", "human"),
        ("de", "Gibt es hier einen Menschen?", "human"),
        ("de", "Hilf mir bitte", "human"),
        ("de", "Ich fühle mich nicht sicher", "human"),
        ("de", "Können wir eine Pause machen?", "pause"),
        ("de", "Lassen wir es", "leave"),
        ("de", "lassen wir", "no"),
        ("de", "Können wir über etwas anderes reden?", "change"),
        ("de", "ja, gern", "yes"),
    ] {
        assert_eq!(Commands::of(locale).hear(said), Some(command), "{locale}: “{said}”");
    }
}

/// Every way into these states shows whom the person can talk to.
fn shows_people(definition: &Table) -> Vec<String> {
    let states = definition["states"].as_array().unwrap();
    let edges = || states.iter().filter_map(|state| state.get("on")).flat_map(|on| on.as_array().unwrap());
    let into = |id: &str| edges().filter(|edge| edge["go"].as_str() == Some(id)).collect::<Vec<_>>();
    let shown = |edge: &&Value| edge.get("people").and_then(Value::as_bool) == Some(true);
    let ids = states.iter().map(|state| state["id"].as_str().unwrap());
    ids.filter(|id| !into(id).is_empty() && into(id).iter().all(shown)).map(str::to_owned).collect()
}

#[test]
fn what_a_text_promises_is_kept() {
    for (locale, promises, word, help) in [
        ("en", ["I show you", "I can show you", "I will show you"], "“help”", "help"),
        ("de", ["zeige ich dir", "ich dir zeig", "ich zeige dir"], "„Hilfe“", "hilfe"),
    ] {
        let heard = Commands::of(locale).hear(help) == Some("human");
        for name in PROTOCOLS {
            let definition = definition(name);
            let people = shows_people(&definition);
            for (key, text) in definition["texts"].as_table().unwrap() {
                let text = text[locale].as_str().unwrap();
                let promised = promises.iter().any(|promise| text.contains(promise));
                assert!(!promised || people.contains(key), "{name} {key}: nobody keeps this promise");
                assert!(!text.contains(word) || heard, "{name} {key}: {word} is not understood");
                // "Again" needs a first time.
                assert!(
                    !text.contains(word) || people.contains(key),
                    "{name} {key}: nothing was shown before"
                );
            }
        }
        for (key, texts) in pack(locale)["texts"].as_table().unwrap() {
            let kept = strings(Some(texts))
                .iter()
                .all(|text| promises.iter().all(|promise| !text.contains(promise)));
            assert!(kept, "{locale} {key}: nobody keeps this promise");
        }
    }
}

/// A protocol may end above another one, which goes on with its own question in the same turn.
#[test]
fn no_end_asks_a_question() {
    for name in PROTOCOLS {
        let definition = definition(name);
        let states = definition["states"].as_array().unwrap();
        for state in states.iter().filter(|state| state.get("end").is_some()) {
            let id = state["id"].as_str().unwrap();
            for key in [Some(id), state.get("bare").and_then(Value::as_str)].into_iter().flatten() {
                for (locale, text) in definition["texts"][key].as_table().unwrap() {
                    assert!(!text.as_str().unwrap().contains('?'), "{name} {key} {locale}");
                }
            }
        }
    }
    for locale in LOCALES {
        for key in ["stopped", "worse", "parked_turns", "parked_time", "parked_early"] {
            let texts = strings(pack(locale)["texts"].get(key));
            assert!(!texts.is_empty() && texts.iter().all(|text| !text.contains('?')), "{locale} {key}");
        }
    }
}
