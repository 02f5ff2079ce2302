//! What each event does.

use alliance_core::protocol::{Outcome, Progress, ProtocolEvent, SlotValue, Transition};
use alliance_core::safety::{Locale, Screening};

use super::{
    Machine, State, counts,
    read::Read,
    say::{self, ENDS, MOST_ASKED, answered, pack_key},
};
use crate::{
    answers::{self, Spoken},
    definition::{Better, End, SlotKind},
};

/// One event on its way: what it makes of the progress, and what is said for it.
pub(super) struct Turn<'m> {
    pub(super) machine: &'m Machine,
    pub(super) transition: Transition,
    /// How the child ended, while its guards are read.
    pub(super) child: Option<Outcome>,
}

impl Machine {
    pub(super) fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition {
        let Some(state) = self.states.get(&progress.step) else {
            let stopped = progress.step == ENDS[0].0;
            let outcome = if stopped { Outcome::Declined } else { Outcome::Parked };
            return Transition::ended(progress.clone(), outcome);
        };
        if let Some(end) = state.end {
            return Transition::ended(progress.clone(), end.outcome());
        }
        let mut turn = Turn { machine: self, transition: Transition::to(progress.clone()), child: None };
        turn.take(state, event);
        turn.finish()
    }
}

impl<'m> Turn<'m> {
    fn take(&mut self, state: &'m State, event: &ProtocolEvent<'_>) {
        let of_the_person =
            !matches!(event, ProtocolEvent::Resumed | ProtocolEvent::Due | ProtocolEvent::ChildEnded(_));
        if of_the_person {
            let progress = self.progress();
            progress.turns = progress.turns.saturating_add(1);
        }
        counts::spend(self.progress(), matches!(event, ProtocolEvent::Resumed));
        match event {
            ProtocolEvent::Said(screening) => {
                self.heard(screening);
                self.said(state, screening);
            }
            ProtocolEvent::Read(screening, value) => {
                self.heard(screening);
                let form = self.machine.unread(self.progress(), screening);
                match (&state.asks, form.filter(|form| form.admits(value))) {
                    (Some(slot), Some(_)) => self.filled(state, slot, (*value).clone()),
                    _ => self.said(state, screening),
                }
            }
            ProtocolEvent::Corrected(screening) => {
                self.heard(screening);
                self.corrected(screening);
            }
            ProtocolEvent::Skip => self.skip(state),
            ProtocolEvent::Back => self.back(state),
            ProtocolEvent::Repeat => self.repeat(state),
            ProtocolEvent::Why => {
                self.lead(state.why.clone().unwrap_or_else(|| "why".into()));
                self.quiet(state);
            }
            ProtocolEvent::Worse => {
                self.transition.worse = true;
                self.leave("~worse", Outcome::Parked);
            }
            ProtocolEvent::Stop => self.leave("~stopped", Outcome::Declined),
            ProtocolEvent::Resumed => self.quiet(state),
            ProtocolEvent::Due if state.after.is_some() => self.go_on(state, false),
            ProtocolEvent::ChildEnded(outcome) if state.run.is_some() => {
                self.child = Some(*outcome);
                self.go_on(state, false);
            }
            _ => {}
        }
    }

    /// Ends it where its budget is used up.
    fn finish(mut self) -> Transition {
        if self.transition.outcome == Outcome::Continues {
            let progress = &self.transition.progress;
            if progress.turns >= self.machine.max_turns {
                self.leave("~turns", Outcome::Parked);
            } else if counts::minutes(progress).is_some_and(|minutes| minutes >= self.machine.max_minutes) {
                self.leave("~time", Outcome::Parked);
            }
        }
        self.transition
    }

    fn heard(&mut self, screening: &Screening) {
        counts::set(self.progress(), counts::GERMAN, "", u32::from(screening.locale() == Locale::De));
    }

