//! Pausing, going on, leaving and beginning: what changes the stack and not what is in it.

use super::{Dialogue, Line, Refusal, Stack, start};
use crate::{
    protocol::{Outcome, ProtocolEvent},
    record::{Begun, Frame, ProgressState},
    turn::TurnEvent,
};

impl Dialogue<'_> {
    pub(super) fn pause(&mut self) {
        if !self.out.stack.runs() {
            return;
        }
        self.out.stack.state = ProgressState::Paused;
        self.out.stack.due = None;
        if let Some(top) = self.out.stack.top() {
            let protocol = top.progress.protocol.clone();
            self.out.events.push(TurnEvent::ProtocolPaused { protocol });
        }
    }

    pub(super) fn resume(&mut self) {
        if self.refused_now() {
            return;
        }
        let title = self.out.stack.top().map(|top| self.title(top)).unwrap_or_default();
        self.line(Line::BackIn, &[("title", &title)]);
        self.out.stack.state = ProgressState::Running;
        self.advance(ProtocolEvent::Resumed);
    }

    /// Whether something speaks against what was paused by now: it is left then, and the person hears why.
    pub(super) fn refused_now(&mut self) -> bool {
        let Some(top) = self.out.stack.top() else { return false };
        let name = top.progress.protocol.name().to_owned();
        let Err(refusal) = start::allowed(self.setup, &name, true) else { return false };
        self.out.stack = Stack::default();
        self.refuse(&refusal);
        true
    }

    pub(super) fn start_again(&mut self) {
        if self.refused_now() {
            return;
        }
        let Some(top) = self.out.stack.frames.last_mut() else { return self.free() };
        let Some(loaded) = self.setup.parts.protocols.get(&top.progress.protocol) else {
            return self.broken();
        };
        *top = Frame::new(loaded.protocol.start(), top.begun);
        self.out.stack.state = ProgressState::Running;
        self.speak();
    }

    pub(super) fn leave(&mut self) {
        while let Some(frame) = self.out.stack.frames.pop() {
            self.ended(&frame, Outcome::Declined);
        }
        self.out.stack = Stack::default();
        self.line(Line::Left, &[]);
    }

    /// Begins a protocol: above what runs, or alone.
    pub(super) fn begin(&mut self, name: &str, begun: Begun) {
        let runs = self.out.stack.top().filter(|_| self.out.stack.runs());
        if runs.is_some_and(|top| top.progress.protocol.name() == name) {
            return self.advance(ProtocolEvent::Repeat);
        }
        let room = self.out.stack.has_room();
        match start::allowed(self.setup, name, room) {
            Ok(loaded) => {
                let begun = if self.out.stack.is_empty() { Begun::Asked } else { begun };
                self.out.stack.push(Frame::new(loaded.protocol.start(), begun));
                self.speak();
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        let calm = self.calm();
        let line = match refusal {
            Refusal::OnlyCalm { .. } if calm.is_empty() => Line::OnlyCalmPlain,
            Refusal::OnlyCalm { .. } | Refusal::NotNow => Line::OnlyCalm,
            Refusal::SeeClinician { .. } => Line::SeeClinician,
            Refusal::TooMany => Line::TooMany,
            Refusal::Unknown | Refusal::NotSuited { .. } => Line::NotSuited,
        };
        self.line(line, &[("calm", &calm)]);
    }
}
