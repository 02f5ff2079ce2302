//! States and the ways between them.

use alliance_core::measures::{InstrumentSpec, InstrumentWording};
use alliance_core::safety::Locale;

use super::{named, slots::exists};
use crate::{
    definition::{At, Edge, Extract, Faults, File, Kind, SlotKind, State, closest},
    guard::Guard,
};

/// The longest timer: an hour.
const MOST_SECONDS: u32 = 3_600;

pub(super) fn check(file: &File, faults: &mut Faults<'_>) {
    goes(file, &file.start, "it starts at", faults);
    let first = file.states.iter().find(|state| state.id == file.start);
    if first.is_some_and(|state| *state.kind == Kind::Timer) {
        let message = "nothing happened yet that a timer could follow; start at a state that says what comes";
        faults.add(file.start.span(), message);
    }
    for compare in &file.compare {
        if let Some(go) = &compare.go {
            goes(file, go, "the comparison goes to", faults);
        }
    }
    for (index, state) in file.states.iter().enumerate() {
        named(&state.id, "a state", faults);
        if file.states[..index].iter().any(|other| other.id == state.id) {
            faults.add(
                state.id.span(),
                format!("there is another state `{}`; names are used once", state.id.as_str()),
            );
        }
        kind(state, faults);
        if let Some(slot) = &state.asks {
            exists(file, slot, faults);
        }
        if let Some(extract) = state.extract.as_ref().filter(|extract| ***extract == Extract::Both) {
            read_by_a_model(file, state, extract, faults);
        }
        if let Some(visits) = state.max_visits.as_ref().filter(|visits| ***visits == 0) {
            faults.add(visits.span(), "`max_visits` is at least 1");
        }
        edges(file, state, faults);
    }
}

/// Notes a state that does not exist.
fn goes(file: &File, go: &At<String>, what: &str, faults: &mut Faults<'_>) -> bool {
    let known = file.states.iter().any(|state| state.id == *go);
    if !known {
        let near = closest(go, file.states.iter().map(|state| state.id.as_str()));
        faults.add(go.span(), format!("{what} `{}`, which does not exist{near}", go.as_str()));
    }
    known
}

/// A model may read a rating, since that is echoed back, and one that is required, since any other may stay empty.
fn read_by_a_model(file: &File, state: &State, extract: &At<Extract>, faults: &mut Faults<'_>) {
    let slot = state.asks.as_ref().and_then(|slot| file.slots.get(slot.as_str()));
    if !slot.is_some_and(|slot| *slot.kind == SlotKind::Rating && slot.required) {
        let message =
            "`extract = \"both\"` is for a state that asks for a rating that is required; take this away";
        faults.add(extract.span(), message);
    }
}

fn kind(state: &State, faults: &mut Faults<'_>) {
    let (id, kind) = (state.id.as_str(), *state.kind);
    let needs = |there: bool, what: &str, faults: &mut Faults<'_>| {
        if !there {
            faults.add(state.kind.span(), format!("the {kind} state `{id}` needs `{what}`"));
        }
    };
    if kind == Kind::Model {
        needs(state.aim.is_some(), "aim", faults);
    } else {
        for aim in [&state.aim, &state.fallback].into_iter().flatten() {
            let message =
                format!("the {kind} state `{id}` has no model; take this away, or make its kind \"model\"");
            faults.add(aim.span(), message);
        }
    }
    match kind {
        Kind::Timer => needs(state.after_seconds.is_some(), "after_seconds", faults),
        Kind::Measure => needs(state.instrument.is_some(), "instrument", faults),
        Kind::Child => needs(state.run.is_some(), "run", faults),
        Kind::Fixed | Kind::Templated | Kind::Model => {}
    }
    let own = |of: Kind, value: Option<std::ops::Range<usize>>, what: &str, faults: &mut Faults<'_>| {
        if let Some(span) = value.filter(|_| kind != of) {
            faults.add(span, format!("`{what}` belongs to a {of} state, and `{id}` is {kind}"));
        }
    };
    own(Kind::Timer, state.after_seconds.as_ref().map(At::span), "after_seconds", faults);
    own(Kind::Measure, state.instrument.as_ref().map(At::span), "instrument", faults);
    own(Kind::Child, state.run.as_ref().map(At::span), "run", faults);
    if let Some(seconds) =
        state.after_seconds.as_ref().filter(|seconds| !(1..=MOST_SECONDS).contains(&***seconds))
    {
        faults.add(seconds.span(), format!("`after_seconds` is from 1 to {MOST_SECONDS}"));
    }
    if matches!(kind, Kind::Measure | Kind::Child) {
        for value in [&state.asks, &state.say, &state.bare, &state.help].into_iter().flatten() {
            faults.add(
                value.span(),
                format!("a {kind} state brings its own words and answers; take this away"),
            );
        }
    }
    if let Some(instrument) = &state.instrument {
        measured(instrument, faults);
    }
    if let Some(end) = state.end.as_ref()
        && !matches!(kind, Kind::Fixed | Kind::Templated)
    {
        faults.add(end.span(), format!("`{id}` ends and is {kind}; an end is fixed or templated"));
    }
}

