//! What a session keeps in memory between turns.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use alliance_safety::{
    ClearedText, LeftOut, Locale, Region, RiskLevel, ScreenContext, ScreenedWords, Screening, Standing,
    Timestamp,
};

use crate::{
    consent::{ConsentLedger, Draft, NOTHING, Purpose},
    dialogue::Stack,
    id::{RecordId, TurnId},
    protocol::Flag,
    record::{ConsentChoice, ConsentRecord, Frame, TurnOutcome},
    store::{Revision, StoreErrorKind},
    turn::{accepted_id, ended_id, marked_id},
};

/// Exchanges that are kept verbatim for the prompt.
const WINDOW: usize = 40;

/// Answers that are kept to recognise a repeated turn id without a store.
const RECENT: usize = 64;

/// What a session keeps in memory between turns. Shared by the session's clones and its running turn.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) ledger: ConsentLedger,
    /// How often the ledger changed: whoever reads it from the store meanwhile knows that it read too early.
    pub(crate) decided: u64,
    pub(crate) standing: Standing,
    pub(crate) standing_unknown: bool,
    pub(crate) left_out: LeftOut,
    pub(crate) locale: Locale,
    pub(crate) region: Option<Region>,
    pub(crate) exchanges: VecDeque<Exchange>,
    pub(crate) recent: VecDeque<(TurnId, Vec<ClearedText>, TurnOutcome)>,
    pub(crate) stack: Stack,
    /// A protocol that the host began beside a running turn: it comes on top when that turn is settled.
    pub(crate) pending: Option<Frame>,
    /// What is known of the person that speaks against some protocols.
    pub(crate) flags: BTreeSet<Flag>,
    /// When a sign of moderate or more, or its level, stood last.
    pub(crate) unsettled: Option<Timestamp>,
    pub(crate) revision: Revision,
    /// Up to where the log of the person was looked through for dangers that somebody else heard.
    pub(crate) heard: Revision,
    pub(crate) human_has_floor: bool,
    /// The record that says that the session is to be made into memories, and when.
    pub(crate) consolidation: Option<(RecordId, Timestamp)>,
    pub(crate) remembered: Remembered,
    /// A human acknowledged a notice after the turn that it belongs to had ended.
    pub(crate) told_later: bool,
    /// Drafts on their way to the store, oldest first.
    pub(crate) outgoing: VecDeque<Draft>,
    /// What the store refused for good, by the records of the draft, until whoever queued it asks.
    refused: VecDeque<(Vec<RecordId>, StoreErrorKind)>,
    /// The running turn, where what was said in it was erased.
    pub(crate) erased_turn: Option<TurnId>,
    /// Somebody else wrote meanwhile: before anything else is written, what they wrote is read.
    pub(crate) disturbed: bool,
    /// What was written since somebody else wrote, with what it needs and where it stands: whether consent was live
    /// there is still to be read.
    pub(crate) unchecked: Vec<(Revision, RecordId, Purpose)>,
}

/// What is known of the person from before, beside what each turn looks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered {
    /// What another session was about: the last one that was made into memories.
    pub(crate) last_time: Arc<[Arc<str>]>,
    /// Of that, or of this session before a break, what may be spoken of unasked.
    pub(crate) spoken: Vec<Arc<str>>,
    /// The person's own safety plan.
    pub(crate) safety_plan: Option<Arc<str>>,
}

/// What the person said and what was shown in return.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) turn: TurnId,
    pub(crate) said: ScreenedWords,
    pub(crate) shown: Vec<ClearedText>,
}

impl Conversation {
    pub(crate) fn new(locale: Locale, region: Option<Region>) -> Self {
        Self {
            ledger: ConsentLedger::default(),
            decided: 0,
            standing: Standing::default(),
            standing_unknown: false,
            left_out: LeftOut::default(),
            locale,
            region,
            exchanges: VecDeque::new(),
            recent: VecDeque::new(),
            stack: Stack::default(),
            pending: None,
            flags: BTreeSet::new(),
            unsettled: None,
            revision: Revision::ZERO,
            heard: Revision::ZERO,
            human_has_floor: false,
            consolidation: None,
            remembered: Remembered::default(),
            told_later: false,
            outgoing: VecDeque::new(),
            refused: VecDeque::new(),
            erased_turn: None,
            disturbed: false,
            unchecked: Vec::new(),
        }
    }

    pub(crate) fn context(&self) -> ScreenContext {
        let mut context = ScreenContext::new(self.standing.clone(), self.locale)
            .region(self.region)
            .left_out(self.left_out.clone());
        context.standing_unknown = self.standing_unknown;
        context
    }

    /// Takes in a screening at once, so that a turn that is dropped half-way leaves its level behind.
    /// Whatever else raised the standing since `before` stays raised.
    pub(crate) fn note_screening(&mut self, screening: &Screening, before: &Standing, now: Timestamp) {
        let level = screening.level().max(screening.standing().level()).max(self.standing.level());
        if level >= RiskLevel::Moderate {
            self.unsettled = Some(now);
        }
        self.note_standing(screening.standing(), before);
        self.left_out = screening.left_out().clone();
    }

