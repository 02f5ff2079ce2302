//! The commands about what is kept: `/memory` and `/forget`.

use alliance::{
    consent::Purpose,
    record::ConsentChoice,
    store::{ErasureReceipt, Forget},
};
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::{
    command::What,
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
        lines.extend(numbered().map(|(number, item)| item.line(number, texts)));
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
        let items: Vec<Value> = numbered().map(|(number, item)| item.json(number)).collect();
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

    /// Erases, and says how much.
    pub(crate) fn forget(&mut self, what: What) -> Outcome {
        match what {
            What::Unsaid => Ok(self.screen.say("forget", &self.texts.memory.forget)?),
            What::Item(number) => self.forget_item(number),
            What::Session => self.forget_session(),
            What::All => self.forget_all(),
        }
    }

    fn forget_item(&mut self, number: usize) -> Outcome {
        let texts = &self.texts.memory;
        let Some(listed) = &mut self.listed else {
            return Ok(self.screen.say("error", &texts.look_first)?);
        };
        let found = number.checked_sub(1).and_then(|place| listed.get_mut(place));
        let number = number.to_string();
        // The other numbers stay what they are until the list is shown again.
        let Some(records) = found.filter(|records| !records.is_empty()) else {
            return Ok(self.screen.say("error", &fill(&texts.no_item, &[("number", &number)]))?);
        };
        let records = std::mem::take(records);
        match self.erase(&Forget::Records(records.clone())) {
            Some(receipt) => self.erased(&self.texts.memory.erased_item.clone(), &number, &receipt, false),
            None => {
                let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let listed = self.listed.as_mut().zip(place);
                if let Some(slot) = listed.and_then(|(listed, place)| listed.get_mut(place)) {
                    *slot = records;
                }
                self.not_erased()
            }
        }
    }

    fn forget_session(&mut self) -> Outcome {
        let ran = self.session.position().is_some();
        let Some(receipt) = self.erase(&Forget::Session(self.session.id())) else { return self.not_erased() };
        // The decisions went with the conversation; what was agreed to still holds, so it is written down again.
        for purpose in PURPOSES.into_iter().filter(|purpose| self.session.allows(*purpose)) {
            let consent = &self.texts.consent;
            if let Some(question) = consent.question(purpose) {
                let (version, text) = (&consent.version, &question.question);
                // Queued where the store is in trouble.
                let _ = block_on(self.session.decide(purpose, ConsentChoice::Given, version, text));
            }
        }
        self.listed = None;
        self.erased(&self.texts.memory.erased_session.clone(), "", &receipt, ran)
    }

    fn forget_all(&mut self) -> Outcome {
        let ran = self.session.position().is_some();
        let Some(receipt) = self.erase(&Forget::Everything) else { return self.not_erased() };
        self.listed = None;
        self.erased(&self.texts.memory.erased_all.clone(), "", &receipt, ran)
    }

    fn erase(&self, what: &Forget) -> Option<ErasureReceipt> {
        block_on(self.parts.soon(self.parts.agent.forget(self.session.user(), what)))?.ok()
    }

    /// What was erased. `ran` says that an exercise was open before.
    fn erased(&mut self, text: &str, number: &str, receipt: &ErasureReceipt, ran: bool) -> Outcome {
        let total = receipt.total();
        let mut said = fill(text, &[("number", number), ("count", &total.to_string())]);
        if ran && self.session.position().is_none() {
            self.in_exercise.clear();
            said = format!("{said}\n{}", self.texts.memory.exercise_ended);
        }
        Ok(self.screen.tell("forgotten", &said, json!({ "total": total, "erased": receipt.erased }))?)
    }

    fn not_erased(&mut self) -> Outcome {
        Ok(self.screen.say("error", &self.texts.memory.not_erased)?)
    }
}
