//! The part of a turn in which it is found out whether it was taken before: the same id again gives the same answer.

use alliance_safety::{ClearedText, PlanText};

use super::{Machine, Phase};
use crate::{
    consent::Purpose,
    record::{TurnEndedRecord, TurnOutcome},
    store::StoreErrorKind,
    turn::{
        effect::{Earlier, Effect},
        event::{Trouble, TurnEvent},
    },
};

impl Machine {
    pub(super) fn look_up(&mut self, out: &mut Vec<Effect>) {
        if !self.setup.may_be_repeated {
            return self.accept(out);
        }
        self.phase = Phase::LookingUp;
        out.push(Effect::LookUp);
    }

    pub(super) fn looked_up(&mut self, earlier: Result<Earlier, StoreErrorKind>, out: &mut Vec<Effect>) {
        match earlier {
            Ok(Earlier { ended: Some(ended), .. }) => self.repeat_stored(&ended, out),
            Ok(_) => self.accept(out),
            // Where nothing is kept, nothing is known of an earlier turn in any case.
            Err(_) if self.setup.degraded || !self.setup.ledger.allows(Purpose::Conversation) => {
                self.accept(out)
            }
            Err(kind) => {
                // It may have been answered. Nothing is written, so the same turn can be tried again.
                out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Store(kind))));
                (self.outcome, self.stored) = (TurnOutcome::Fallback, false);
                self.show_plan_text(PlanText::Unavailable, out);
                self.finish(out);
            }
        }
    }

    /// Answers with what is stored of this turn, under its seal.
    fn repeat_stored(&mut self, ended: &TurnEndedRecord, out: &mut Vec<Effect>) {
        let place = self.setup.turn.uuid();
        let safety = &self.setup.parts.safety;
        let stored = &ended.shown;
        let mut words =
            safety.readmit(stored, ended.seal.as_ref(), &self.setup.key, place.as_bytes(), &self.screening);
        // Without its seal it is reviewed again, and may come back otherwise: only the words of then are stored.
        let shown: String = words.iter().map(ClearedText::as_str).collect();
        self.stored = shown == **stored;
        // The plan is not reviewed like a model's words: it speaks anew.
        if !self.stored
            && ended.outcome == TurnOutcome::Crisis
            && let Some(said) = safety.crisis_words(&self.screening, &self.setup.resources)
        {
            words = vec![said.text];
        }
        self.repeat(words, ended.outcome, out);
    }

    /// Answers with what was shown when this turn was taken before. Nothing else comes of it.
    pub(super) fn repeat(&mut self, words: Vec<ClearedText>, outcome: TurnOutcome, out: &mut Vec<Effect>) {
        self.repeated = true;
        self.outcome = outcome;
        self.standing = self.setup.standing_before.clone();
        if outcome == TurnOutcome::Interrupted {
            out.push(Effect::Emit(TurnEvent::Interrupted));
        }
        for text in words {
            self.show(text, out);
        }
        self.finish(out);
    }

    /// Whether the turn was taken before is known now, while its words are shown already. A human is not told twice, and
    /// a turn that ended is not written again. A look-up that failed keeps nobody from being told.
    pub(super) fn looked_up_beside(
        &mut self,
        earlier: Result<Earlier, StoreErrorKind>,
        out: &mut Vec<Effect>,
    ) {
        if !std::mem::take(&mut self.looking_up) {
            return;
        }
        let earlier = earlier.unwrap_or_default();
        if earlier.notified {
            self.drafts.take_notice();
        }
        if let Some(ended) = earlier.ended.filter(|_| !self.drafts.has_notice()) {
            let shown: String = self.shown.iter().map(ClearedText::as_str).collect();
            // What stood then may have been worded otherwise: only the words of then are stored.
            (self.repeated, self.stored) = (true, *ended.shown == *shown);
            return self.finish(out);
        }
        self.append_first(out);
    }
}
