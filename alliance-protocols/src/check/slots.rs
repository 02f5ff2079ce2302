//! Slots, comparisons and memory.

use alliance_core::safety::Locale;

use super::{every_locale, locales, named, places};
use crate::definition::{At, Faults, File, MemoryKind, Sensitivity, Slot, SlotKind, closest};

/// The most items of a list.
const MOST_ITEMS: u32 = 20;

pub(super) fn check(file: &File, faults: &mut Faults<'_>) {
    for (id, slot) in &file.slots {
        named(id, "a slot", faults);
        bounds(id, slot, faults);
        choices(id, slot, faults);
        locales(slot.names.keys(), faults);
        for on in &slot.depends_on {
            exists(file, on, faults);
        }
        let asked = |state: &crate::definition::State| {
            // A state that asks for a slot that does not exist may mean this one, and is told by itself.
            state.asks.as_ref().is_some_and(|asks| asks == id || !file.slots.contains_key(asks.as_str()))
        };
        if !file.states.iter().any(asked) {
            let message =
                format!("no state asks for `{}`; add one with `asks`, or take the slot away", id.as_str());
            faults.add(id.span(), message);
        }
        cycle(file, id, slot, faults);
    }
    for compare in &file.compare {
        compared(file, &compare.before, &compare.after, faults);
    }
    memory(file, faults);
}

/// Notes a slot that does not exist.
pub(super) fn exists(file: &File, name: &At<String>, faults: &mut Faults<'_>) -> bool {
    let known = file.slots.contains_key(name.as_str());
    if !known {
        let near = closest(name, file.slots.keys().map(|key| key.as_str()));
        faults.add(name.span(), format!("there is no slot `{}`{near}", name.as_str()));
    }
    known
}

fn bounds(id: &At<String>, slot: &Slot, faults: &mut Faults<'_>) {
    let kind = *slot.kind;
    let numeric = matches!(kind, SlotKind::Rating | SlotKind::Number);
    for bound in [&slot.min, &slot.max].into_iter().flatten().filter(|_| !numeric) {
        faults.add(bound.span(), format!("a {kind} has no bounds; take this away"));
    }
    for count in [&slot.min_items, &slot.max_items].into_iter().flatten().filter(|_| kind != SlotKind::List) {
        faults.add(count.span(), format!("a {kind} has no items; take this away"));
    }
    if let Some(better) = slot.better.as_ref().filter(|_| !numeric) {
        faults.add(better.span(), format!("a {kind} is not better or worse; take this away"));
    }
    if slot.may_stay_empty && (slot.required || !matches!(kind, SlotKind::Text | SlotKind::List)) {
        let message = format!(
            "`{}` has `may_stay_empty`, which is for a text or a list that is not required",
            id.as_str()
        );
        faults.add(id.span(), message);
    }
    if kind == SlotKind::Rating && (slot.min.is_none() || slot.max.is_none()) {
        faults.add(id.span(), format!("the rating `{}` needs `min` and `max`", id.as_str()));
    }
    if let (Some(min), Some(max)) = (&slot.min, &slot.max)
        && **min >= **max
    {
        faults.add(max.span(), format!("`max` is above `min`, which is {}", **min));
    }
    let (least, most) = (slot.min_items.as_deref().copied().unwrap_or(1), slot.max_items.as_ref());
    if let Some(most) = most.filter(|most| ***most < least || ***most > MOST_ITEMS) {
        faults.add(most.span(), format!("`max_items` is from `min_items` ({least}) to {MOST_ITEMS}"));
    }
}

fn choices(id: &At<String>, slot: &Slot, faults: &mut Faults<'_>) {
    if let Some(wins) = slot.wins.as_ref().filter(|wins| !slot.choices.contains_key(wins.as_str())) {
        let near = closest(wins, slot.choices.keys().map(|key| key.as_str()));
        let message = format!("`{}` has no choice `{}` that could win{near}", id.as_str(), wins.as_str());
        faults.add(wins.span(), message);
    }
    if *slot.kind != SlotKind::Choice {
        if let Some(choice) = slot.choices.keys().next() {
            faults.add(choice.span(), format!("a {} has no choices; take them away", *slot.kind));
        }
        return;
    }
    if slot.choices.len() < 2 {
        faults.add(id.span(), format!("the choice `{}` needs at least two `choices`", id.as_str()));
    }
    for (name, words) in &slot.choices {
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            let message = format!(
                "`{}` is no name for a choice: use small letters, digits and underscores",
                name.as_str()
            );
            faults.add(name.span(), message);
        }
        every_locale(name, &format!("the choice `{}`", name.as_str()), words, faults);
        for (locale, list) in words {
            if list.iter().all(|word| word.trim().is_empty()) {
                faults
                    .add(list.span(), format!("no words mean `{}` in `{}`", name.as_str(), locale.as_str()));
            }
            let taken = |word: &&String| {
                let others = slot.choices.iter().filter(|(other, _)| *other < name);
                let mut others = others.filter_map(|(_, words)| words.get(locale.as_str()));
                others.any(|list| list.contains(*word))
            };
            if let Some(word) = list.iter().find(taken) {
                faults.add(list.span(), format!("\"{word}\" means another choice already; keep it for one"));
            }
        }
    }
}