    fn said(&mut self, state: &'m State, screening: &Screening) {
        if state.run.is_some() {
            return;
        }
        if state.measure.is_some() {
            return self.item(state, screening);
        }
        let Some(slot) = state.asks.as_deref() else {
            let spoken = Spoken::new(screening.text());
            let done =
                self.machine.packs.from(screening.locale()).any(|pack| answers::all_said(&spoken, pack));
            counts::set(self.progress(), counts::DONE, "", u32::from(done));
            return self.go_on(state, false);
        };
        let read = self.machine.read(self.progress(), slot, screening.text(), screening);
        match read {
            Read::Value(value) => self.filled(state, slot, value),
            Read::Same => {
                self.progress().stale.remove(slot);
                counts::set(self.progress(), counts::ASKED, slot, 0);
                self.say("kept");
                self.go_on(state, true);
            }
            Read::More(value) => {
                let progress = self.progress();
                progress.slots.insert(slot.to_owned(), value);
                progress.stale.remove(slot);
                counts::set(progress, counts::ASKED, slot, 0);
                counts::add(progress, counts::OPEN, slot);
            }
            Read::Nothing if self.may_stay_empty(slot, screening) => {
                self.drop_slot(slot);
                self.say("left_out");
                self.go_on(state, false);
            }
            Read::Outside | Read::Nothing => self.again(state, slot, read == Read::Outside),
        }
    }

    fn may_stay_empty(&self, slot: &str, screening: &Screening) -> bool {
        let machine = self.machine;
        let spoken = Spoken::new(screening.text());
        machine.slots.get(slot).is_some_and(|slot| slot.may_stay_empty)
            && machine.packs.from(screening.locale()).any(|pack| answers::nothing(&spoken, pack))
    }

    fn filled(&mut self, state: &'m State, slot: &str, value: SlotValue) {
        let again = self.progress().stale.contains(slot);
        if self.fill(slot, value) {
            self.go_on(state, again);
        }
    }

    /// Puts a value into a slot. What rests on it becomes stale. Gives whether it goes on as usual.
    fn fill(&mut self, slot: &str, value: SlotValue) -> bool {
        let machine = self.machine;
        let progress = self.progress();
        let before = progress.slots.insert(slot.to_owned(), value);
        let changed = before.is_some() && before.as_ref() != progress.slots.get(slot);
        progress.stale.remove(slot);
        for kind in [counts::ASKED, counts::OPEN] {
            counts::set(progress, kind, slot, 0);
        }
        let Some(declared) = machine.slots.get(slot) else { return true };
        if changed {
            let rest = declared.dependents.iter().filter(|name| progress.slots.contains_key(*name));
            progress.stale.extend(rest.cloned());
        }
        if declared.kind == SlotKind::Rating {
            self.say_of("echo", slot);
        }
        self.compared(slot)
    }

    /// Whether a rating got worse by three tenths of its scale or more: then it stops and validates.
    fn compared(&mut self, slot: &str) -> bool {
        let machine = self.machine;
        for compare in machine.compare.iter().filter(|compare| compare.after == slot) {
            let value = |name: &str| match self.transition.progress.slots.get(name) {
                Some(SlotValue::Number(value)) => Some(*value),
                _ => None,
            };
            let (Some(before), Some(after)) = (value(&compare.before), value(&compare.after)) else {
                continue;
            };
            let rise = match compare.better {
                Better::Down => after.saturating_sub(before),
                Better::Up => before.saturating_sub(after),
            };
            let width = machine.slots.get(slot).map_or(0, |slot| slot.scale.max - slot.scale.min);
            if rise > 0 && rise.saturating_mul(10) >= width.saturating_mul(3) {
                self.transition.worse = true;
                match &compare.go {
                    Some(go) => self.jump(go),
                    None => self.leave("~worse", Outcome::Parked),
                }
                return false;
            }
        }
        true
    }

    /// An answer was not understood.
    fn again(&mut self, state: &'m State, slot: &str, outside: bool) {
        let progress = self.progress();
        if counts::of(progress, counts::ASKED, slot) > MOST_ASKED {
            self.drop_slot(slot);
            self.say("left_out");
            return self.go_on(state, false);
        }
        counts::add(progress, counts::ASKED, slot);
        counts::set(progress, counts::RANGE, "", u32::from(outside));
        counts::set(progress, counts::QUIET, "", 1);
    }

