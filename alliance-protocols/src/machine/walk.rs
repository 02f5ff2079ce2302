//! How it goes from state to state, and how it ends.

use std::time::Duration;

use alliance_core::safety::Locale;
use alliance_core::{
    protocol::{Keep, Outcome, Progress, SlotValue},
    record::{EpisodeRecord, FactRecord, MeasurementRecord},
};

use super::{Edge, Machine, Memory, State, counts, say::answered, turn::Turn};
use crate::{
    definition::{End, MemoryKind, SlotKind},
    guard::World,
};

/// The most steps that are kept of the way here.
const MOST_TRAIL: usize = 60;

impl<'m> Turn<'m> {
    /// Goes on from a state whose answer is in. A state whose slot is filled and fresh is passed. After an answer
    /// that was asked for again, so is every state that asks nothing and was there before.
    pub(super) fn go_on(&mut self, from: &'m State, again: bool) {
        let machine = self.machine;
        let here = self.progress().step.clone();
        if again {
            counts::came_from(self.progress(), &from.id);
        }
        let again = again || counts::returns_to(self.progress()).is_some();
        let (mut at, mut over) = (from, vec![from.id.as_str()]);
        loop {
            self.passed(&at.id);
            let Some(edge) = self.edge(at, again, &over) else { break };
            self.transition.probe |= edge.probe;
            self.transition.people |= edge.people;
            for slot in &edge.clear {
                let progress = self.progress();
                progress.slots.remove(slot);
                progress.stale.remove(slot);
            }
            let Some(next) = machine.states.get(&edge.go) else { break };
            let known = counts::of(self.progress(), counts::VISITS, &next.id) > 0;
            self.progress().step.clone_from(&next.id);
            if !(again && known) {
                counts::add(self.progress(), counts::VISITS, &next.id);
            }
            if let Some(end) = next.end {
                return self.end(end);
            }
            let back = counts::returns_to(self.progress()) == Some(&next.id);
            if !self.passes(next, again && known && !back) {
                return self.arrive(next, again && here == next.id);
            }
            self.child = None;
            over.push(&next.id);
            at = next;
        }
        self.leave("~early", Outcome::Parked);
    }

    /// Goes to a state, whatever the edges say.
    pub(super) fn jump(&mut self, go: &str) {
        let from = self.transition.progress.step.clone();
        self.passed(&from);
        let Some(state) = self.machine.states.get(go) else { return };
        self.progress().step.clone_from(&state.id);
        counts::add(self.progress(), counts::VISITS, &state.id);
        match state.end {
            Some(end) => self.end(end),
            None => self.arrive(state, false),
        }
    }

