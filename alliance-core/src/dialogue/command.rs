//! What a person says to steer: understood by rule, at any place, in every shipped language.

use std::{collections::HashMap, sync::LazyLock};

use alliance_safety::Locale;
use serde::Deserialize;

const EN: &str = include_str!("../../data/commands/en.toml");
const DE: &str = include_str!("../../data/commands/de.toml");

/// Words from which on a message is more than a command.
const MOST_WORDS: usize = 14;

/// Words that may follow "I meant": a value, and not a story.
const MEANT: usize = 3;

static BOOKS: LazyLock<[Result<Phrasebook, toml::de::Error>; 2]> =
    LazyLock::new(|| [Phrasebook::read(EN), Phrasebook::read(DE)]);

/// What a person says to steer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Plain(Plain),
    /// Takes back what was said, or gives the right value.
    Correct,
    /// Asks for an exercise, by its place among the names that were given.
    Start(usize),
}

/// A command that is understood without anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Plain {
    Pause,
    Stop,
    Skip,
    Back,
    Repeat,
    Why,
    GoOn,
    StartAgain,
    Leave,
    Change,
    Human,
    WhatAreYou,
    Remember,
    Worse,
    Correct,
    Yes,
    No,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    before: Vec<String>,
    after: Vec<String>,
    start: Vec<String>,
    exercise: Vec<String>,
    meant: Vec<String>,
    commands: HashMap<Plain, Vec<String>>,
}

/// The commands of one language.
#[derive(Debug)]
pub(crate) struct Phrasebook {
    before: Vec<Words>,
    after: Vec<Words>,
    start: Vec<Words>,
    exercise: Vec<Words>,
    meant: Vec<Words>,
    commands: HashMap<Words, Plain>,
}

type Words = Vec<String>;

impl Phrasebook {
    /// The commands of a language.
    pub(crate) fn of(locale: Locale) -> Result<&'static Self, toml::de::Error> {
        BOOKS[usize::from(locale == Locale::De)].as_ref().map_err(Clone::clone)
    }

    fn read(file: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(file)?;
        let all = |phrases: Vec<String>| phrases.iter().map(|phrase| words(phrase)).collect::<Vec<_>>();
        let commands = file
            .commands
            .into_iter()
            .flat_map(|(command, phrases)| phrases.into_iter().map(move |phrase| (words(&phrase), command)))
            .collect();
        Ok(Self {
            before: all(file.before),
            after: all(file.after),
            start: all(file.start),
            exercise: all(file.exercise),
            meant: all(file.meant),
            commands,
        })
    }

    /// The command that `text` is, if it is nothing else. `names` are what exercises are called.
    pub(crate) fn hear<'a>(
        &self,
        text: &str,
        names: impl Iterator<Item = (usize, &'a str)>,
    ) -> Option<Command> {
        // A long text is no command, whatever it is: it need not be cut into words.
        if text.len() > 40 * MOST_WORDS {
            return None;
        }
        let said = words(text);
        if said.is_empty() || said.len() > MOST_WORDS {
            return None;
        }
        let starts = stripped(&said, &self.before, front);
        // What stands nearer to the whole message is understood first.
        let found = starts.iter().find_map(|start| {
            stripped(start, &self.after, back).into_iter().find_map(|core| self.commands.get(core))
        });
        match found {
            Some(Plain::Correct) => return Some(Command::Correct),
            Some(command) => return Some(Command::Plain(*command)),
            None => {}
        }
        let short = |start: &[String], phrase: &Words| {
            begins(start, phrase) && (1..=MEANT).contains(&(start.len() - phrase.len()))
        };
        if self.meant.iter().any(|phrase| starts.iter().any(|start| short(start, phrase))) {
            return Some(Command::Correct);
        }
        self.asked_for(&starts, names).map(Command::Start)
    }

    /// `start grounding`, `let's do the grounding exercise`, `let's look at a thought`, `Lass uns die Erdung machen`.
    /// The name alone is an answer to something else.
    fn asked_for<'a>(
        &self,
        starts: &[&[String]],
        names: impl Iterator<Item = (usize, &'a str)>,
    ) -> Option<usize> {
        let cores: Vec<&[String]> = starts
            .iter()
            .flat_map(|start| {
                let verbs = self.start.iter().filter(|verb| begins(start, verb));
                verbs.map(|verb| &start[verb.len()..])
            })
            .chain(starts.iter().skip(1).copied())
            .collect();
        if cores.is_empty() {
            return None;
        }
        let cores: Vec<&[String]> = cores
            .into_iter()
            .flat_map(|core| stripped(core, &self.after, back))
            .flat_map(|core| stripped(core, &self.exercise, back))
            .collect();
        names.into_iter().find_map(|(place, name)| {
            let name = words(name);
            (!name.is_empty() && cores.contains(&name.as_slice())).then_some(place)
        })
    }
}

