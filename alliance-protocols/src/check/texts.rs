//! Texts: each is there in every language, each is used, and each names only slots that it may.

use super::every_locale;
use crate::definition::{At, Faults, File, Keyed, Kind, State, closest};

/// Keys that a file's texts may not have: the title and the reason have their own tables.
const OWN: [&str; 2] = ["title", "why"];

/// Every text of the file by its key, the title and the reason among them.
pub(crate) fn text_keys(file: &File) -> impl Iterator<Item = (&str, &Keyed<At<String>>)> {
    let own = [("title", &*file.title), ("why", &*file.why)];
    own.into_iter().chain(file.texts.iter().map(|(key, texts)| (key.as_str(), texts)))
}

/// The slots that a text names, and the byte of each brace.
pub(crate) fn places(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(open) = text[at..].find('{').map(|offset| at + offset) {
        let Some(close) = text[open..].find('}').map(|offset| open + offset) else { break };
        found.push((open, &text[open + 1..close]));
        at = close + 1;
    }
    found
}

/// How a text is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Word for word.
    Fixed,
    /// With slots filled in.
    Filled,
}

pub(super) fn check(file: &File, faults: &mut Faults<'_>) {
    for (what, texts) in [("the title", &file.title), ("the reason (`why`)", &file.why)] {
        every_locale(texts, what, texts, faults);
        for text in texts.values() {
            fixed(text, what, faults);
        }
    }
    for (key, texts) in &file.texts {
        if OWN.contains(&key.as_str()) {
            faults.add(key.span(), format!("`{0}` has a table of its own; use `[{0}]`", key.as_str()));
        }
        every_locale(key, &format!("the text `{}`", key.as_str()), texts, faults);
    }
    let mut used: Vec<&str> = Vec::new();
    for state in &file.states {
        used.extend(said(file, state, faults));
    }
    for memory in &file.memory {
        for key in [&memory.text, &memory.subject, &memory.predicate].into_iter().flatten() {
            used.extend(named(file, key, Use::Filled, faults));
        }
    }
    for key in file.texts.keys().filter(|key| !used.contains(&key.as_str())) {
        let near = closest(key, used.iter().copied().filter(|used| !file.texts.contains_key(*used)));
        let near = if near.starts_with("; did") { near } else { String::new() };
        faults.add(
            key.span(),
            format!("nothing says the text `{}`; use it or take it away{near}", key.as_str()),
        );
    }
}

/// Checks the texts of a state, and gives their keys.
fn said<'f>(file: &'f File, state: &'f State, faults: &mut Faults<'_>) -> Vec<&'f str> {
    let mut used = Vec::new();
    let own = *state.kind != Kind::Measure && *state.kind != Kind::Child;
    let how = if matches!(*state.kind, Kind::Templated | Kind::Model) { Use::Filled } else { Use::Fixed };
    match &state.say {
        Some(say) => used.extend(named(file, say, how, faults)),
        // A model state without a question leaves the question to the model.
        None if own && !file.texts.contains_key(state.id.as_str()) && *state.kind != Kind::Model => {
            let message = format!(
                "`{0}` has nothing to say; add `[texts.{0}]`, or name a text with `say`",
                state.id.as_str()
            );
            faults.add(state.id.span(), message);
        }
        None if own => {
            used.push(state.id.as_str());
            filled(file, &state.id, how, faults);
        }
        None => {}
    }
    bare(file, state, how, faults);
    for key in [&state.bare, &state.help, &state.why, &state.aim, &state.fallback].into_iter().flatten() {
        used.extend(named(file, key, Use::Fixed, faults));
    }
    used
}

/// Whoever skips a question leaves a slot empty: what is said then?
fn bare(file: &File, state: &State, how: Use, faults: &mut Faults<'_>) {
    let say = state.say.as_ref().unwrap_or(&state.id);
    let names_slots = |texts: &Keyed<At<String>>| texts.values().any(|text| !places(text).is_empty());
    let templated = how == Use::Filled && file.texts.get(say.as_str()).is_some_and(names_slots);
    match &state.bare {
        None if templated => {
            let message = format!(
                "the text of `{}` names slots, and a person may leave them empty; name a text without slots with `bare`",
                state.id.as_str()
            );
            faults.add(say.span(), message);
        }
        Some(bare) if !templated => {
            let message =
                format!("`{}` names no slot, so `bare` is never said; take it away", state.id.as_str());
            faults.add(bare.span(), message);
        }
        _ => {}
    }
    if *state.kind == Kind::Templated && !templated && file.texts.contains_key(say.as_str()) {
        let message =
            format!("`{}` is templated and names no slot; make its kind \"fixed\"", state.id.as_str());
        faults.add(state.kind.span(), message);
    }
}

/// Checks a text that something names, and gives its key.
fn named<'f>(file: &'f File, key: &'f At<String>, how: Use, faults: &mut Faults<'_>) -> Option<&'f str> {
    if !file.texts.contains_key(key.as_str()) {
        let near = closest(key, file.texts.keys().map(|key| key.as_str()));
        let near = if near.starts_with("; did") { near } else { String::new() };
        faults.add(key.span(), format!("there is no text `{0}`; add `[texts.{0}]`{near}", key.as_str()));
    }
    filled(file, key, how, faults);
    Some(key)
}

fn filled(file: &File, key: &str, how: Use, faults: &mut Faults<'_>) {
    for text in file.texts.get(key).into_iter().flat_map(Keyed::values) {
        if how == Use::Fixed {
            fixed(text, &format!("the text `{key}`"), faults);
            continue;
        }
        for (at, name) in places(text).into_iter().filter(|(_, name)| !file.slots.contains_key(*name)) {
            let near = closest(name, file.slots.keys().map(|key| key.as_str()));
            faults.add_inside(text.span(), text, at, format!("there is no slot `{name}`{near}"));
        }
    }
}

fn fixed(text: &At<String>, what: &str, faults: &mut Faults<'_>) {
    if let Some((at, name)) = places(text).first() {
        let message =
            format!("{what} is said word for word and has no place for `{name}`; make the state templated");
        faults.add_inside(text.span(), text, *at, message);
    }
}