    /// The way on. No state is passed twice without the person, so that this ends.
    fn edge(&self, at: &'m State, again: bool, over: &[&str]) -> Option<&'m Edge> {
        let world = World { progress: &self.transition.progress, outcome: self.child };
        let open = |edge: &&Edge| {
            let visits = counts::of(world.progress, counts::VISITS, &edge.go);
            let most = self.machine.states.get(&edge.go).and_then(|state| state.max_visits);
            // On the way back to where it was, a state that was there before is only passed.
            let there = again && visits > 0 || most.is_none_or(|most| visits < most);
            there && (!over.contains(&&*edge.go) || at.id == edge.go && !again)
        };
        let holds = |edge: &&Edge| edge.when.as_ref().is_none_or(|(_, guard)| guard.holds(world));
        at.edges.iter().filter(open).find(holds)
    }

    fn passes(&self, state: &State, was_here: bool) -> bool {
        let progress = &self.transition.progress;
        match (&state.asks, &state.measure) {
            (Some(slot), _) => counts::filled(progress, slot) && !progress.stale.contains(slot),
            (None, Some(measure)) => answered(progress, &state.id) >= measure.items,
            (None, None) => was_here,
        }
    }

    fn passed(&mut self, step: &str) {
        let trail = &mut self.progress().trail;
        trail.push(step.to_owned());
        if trail.len() > MOST_TRAIL {
            trail.remove(0);
        }
    }

    /// A state begins.
    pub(super) fn arrive(&mut self, state: &'m State, quiet: bool) {
        let machine = self.machine;
        let progress = self.progress();
        counts::set(progress, counts::QUIET, "", u32::from(quiet));
        counts::set(progress, counts::REPEATED, &state.id, 0);
        if let Some(slot) = state.asks.as_deref() {
            counts::set(progress, counts::ASKED, slot, 0);
            // A list that was broken off begins anew.
            if counts::of(progress, counts::OPEN, slot) > 0 {
                progress.slots.remove(slot);
                counts::set(progress, counts::OPEN, slot, 0);
            }
            let stale = progress.stale.contains(slot) && progress.slots.contains_key(slot);
            if !stale {
                counts::returned(progress);
            }
            if stale {
                let number = machine
                    .slots
                    .get(slot)
                    .is_some_and(|slot| matches!(slot.kind, SlotKind::Rating | SlotKind::Number));
                self.say_of(if number { "stale_number" } else { "stale_text" }, slot);
            }
        }
        if state.asks.is_none() {
            counts::returned(self.progress());
        }
        self.transition.timer = state.after;
    }

    fn end(&mut self, end: End) {
        let machine = self.machine;
        self.transition.outcome = end.outcome();
        if end != End::Completed {
            return;
        }
        let progress = &self.transition.progress;
        if progress.turns < machine.min_turns {
            return self.leave("~early", Outcome::Parked);
        }
        let empty = |(name, slot): (&String, &super::Slot)| slot.required && !counts::filled(progress, name);
        if machine.slots.iter().any(empty) {
            self.transition.outcome = Outcome::Parked;
            return;
        }
        let keep = machine.memory.iter().filter_map(|memory| machine.keep(memory, progress));
        self.transition.keep = keep.collect();
    }
}

impl Machine {
    /// What is remembered, where everything that it names is there.
    fn keep(&self, memory: &Memory, progress: &Progress) -> Option<Keep> {
        if !memory.slots.iter().all(|slot| counts::filled(progress, slot)) {
            return None;
        }
        let german = counts::of(progress, counts::GERMAN, "") > 0;
        let locale = if german { Locale::De } else { Locale::En };
        let text = |key: &Option<String>| self.filled(key.as_deref()?, progress, locale);
        let keep = match memory.kind {
            MemoryKind::Episode => Keep::episode(EpisodeRecord::new(text(&memory.text)?)),
            MemoryKind::Fact => Keep::fact(FactRecord::new(
                text(&memory.subject)?,
                text(&memory.predicate)?,
                text(&memory.text)?,
            )),
            MemoryKind::Measurement => {
                let state = self.states.get(memory.state.as_ref()?)?;
                let measure = state.measure.as_ref()?;
                let Some(SlotValue::List(items)) = progress.slots.get(&state.id) else { return None };
                let answers: Vec<Option<u8>> = items.iter().map(answer).collect();
                (answers.len() == measure.items)
                    .then(|| Keep::measurement(MeasurementRecord::new(measure.instrument.clone(), answers)))?
            }
        };
        Some(match memory.ttl {
            Some(ttl) => keep.ttl(ttl),
            None => keep,
        })
    }

    /// A text with its places filled in.
    fn filled(&self, key: &str, progress: &Progress, locale: Locale) -> Option<String> {
        let text = self.texts.iter().find(|text| &*text.key == key && text.locale == locale)?;
        let (mut filled, mut rest) = (String::new(), &*text.text);
        while let Some((words, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').unwrap_or((tail, ""));
            filled.push_str(words);
            filled.push_str(&self.shown(progress, name, locale));
            rest = tail;
        }
        filled.push_str(rest);
        Some(filled)
    }
}

fn answer(item: &SlotValue) -> Option<u8> {
    match item {
        SlotValue::Number(value) => u8::try_from(*value).ok(),
        _ => None,
    }
}

/// Whole days.
pub(super) const fn days(days: u32) -> Duration {
    Duration::from_secs(days as u64 * 24 * 60 * 60)
}
