//! The turn as a pure machine: what happened goes in, what is to be done comes out. It awaits nothing,
//! reads no clock and draws no ids, so the same inputs give the same words.

mod crisis;
mod dialogue;
mod repeat;
mod reply;

use std::{collections::BTreeSet, sync::Arc};

use alliance_safety::{
    ClearedText, CrisisWords, Disposition, Findings, LeftOut, Part, PlanText, Resources, Review, RiskLevel,
    Screening, SealKey, Standing, Timestamp,
};

use self::reply::Retry;
use super::{
    draft::Drafts,
    effect::{Effect, Input, Piece},
    event::{Summary, Trouble, TurnEvent},
};
use crate::{
    agent::Parts,
    backend::{BackendErrorKind, Usage},
    consent::{ConsentLedger, Draft},
    dialogue::{Entry, Stack},
    id::{RecordId, SessionId, TurnId, UserId},
    prompt::Prompt,
    protocol::{Flag, Keep, SlotValue},
    recall::Recalled,
    record::{RecordKind, TurnEndedRecord, TurnOutcome},
    session::Exchange,
    stage::StageScope,
    store::StoreErrorKind,
};

/// How often a model is asked again when it failed before anything was released.
const ATTEMPTS: u32 = 2;

/// Everything that a turn depends on, fixed when it begins.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) parts: Arc<Parts>,
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) turn: TurnId,
    pub(crate) at: Timestamp,
    pub(crate) key: SealKey,
    pub(crate) resources: Resources,
    pub(crate) standing_before: Standing,
    pub(crate) exchanges: Vec<Exchange>,
    /// What brings the turn about.
    pub(crate) entry: Entry,
    pub(crate) stack: Stack,
    /// What the person agreed to when the turn began.
    pub(crate) ledger: ConsentLedger,
    /// Whether the store could not be read, so that neither consent nor what is kept is known.
    pub(crate) degraded: bool,
    /// What is known of the person that speaks against some protocols.
    pub(crate) flags: BTreeSet<Flag>,
    /// When a sign of moderate or more stood last.
    pub(crate) unsettled: Option<Timestamp>,
    pub(crate) human_has_floor: bool,
    /// When the session is to be made into memories, where that was not noted yet.
    pub(crate) consolidate_at: Option<Timestamp>,
    /// What the last session was about, as a model may know it.
    pub(crate) last_time: Arc<[Arc<str>]>,
    /// The person's own safety plan, step by step.
    pub(crate) safety_plan: Option<Arc<str>>,
    pub(crate) told_later: bool,
    /// The detectors that failed before this turn.
    pub(crate) left_out_before: LeftOut,
    /// Whether the host gave the turn its id, so that it may have been taken before.
    pub(crate) may_be_repeated: bool,
    /// What was shown when this turn was taken before in this session.
    pub(crate) answer: Option<(Vec<ClearedText>, TurnOutcome)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Fresh,
    LookingUp,
    Accepting,
    Reading,
    Recalling,
    Generating,
    Crisis,
    Closing,
    Over,
}

/// One turn.
#[derive(Debug)]
pub(crate) struct Machine {
    setup: Setup,
    phase: Phase,
    screening: Screening,
    standing: Standing,
    screened: Standing,
    stack: Stack,
    /// What the reply may quote beside the turn itself: it goes with them.
    sources: BTreeSet<RecordId>,
    /// What a model read from the answer, once it was asked: none where it read nothing.
    read: Option<Option<SlotValue>>,
    /// What protocols ask to be remembered.
    keep: Vec<Keep>,
    drafts: Drafts,
    /// Released words, in order, and how many of them the host has taken.
    shown: Vec<ClearedText>,
    delivered: usize,
    /// Whether review let out any of a model's words.
    released: bool,
    usage: Usage,
    /// Whether a model was asked and has not come to its end.
    asking: bool,
    outcome: TurnOutcome,
    queued: BTreeSet<Piece>,
    awaiting_append: bool,
    /// Whether the store is asked beside a crisis reply if this turn was taken before.
    looking_up: bool,
    awaiting_opinions: BTreeSet<usize>,
    attempts: u32,
    review: Option<Review>,
    /// The review as it is watched.
    reviewing: Option<Box<dyn StageScope>>,
    /// What is said if a model cannot: a protocol's own text, or the plan's.
    fallback: Vec<ClearedText>,
    /// Words of a protocol that follow a model's in any case.
    then: Vec<ClearedText>,
    /// Words of the plan that follow a model's.
    after: Option<CrisisWords>,
    prompt: Option<Prompt>,
    stored: bool,
    repeated: bool,
    settled: bool,
}