/// A slot that rests on itself can never be fresh.
fn cycle(file: &File, id: &At<String>, slot: &Slot, faults: &mut Faults<'_>) {
    for on in &slot.depends_on {
        let (mut ahead, mut seen) = (vec![on.as_str()], Vec::new());
        while let Some(name) = ahead.pop() {
            if name == id.as_str() {
                let message = format!(
                    "`{}` rests on itself by way of `{}`; break the circle",
                    id.as_str(),
                    on.as_str()
                );
                return faults.add(on.span(), message);
            }
            if !seen.contains(&name) {
                seen.push(name);
                let next = file.slots.get(name).into_iter().flat_map(|slot| &slot.depends_on);
                ahead.extend(next.map(|on| on.as_str()));
            }
        }
    }
}

fn compared(file: &File, before: &At<String>, after: &At<String>, faults: &mut Faults<'_>) {
    let both = [before, after].map(|name| exists(file, name, faults));
    if both != [true, true] {
        return;
    }
    let scale = |name: &At<String>| {
        let slot = file.slots.get(name.as_str()).filter(|slot| *slot.kind == SlotKind::Rating)?;
        Some((slot.min.as_deref().copied(), slot.max.as_deref().copied()))
    };
    if let Some(name) = [before, after].into_iter().find(|name| scale(name).is_none()) {
        return faults
            .add(name.span(), format!("`{}` is no rating; only ratings are compared", name.as_str()));
    }
    let whole = |name| matches!(scale(name), Some((Some(_), Some(_))));
    if whole(before) && whole(after) && scale(before) != scale(after) {
        let message = format!(
            "`{}` and `{}` have different scales; give them the same",
            before.as_str(),
            after.as_str()
        );
        faults.add(after.span(), message);
    }
}

fn memory(file: &File, faults: &mut Faults<'_>) {
    for memory in &file.memory {
        for slot in &memory.slots {
            if exists(file, slot, faults)
                && file.slots.get(slot.as_str()).is_some_and(|held| held.sensitivity == Sensitivity::High)
            {
                let message =
                    format!("`{}` is highly sensitive and not remembered; leave it out", slot.as_str());
                faults.add(slot.span(), message);
            }
        }
        let (needs, without) = match *memory.kind {
            MemoryKind::Episode => {
                (vec![("text", &memory.text)], vec![&memory.subject, &memory.predicate, &memory.state])
            }
            MemoryKind::Fact => (
                vec![("text", &memory.text), ("subject", &memory.subject), ("predicate", &memory.predicate)],
                vec![&memory.state],
            ),
            MemoryKind::Measurement => {
                (vec![("state", &memory.state)], vec![&memory.text, &memory.subject, &memory.predicate])
            }
        };
        for (name, _) in needs.iter().filter(|(_, value)| value.is_none()) {
            faults.add(memory.kind.span(), format!("this kind of memory needs `{name}`"));
        }
        for value in without.into_iter().flatten() {
            faults.add(value.span(), "this kind of memory does not have it; take it away");
        }
        for key in [&memory.text, &memory.subject, &memory.predicate].into_iter().flatten() {
            remembered(file, key, &memory.slots, faults);
        }
        let measures = |name: &str| {
            file.states.iter().any(|state| state.id.as_str() == name && state.instrument.is_some())
        };
        if let Some(state) = memory.state.as_ref().filter(|state| !measures(state)) {
            faults.add(state.span(), format!("no state `{}` asks an instrument", state.as_str()));
        }
        if let Some(days) = memory.ttl_days.as_ref().filter(|days| ***days == 0) {
            faults.add(days.span(), "`ttl_days` is at least 1");
        }
    }
}

/// What is remembered names only slots that have to be filled for it.
fn remembered(file: &File, key: &At<String>, slots: &[At<String>], faults: &mut Faults<'_>) {
    let Some(texts) = file.texts.get(key.as_str()) else { return };
    for text in Locale::ALL.into_iter().filter_map(|locale| texts.get(locale.as_str())) {
        for (at, name) in places(text) {
            if file.slots.contains_key(name) && !slots.iter().any(|slot| slot.as_str() == name) {
                faults.add_inside(
                    text.span(),
                    text,
                    at,
                    format!("`{name}` is remembered here; name it in `slots` too"),
                );
            }
        }
    }
}
