//! The part of a turn in which a model speaks.

use std::time::Duration;

use alliance_safety::{Disposition, PlanText, Release, Review};

use super::{ATTEMPTS, Machine, Phase};
use crate::{
    backend::{BackendErrorKind, StopReason, Usage},
    recall::Recalled,
    record::TurnOutcome,
    stage::{Stage, within},
    turn::{
        effect::Effect,
        event::{Trouble, TurnEvent},
        say,
    },
};

/// The part of a turn that is waited at most where a provider asks for it: one in so many.
const LONGEST_WAIT: u32 = 3;

/// Whether a failed model is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// It is, after a wait.
    After(Duration),
    No,
}

impl Machine {
    pub(super) fn generate(&mut self, aim: Option<&str>, memories: Vec<Recalled>, out: &mut Vec<Effect>) {
        let request = say::Request { aim, reflect_only: !self.then.is_empty() };
        self.prompt = Some(say::prompt(&self.setup, &self.screening, request, memories));
        self.attempt(Duration::ZERO, out);
    }

    fn attempt(&mut self, wait: Duration, out: &mut Vec<Effect>) {
        let Some(prompt) = self.prompt.clone() else { return };
        self.phase = Phase::Generating;
        self.attempts += 1;
        self.asking = true;
        self.reviewing = self.setup.parts.begin(Stage::Review);
        self.review =
            Some(within(self.reviewing.as_deref(), || self.setup.parts.safety.review(&self.screening)));
        if self.attempts == 1 && self.screening.disposition() == Disposition::ReflectThenPlan {
            out.push(Effect::AwaitReflection);
        }
        out.push(Effect::Generate(prompt, wait));
    }

    /// Has review do something, where there is one.
    pub(super) fn reviewed<T>(&mut self, work: impl FnOnce(&mut Review) -> T) -> Option<T> {
        let review = self.review.as_mut()?;
        Some(within(self.reviewing.as_deref(), || work(review)))
    }

    /// Lets out what review has cleared. A replacement ends the reply.
    pub(super) fn release(&mut self, out: &mut Vec<Effect>) {
        while let Some(release) = self.reviewed(Review::next_release).flatten() {
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
                self.count_broken();
                return self.close_with_plan(out);
            }
        }
    }

    pub(super) fn ended(&mut self, stop: StopReason, usage: Option<Usage>, out: &mut Vec<Effect>) {
        self.asking = false;
        self.usage = self.usage.plus(usage.unwrap_or_default());
        match stop {
            // What a provider stopped is not the reply that it would have been, and asking again gives the same.
            StopReason::Filtered => return self.break_off(BackendErrorKind::Rejected, Retry::No, out),
            StopReason::Length => self.reviewed(Review::close_cut),
            StopReason::Complete => self.reviewed(Review::close),
        };
        self.release(out);
        if self.phase != Phase::Generating {
            return;
        }
        // Before fixed words a model may leave the reflection out.
        let optional = !self.then.is_empty() || self.after.is_some() && self.reflects();
        if !self.released && !optional {
            return self.break_off(BackendErrorKind::Malformed, Retry::After(Duration::ZERO), out);
        }
        self.close_with_plan(out);
    }

    fn reflects(&self) -> bool {
        self.screening.disposition() == Disposition::ReflectThenPlan
    }

    /// A model failed. Held words are dropped; it is asked again if nothing was released, and, where its provider asks
    /// for a wait, not before that.
    pub(super) fn break_off(&mut self, kind: BackendErrorKind, retry: Retry, out: &mut Vec<Effect>) {
        out.push(Effect::StopGenerating);
        out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Backend(kind))));
        self.count_broken();
        (self.review, self.reviewing) = (None, None);
        if self.released {
            self.outcome = TurnOutcome::Interrupted;
            out.push(Effect::Emit(TurnEvent::Interrupted));
            return self.close_with_plan(out);
        }
        if let Retry::After(wait) = retry
            && kind != BackendErrorKind::Rejected
            && self.attempts < ATTEMPTS
            && wait <= self.setup.parts.limits.turn / LONGEST_WAIT
        {
            return self.attempt(wait, out);
        }
        self.outcome = TurnOutcome::Fallback;
        self.take_up_plan();
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
        self.count_broken();
        self.take_up_plan();
        self.close_with_plan(out);
    }

    /// Whatever is cut off, the words of the plan are said.
    fn take_up_plan(&mut self) {
        if self.after.is_none() && self.screening.disposition() == Disposition::ReflectThenPlan {
            self.after = self.setup.parts.safety.crisis_words(&self.screening, &self.setup.resources);
        }
    }

    /// A call that was broken off is counted, though nobody said what it cost.
    fn count_broken(&mut self) {
        if std::mem::take(&mut self.asking) {
            self.usage = self.usage.plus(Usage::of_call(0, 0));
        }
    }
}
