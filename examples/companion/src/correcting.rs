//! The command `/correct`: the person's own words in the place of a fact or a note.

use alliance::{
    record::RecordKind,
    session::CorrectError,
    store::{Forget, MemoryStore as _, Selection},
};
use futures::executor::block_on;
use serde_json::json;

use crate::{
    talk::{Outcome, Talk},
    texts::fill,
};

impl Talk {
    pub(crate) fn correct(&mut self, correction: Option<(usize, String)>) -> Outcome {
        let texts = &self.texts.memory;
        let Some((number, words)) = correction.filter(|(_, words)| !words.is_empty()) else {
            return Ok(self.screen.say("correct", &texts.correct)?);
        };
        let Some(listed) = &self.listed else {
            return Ok(self.screen.say("error", &texts.look_first)?);
        };
        let found = number.checked_sub(1).and_then(|place| listed.get(place));
        let shown = number.to_string();
        let Some(record) = found.and_then(|records| records.first()).copied() else {
            return Ok(self.screen.say("error", &fill(&texts.no_item, &[("number", &shown)]))?);
        };
        let text = match block_on(self.session.correct(record, &words)) {
            Ok(_) => &texts.corrected,
            Err(CorrectError::Replaced(_)) => {
                return Ok(self.screen.say("error", &texts.replaced_already)?);
            }
            Err(CorrectError::NotCorrectable) => {
                return Ok(self.screen.say("error", &texts.not_correctable)?);
            }
            Err(CorrectError::NotAgreed(_)) => return Ok(self.screen.say("error", &texts.not_agreed)?),
            Err(CorrectError::NotThere | CorrectError::Words) => {
                return Ok(self.screen.say("error", &fill(&texts.no_item, &[("number", &shown)]))?);
            }
            Err(_) => return Ok(self.screen.say("error", &texts.unreachable)?),
        };
        let mut said = fill(text, &[("number", &shown)]);
        // Nothing links a note to the one before, so both would be remembered.
        if self.is_note(record) {
            if self.erase(&Forget::Records(vec![record])).is_none() {
                return self.not_erased();
            }
            said.clone_from(&self.texts.memory.corrected_note);
            said = fill(&said, &[("number", &shown)]);
        }
        self.listed = None;
        Ok(self.screen.tell("corrected", &said, json!({ "number": number }))?)
    }

    fn is_note(&self, record: alliance::id::RecordId) -> bool {
        let selection = Selection::all().ids([record]);
        let read = block_on(self.parts.soon(self.parts.store.read(self.session.user(), &selection)));
        let kinds = read.and_then(Result::ok).map(|page| page.records);
        kinds.is_some_and(|records| records.iter().any(|stored| stored.record.kind() == RecordKind::Episode))
    }
}
