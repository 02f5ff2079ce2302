//! Static checks: what is wrong with a definition is found when it loads, all of it, each with its place.

mod graph;
mod slots;
mod states;
mod texts;

use std::collections::HashSet;

use alliance_core::{
    protocol::ProtocolText,
    safety::{Locale, SafetyLayer, ScriptError},
};

use crate::{
    definition::{At, DefinitionError, FORMAT, Faults, File, Keyed, SlotKind, closest},
    guard::Names,
    machine::Machine,
};

pub(crate) use texts::{places, text_keys};

/// Names that a guard reads as something else.
const RESERVED: [&str; 6] = ["and", "or", "not", "yes", "no", "outcome"];
/// The most turns that a protocol may take.
const MOST_TURNS: u32 = 200;
/// The most minutes: a day.
const MOST_MINUTES: u32 = 24 * 60;

/// Reads the form of a file.
pub(crate) fn read(name: &str, text: &str) -> Result<File, DefinitionError> {
    let error = match toml::from_str(text) {
        Ok(file) => return Ok(file),
        Err(error) => error,
    };
    let mut faults = Faults::new(name, text);
    let message = error.message();
    faults.add(error.span().unwrap_or_default(), mended(message));
    faults.finish().and_then(|()| Err(DefinitionError::unread(name)))
}

/// "unknown field `x`, expected one of `a`, `b`" becomes shorter, and ends with the closest.
fn mended(message: &str) -> String {
    let Some((unknown, known)) = message.split_once(", expected ") else { return message.to_owned() };
    let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    match unknown.split('`').nth(1) {
        Some(name) if !known.is_empty() => format!("{unknown}{}", closest(name, known)),
        _ => message.to_owned(),
    }
}

/// Runs every check.
pub(crate) fn checked(name: &str, text: &str, file: &File) -> Result<(), DefinitionError> {
    let mut faults = Faults::new(name, text);
    head(file, &mut faults);
    slots::check(file, &mut faults);
    states::check(file, &mut faults);
    texts::check(file, &mut faults);
    // A graph with loose ends would only say the same again.
    if faults.is_empty() {
        graph::check(file, &mut faults);
    }
    faults.finish()
}

/// Texts that review let through already, so that the pack's are looked at once and not for every slot.
#[derive(Debug, Default)]
pub(crate) struct Admitted(HashSet<(Locale, String)>);

impl Admitted {
    /// Whether review looked at this text, whatever the slots in it are called.
    fn holds(&self, text: &ProtocolText) -> bool {
        self.0.contains(&(text.locale, worded(text)))
    }
}

/// A text of the pack with one name for every slot: review reads the words around it.
fn worded(text: &ProtocolText) -> String {
    if !text.key.starts_with("pack.") {
        return text.text.to_string();
    }
    let places = places(&text.text).into_iter().map(|(_, name)| format!("{{{name}}}"));
    places.fold(text.text.to_string(), |words, place| words.replace(&place, "{value}"))
}

/// Lets review see every text.
pub(crate) fn admitted(
    name: &str,
    text: &str,
    file: &File,
    machine: &Machine,
    safety: &SafetyLayer,
    seen: &mut Admitted,
) -> Result<(), DefinitionError> {
    let mut faults = Faults::new(name, text);
    for brought in &machine.texts {
        if seen.holds(brought) {
            continue;
        }
        let Err(error) = safety.admit_script(&brought.text, brought.locale) else {
            seen.0.insert((brought.locale, worded(brought)));
            continue;
        };
        let own = text_keys(file).find(|(key, _)| *key == &*brought.key);
        let own = own.and_then(|(_, texts)| texts.get(brought.locale.as_str()));
        let (at, message) = match error {
            ScriptError::Empty => (0, "the text is empty".to_owned()),
            ScriptError::Slot { at } => (at, "a brace stands here that is not part of a `{slot}`".to_owned()),
            ScriptError::Stopped { at, category, rule } => {
                let message = format!(
                    "review stops this sentence as {category:?} (rule {rule}); say it in another way"
                );
                (at, message)
            }
            _ => (0, error.to_string()),
        };
        match own {
            Some(own) => faults.add_inside(own.span(), own, at, message),
            None => faults.add(0..0, format!("`{}` ({}): {message}", brought.key, brought.locale)),
        }
    }
    faults.finish()
}