    /// An answer to an item of an instrument.
    fn item(&mut self, state: &'m State, screening: &Screening) {
        let Some(measure) = &state.measure else { return };
        let spoken = Spoken::new(screening.text());
        let value = self.machine.packs.each(screening.locale()).find_map(|(locale, pack)| {
            let options = measure.options.get(&locale)?;
            let highest = measure.lowest.saturating_add(i64::try_from(options.len()).ok()? - 1);
            let scale =
                answers::Scale { min: measure.lowest, max: highest, better: Better::Up, rating: false };
            // The number first: "2" is the value, not the second option.
            match answers::number(screening.text(), scale, pack) {
                answers::Figure::Value(value) => Some(value),
                answers::Figure::Outside => None,
                answers::Figure::None => answers::option(&spoken, options, measure.lowest, pack),
            }
        });
        match value {
            Some(value) => self.answered(state, SlotValue::Number(value)),
            None if counts::of(self.progress(), counts::ASKED, &state.id) >= MOST_ASKED => {
                self.pass_item(state)
            }
            None => counts::add(self.progress(), counts::ASKED, &state.id),
        }
    }

    /// Leaves an item out, where that is allowed.
    fn pass_item(&mut self, state: &'m State) {
        let item = answered(&self.transition.progress, &state.id);
        if state.measure.as_ref().is_some_and(|measure| measure.watched.contains(&item)) {
            counts::set(self.progress(), counts::ASKED, &state.id, 1);
        } else {
            self.say("left_out");
            self.answered(state, SlotValue::Choice(SKIPPED.to_owned()));
        }
    }

    fn answered(&mut self, state: &'m State, value: SlotValue) {
        let progress = self.progress();
        counts::set(progress, counts::ASKED, &state.id, 0);
        let held = progress.slots.entry(state.id.clone()).or_insert_with(|| SlotValue::List(Vec::new()));
        if let SlotValue::List(items) = held {
            items.push(value);
        }
        let items = state.measure.as_ref().map_or(0, |measure| measure.items);
        if answered(progress, &state.id) >= items {
            self.go_on(state, false);
        }
    }

    fn skip(&mut self, state: &'m State) {
        if state.measure.is_some() {
            return self.pass_item(state);
        }
        if let Some(slot) = state.asks.as_deref() {
            self.drop_slot(slot);
        }
        self.child = state.run.is_some().then_some(Outcome::Declined);
        self.say("skipped");
        self.go_on(state, false);
    }

    fn back(&mut self, state: &'m State) {
        let machine = self.machine;
        if state.measure.is_some() && answered(&self.transition.progress, &state.id) > 0 {
            let progress = self.progress();
            counts::set(progress, counts::ASKED, &state.id, 0);
            if let Some(SlotValue::List(items)) = progress.slots.get_mut(&state.id) {
                items.pop();
            }
            return self.say("back");
        }
        while let Some(step) = self.progress().trail.pop() {
            if let Some(before) = machine.states.get(&step)
                && let Some(slot) = before.asks.as_deref()
            {
                self.say("back");
                return self.reopen(before, slot);
            }
        }
        self.say("back_none");
        self.quiet(state);
    }

    /// Asks a slot again; its old value is kept until it is answered.
    fn reopen(&mut self, owner: &'m State, slot: &str) {
        let progress = self.progress();
        counts::came_from(progress, &owner.id);
        progress.step.clone_from(&owner.id);
        if progress.slots.contains_key(slot) {
            progress.stale.insert(slot.to_owned());
        }
        self.arrive(owner, true);
    }

    fn repeat(&mut self, state: &'m State) {
        let progress = self.progress();
        counts::add(progress, counts::REPEATED, &state.id);
        let often = counts::of(progress, counts::REPEATED, &state.id) > 1;
        let aside = state.asks.as_ref().is_some_and(|slot| {
            counts::of(progress, counts::OPEN, slot) > 0
                || (1..=MOST_ASKED).contains(&counts::of(progress, counts::ASKED, slot))
        });
        if let Some(help) = state.help.clone().filter(|_| often) {
            self.lead(help);
        }
        if let Some(say) = say::say(state, &self.transition.progress).filter(|_| aside) {
            self.lead(say);
        }
        self.quiet(state);
    }

