//! What a session keeps in memory between turns.

use std::collections::{BTreeSet, VecDeque};

use alliance_safety::{
    ClearedText, LeftOut, Locale, Region, RiskLevel, ScreenContext, ScreenedWords, Screening, Standing,
    Timestamp,
};

use crate::{
    consent::{ConsentLedger, Draft},
    dialogue::Stack,
    id::{RecordId, TurnId},
    protocol::Flag,
    record::{Frame, TurnOutcome},
    store::Revision,
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
    /// A human acknowledged a notice after the turn that it belongs to had ended.
    pub(crate) told_later: bool,
    /// Drafts on their way to the store, oldest first.
    pub(crate) outgoing: VecDeque<Draft>,
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
            told_later: false,
            outgoing: VecDeque::new(),
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

    /// Lets go of a draft that is written, unless an erasure did so already.
    pub(crate) fn pop_written(&mut self, draft: &Draft) {
        if self.outgoing.front() == Some(draft) {
            self.outgoing.pop_front();
        }
    }

    pub(crate) fn note_exchange(
        &mut self,
        turn: TurnId,
        said: ScreenedWords,
        shown: Vec<ClearedText>,
        outcome: TurnOutcome,
    ) {
        if self.exchanges.len() == WINDOW {
            self.exchanges.pop_front();
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((turn, shown.clone(), outcome));
        self.exchanges.push_back(Exchange { turn, said, shown });
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
