//! From a checked file to what the interpreter works on.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alliance_core::measures::{InstrumentSpec, InstrumentWording};
use alliance_core::protocol::{About, Contraindication, Instead, ProtocolId, ProtocolText};
use alliance_core::safety::Locale;

use super::{
    Compare, Edge, Machine, Measure, Memory, Reference, Slot, State,
    say::{ENDS, again_text, item_key, pack_key},
    walk::days,
};
use crate::{
    answers::Scale,
    check::{places, text_keys},
    definition::{self, Better, Extract, Faults, File, Keyed, Kind, SlotKind, Then},
    guard::Guard,
    pack::Packs,
};

/// How many items a list has at most, where nothing else is declared.
const ITEMS: usize = 12;

/// Makes a machine of a file in which no check found a fault.
pub(super) fn compile(name: &str, text: &str, file: &File, packs: &'static Packs) -> Machine {
    let slots: BTreeMap<String, Slot> =
        file.slots.iter().map(|(id, slot)| (String::clone(id), self::slot(file, id, slot))).collect();
    let states: Vec<State> = file.states.iter().map(|state| self::state(file, state)).collect();
    let mut machine = Machine {
        file: name.into(),
        id: ProtocolId::new(file.id.as_str(), *file.version),
        about: about(file),
        reviewed_by: String::clone(&file.reviewed_by),
        sources: file.sources.to_vec(),
        texts: own_texts(file),
        start: String::clone(&file.start),
        min_turns: *file.budget.min_turns,
        max_turns: *file.budget.max_turns,
        max_minutes: i64::from(*file.budget.max_minutes),
        slots,
        order: states.iter().map(|state| state.id.clone()).collect(),
        states: states.into_iter().map(|state| (state.id.clone(), state)).collect(),
        compare: file.compare.iter().map(compare).collect(),
        memory: file.memory.iter().map(memory).collect(),
        references: references(name, text, file),
        packs,
    };
    let brought: Vec<ProtocolText> =
        Locale::ALL.into_iter().flat_map(|locale| pack_texts(&machine, locale)).collect();
    machine.texts.extend(brought);
    for state in file.states.iter().filter(|state| *state.kind == Kind::Measure) {
        machine.texts.extend(items(state));
    }
    machine
}

fn references(name: &str, text: &str, file: &File) -> Vec<Reference> {
    let places = Faults::new(name, text);
    let reference = |id: &definition::At<String>, child| Reference {
        id: String::clone(id),
        child,
        place: places.place(id.span()),
    };
    let children = file.states.iter().filter_map(|state| state.run.as_ref()).map(|id| reference(id, true));
    let others = file.contraindications.iter().filter_map(|against| match &against.then {
        Then::Protocol(id) => Some(reference(id, false)),
        _ => None,
    });
    children.chain(others).collect()
}

fn about(file: &File) -> About {
    let mut about = About::default();
    about.title = Some("title".into());
    about.why = Some("why".into());
    about.names = by_locale(&file.names)
        .into_iter()
        .flat_map(|(locale, names)| names.into_iter().map(move |name| (locale, name.into())))
        .collect();
    about.calm = file.calm;
    for run in file.states.iter().filter_map(|state| state.run.as_ref()) {
        let run: Arc<str> = run.as_str().into();
        if !about.children.contains(&run) {
            about.children.push(run);
        }
    }
    let against = file.contraindications.iter().filter_map(|against| {
        let instead = match &against.then {
            Then::Refuse => Instead::Refuse,
            Then::Clinician => Instead::Clinician,
            Then::Protocol(id) => Instead::Protocol(id.as_str().into()),
        };
        Some(Contraindication::new(against.flag.parse().ok()?, instead))
    });
    about.contraindications = against.collect();
    about
}

fn slot(file: &File, id: &str, slot: &definition::Slot) -> Slot {
    let bounds = match *slot.kind {
        SlotKind::Rating => (0, 10),
        _ => (0, 1_000_000),
    };
    let count =
        |count: &Option<definition::At<u32>>| count.as_ref().and_then(|count| usize::try_from(**count).ok());
    let mut choices: Vec<_> = slot.choices.iter().collect();
    choices.sort_by_key(|(name, _)| name.span().start);
    let wins = slot.wins.as_ref().and_then(|wins| choices.iter().position(|(name, _)| *name == wins));
    Slot {
        kind: *slot.kind,
        scale: Scale {
            min: slot.min.as_deref().copied().unwrap_or(bounds.0),
            max: slot.max.as_deref().copied().unwrap_or(bounds.1),
            better: slot.better.as_deref().copied().unwrap_or(Better::Down),
            rating: *slot.kind == SlotKind::Rating,
        },
        min_items: count(&slot.min_items).unwrap_or(1),
        max_items: count(&slot.max_items).unwrap_or(ITEMS),
        split: slot.split,
        may_stay_empty: slot.may_stay_empty,
        required: slot.required,
        dependents: dependents(file, id),
        names: by_locale(&slot.names),
        choices: choices.into_iter().map(|(name, words)| (String::clone(name), words_of(words))).collect(),
        wins,
    }
}