fn head(file: &File, faults: &mut Faults<'_>) {
    if *file.format != FORMAT {
        faults.add(
            file.format.span(),
            format!("format {} is not known; this version reads {FORMAT}", *file.format),
        );
    }
    named(&file.id, "a protocol", faults);
    if *file.version == 0 {
        faults.add(file.version.span(), "versions begin with 1");
    }
    if file.reviewed_by.trim().is_empty() {
        faults.add(file.reviewed_by.span(), "`reviewed_by` names a clinician, or says \"none yet\"");
    }
    if file.sources.iter().all(|source| source.trim().is_empty()) {
        faults.add(file.sources.span(), "`sources` says where the method comes from; name at least one");
    }
    match &file.crisis {
        Some(crisis) if crisis.as_str() == "suspend" => {}
        Some(crisis) => {
            let message = format!(
                "`crisis` is always \"suspend\", not \"{}\": on a sign of danger the engine leaves every state",
                crisis.as_str()
            );
            faults.add(crisis.span(), message);
        }
        None => faults.add(
            0..0,
            "`crisis = \"suspend\"` is missing: it says to every reader that the engine leaves every state on a sign \
             of danger",
        ),
    }
    budget(file, faults);
    locales(file.names.keys(), faults);
    for against in &file.contraindications {
        if against.flag.parse::<alliance_core::protocol::Flag>().is_err() {
            let near = closest(&against.flag, alliance_core::protocol::Flag::ALL.map(|flag| flag.as_str()));
            faults.add(against.flag.span(), format!("there is no flag `{}`{near}", &**against.flag));
        }
        let twice = file.contraindications.iter().find(|other| other.flag == against.flag);
        if twice.is_some_and(|first| first.flag.span() != against.flag.span()) {
            faults.add(against.flag.span(), format!("`{}` is named twice; keep one", &**against.flag));
        }
        if let crate::definition::Then::Protocol(id) = &against.then
            && id.as_str() == file.id.as_str()
        {
            faults.add(id.span(), "a protocol cannot begin in place of itself; name another");
        }
    }
}

fn budget(file: &File, faults: &mut Faults<'_>) {
    let budget = &file.budget;
    if *budget.min_turns == 0 {
        faults.add(budget.min_turns.span(), "`min_turns` is at least 1");
    }
    if *budget.max_turns < *budget.min_turns || *budget.max_turns > MOST_TURNS {
        let message = format!("`max_turns` is from `min_turns` ({}) to {MOST_TURNS}", *budget.min_turns);
        faults.add(budget.max_turns.span(), message);
    }
    if *budget.max_minutes == 0 || *budget.max_minutes > MOST_MINUTES {
        faults.add(budget.max_minutes.span(), format!("`max_minutes` is from 1 to {MOST_MINUTES}"));
    }
}

/// A name is small letters, digits and underscores, and begins with a letter.
fn named(name: &At<String>, what: &str, faults: &mut Faults<'_>) {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        let message =
            format!("`{}` is no name for {what}: use small letters, digits and underscores", name.as_str());
        faults.add(name.span(), message);
    } else if RESERVED.contains(&name.as_str()) {
        faults.add(
            name.span(),
            format!("`{}` means something else in a guard; choose another name", name.as_str()),
        );
    }
}

fn locales<'f>(keys: impl Iterator<Item = &'f At<String>>, faults: &mut Faults<'_>) {
    for key in keys.filter(|key| !shipped(key)) {
        let near = closest(key, Locale::ALL.map(|locale| locale.as_str()));
        faults.add(key.span(), format!("no texts are shipped in `{}`{near}", key.as_str()));
    }
}

fn shipped(key: &str) -> bool {
    Locale::ALL.iter().any(|locale| locale.as_str() == key)
}

/// Every shipped language is there; where not, `at` names the place.
fn every_locale<T>(at: &At<impl Sized>, what: &str, words: &Keyed<T>, faults: &mut Faults<'_>) {
    for locale in Locale::ALL.into_iter().filter(|locale| !words.contains_key(locale.as_str())) {
        faults.add(at.span(), format!("{what} has no words in `{locale}`; add `{locale} = …`"));
    }
    locales(words.keys(), faults);
}

impl Names for File {
    fn slot(&self, name: &str) -> Option<SlotKind> {
        self.slots.get(name).map(|slot| *slot.kind)
    }

    fn choices(&self, slot: &str) -> Vec<&str> {
        self.slots
            .get(slot)
            .map(|slot| slot.choices.keys().map(|key| key.as_str()).collect())
            .unwrap_or_default()
    }

    fn slots(&self) -> Vec<&str> {
        self.slots.keys().map(|key| key.as_str()).collect()
    }

    fn states(&self) -> Vec<&str> {
        self.states.iter().map(|state| state.id.as_str()).collect()
    }
}
