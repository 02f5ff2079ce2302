//! The part of a turn in which commands are heard and protocols speak.

use alliance_safety::ClearedText;

use super::{Machine, Phase};
use crate::{
    consent::Purpose,
    dialogue::{self, Entry, Line, Next, follow},
    id::RecordId,
    reading::Reading,
    recall::Cue,
    store::StoreErrorKind,
    turn::{
        effect::Effect,
        event::{Trouble, TurnEvent},
    },
};

impl Machine {
    /// Commands first, then the protocol that runs, then free talk.
    pub(super) fn talk(&mut self, out: &mut Vec<Effect>) {
        let asks = self.after.as_ref().is_some_and(|words| words.standing.asked().is_some());
        let moved = dialogue::take(
            &self.setup,
            &self.screening,
            std::mem::take(&mut self.stack),
            asks,
            self.read.as_ref().map(Option::as_ref),
        );
        self.stack = moved.stack;
        self.keep = moved.keep;
        self.after = self.after.take().or(moved.probe);
        out.extend(moved.events.into_iter().map(Effect::Emit));
        if let Some(due) = self.stack.due.filter(|_| self.stack.due != self.setup.stack.due) {
            out.push(Effect::Emit(TurnEvent::TimerSet { due }));
        }
        self.show_all(moved.words, out);
        match moved.next {
            Next::Close => self.close_with_plan(out),
            Next::Model { aim, fallback, then } => {
                (self.fallback, self.then) = (fallback, then);
                self.generate(aim.as_deref(), Vec::new(), out);
            }
            Next::Read(form) => {
                self.phase = Phase::Reading;
                out.push(Effect::Read(form));
            }
            Next::Kept { then } => {
                self.then = then;
                self.phase = Phase::Recalling;
                out.push(Effect::ReadKept);
            }
            Next::Free if self.setup.entry != Entry::Said => self.close_with_plan(out),
            Next::Free if self.setup.parts.recaller.is_some() => {
                self.phase = Phase::Recalling;
                let cue = Cue::new(self.screening.text())
                    .outside(self.setup.session)
                    .at(self.setup.at)
                    .locale(self.screening.locale());
                out.push(Effect::Recall(cue));
            }
            Next::Free => self.generate(None, Vec::new(), out),
        }
    }

    /// Goes on with what a model read from the answer. Where it read nothing, the protocol asks again.
    pub(super) fn read(&mut self, reading: Reading, out: &mut Vec<Effect>) {
        self.usage = self.usage.plus(reading.usage);
        self.read = Some(reading.value.unwrap_or_else(|kind| {
            out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Reading(kind))));
            None
        }));
        self.talk(out);
    }

    /// Says what is kept of the person: whether the talk is, and what else, in their words.
    pub(super) fn say_kept(
        &mut self,
        kept: Result<(Vec<(RecordId, String)>, bool), StoreErrorKind>,
        out: &mut Vec<Effect>,
    ) {
        let words = match kept {
            _ if self.setup.degraded => self.line(Line::KeptUnknown, &[]),
            Ok((kept, more)) => {
                self.sources.extend(kept.iter().map(|(record, _)| *record));
                self.kept_words(&kept, more)
            }
            Err(kind) => {
                out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Recall(kind))));
                self.line(Line::KeptUnknown, &[])
            }
        };
        self.show_all(words, out);
        self.close_with_plan(out);
    }

    fn kept_words(&self, kept: &[(RecordId, String)], more: bool) -> Vec<ClearedText> {
        let talks = self.setup.ledger.allows(Purpose::Conversation);
        let mut words = self.line(if talks { Line::KeptTalk } else { Line::KeptNoTalk }, &[]);
        if kept.is_empty() {
            follow(&mut words, self.line(Line::KeptNothing, &[]));
            return words;
        }
        let quoted: Vec<String> =
            kept.iter().map(|(_, text)| dialogue::quoted(text, self.screening.locale())).collect();
        follow(&mut words, self.line(Line::KeptList, &[("list", &quoted.join(", "))]));
        if more {
            follow(&mut words, self.line(Line::KeptMore, &[]));
        }
        words
    }

    fn line(&self, line: Line, values: &[(&str, &str)]) -> Vec<ClearedText> {
        let parts = &self.setup.parts;
        parts.lines.say(line, values, &parts.safety, &self.screening)
    }

    /// Shows words after what was shown before.
    pub(super) fn show_all(&mut self, words: Vec<ClearedText>, out: &mut Vec<Effect>) {
        let mut said = self.shown.clone();
        let before = said.len();
        follow(&mut said, words);
        for part in said.drain(before..) {
            self.show(part, out);
        }
    }
}
