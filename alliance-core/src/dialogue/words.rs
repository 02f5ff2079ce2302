//! How words are put together: texts of a protocol, of the engine and of the plan, one after the other.

use std::sync::Arc;

use alliance_safety::{ClearedText, PlanText};

use super::{Dialogue, Line, Next, newest, start};
use crate::{
    agent::LoadedProtocol,
    protocol::Progress,
    record::Frame,
    turn::{Trouble, TurnEvent},
};

impl Dialogue<'_> {
    pub(super) fn title(&self, frame: &Frame) -> String {
        let loaded = self.setup.parts.protocols.get(&frame.progress.protocol);
        loaded.map(|loaded| loaded.title(self.screening.locale())).unwrap_or_default()
    }

    /// The names of the exercises that may follow a crisis.
    pub(super) fn calm(&self) -> String {
        let titles = newest(&self.setup.parts)
            .filter(|(_, loaded)| loaded.about.calm && start::suits(&self.setup.flags, loaded))
            .map(|(_, loaded)| loaded.title(self.screening.locale()));
        titles.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn plan(&mut self, text: PlanText) {
        let words = self.setup.parts.safety.plan_text(text, self.screening.locale(), &self.setup.resources);
        self.say(vec![words]);
    }

    pub(super) fn line(&mut self, line: Line, values: &[(&str, &str)]) {
        let words = self.filled(line, values);
        self.say(words);
    }

    pub(super) fn filled(&self, line: Line, values: &[(&str, &str)]) -> Vec<ClearedText> {
        let parts = &self.setup.parts;
        parts.lines.say(line, values, &parts.safety, self.screening)
    }

    pub(super) fn text(&mut self, loaded: &LoadedProtocol, key: &Arc<str>, progress: &Progress) {
        let words = self.said(loaded, key, progress);
        self.say(words);
    }

    /// A text of a protocol, filled from its progress.
    pub(super) fn said(
        &mut self,
        loaded: &LoadedProtocol,
        key: &Arc<str>,
        progress: &Progress,
    ) -> Vec<ClearedText> {
        let Some(script) = loaded.script(key, self.screening.locale()) else {
            self.out.events.push(TurnEvent::Trouble(Trouble::ProtocolText));
            return Vec::new();
        };
        if let Some(words) = script.fixed() {
            return vec![words];
        }
        let shown = |slot| (slot, loaded.protocol.shown(progress, slot, self.screening.locale()));
        let values: Vec<(&str, String)> = script.slots().map(shown).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let safety = &self.setup.parts.safety;
        if let Some(words) = safety.fill_unchanged(script, &values, self.screening) {
            return words;
        }
        // Quoted words that no reply may say are left out, and the sentence around them stays.
        let open: Vec<(&str, &str)> = values.iter().map(|(name, _)| (*name, "…")).collect();
        safety.fill(script, &open, self.screening)
    }

    /// Words after those before: in one paragraph, unless either has several. After a model's, they follow it.
    pub(super) fn say(&mut self, words: Vec<ClearedText>) {
        let said = match &mut self.out.next {
            Next::Model { then, .. } => then,
            _ => &mut self.out.words,
        };
        follow(said, words);
    }
}

/// Adds words to words: after a space, or as a paragraph of their own where either side has several.
pub(crate) fn follow(said: &mut Vec<ClearedText>, words: Vec<ClearedText>) {
    let long = |words: &[ClearedText]| words.iter().any(|part| part.as_str().trim().contains('\n'));
    let apart = long(said) || long(&words);
    for (place, part) in words.into_iter().filter(|part| !part.is_empty()).enumerate() {
        let first = place == 0 && !said.is_empty();
        said.push(match (first, apart) {
            (false, _) => part,
            (true, true) => part.as_new_paragraph(),
            (true, false) => part.as_next_sentence(),
        });
    }
}
