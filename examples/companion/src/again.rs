//! What there was before: an answer that was cut off, and what was decided.

use std::collections::BTreeSet;

use alliance::{
    consent::Purpose,
    record::{Body, RecordKind},
    store::{MemoryStore, Selection},
};
use futures::executor::block_on;
use serde_json::json;

use crate::{
    talk::{Outcome, Talk},
    texts::fill,
};

/// Turns among which the one that was cut off is looked for.
const NEWEST: usize = 40;

impl Talk {
    /// Shows to what the answer was cut off. A plain yes sends it again, unless anything grave was ever heard: a yes
    /// may be the answer to a question about that.
    pub(crate) fn offer_interrupted(&mut self) -> Outcome {
        let Some(turn) = self.session.interrupted().pop() else { return Ok(()) };
        let kinds = [RecordKind::TurnAccepted, RecordKind::Risk];
        let newest = |kind| Selection::all().kinds([kind]).newest_first().limit(NEWEST);
        let user = self.session.user();
        let [turns, risks] =
            kinds.map(|kind| block_on(self.parts.soon(self.parts.store.read(user, &newest(kind)))));
        let (Some(Ok(turns)), Some(Ok(risks))) = (turns, risks) else { return Ok(()) };
        let said = turns.records.iter().find_map(|stored| match &stored.record.body {
            Body::TurnAccepted(accepted) if stored.record.turn == Some(turn) => Some(accepted.text.clone()),
            _ => None,
        });
        let Some(said) = said.filter(|said| !said.is_empty()) else { return Ok(()) };
        let text = fill(&self.texts.talk.interrupted, &[("said", &said)]);
        self.screen.tell("interrupted", &text, json!({ "turn": turn.to_string(), "said": &*said }))?;
        if risks.records.is_empty() {
            self.offered = Some(said.to_string());
        }
        Ok(())
    }

    /// A plain yes or no to that offer. False where the line is something else: then the offer is over.
    pub(crate) fn answers_offer(&mut self, line: &str) -> Result<bool, Box<dyn std::error::Error>> {
        let Some(said) = self.offered.take() else { return Ok(false) };
        match self.texts.consent.answer(line) {
            Some(true) => self.turn(&said)?,
            Some(false) => self.say("interrupted", &self.texts.talk.left.clone())?,
            None => return Ok(false),
        }
        Ok(true)
    }

    /// What was decided in this session or before: it is not asked about again.
    pub(crate) fn decided(&self) -> BTreeSet<Purpose> {
        let decisions = Selection::all().kinds([RecordKind::Consent]);
        let read = block_on(self.parts.soon(self.parts.store.read(self.session.user(), &decisions)));
        let Some(Ok(page)) = read else { return BTreeSet::new() };
        let bodies = page.records.iter().map(|stored| &stored.record.body);
        bodies
            .filter_map(|body| if let Body::Consent(decision) = body { Some(decision.purpose) } else { None })
            .collect()
    }
}
