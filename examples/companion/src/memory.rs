//! The command `/memory`: what is kept, where it comes from, and why.

use alliance::{consent::Purpose, record::ConsentChoice};
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::{
    kept::{Kept, date},
    talk::{Outcome, Talk},
    texts::fill,
};

/// What this program asks about.
const PURPOSES: [Purpose; 2] = [Purpose::Conversation, Purpose::Episodic];

impl Talk {
    /// Everything that is kept, numbered, and what was decided.
    pub(crate) fn show_kept(&mut self) -> Outcome {
        let read = block_on(self.parts.soon(Kept::read(&*self.parts.store, self.session.user())));
        let texts = &self.texts.memory;
        let Some(Ok(kept)) = read else {
            return Ok(self.screen.say("kept", &texts.unreachable)?);
        };
        if kept.is_empty() && !self.is_written() {
            return Ok(self.screen.say("kept", &texts.unreachable)?);
        }
        let mut lines = vec![texts.consent.clone()];
        for purpose in PURPOSES {
            lines.push(format!("- {}", self.decision(&kept, purpose)));
        }
        lines.push(String::new());
        match (kept.is_empty(), kept.items.is_empty()) {
            (true, _) => lines.push(texts.nothing.clone()),
            (_, true) => lines.push(texts.nothing_else.clone()),
            _ => lines.push(texts.list.clone()),
        }
        let numbered = || (1..).zip(&kept.items);
        lines.extend(numbered().map(|(number, item)| item.line(number, &kept, texts)));
        if !self.session.allows(Purpose::Conversation) {
            lines.extend([String::new(), texts.window.clone()]);
        }
        let consent = |purpose| match kept.decisions.get(&purpose) {
            Some((ConsentChoice::Given, _)) => json!("given"),
            Some((ConsentChoice::Withdrawn, _)) => json!("withdrawn"),
            None => Value::Null,
        };
        let consent: serde_json::Map<_, _> =
            PURPOSES.into_iter().map(|purpose| (purpose.as_str().to_owned(), consent(purpose))).collect();
        let items: Vec<Value> = numbered().map(|(number, item)| item.json(number, &kept)).collect();
        self.listed = Some(kept.items.iter().map(|item| item.records.clone()).collect());
        let more = json!({ "consent": consent, "items": items });
        Ok(self.screen.tell("kept", &lines.join("\n"), more)?)
    }

    fn decision(&self, kept: &Kept, purpose: Purpose) -> String {
        let texts = &self.texts.memory;
        let name = self.texts.consent.question(purpose).map_or("", |question| &question.name);
        let (text, at) = match kept.decisions.get(&purpose) {
            Some((ConsentChoice::Given, at)) => (&texts.given, date(*at)),
            Some((ConsentChoice::Withdrawn, at)) => (&texts.withdrawn, date(*at)),
            None if self.session.allows(purpose) => (&texts.given_unwritten, String::new()),
            None => (&texts.undecided, String::new()),
        };
        fill(text, &[("name", name), ("date", &at)])
    }
}
