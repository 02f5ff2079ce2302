//! A definition as a picture.

use std::fmt::Write as _;

use crate::{Definition, definition::Kind, machine::State};

impl Definition {
    /// The states as a Mermaid state diagram. The way out that every state has, on a sign of danger, is drawn once.
    ///
    /// ```
    /// # use alliance_core::safety::{CrisisPlan, SafetyLayer};
    /// let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    /// let drawn = alliance_protocols::grounding_54321(&safety)?.to_mermaid();
    /// assert!(drawn.starts_with("stateDiagram-v2\n"));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let machine = self.machine();
        let mut drawn = String::from("stateDiagram-v2\n");
        let mut line = |text: String| {
            let _ = writeln!(drawn, "    {text}");
        };
        line(format!("[*] --> {}", machine.start));
        let states = || machine.order.iter().filter_map(|id| machine.states.get(id));
        for state in states() {
            line(format!("{} : {}", state.id, described(state)));
        }
        for state in states() {
            for edge in &state.edges {
                let guard = edge.when.as_ref().map(|(text, _)| plain(text));
                let probe = edge.probe.then(|| "the plan asks about suicide".to_owned());
                let people = edge.people.then(|| "shows whom to talk to".to_owned());
                let label: Vec<String> = [guard, probe, people].into_iter().flatten().collect();
                let label = if label.is_empty() { String::new() } else { format!(" : {}", label.join(", ")) };
                line(format!("{} --> {}{label}", state.id, edge.go));
            }
            for compare in
                machine.compare.iter().filter(|compare| state.asks.as_ref() == Some(&compare.after))
            {
                let to = compare.go.as_deref().unwrap_or("worse");
                line(format!("{} --> {to} : {} worse than {}", state.id, compare.after, compare.before));
            }
            if let Some(end) = state.end {
                line(format!("{} --> [*] : {:?}", state.id, end.outcome()));
            }
        }
        if machine.compare.iter().any(|compare| compare.go.is_none()) {
            line("worse --> [*] : Parked".to_owned());
        }
        line("any --> crisis : a sign of danger".to_owned());
        line("any : every state".to_owned());
        line("crisis : suspended, the crisis plan speaks".to_owned());
        drawn
    }
}

fn described(state: &State) -> String {
    let mut words = format!("{} ({})", state.id, state.kind);
    if let Some(slot) = &state.asks {
        let _ = write!(words, ", asks {slot}");
    }
    if let (Kind::Child, Some(run)) = (state.kind, &state.run) {
        let _ = write!(words, ", runs {run}");
    }
    if let Some(most) = state.max_visits {
        let _ = write!(words, ", at most {most} times");
    }
    words
}

/// A colon or a semicolon would end the label.
fn plain(text: &str) -> String {
    text.replace([':', ';', '\n'], " ")
}
