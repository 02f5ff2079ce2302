//! What a turn writes: one draft when it is accepted, one when it has ended.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use alliance_safety::{Category, RiskLevel, Screening, Standing, Timestamp};

use super::machine::Setup;
use crate::{
    consent::Draft,
    escalation::Notice,
    id::{RecordId, SessionId, TurnId},
    protocol::Keep,
    record::{
        Body, OutboxRecord, OutboxState, ProgressRecord, Record, RiskRecord, TurnAcceptedRecord,
        TurnEndedRecord, TurnOutcome,
    },
    store::{Handle, HandleKind},
};

/// How long a turn may be without an end before `run_due` takes it for interrupted.
const OPEN_TURN: Duration = Duration::from_secs(300);

/// How long a notice is kept, and what came of it. It holds ids and a level, and is kept without consent.
pub(crate) const NOTICE_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The effects of a turn on the store, by number. Ids derive from the turn and the number, so a repeat
/// after a crash is recognised.
#[derive(Clone, Copy)]
enum Number {
    Accepted = 0,
    RiskFound = 1,
    Outbox = 2,
    Ended = 3,
    RiskLeft = 4,
    Progress = 5,
    Acknowledged = 6,
    Marked = 7,
}

/// The number of the first thing that a protocol asks to be remembered. The others follow.
const KEPT: u32 = 16;

/// The id of the record that holds what was said in a turn.
pub(crate) fn accepted_id(turn: TurnId) -> RecordId {
    RecordId::derived(turn, Number::Accepted as u32)
}

/// The id of the notice that a turn has a human told.
pub(crate) fn notice_id(turn: TurnId) -> RecordId {
    RecordId::derived(turn, Number::Outbox as u32)
}

/// The id of the record that holds how a turn ended.
pub(crate) fn ended_id(turn: TurnId) -> RecordId {
    RecordId::derived(turn, Number::Ended as u32)
}

/// The id of the record that says what came of a notice.
pub(crate) fn acknowledged_id(turn: TurnId) -> RecordId {
    RecordId::derived(turn, Number::Acknowledged as u32)
}

/// The id of the record that says that no end of a turn is known. Not the id of its end: where another process still
/// has the turn, what it showed is stored all the same, and counts.
pub(crate) fn marked_id(turn: TurnId) -> RecordId {
    RecordId::derived(turn, Number::Marked as u32)
}

/// Marks a turn that began and never ended. `at` is when it was accepted: whoever marks it, the mark is the same byte for
/// byte.
pub(crate) fn interrupted_draft(session: SessionId, turn: TurnId, at: Timestamp) -> Draft {
    let ended = TurnEndedRecord::new("", TurnOutcome::Interrupted);
    let ended = Record::new(marked_id(turn), at, Body::TurnEnded(ended)).session(session).turn(turn);
    Draft::new().record(ended).close(accepted_id(turn))
}

#[derive(Debug)]
pub(crate) struct Drafts {
    first: Draft,
    late: Option<Draft>,
    /// The standing that is on record once the first draft is written.
    recorded: Standing,
    notice: Option<Arc<Notice>>,
    outbox: Option<OutboxRecord>,
}

impl Drafts {
    pub(crate) fn begin(setup: &Setup, screening: &Screening) -> Self {
        let accepted = TurnAcceptedRecord::new(screening.text(), screening.locale(), screening.level());
        let accepted = record(setup, Number::Accepted, Body::TurnAccepted(accepted));
        let open = Handle::new(setup.user, accepted.id, HandleKind::OpenTurn, setup.at.after(OPEN_TURN));
        let mut drafts = Self {
            first: Draft::new().record(accepted).open(open),
            late: None,
            recorded: setup.standing_before.clone(),
            notice: None,
            outbox: None,
        };
        if drafts.worth_recording(screening.standing()) {
            let risk = RiskRecord::new(screening.standing().clone(), screening.changes().to_vec());
            let risk = record(setup, Number::RiskFound, Body::Risk(risk));
            drafts.first = drafts.first.record(risk);
            drafts.recorded = screening.standing().clone();
        }
        if let Some(draft) = drafts.escalation(setup, screening, drafts.first.clone()) {
            drafts.first = draft;
        }
        drafts
    }

    /// The draft of the accepted turn. The same, byte for byte, every time.
    pub(crate) fn first(&self) -> Draft {
        self.first.clone()
    }

    /// A second opinion raised the level after the turn was accepted: a human is told in a draft of its own.
    pub(crate) fn escalate(&mut self, setup: &Setup, screening: &Screening) {
        if self.outbox.is_none() {
            self.late = self.escalation(setup, screening, Draft::new());
        }
    }

    pub(crate) fn late_escalation(&self) -> Option<Draft> {
        self.late.clone()
    }