/// The words of a text, lower case, without punctuation and without apostrophes.
fn words(text: &str) -> Words {
    let text = text.replace(['\'', '\u{2019}'], "").to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn begins(said: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty() && said.starts_with(phrase)
}

fn front<'a>(said: &'a [String], phrase: &[String]) -> Option<&'a [String]> {
    said.strip_prefix(phrase)
}

fn back<'a>(said: &'a [String], phrase: &[String]) -> Option<&'a [String]> {
    said.strip_suffix(phrase)
}

/// The message, and what is left of it when filler is taken off one end, again and again. The longest first.
fn stripped<'a>(
    said: &'a [String],
    filler: &[Words],
    strip: fn(&'a [String], &[String]) -> Option<&'a [String]>,
) -> Vec<&'a [String]> {
    let mut found = vec![said];
    let mut next = 0;
    while let Some(&rest) = found.get(next) {
        next += 1;
        for phrase in filler {
            if let Some(left) = strip(rest, phrase)
                && !left.is_empty()
                && !found.contains(&left)
            {
                found.push(left);
            }
        }
    }
    found.sort_by_key(|rest| std::cmp::Reverse(rest.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(locale: Locale, text: &str) -> Option<Command> {
        let names = ["grounding", "thought record", "Erdung", "Gedankenprotokoll", "look at a thought"];
        Phrasebook::of(locale).unwrap().hear(text, names.into_iter().enumerate())
    }

    #[test]
    fn a_command_is_heard_in_its_many_wordings() {
        let table = [
            (Locale::En, "Stop.", Plain::Stop),
            (Locale::En, "ok, can we stop here please?", Plain::Stop),
            (Locale::En, "Can we take a break?", Plain::Pause),
            (Locale::En, "I'd rather not answer that", Plain::Skip),
            (Locale::En, "please go back", Plain::Back),
            (Locale::En, "Why are you asking this?", Plain::Why),
            (Locale::En, "what do you mean?", Plain::Repeat),
            (Locale::En, "I want to talk to a real person", Plain::Human),
            (Locale::En, "What do you know about me?", Plain::Remember),
            (Locale::En, "let's go on", Plain::GoOn),
            (Locale::En, "this makes me feel worse", Plain::Worse),
            (Locale::De, "Können wir eine Pause machen?", Plain::Pause),
            (Locale::De, "Bitte aufhören", Plain::Stop),
            (Locale::De, "Warum fragst du das?", Plain::Why),
            (Locale::De, "Ich möchte mit einem Menschen reden", Plain::Human),
            (Locale::De, "Was weißt du über mich?", Plain::Remember),
            (Locale::De, "weiter", Plain::GoOn),
            (Locale::De, "das möchte ich nicht beantworten", Plain::Skip),
            (Locale::De, "Wie meinst du das?", Plain::Repeat),
        ];
        for (locale, text, command) in table {
            assert_eq!(hear(locale, text), Some(Command::Plain(command)), "{text}");
        }
    }

    #[test]
    fn what_only_holds_a_command_is_none() {
        for text in [
            "I can't stop crying",
            "my back hurts",
            "he said go on and I went",
            "why does she never call me",
            "I skip breakfast most days",
            "I had to wait for hours at the doctor",
            "I am just human",
            "nothing gets better, it is always worse at night",
            "I do not know what you mean to me",
        ] {
            assert_eq!(hear(Locale::En, text), None, "{text}");
        }
        for text in [
            "Ich kann nicht aufhören zu weinen",
            "Mein Chef sagt, ich soll weitermachen",
            "Warum ruft sie nie an",
        ] {
            assert_eq!(hear(Locale::De, text), None, "{text}");
        }
    }

    #[test]
    fn corrections_and_exercises_are_heard() {
        for text in ["not that", "No, I meant 6", "that's wrong", "make it a 4"] {
            assert_eq!(hear(Locale::En, text), Some(Command::Correct), "{text}");
        }
        assert_eq!(hear(Locale::De, "Nein, ich meinte sechs"), Some(Command::Correct));
        assert_eq!(hear(Locale::En, "can we do the grounding exercise?"), Some(Command::Start(0)));
        assert_eq!(hear(Locale::En, "start thought record"), Some(Command::Start(1)));
        assert_eq!(hear(Locale::De, "Lass uns die Erdung machen"), Some(Command::Start(2)));
        assert_eq!(hear(Locale::De, "Ich möchte ein Gedankenprotokoll machen"), Some(Command::Start(3)));
        assert_eq!(hear(Locale::En, "let's look at a thought"), Some(Command::Start(4)));
        for text in ["grounding is what my friend does", "grounding", "look at a thought"] {
            assert_eq!(hear(Locale::En, text), None, "{text}");
        }
    }
}