/// Every slot that rests on `id`, however far.
fn dependents(file: &File, id: &str) -> Vec<String> {
    let (mut found, mut ahead) = (Vec::new(), vec![id]);
    while let Some(id) = ahead.pop() {
        for (name, slot) in &file.slots {
            if slot.depends_on.iter().any(|on| **on == id) && !found.contains(&**name) {
                found.push(String::clone(name));
                ahead.push(name);
            }
        }
    }
    found
}

fn state(file: &File, state: &definition::State) -> State {
    let key = |key: &Option<definition::At<String>>| key.as_ref().map(|key| Arc::from(key.as_str()));
    let say = state.say.as_ref().map_or(state.id.as_str(), |say| say.as_str());
    let say = file.texts.contains_key(say).then(|| Arc::from(say));
    let says = say.as_ref().and_then(|say: &Arc<str>| file.texts.get(&**say)).map(|texts| {
        let mut named: Vec<String> =
            texts.values().flat_map(|text| places(text)).map(|(_, name)| name.to_owned()).collect();
        named.sort();
        named.dedup();
        named
    });
    State {
        id: String::clone(&state.id),
        kind: *state.kind,
        say,
        bare: key(&state.bare),
        says: says.unwrap_or_default(),
        asks: state.asks.as_ref().map(|slot| String::clone(slot)),
        model_reads: state.extract.as_deref() == Some(&Extract::Both),
        help: key(&state.help),
        why: key(&state.why),
        aim: key(&state.aim),
        fallback: key(&state.fallback),
        after: state.after_seconds.as_ref().map(|seconds| Duration::from_secs(u64::from(**seconds))),
        measure: state.instrument.as_ref().and_then(|instrument| measure(instrument)),
        run: key(&state.run),
        max_visits: state.max_visits.as_deref().copied(),
        end: state.end.as_deref().copied(),
        edges: state.on.iter().filter_map(|edge| self::edge(file, edge)).collect(),
    }
}

fn edge(file: &File, edge: &definition::Edge) -> Option<Edge> {
    let when = match &edge.when {
        // A guard was read before: one that cannot be read is not here.
        Some(text) => Some((String::clone(text), Guard::read(text, file).ok()?)),
        None => None,
    };
    let clear = edge.clear.iter().map(|slot| String::clone(slot)).collect();
    let set = |flag: &Option<definition::At<bool>>| flag.as_ref().is_some_and(|flag| **flag);
    Some(Edge {
        when,
        go: String::clone(&edge.go),
        clear,
        probe: set(&edge.probe),
        people: set(&edge.people),
    })
}

fn measure(instrument: &str) -> Option<Measure> {
    let spec = InstrumentSpec::built_in(instrument).ok()?;
    let options = Locale::ALL.into_iter().filter_map(|locale| {
        let wording = InstrumentWording::built_in(&spec, locale.as_str()).ok()?;
        Some((locale, wording.options().to_vec()))
    });
    Some(Measure {
        instrument: instrument.to_owned(),
        items: usize::from(spec.items()),
        lowest: i64::from(spec.scale().min()),
        watched: spec.watched().iter().map(|item| usize::from(item.as_u8()).saturating_sub(1)).collect(),
        options: options.collect(),
    })
}

fn compare(compare: &definition::Compare) -> Compare {
    Compare {
        before: String::clone(&compare.before),
        after: String::clone(&compare.after),
        better: compare.better,
        go: compare.go.as_ref().map(|go| String::clone(go)),
    }
}

fn memory(memory: &definition::Memory) -> Memory {
    let name = |name: &Option<definition::At<String>>| name.as_deref().cloned();
    Memory {
        kind: *memory.kind,
        text: name(&memory.text),
        subject: name(&memory.subject),
        predicate: name(&memory.predicate),
        state: name(&memory.state),
        slots: memory.slots.iter().map(|slot| String::clone(slot)).collect(),
        ttl: memory.ttl_days.as_deref().copied().map(days),
    }
}

fn by_locale(words: &Keyed<Vec<String>>) -> BTreeMap<Locale, Vec<String>> {
    let each = words.iter().filter_map(|(locale, words)| Some((locale.parse().ok()?, words.clone())));
    each.collect()
}