    /// Whether there is a notice that was not handed over yet.
    pub(crate) const fn has_notice(&self) -> bool {
        self.notice.is_some()
    }

    /// The notice, once.
    pub(crate) fn take_notice(&mut self) -> Option<Arc<Notice>> {
        self.notice.take()
    }

    /// The draft of the ended turn.
    pub(crate) fn last(
        &self,
        setup: &Setup,
        ended: TurnEndedRecord,
        sources: &BTreeSet<RecordId>,
        standing: &Standing,
        moved: Option<ProgressRecord>,
        keep: &[Keep],
    ) -> Draft {
        // A reply may say again what was said, so it goes with that.
        let rests_on = sources.iter().copied().chain([accepted_id(setup.turn)]);
        let ended = record(setup, Number::Ended, Body::TurnEnded(ended)).derived_from(rests_on);
        let ended_id = ended.id;
        let mut draft = Draft::new().record(ended).close(accepted_id(setup.turn));
        if let Some(due) = setup.consolidate_at {
            draft = draft.open(Handle::new(setup.user, ended_id, HandleKind::Consolidation, due));
        }
        if self.worth_recording(standing) {
            let risk = RiskRecord::new(standing.clone(), Vec::new());
            draft = draft.record(record(setup, Number::RiskLeft, Body::Risk(risk)));
        }
        if let Some(progress) = moved {
            let mut sources: Vec<RecordId> =
                progress.frames.iter().flat_map(|frame| frame.rests_on.iter().copied()).collect();
            sources.sort_unstable();
            sources.dedup();
            let due = progress.due;
            let progress = record(setup, Number::Progress, Body::Progress(progress));
            if let Some(due) = due {
                draft = draft.open(Handle::new(setup.user, progress.id, HandleKind::Timer, due));
            }
            draft = draft.record(progress.derived_from(sources));
        }
        for (number, keep) in (KEPT..).zip(keep) {
            draft = kept(setup, number, keep.clone(), sources, draft);
        }
        draft
    }

    /// The draft of a notice that was acknowledged. Always one of its own, and the same byte for byte whoever writes it:
    /// another process may have delivered the notice too, and a draft of which the store holds a part is refused whole.
    pub(crate) fn acknowledgement(&self, setup: &Setup) -> Option<Draft> {
        let mut done = self.outbox.clone()?;
        done.state = OutboxState::Acknowledged;
        let item = notice_id(setup.turn);
        let done = record(setup, Number::Acknowledged, Body::Outbox(done)).derived_from([item]);
        let expiry = Handle::new(setup.user, done.id, HandleKind::Expiry, setup.at.after(NOTICE_KEPT));
        Some(Draft::new().record(done).close(item).open(expiry))
    }

    /// While nothing stands and nothing stood, the standing only counts quiet turns.
    fn worth_recording(&self, standing: &Standing) -> bool {
        let calm = standing.level() == RiskLevel::None && self.recorded.level() == RiskLevel::None;
        *standing != self.recorded && !calm
    }

    fn escalation(&mut self, setup: &Setup, screening: &Screening, draft: Draft) -> Option<Draft> {
        let level = screening.level();
        setup.parts.escalation.sink_for(level)?;
        let category = screening.foremost().map_or(Category::Other, alliance_safety::Finding::category);
        let outbox = OutboxRecord::pending(setup.session, setup.turn, level, category);
        let item = record(setup, Number::Outbox, Body::Outbox(outbox.clone()));
        // Due at once, also where the clock was ahead of its time when it was written.
        let handle = Handle::new(setup.user, item.id, HandleKind::Outbox, Timestamp::UNIX_EPOCH);
        self.notice = Some(Arc::new(Notice {
            id: item.id,
            user: setup.user,
            session: setup.session,
            turn: setup.turn,
            level,
            category,
            at: setup.at,
        }));
        self.outbox = Some(outbox);
        Some(draft.record(item).open(handle))
    }
}

/// What a protocol asks to be remembered. It rests on the turn and on those whose answers it quotes, and goes with them.
fn kept(setup: &Setup, number: u32, keep: Keep, sources: &BTreeSet<RecordId>, draft: Draft) -> Draft {
    let (body, ttl) = keep.into_parts();
    let id = RecordId::derived(setup.turn, number);
    let accepted = accepted_id(setup.turn);
    let kept = Record::new(id, setup.at, body).session(setup.session).turn(setup.turn);
    let draft = draft.record(kept.derived_from(sources.iter().copied().chain([accepted])));
    match ttl {
        Some(ttl) => draft.open(Handle::new(setup.user, id, HandleKind::Expiry, setup.at.after(ttl))),
        None => draft,
    }
}

fn record(setup: &Setup, number: Number, body: Body) -> Record {
    Record::new(RecordId::derived(setup.turn, number as u32), setup.at, body)
        .session(setup.session)
        .turn(setup.turn)
}
