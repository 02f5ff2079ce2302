//! The part of a turn in which a model speaks.

use alliance_safety::{Disposition, PlanText, Release, Review};

use super::{ATTEMPTS, Machine, Phase};
use crate::{
    backend::{BackendErrorKind, Usage},
    recall::Recalled,
    record::TurnOutcome,
    turn::{
        effect::Effect,
        event::{Trouble, TurnEvent},
        say,
    },
};

/// Whether a failed model is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    Yes,
    No,
}

impl Machine {
    pub(super) fn generate(&mut self, aim: Option<&str>, memories: Vec<Recalled>, out: &mut Vec<Effect>) {
        let request = say::Request { aim, reflect_only: !self.then.is_empty() };
        self.prompt = Some(say::prompt(&self.setup, &self.screening, request, memories));
        self.attempt(out);
    }

    fn attempt(&mut self, out: &mut Vec<Effect>) {
        let Some(prompt) = self.prompt.clone() else { return };
        self.phase = Phase::Generating;
        self.attempts += 1;
        self.review = Some(self.setup.parts.safety.review(&self.screening));
        if self.attempts == 1 && self.screening.disposition() == Disposition::ReflectThenPlan {
            out.push(Effect::AwaitReflection);
        }
        out.push(Effect::Generate(prompt));
    }

    /// Lets out what review has cleared. A replacement ends the reply.
    pub(super) fn release(&mut self, out: &mut Vec<Effect>) {
        while let Some(release) = self.review.as_mut().and_then(Review::next_release) {
            if let Some(dropped) = release.dropped() {
                out.push(Effect::Emit(TurnEvent::Withheld {
                    bytes: dropped.bytes,
                    category: dropped.category,
                    replaced: matches!(release, Release::Replace { .. }),
                }));
            }
            let words = release.shown().clone();
            let first = !self.released && !self.shown.is_empty() && !words.is_empty();
            self.released |= !words.as_str().trim().is_empty();
            self.show(if first { words.as_next_sentence() } else { words }, out);
            if matches!(release, Release::Replace { .. }) {
                out.push(Effect::StopGenerating);
                return self.close_with_plan(out);
            }
        }
    }

    pub(super) fn ended(&mut self, usage: Option<Usage>, out: &mut Vec<Effect>) {
        self.usage = self.usage.plus(usage.unwrap_or_default());
        if let Some(review) = &mut self.review {
            review.close();
        }
        self.release(out);
        if self.phase != Phase::Generating {
            return;
        }
        // Before fixed words a model may leave the reflection out.
        let optional = !self.then.is_empty() || self.after.is_some() && self.reflects();
        if !self.released && !optional {
            return self.break_off(BackendErrorKind::Malformed, Retry::Yes, out);
        }
        self.close_with_plan(out);
    }

    fn reflects(&self) -> bool {
        self.screening.disposition() == Disposition::ReflectThenPlan
    }

    /// A model failed. Held words are dropped; it is asked again if nothing was released.
    pub(super) fn break_off(&mut self, kind: BackendErrorKind, retry: Retry, out: &mut Vec<Effect>) {
        out.push(Effect::StopGenerating);
        out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Backend(kind))));
        self.review = None;
        if self.released {
            self.outcome = TurnOutcome::Interrupted;
            out.push(Effect::Emit(TurnEvent::Interrupted));
            return self.close_with_plan(out);
        }
        if retry == Retry::Yes && kind != BackendErrorKind::Rejected && self.attempts < ATTEMPTS {
            return self.attempt(out);
        }
        self.outcome = TurnOutcome::Fallback;
        if self.screening.disposition() != Disposition::ReflectThenPlan || self.after.is_none() {
            let fallback = std::mem::take(&mut self.fallback);
            if fallback.is_empty() && self.then.is_empty() {
                self.show_plan_text(PlanText::NoWords, out);
            }
            self.show_all(fallback, out);
        }
        self.close_with_plan(out);
    }

    pub(super) fn interrupt(&mut self, out: &mut Vec<Effect>) {
        out.push(Effect::StopGenerating);
        out.push(Effect::Emit(TurnEvent::Interrupted));
        self.outcome = TurnOutcome::Interrupted;
        if !std::mem::take(&mut self.then).is_empty() {
            // A question that was not seen is asked again.
            self.stack.unsay();
        }
        if self.phase == Phase::LookingUp {
            self.append_first(out);
        }
        // Whatever is cut off, the words of the plan are said.
        if self.after.is_none() && self.screening.disposition() == Disposition::ReflectThenPlan {
            self.after = self.setup.parts.safety.crisis_words(&self.screening, &self.setup.resources);
        }
        self.close_with_plan(out);
    }
}
