//! The graph of states: what can be reached, what ends, what can go round for ever. Guards are not read: what
//! holds for every way holds for those that are taken.

use std::collections::BTreeMap;

use alliance_core::measures::InstrumentSpec;

use crate::definition::{At, End, Faults, File, Kind, State};

struct Graph<'f> {
    file: &'f File,
    /// Where each state goes to.
    next: BTreeMap<&'f str, Vec<&'f At<String>>>,
}

pub(super) fn check(file: &File, faults: &mut Faults<'_>) {
    let graph = Graph::of(file);
    let reached = graph.reached(file.start.as_str(), &|_| true);
    for state in &file.states {
        let id = state.id.as_str();
        if !reached.contains(&id) {
            let message = format!("nothing leads to `{id}`; let a state go to it, or take it away");
            faults.add(state.id.span(), message);
        } else if !graph.can_end(id) {
            let message = format!("no way from `{id}` leads to an end; add one with `end`");
            faults.add(state.id.span(), message);
        }
    }
    graph.cycles(faults);
    graph.required(faults);
    graph.budget(faults);
}

impl<'f> Graph<'f> {
    fn of(file: &'f File) -> Self {
        let next = |state: &'f State| {
            let mut next: Vec<&At<String>> = state.on.iter().map(|edge| &edge.go).collect();
            let asked = state.asks.as_ref();
            let compared = file.compare.iter().filter(|compare| asked == Some(&compare.after));
            next.extend(compared.filter_map(|compare| compare.go.as_ref()));
            (state.id.as_str(), next)
        };
        Self { file, next: file.states.iter().map(next).collect() }
    }

    fn can_end(&self, id: &'f str) -> bool {
        self.reached(id, &|_| true).iter().any(|id| self.ends(id).is_some())
    }

    fn state(&self, id: &str) -> Option<&'f State> {
        self.file.states.iter().find(|state| state.id.as_str() == id)
    }

    fn ends(&self, id: &str) -> Option<End> {
        self.state(id)?.end.as_deref().copied()
    }

    /// Everything that is reached from a state, itself included, over states that `over` lets through.
    fn reached(&self, from: &'f str, over: &dyn Fn(&str) -> bool) -> Vec<&'f str> {
        let (mut found, mut ahead) = (vec![from], vec![from]);
        while let Some(id) = ahead.pop() {
            if !over(id) {
                continue;
            }
            for next in self.next.get(id).into_iter().flatten() {
                if !found.contains(&next.as_str()) {
                    found.push(next.as_str());
                    ahead.push(next.as_str());
                }
            }
        }
        found
    }

    /// Without the states that can be used up, nothing may lead back to where it was.
    fn cycles(&self, faults: &mut Faults<'_>) {
        let free = |id: &str| self.state(id).is_some_and(|state| state.max_visits.is_none());
        // What never ends was told already.
        let looked_at = |state: &&State| free(&state.id) && self.can_end(&state.id);
        for state in self.file.states.iter().filter(looked_at) {
            let id = state.id.as_str();
            for go in self.next.get(id).into_iter().flatten().filter(|go| free(go.as_str())) {
                // The way back is told once: where the file goes up again.
                let back = go.as_str() == id || self.order(go) <= self.order(id);
                if back && self.reached(go.as_str(), &free).contains(&id) {
                    let message = format!(
                        "from `{id}` back to `{}` it can go round for ever; give a state on the way `max_visits`",
                        go.as_str()
                    );
                    faults.add(go.span(), message);
                }
            }
        }
    }

    fn order(&self, id: &str) -> usize {
        self.file.states.iter().position(|state| state.id.as_str() == id).unwrap_or(usize::MAX)
    }

    /// No way to a completed end goes past a required slot.
    fn required(&self, faults: &mut Faults<'_>) {
        for (name, _) in self.file.slots.iter().filter(|(_, slot)| slot.required) {
            let asks = |id: &str| self.state(id).is_some_and(|state| state.asks.as_ref() == Some(name));
            let past = self.reached(self.file.start.as_str(), &|id| !asks(id));
            let end = past.iter().find(|id| self.ends(id) == Some(End::Completed) && !asks(id));
            if let Some(end) = end {
                let message = format!(
                    "`{}` is required, and `{end}` can be reached without asking for it; ask on every way, or end \
                     there as parked",
                    name.as_str()
                );
                faults.add(name.span(), message);
            }
        }
    }

    /// The fewest turns of the person to a completed end.
    fn budget(&self, faults: &mut Faults<'_>) {
        let mut turns: BTreeMap<&str, u32> = BTreeMap::from([(self.file.start.as_str(), 0)]);
        for _ in &self.file.states {
            for (id, next) in &self.next {
                let Some(here) = turns.get(id).map(|turns| turns.saturating_add(self.cost(id))) else {
                    continue;
                };
                for go in next {
                    let known = turns.entry(go.as_str()).or_insert(here);
                    *known = here.min(*known);
                }
            }
        }
        let ends = turns.iter().filter(|(id, _)| self.ends(id) == Some(End::Completed));
        let budget = &self.file.budget;
        match ends.map(|(id, turns)| (*turns, *id)).min() {
            None => faults.add(self.file.start.span(), "no way leads to an end that is completed; add one"),
            Some((fewest, id)) if fewest < *budget.min_turns => {
                let message = format!("`{id}` can be reached in {fewest} turns; `min_turns` is at most that");
                faults.add(budget.min_turns.span(), message);
            }
            Some((fewest, id)) if fewest > *budget.max_turns => {
                let message =
                    format!("`{id}` takes {fewest} turns at least; `max_turns` is no less than that");
                faults.add(budget.max_turns.span(), message);
            }
            Some(_) => {}
        }
    }

    /// How many turns of the person a state takes at least.
    fn cost(&self, id: &str) -> u32 {
        let Some(state) = self.state(id) else { return 0 };
        match *state.kind {
            Kind::Timer | Kind::Child => 0,
            Kind::Measure => {
                let spec = state.instrument.as_ref().and_then(|name| InstrumentSpec::built_in(name).ok());
                spec.map_or(1, |spec| u32::from(spec.items()))
            }
            _ => u32::from(state.end.is_none()),
        }
    }
}