    /// A danger stands, here or in another session of the person: protocols are set aside, whatever was decided
    /// beside it.
    pub(crate) fn unsettle(&mut self, standing: &Standing, now: Timestamp) {
        self.standing = self.standing.merged(standing);
        self.unsettled = Some(now);
        self.pending = None;
        self.stack.suspend();
    }

    /// Takes over a standing that was reached from `before`.
    pub(crate) fn note_standing(&mut self, standing: &Standing, before: &Standing) {
        self.standing =
            if self.standing == *before { standing.clone() } else { self.standing.merged(standing) };
    }

    /// What may be written now. Where the standing could not be read, what is written could hide what stands.
    pub(crate) fn permitted(&self) -> &ConsentLedger {
        if self.standing_unknown { &NOTHING } else { &self.ledger }
    }

    /// Puts at the end of what is on its way to the store whatever of a draft the person agreed to keep by now. A yes
    /// that comes later counts for what comes after it.
    pub(crate) fn queue(&mut self, draft: Draft) {
        let permitted = self.permitted().permitted(draft);
        self.outgoing.extend(permitted);
    }

    /// Takes in a decision, made here or in another session of the person. What is taken back is not written any more,
    /// though it was agreed to when it was queued.
    pub(crate) fn decide(&mut self, decision: &ConsentRecord) {
        self.set_ledger({
            let mut ledger = self.ledger.clone();
            ledger.apply(decision);
            ledger
        });
        if decision.choice == ConsentChoice::Withdrawn {
            let outgoing = std::mem::take(&mut self.outgoing);
            for mut draft in outgoing {
                draft.retract(decision.purpose);
                self.queue(draft);
            }
        }
    }

    pub(crate) fn set_ledger(&mut self, ledger: ConsentLedger) {
        self.ledger = ledger;
        self.decided += 1;
    }

    /// Lets go of a draft that is written, unless an erasure did so already.
    pub(crate) fn pop_written(&mut self, draft: &Draft) {
        if self.outgoing.front() == Some(draft) {
            self.outgoing.pop_front();
        }
    }

    /// Lets go of a draft that the store will never take. What outlasts the words that were erased goes on alone.
    pub(crate) fn pop_refused(&mut self, draft: &Draft, kind: StoreErrorKind) {
        if self.outgoing.front() == Some(draft) {
            if self.refused.len() == RECENT {
                self.refused.pop_front();
            }
            self.refused.push_back((draft.ids(), kind));
            let lasting = draft.lasting();
            self.outgoing.pop_front();
            if let Some(lasting) = lasting.filter(|lasting| lasting != draft) {
                self.outgoing.push_front(lasting);
            }
        }
    }

    /// Whether the store refused something for good of which nobody asked.
    pub(crate) fn take_refused(&mut self) -> bool {
        !std::mem::take(&mut self.refused).is_empty()
    }

    /// What became of the draft that held these records, after everything that is queued was offered to the store with
    /// this result: nobody is told of the draft of somebody else.
    pub(crate) fn outcome_of(
        &mut self,
        own: &[RecordId],
        all: Result<(), StoreErrorKind>,
    ) -> Result<(), StoreErrorKind> {
        let is_own = |ids: &[RecordId]| ids.iter().any(|id| own.contains(id));
        if let Some(place) = self.refused.iter().position(|(ids, _)| is_own(ids)) {
            return self.refused.remove(place).map_or(Ok(()), |(_, kind)| Err(kind));
        }
        let waits = own.is_empty() || self.outgoing.iter().any(|draft| is_own(&draft.ids()));
        if waits { all } else { Ok(()) }
    }

    pub(crate) fn note_exchange(
        &mut self,
        turn: TurnId,
        said: ScreenedWords,
        shown: Vec<ClearedText>,
        outcome: TurnOutcome,
    ) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((turn, shown.clone(), outcome));
        self.restore_exchange(Exchange { turn, said, shown });
    }

    /// Takes in an exchange that is in the store. What it may be answered with again is there too: what is in the window may have come
    /// back otherwise from review.
    pub(crate) fn restore_exchange(&mut self, exchange: Exchange) {
        if self.exchanges.len() == WINDOW {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(exchange);
    }

    /// Lets go of the turns of which a record was erased.
    pub(crate) fn forget_turns(&mut self, erased: &[RecordId]) {
        let gone =
            |turn: TurnId| [accepted_id, ended_id, marked_id].iter().any(|id| erased.contains(&id(turn)));
        self.exchanges.retain(|exchange| !gone(exchange.turn));
        self.recent.retain(|(turn, ..)| !gone(*turn));
    }

    pub(crate) fn answer_to(&self, turn: TurnId) -> Option<(Vec<ClearedText>, TurnOutcome)> {
        let found = self.recent.iter().find(|(id, ..)| *id == turn);
        found.map(|(_, shown, outcome)| (shown.clone(), *outcome))
    }
}