impl Machine {
    pub(crate) fn new(setup: Setup, screening: Screening) -> Self {
        let drafts = Drafts::begin(&setup, &screening);
        Self {
            standing: screening.standing().clone(),
            screened: screening.standing().clone(),
            stack: setup.stack.clone(),
            sources: BTreeSet::new(),
            read: None,
            keep: Vec::new(),
            phase: Phase::Fresh,
            shown: Vec::new(),
            delivered: 0,
            released: false,
            usage: Usage::default(),
            asking: false,
            outcome: TurnOutcome::Whole,
            queued: BTreeSet::new(),
            awaiting_append: false,
            looking_up: false,
            awaiting_opinions: BTreeSet::new(),
            attempts: 0,
            review: None,
            reviewing: None,
            fallback: Vec::new(),
            then: Vec::new(),
            after: None,
            prompt: None,
            stored: true,
            repeated: false,
            settled: false,
            setup,
            screening,
            drafts,
        }
    }

    pub(crate) fn step(&mut self, input: Input) -> Vec<Effect> {
        let mut out = Vec::new();
        match (self.phase, input) {
            (Phase::Over, _) | (Phase::Closing, Input::Deadline | Input::Interrupt) => {}
            (Phase::Fresh, Input::Begin) => self.begin(&mut out),
            (Phase::LookingUp, Input::LookedUp(earlier)) => self.looked_up(earlier, &mut out),
            (Phase::Crisis, Input::LookedUp(earlier)) => self.looked_up_beside(earlier, &mut out),
            (
                Phase::LookingUp | Phase::Accepting | Phase::Reading | Phase::Recalling | Phase::Generating,
                Input::Interrupt,
            ) => {
                self.interrupt(&mut out);
            }
            (Phase::Generating, Input::ReflectionOver) => {
                self.break_off(BackendErrorKind::TimedOut, Retry::No, &mut out);
            }
            (Phase::Accepting | Phase::Reading | Phase::Recalling | Phase::Generating, Input::Deadline) => {
                self.break_off(BackendErrorKind::TimedOut, Retry::No, &mut out);
            }
            (Phase::LookingUp, Input::Deadline) => {
                self.looked_up(Err(StoreErrorKind::TimedOut), &mut out);
            }
            (_, Input::Audited(false)) => out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Audit))),
            (_, Input::Appended(result)) => self.appended(result, &mut out),
            (Phase::Crisis, Input::Classified(index, found)) => self.classified_late(index, found, &mut out),
            (Phase::Accepting, Input::Classified(index, found)) => self.classified(index, found, &mut out),
            (Phase::Reading, Input::Read(reading)) => self.read(reading, &mut out),
            (Phase::Recalling, Input::Recalled(memories)) => self.recalled(memories, &mut out),
            (Phase::Recalling, Input::Kept(kept)) => self.say_kept(kept, &mut out),
            (Phase::Generating, Input::Words(words)) => {
                self.reviewed(|review| review.push(&words));
                self.release(&mut out);
            }
            (Phase::Generating, Input::Ended(stop, usage)) => self.ended(stop, usage, &mut out),
            (Phase::Generating, Input::Broke(kind, wait)) => {
                self.break_off(kind, Retry::After(wait), &mut out);
            }
            (Phase::Crisis, Input::Told(told)) => self.told(told, &mut out),
            (Phase::Crisis, Input::GraceOver) => self.leave_crisis(&mut out),
            // Whatever comes too late for its phase was asked for by a part of the turn that is over.
            _ => {}
        }
        out
    }

    /// The host has taken words.
    pub(crate) const fn note_delivered(&mut self) {
        self.delivered += 1;
    }

    /// Whether the last draft is made, so that nothing can be added to it.
    pub(crate) const fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing | Phase::Over)
    }

    /// The session has taken the outcome in.
    pub(crate) const fn note_settled(&mut self) {
        self.settled = true;
    }

    pub(crate) const fn is_settled(&self) -> bool {
        self.settled
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The standing as the first screening left it.
    pub(crate) const fn screened(&self) -> &Standing {
        &self.screened
    }

    /// The draft of a notice that was acknowledged, for after the turn had ended.
    pub(crate) fn late_acknowledgement(&self) -> Option<Draft> {
        self.drafts.acknowledgement(&self.setup)
    }

    pub(crate) const fn screening(&self) -> &Screening {
        &self.screening
    }

    pub(crate) const fn stack(&self) -> &Stack {
        &self.stack
    }

    pub(crate) const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The exchange as it was shown, for the session's memory. Nothing for a repeated answer.
    pub(crate) fn exchange(&self) -> Option<(Screening, Vec<ClearedText>, TurnOutcome)> {
        (!self.repeated && !self.queued.is_empty())
            .then(|| (self.screening.clone(), self.shown.clone(), self.outcome))
    }

    /// A draft is on its way to the store.
    pub(crate) fn note_queued(&mut self, piece: Piece) {
        self.queued.insert(piece);
    }

    /// What is still to be stored of a turn that was dropped half-way: whole records of what was shown.
    pub(crate) fn abandon(&mut self) -> Vec<Draft> {
        let over = std::mem::replace(&mut self.phase, Phase::Over);
        if matches!(over, Phase::Over | Phase::LookingUp)
            || self.repeated
            || self.queued.contains(&Piece::Last)
        {
            return Vec::new();
        }
        if over != Phase::Closing || self.delivered < self.shown.len() {
            if self.delivered < self.shown.len() {
                // Words that nobody saw named no services and asked nothing.
                self.standing = self.screening.standing().clone();
            }
            self.shown.truncate(self.delivered);
            self.outcome = TurnOutcome::Interrupted;
            self.stack.unsay();
        }
        let first = (!self.queued.contains(&Piece::First)).then(|| self.drafts.first());
        self.note_question();
        let late = self.drafts.late_escalation().filter(|_| !self.queued.contains(&Piece::Late));
        self.queued.insert(Piece::Last);
        first.into_iter().chain(late).chain([self.last_draft()]).collect()
    }

    fn begin(&mut self, out: &mut Vec<Effect>) {
        out.push(Effect::Emit(TurnEvent::Accepted { turn: self.setup.turn }));
        // A sign of danger is not answered with what was said to other words, nor with nothing.
        let danger = self.screening.level() >= RiskLevel::Moderate;
        let before = self.setup.exchanges.iter().find(|exchange| exchange.turn == self.setup.turn);
        let other_words = before.is_some_and(|exchange| exchange.said.as_str() != self.screening.text());
        let answer = self.setup.answer.take();
        let answer = answer.filter(|(shown, _)| !danger || !(other_words || shown.is_empty()));
        if let Some((shown, outcome)) = answer {
            return self.repeat(shown, outcome, out);
        }
        out.push(Effect::Audit(self.screening.clone()));
        self.emit_risk(out);
        for missing in self.screening.findings().unavailable() {
            if let Part::Detector(index) = *missing.part()
                && !self.setup.left_out_before.contains(index)
            {
                out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Detector(index))));
            }
        }
        if self.setup.told_later {
            self.show_plan_text(PlanText::WasTold, out);
        }
        match self.screening.disposition() {
            // Whoever has the floor knows what stands; only a new sign brings the plan beside them.
            _ if self.setup.human_has_floor && self.screening.level() < RiskLevel::Moderate => {
                self.look_up(out)
            }
            Disposition::PlanOnly => self.crisis(out),
            Disposition::StaticOnly => {
                out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Baseline)));
                self.outcome = TurnOutcome::Fallback;
                self.show_plan_text(PlanText::Unavailable, out);
                self.append_first(out);
                self.phase = Phase::Crisis;
                out.push(Effect::AwaitGrace);
            }
            _ => self.look_up(out),
        }
    }

    fn accept(&mut self, out: &mut Vec<Effect>) {
        self.phase = Phase::Accepting;
        self.append_first(out);
        let unspoken = self.setup.entry != Entry::Said;
        if self.setup.parts.classifiers.is_empty() || self.setup.human_has_floor || unspoken {
            return;
        }
        self.awaiting_opinions = (0..self.setup.parts.classifiers.len()).collect();
        out.push(Effect::Classify(self.screening.clone()));
    }

    fn append_first(&mut self, out: &mut Vec<Effect>) {
        self.awaiting_append = true;
        out.push(Effect::Append(Piece::First, self.drafts.first()));
    }

    fn appended(&mut self, result: Result<(), StoreErrorKind>, out: &mut Vec<Effect>) {
        self.awaiting_append = false;
        self.stored = result.is_ok();
        if let Err(kind) = result {
            out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Store(kind))));
        }
        match self.phase {
            // Another process has this turn: two answers to one message would be one too many.
            Phase::Accepting if result == Err(StoreErrorKind::IdReused) && self.setup.may_be_repeated => {
                self.repeat(Vec::new(), TurnOutcome::Interrupted, out);
            }
            Phase::Accepting => self.think(out),
            Phase::Crisis => self.tell(out),
            Phase::Closing => self.finish(out),
            _ => {}
        }
    }

    fn classified(&mut self, index: usize, found: Option<Findings>, out: &mut Vec<Effect>) {
        if !self.awaiting_opinions.remove(&index) {
            return;
        }
        let before = self.screening.clone();
        let findings = found.unwrap_or_else(|| {
            out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Classifier(index))));
            let mut findings = Findings::new();
            findings.mark_unavailable(Part::Classifier(index));
            findings
        });
        self.screening = self.setup.parts.safety.join(self.screening.clone(), findings);
        self.standing = self.screening.standing().clone();
        let seen = |screening: &Screening| {
            (screening.level(), screening.standing().level(), screening.findings().cautious())
        };
        if seen(&self.screening) != seen(&before) {
            out.push(Effect::Audit(self.screening.clone()));
            self.emit_risk(out);
        }
        if self.screening.disposition() == Disposition::PlanOnly {
            self.drafts.escalate(&self.setup, &self.screening);
            self.crisis(out);
        } else {
            self.think(out);
        }
    }

    /// Goes on once the turn is durable and every second opinion is in.
    fn think(&mut self, out: &mut Vec<Effect>) {
        if self.awaiting_append || !self.awaiting_opinions.is_empty() {
            return;
        }
        if self.setup.human_has_floor {
            self.outcome = TurnOutcome::Human;
            out.push(Effect::Emit(TurnEvent::HumanHasFloor));
            return self.close(out);
        }
        self.after = self.setup.parts.safety.crisis_words(&self.screening, &self.setup.resources);
        self.talk(out);
    }

    fn recalled(&mut self, memories: Result<Vec<Recalled>, StoreErrorKind>, out: &mut Vec<Effect>) {
        let memories = memories.unwrap_or_else(|kind| {
            out.push(Effect::Emit(TurnEvent::Trouble(Trouble::Recall(kind))));
            Vec::new()
        });
        let may_be_used = |memory: &Recalled| match &memory.kind {
            // What a model once said is no memory of the person.
            Some(RecordKind::TurnEnded) => false,
            Some(kind) => kind.purpose().is_none_or(|purpose| self.setup.ledger.allows(purpose)),
            None => true,
        };
        let memories: Vec<Recalled> = memories.into_iter().filter(may_be_used).collect();
        self.sources.extend(memories.iter().map(|memory| memory.record));
        if !memories.is_empty() {
            let used = memories.iter().map(|memory| (memory.record, memory.reason)).collect();
            out.push(Effect::Emit(TurnEvent::MemoryUsed { memories: used }));
        }
        self.generate(None, memories, out);
    }

    /// Adds a protocol's words and then those of the plan that follow a model's, and closes.
    fn close_with_plan(&mut self, out: &mut Vec<Effect>) {
        let then = std::mem::take(&mut self.then);
        self.show_all(then, out);
        if let Some(said) = self.after.take() {
            self.standing = said.standing;
            self.show_apart(said.text, out);
        }
        self.close(out);
    }

    fn close(&mut self, out: &mut Vec<Effect>) {
        self.phase = Phase::Closing;
        self.awaiting_append = true;
        self.note_question();
        let last = self.last_draft();
        out.push(Effect::Append(Piece::Last, last));
    }

    /// A question about a danger that the shown words end with is kept, so that the next screening reads the
    /// answer with it.
    fn note_question(&mut self) {
        let reply = self.shown.iter().map(ClearedText::as_str).collect::<String>();
        self.standing = self.setup.parts.safety.after_reply(&self.standing, &reply);
    }

    fn last_draft(&self) -> Draft {
        let shown: String = self.shown.iter().map(ClearedText::as_str).collect();
        let mut ended = TurnEndedRecord::new(shown, self.outcome);
        let place = self.setup.turn.uuid();
        ended.seal = Some(self.setup.parts.safety.seal(&self.shown, &self.setup.key, place.as_bytes()));
        ended.usage = self.usage;
        let moved = (self.stack != self.setup.stack).then(|| self.stack.record());
        let held = [&self.setup.stack, &self.stack].into_iter().flat_map(Stack::rests_on);
        let sources = self.sources.iter().copied().chain(held).collect();
        self.drafts.last(&self.setup, ended, &sources, &self.standing, moved, &self.keep)
    }

    fn finish(&mut self, out: &mut Vec<Effect>) {
        self.phase = Phase::Over;
        out.push(Effect::Emit(TurnEvent::Done(Summary {
            turn: self.setup.turn,
            outcome: self.outcome,
            stored: self.stored,
            standing: self.standing.level(),
            usage: self.usage,
            repeated: self.repeated,
        })));
    }

    fn show(&mut self, words: ClearedText, out: &mut Vec<Effect>) {
        if !words.is_empty() {
            self.shown.push(words.clone());
            out.push(Effect::Emit(TurnEvent::Words(words)));
        }
    }

    /// Shows words as a paragraph of their own.
    fn show_apart(&mut self, words: ClearedText, out: &mut Vec<Effect>) {
        let words = if self.shown.is_empty() { words } else { words.as_new_paragraph() };
        self.show(words, out);
    }

    fn show_plan_text(&mut self, text: PlanText, out: &mut Vec<Effect>) {
        let locale = self.screening.locale();
        let words = self.setup.parts.safety.plan_text(text, locale, &self.setup.resources);
        self.show_apart(words, out);
    }

    fn emit_risk(&self, out: &mut Vec<Effect>) {
        let foremost = self.screening.foremost().filter(|finding| finding.level() > RiskLevel::None);
        out.push(Effect::Emit(TurnEvent::Risk {
            level: self.screening.level(),
            standing: self.standing.level(),
            category: foremost.map(alliance_safety::Finding::category),
            cautious: self.screening.findings().cautious(),
        }));
    }
}