/// The first words as they are written, which is how a person reads them, and then all in lower case, to be heard.
fn words_of(words: &Keyed<definition::At<Vec<String>>>) -> BTreeMap<Locale, Vec<String>> {
    let each = words.iter().filter_map(|(locale, words)| {
        let heard = words.iter().map(|word| word.to_lowercase());
        Some((locale.parse().ok()?, words.first().cloned().into_iter().chain(heard).collect()))
    });
    each.collect()
}

/// The texts of the file, with its title and its reason.
fn own_texts(file: &File) -> Vec<ProtocolText> {
    let text = |key: &str, (locale, text): (&definition::At<String>, &definition::At<String>)| {
        Some(ProtocolText::new(key, locale.parse().ok()?, text.as_str()))
    };
    text_keys(file).flat_map(|(key, texts)| texts.iter().filter_map(move |entry| text(key, entry))).collect()
}

/// The texts of the pack that this protocol can come to say.
fn pack_texts(machine: &Machine, locale: Locale) -> Vec<ProtocolText> {
    let pack = machine.packs.of(locale);
    let mut found = Vec::new();
    let mut add = |name: &str, slot: Option<(&str, &Slot)>| {
        for (variant, text) in pack.texts.of(name).iter().enumerate() {
            let text = slot
                .map_or_else(|| text.clone(), |(id, slot)| of_slot(text, id, slot, locale, &pack.words.or));
            found.push(ProtocolText::new(pack_key(name, variant, slot.map(|(id, _)| id)), locale, text));
        }
    };
    for name in GENERAL.into_iter().chain(ENDS.map(|(_, text)| text)) {
        add(name, None);
    }
    for (id, slot) in &machine.slots {
        let own = Some((id.as_str(), slot));
        let number = matches!(slot.kind, SlotKind::Rating | SlotKind::Number);
        for outside in [false, true] {
            let (name, of_slot) = again_text(slot, outside);
            if outside && !number {
                continue;
            }
            add(name, own.filter(|_| of_slot));
        }
        add(if number { "stale_number" } else { "stale_text" }, own);
        if slot.kind == SlotKind::Rating {
            add("echo", own);
        }
    }
    for (id, state) in &machine.states {
        let Some(options) = state.measure.as_ref().and_then(|measure| measure.options.get(&locale)) else {
            continue;
        };
        for (variant, text) in pack.texts.of("again_measure").iter().enumerate() {
            let text = text.replace("{choices}", &listed(options, &pack.words.or));
            found.push(ProtocolText::new(pack_key("again_measure", variant, Some(id)), locale, text));
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found.dedup_by(|a, b| a.key == b.key);
    found
}

/// Texts of the pack that every protocol can come to say.
const GENERAL: [&str; 11] = [
    "menu",
    "left_out",
    "skipped",
    "back",
    "back_none",
    "corrected",
    "reopened",
    "nothing_to_correct",
    "kept",
    "more",
    "listen",
];

fn of_slot(text: &str, id: &str, slot: &Slot, locale: Locale, or: &str) -> String {
    let labels: Vec<String> = slot.choices.iter().filter_map(|(name, _)| slot.label(name, locale)).collect();
    text.replace("{value}", &format!("{{{id}}}"))
        .replace("{min}", &slot.scale.min.to_string())
        .replace("{max}", &slot.scale.max.to_string())
        .replace("{choices}", &listed(&labels, or))
}

fn listed(words: &[String], or: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {or} {last}", first.join(", ")),
    }
}

/// The items of an instrument, in its own words.
fn items(state: &definition::State) -> Vec<ProtocolText> {
    let spec = state.instrument.as_ref().and_then(|instrument| InstrumentSpec::built_in(instrument).ok());
    let Some(spec) = spec else { return Vec::new() };
    let wordings = Locale::ALL
        .into_iter()
        .filter_map(|locale| Some((locale, InstrumentWording::built_in(&spec, locale.as_str()).ok()?)));
    let each = wordings.flat_map(|(locale, wording)| {
        let lowest = spec.scale().min();
        let options: Vec<String> =
            (lowest..).zip(wording.options()).map(|(value, option)| format!("{value} = {option}")).collect();
        let options = options.join("\n");
        let item = |(index, item): (usize, &String)| {
            let notice = if index == 0 { format!("\n\n({})", wording.notice()) } else { String::new() };
            let text = format!("{}\n\n{item}\n\n{options}{notice}", wording.stem());
            ProtocolText::new(item_key(&state.id, index), locale, text)
        };
        wording.items().iter().enumerate().map(item).collect::<Vec<_>>()
    });
    each.collect()
}
