//! The part of a turn in which the crisis plan speaks: at once, with store and sink beside it.

use alliance_safety::{Findings, PlanText};

use super::{Machine, Phase};
use crate::{
    record::TurnOutcome,
    turn::{
        effect::{Effect, Piece},
        event::{EscalationStatus, TurnEvent},
    },
};

impl Machine {
    /// The crisis plan speaks at once; store and sink come beside it and are not waited for.
    pub(super) fn crisis(&mut self, out: &mut Vec<Effect>) {
        self.outcome = TurnOutcome::Crisis;
        for protocol in self.stack.suspend() {
            out.push(Effect::Emit(TurnEvent::ProtocolSuspended { protocol }));
        }
        if let Some(said) = self.setup.parts.safety.crisis_words(&self.screening, &self.setup.resources) {
            self.standing = said.standing;
            self.show_apart(said.text, out);
        }
        let fresh = self.phase == Phase::Fresh;
        self.phase = Phase::Crisis;
        if fresh && self.setup.may_be_repeated {
            self.looking_up = true;
            out.push(Effect::LookUp);
        } else if fresh {
            self.append_first(out);
        } else if let Some(draft) = self.drafts.late_escalation() {
            self.awaiting_append = true;
            out.push(Effect::Append(Piece::Late, draft));
        } else if !self.awaiting_append {
            return self.close(out);
        }
        out.push(Effect::AwaitGrace);
    }

    /// A second opinion that comes beside a crisis reply can still raise the level and have a human told.
    pub(super) fn classified_late(&mut self, index: usize, found: Option<Findings>, out: &mut Vec<Effect>) {
        let Some(findings) = found.filter(|_| self.awaiting_opinions.remove(&index)) else { return };
        let before = self.screening.standing().level();
        self.screening = self.setup.parts.safety.join(self.screening.clone(), findings);
        if self.screening.standing().level() == before {
            return;
        }
        self.standing = self.standing.merged(self.screening.standing());
        out.push(Effect::Audit(self.screening.clone()));
        self.emit_risk(out);
        self.drafts.escalate(&self.setup, &self.screening);
        if let Some(draft) = self.drafts.late_escalation() {
            self.awaiting_append = true;
            out.push(Effect::Append(Piece::Late, draft));
        }
    }

    /// The notice is durable, or the store failed: either way a human is told now.
    pub(super) fn tell(&mut self, out: &mut Vec<Effect>) {
        let Some(notice) = self.drafts.take_notice() else { return self.close(out) };
        if self.stored {
            out.push(Effect::Emit(TurnEvent::Escalation(EscalationStatus::BeingTold)));
            self.show_plan_text(PlanText::BeingTold, out);
        }
        out.push(Effect::Deliver(notice));
    }

    pub(super) fn told(&mut self, told: bool, out: &mut Vec<Effect>) {
        if told {
            if let Some(draft) = self.drafts.acknowledgement(&self.setup) {
                out.push(Effect::Queue(Piece::Told, draft));
            }
            out.push(Effect::Emit(TurnEvent::Escalation(EscalationStatus::Told)));
            self.show_plan_text(PlanText::WasTold, out);
        } else {
            out.push(Effect::Emit(TurnEvent::Escalation(EscalationStatus::NotYet)));
            self.show_plan_text(PlanText::CouldNotTell, out);
        }
        self.close(out);
    }

    /// The grace is over: what is still out goes on beside, and the reply is done.
    pub(super) fn leave_crisis(&mut self, out: &mut Vec<Effect>) {
        if std::mem::take(&mut self.looking_up) {
            self.awaiting_append = true;
            out.push(Effect::Queue(Piece::First, self.drafts.first()));
        }
        if self.awaiting_append {
            self.stored = false;
            if let Some(notice) = self.drafts.take_notice() {
                out.push(Effect::Deliver(notice));
            }
            self.note_question();
            let last = self.last_draft();
            out.push(Effect::Queue(Piece::Last, last));
            return self.finish(out);
        }
        self.close(out);
    }
}