fn measured(instrument: &At<String>, faults: &mut Faults<'_>) {
    let Ok(spec) = InstrumentSpec::built_in(instrument) else {
        return faults.add(instrument.span(), format!("there is no instrument `{}`", instrument.as_str()));
    };
    for locale in Locale::ALL {
        if InstrumentWording::built_in(&spec, locale.as_str()).is_err() {
            let message =
                format!("`{}` has no wording in `{locale}`; it cannot be asked in it", instrument.as_str());
            faults.add(instrument.span(), message);
        }
    }
}

fn edges(file: &File, state: &State, faults: &mut Faults<'_>) {
    let id = state.id.as_str();
    match (&state.end, state.on.first()) {
        (Some(_), Some(edge)) => {
            faults.add(edge.go.span(), format!("`{id}` ends the protocol and goes nowhere; take `on` away"));
        }
        (Some(end), None) if state.asks.is_some() => {
            faults.add(
                end.span(),
                format!("`{id}` ends the protocol, so nobody hears the answer; take `asks` away"),
            );
        }
        (None, None) => {
            let message = format!("`{id}` goes nowhere; give it `on`, or `end` where the protocol is over");
            faults.add(state.id.span(), message);
        }
        _ => {}
    }
    let last = state.on.len().saturating_sub(1);
    for (index, edge) in state.on.iter().enumerate() {
        goes(file, &edge.go, &format!("state `{id}` goes to"), faults);
        for slot in &edge.clear {
            if exists(file, slot, faults) && rates(file, state, slot) {
                let message = format!(
                    "`{}` was answered here and is said back first; clear it on the way that asks it again",
                    slot.as_str()
                );
                faults.add(slot.span(), message);
            }
        }
        guard(file, edge, faults);
        asks_alone(file, edge, faults);
        match &edge.when {
            Some(when) if index == last => {
                let message = format!(
                    "the last way on from `{id}` has a guard; add one without, so that there always is a way"
                );
                faults.add(when.span(), message);
            }
            None if index < last => {
                let message = format!(
                    "this way on from `{id}` is always taken, so those after it never are; move it last"
                );
                faults.add(edge.go.span(), message);
            }
            None => used_up(file, id, edge, faults),
            Some(_) => {}
        }
    }
}

/// The plan's question stands alone: the words of a state wait for it, and the last words of an end cannot.
fn asks_alone(file: &File, edge: &Edge, faults: &mut Faults<'_>) {
    let Some(probe) = edge.probe.as_ref().filter(|probe| ***probe) else { return };
    if file.states.iter().any(|state| state.id == edge.go && state.end.is_some()) {
        let message = format!(
            "the plan asks about suicide here, and `{}` says its last words in the same turn; go to a state that goes on",
            edge.go.as_str()
        );
        faults.add(probe.span(), message);
    }
}

/// Whether a state asks for this rating.
fn rates(file: &File, state: &State, slot: &At<String>) -> bool {
    let rating = file.slots.get(slot.as_str()).is_some_and(|slot| *slot.kind == SlotKind::Rating);
    rating && state.asks.as_ref().is_some_and(|asks| asks == slot)
}

fn guard(file: &File, edge: &Edge, faults: &mut Faults<'_>) {
    let Some(when) = &edge.when else { return };
    if let Err(error) = Guard::read(when, file) {
        faults.add_inside(when.span(), when, error.at, error.message);
    }
}

/// The way that is always open must not lead to a state that can be used up.
fn used_up(file: &File, id: &str, edge: &Edge, faults: &mut Faults<'_>) {
    let limited = file.states.iter().any(|state| state.id == edge.go && state.max_visits.is_some());
    if limited {
        let message = format!(
            "`{}` has `max_visits`, so the last way on from `{id}` can be closed; add one to a state without",
            edge.go.as_str()
        );
        faults.add(edge.go.span(), message);
    }
}