    fn corrected(&mut self, screening: &Screening) {
        let machine = self.machine;
        let Some((owner, slot, named)) = self.corrects(screening) else {
            self.say("nothing_to_correct");
            if let Some(state) = machine.states.get(&self.transition.progress.step) {
                self.quiet(state);
            }
            return;
        };
        let words = machine.packs.from(screening.locale()).fold(screening.text(), answers::corrected);
        let kind = machine.slots.get(slot).map(|slot| slot.kind);
        // "The situation was another one": the name does not say where the new words begin.
        let in_words = matches!(kind, Some(SlotKind::Text | SlotKind::List));
        let read = if named && in_words {
            Read::Nothing
        } else {
            let fresh = &mut self.transition.progress.clone();
            fresh.stale.remove(slot);
            counts::set(fresh, counts::OPEN, slot, 0);
            machine.read(fresh, slot, words, screening)
        };
        match read {
            Read::Value(value) | Read::More(value) => {
                self.say("corrected");
                if self.fill(slot, value) {
                    self.go_on(owner, true);
                }
            }
            _ => {
                let trail = &mut self.progress().trail;
                trail.truncate(trail.iter().rposition(|step| *step == owner.id).unwrap_or(trail.len()));
                self.say("reopened");
                self.reopen(owner, slot);
            }
        }
    }

    /// The slot that a correction is about: the one that it names, the last number for a number, or else the one
    /// that was filled last.
    fn corrects(&self, screening: &Screening) -> Option<(&'m State, &'m str, bool)> {
        let (machine, progress) = (self.machine, &self.transition.progress);
        let spoken = Spoken::new(screening.text());
        let named = |slot: &str| {
            let names = machine.slots.get(slot)?.names.values();
            names.into_iter().find_map(|names| spoken.find(names))
        };
        let owners = || {
            let trail = progress.trail.iter().rev().filter_map(|step| machine.states.get(step));
            let owner = |state: &'m State| state.asks.as_deref().map(|slot| (state, slot));
            trail.filter_map(owner).filter(|(_, slot)| counts::filled(progress, slot))
        };
        let by_name = owners().find(|(_, slot)| named(slot).is_some());
        // "No, I meant 4" is about the last number, whatever was answered since.
        let words = machine.packs.from(screening.locale()).fold(screening.text(), answers::corrected);
        let short = Spoken::new(words).len() <= 2;
        let numeric = |slot: &str| {
            let kind = machine.slots.get(slot).map(|slot| slot.kind);
            matches!(kind, Some(SlotKind::Rating | SlotKind::Number))
                && matches!(machine.read(progress, slot, words, screening), Read::Value(SlotValue::Number(_)))
        };
        let by_number = owners().find(|(_, slot)| short && numeric(slot));
        let by_name = by_name.map(|(state, slot)| (state, slot, true));
        let by_number = by_number.map(|(state, slot)| (state, slot, false));
        by_name.or(by_number).or_else(|| owners().next().map(|(state, slot)| (state, slot, false)))
    }

    /// Leaves a slot empty.
    fn drop_slot(&mut self, slot: &str) {
        let progress = self.progress();
        progress.slots.remove(slot);
        progress.stale.remove(slot);
        for kind in [counts::ASKED, counts::OPEN] {
            counts::set(progress, kind, slot, 0);
        }
    }

    /// Nothing new was said that a model could reflect. A timer starts again.
    fn quiet(&mut self, state: &State) {
        counts::set(self.progress(), counts::QUIET, "", 1);
        self.transition.timer = state.after;
    }

    pub(super) fn leave(&mut self, step: &str, outcome: Outcome) {
        step.clone_into(&mut self.progress().step);
        self.transition.outcome = outcome;
        self.transition.timer = None;
    }

    pub(super) const fn progress(&mut self) -> &mut Progress {
        &mut self.transition.progress
    }

    pub(super) fn lead(&mut self, key: std::sync::Arc<str>) {
        self.transition.lead.push(key);
    }

    /// Says a text of the pack, another variant each time.
    pub(super) fn say(&mut self, name: &str) {
        let variant = self.next(name);
        self.lead(pack_key(name, variant, None));
    }

    /// Says a text of the pack that names a slot.
    pub(super) fn say_of(&mut self, name: &str, slot: &str) {
        let variant = self.next(name);
        self.lead(pack_key(name, variant, Some(slot)));
    }

    fn next(&mut self, name: &str) -> usize {
        let said = counts::of(self.progress(), counts::SAID, name);
        counts::add(self.progress(), counts::SAID, name);
        self.machine.variant(name, said)
    }
}

/// In place of an answer to an item.
pub(super) const SKIPPED: &str = "skipped";

impl End {
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Completed => Outcome::Completed,
            Self::Declined => Outcome::Declined,
            Self::Parked => Outcome::Parked,
        }
    }
}
