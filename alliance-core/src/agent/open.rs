//! Opening a session: what the store holds of it, folded.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alliance_safety::{
    ClearedText, Directory, LeftOut, Region, RiskLevel, ScreenContext, Standing, Timestamp,
};

use super::{Parts, SETTLED};
use crate::{
    consent::ConsentLedger,
    dialogue::{CALM_ONLY, Stack},
    driver::within,
    id::{RecordId, SessionId, TurnId, UserId},
    record::{
        Body, Frame, Holder, ProgressRecord, ProgressState, RecordKind, RiskRecord, SummaryPoint,
        TurnAcceptedRecord, TurnEndedRecord, TurnOutcome,
    },
    session::{Conversation, Exchange, Remembered, Session, Shared},
    store::{HandleKind, HandleQuery, MemoryStore, Revision, Selection, StoreError, StoreErrorKind, Stored},
    turn::marked_id,
};

/// Turns that are read back for the prompt.
const TURNS: usize = 40;

/// Records of risk that are looked through for the last crisis.
const RISKS: usize = 64;

/// Points of the last session that are spoken of unasked.
const SPOKEN: usize = 2;

/// Which session to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionChoice {
    /// The last one, or a new one where there is none.
    Resume,
    /// A new one.
    New,
    /// This one.
    Id(SessionId),
}

/// A session that cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The person has no session with this id.
    #[error("the person has no session {0}")]
    NoSuchSession(SessionId),
}

/// What the store says of a person and a session.
struct Found {
    ledger: ConsentLedger,
    session: Option<SessionId>,
    standing: Standing,
    turns: Vec<Stored>,
    progress: Option<(ProgressRecord, Timestamp)>,
    unsettled: Option<Timestamp>,
    /// Accepted turns that nobody ended.
    open: HashSet<RecordId>,
    human_has_floor: bool,
    remembered: Remembered,
    revision: Revision,
    /// The head before the risks were read.
    heard: Revision,
}

pub(super) async fn open(
    parts: &Arc<Parts>,
    user: UserId,
    choice: SessionChoice,
    alive: &[Arc<Shared>],
) -> Result<Session, OpenError> {
    let of_user = || alive.iter().filter(|shared| shared.user == user);
    if let SessionChoice::Id(id) = choice
        && let Some(shared) = of_user().find(|shared| shared.id == id)
    {
        return Ok(Session::new(shared.clone()));
    }
    let opening = async {
        let key = match &parts.keys {
            // None is made for somebody who only looks in, nor in the place of one that was lost.
            Some(keys) => keys.held(user).await.map_err(|_| StoreError::new(StoreErrorKind::Key))?,
            None => Some(parts.own_key.clone()),
        };
        Ok::<_, StoreError>((key, read(parts, user, choice).await?))
    };
    let mut conversation = Conversation::new(parts.locale, parts.region);
    let timed = within(&*parts.timer, parts.limits.opening, opening).await;
    let Some(Ok((key, found))) = timed else {
        // One that is open knows what stands and who has the floor.
        if let (SessionChoice::Resume, Some(shared)) = (choice, of_user().next_back()) {
            return Ok(Session::new(shared.clone()));
        }
        // Neither consent nor standing is known: keep nothing, and hold back every reply as a whole.
        conversation.standing_unknown = true;
        // What stood before is not known, so only calm protocols begin.
        conversation.unsettled = Some(parts.clock.now());
        let id = match choice {
            SessionChoice::Id(id) => id,
            _ => SessionId::new(parts.ids.next_id()),
        };
        settle(parts, user, alive, &mut conversation);
        let directory = live_directory(parts, conversation.region).await;
        return Ok(Session::new(Shared::new(parts.clone(), user, id, None, directory, conversation)));
    };
    if let (SessionChoice::Id(id), None) = (choice, found.session) {
        return Err(OpenError::NoSuchSession(id));
    }
    let open = match (choice, found.session) {
        // Without consent nothing is stored of a session: the one that is open is the last one, with its level.
        (SessionChoice::Resume, None) => of_user().next_back(),
        (_, session) => of_user().find(|shared| Some(shared.id) == session),
    };
    if let Some(shared) = open {
        return Ok(Session::new(shared.clone()));
    }
    let resumed = found.session.is_some();
    let id = found.session.unwrap_or_else(|| SessionId::new(parts.ids.next_id()));
    conversation.ledger = found.ledger;
    conversation.revision = found.revision;
    conversation.heard = found.heard;
    let (next, fall) = found.standing.next_session();
    conversation.standing = if resumed { found.standing } else { next.clone() };
    conversation.unsettled = found.unsettled;
    conversation.human_has_floor = found.human_has_floor;
    conversation.remembered = found.remembered;
    let mut said = None;
    if let Some((record, at)) = found.progress {
        let known = record.frames.iter().all(|frame| parts.protocols.contains_key(&frame.progress.protocol));
        let gap = parts.clock.now().since(at);
        let (mut stack, reopened) = if known { Stack::reopened(&record, gap) } else { Default::default() };
        // The first message answers the check-in, and nothing else.
        if conversation.standing.check_in_due() {
            stack.unsay();
            if stack.state == ProgressState::Asked {
                stack.state = ProgressState::Paused;
            }
        } else {
            said = reopened;
        }
        conversation.stack = stack;
    }
    settle(parts, user, alive, &mut conversation);
    said = said.filter(|_| conversation.stack.state != ProgressState::Suspended);
    let unfinished = restore(
        parts,
        key.as_ref().unwrap_or(&parts.own_key),
        (&found.turns, &found.open),
        &mut conversation,
    );
    let directory = live_directory(parts, conversation.region).await;
    let shared = Shared::new(parts.clone(), user, id, key, directory, conversation);
    shared.note_resumed(resumed, &unfinished.open, unfinished.cut, said);
    if let (false, Some(fall)) = (resumed, fall) {
        shared.note_fall(next, fall);
    }
    Ok(Session::new(shared))
}

/// What stands in the person's open sessions stands here too, and after a crisis only calm protocols go on.
fn settle(parts: &Parts, user: UserId, alive: &[Arc<Shared>], conversation: &mut Conversation) {
    for other in alive.iter().filter(|other| other.user == user) {
        let other = other.conversation();
        conversation.unsettled = conversation.unsettled.max(other.unsettled);
        if other.standing.level() >= RiskLevel::Moderate {
            conversation.standing = conversation.standing.merged(&other.standing);
        }
    }
    let recent = conversation.unsettled.is_some_and(|at| at.after(CALM_ONLY) > parts.clock.now());
    let calm =
        |frame: &Frame| parts.protocols.get(&frame.progress.protocol).is_some_and(|loaded| loaded.about.calm);
    let all_calm = conversation.stack.frames.iter().all(calm);
    if conversation.standing.level() >= RiskLevel::Moderate || (recent && !all_calm) {
        conversation.stack.suspend();
    }
}

async fn read(parts: &Parts, user: UserId, choice: SessionChoice) -> Result<Found, StoreError> {
    let store = &parts.store;
    let (ledger, revision) = ledger(&**store, user).await?;
    let newest = |kind: RecordKind| Selection::all().kinds([kind]).newest_first().limit(1);
    let session = match choice {
        SessionChoice::New => None,
        SessionChoice::Id(id) => {
            let page = store.read(user, &newest(RecordKind::TurnAccepted).session(id)).await?;
            page.records.first().map(|_| id)
        }
        _ => {
            let page = store.read(user, &newest(RecordKind::TurnAccepted)).await?;
            page.records.first().and_then(|stored| stored.record.session)
        }
    };
    let risks = Selection::all().kinds([RecordKind::Risk]).newest_first().limit(RISKS);
    let risks = store.read(user, &risks).await?;
    let mut risks = risks.records.iter().filter_map(|stored| match &stored.record.body {
        Body::Risk(risk) => Some((risk, stored.record.at)),
        _ => None,
    });
    let newest_risk = risks.next();
    let standing = newest_risk.map(|(risk, _)| risk.standing.clone());
    let unsettled = newest_risk.into_iter().chain(risks).find(|(risk, _)| unsettles(risk)).map(|(_, at)| at);
    let mut found = Found {
        ledger,
        session,
        standing: standing.unwrap_or_default(),
        turns: Vec::new(),
        open: HashSet::new(),
        progress: None,
        unsettled,
        human_has_floor: false,
        remembered: Remembered::default(),
        revision,
        heard: revision,
    };
    found.remembered = remembered(parts, user, session).await?;
    let Some(id) = session else { return Ok(found) };
    let kinds = [RecordKind::TurnAccepted, RecordKind::TurnEnded];
    let turns = Selection::all().kinds(kinds).session(id).newest_first().limit(2 * TURNS);
    let page = store.read(user, &turns).await?;
    found.revision = page.revision;
    found.turns = page.records;
    found.turns.reverse();
    let progress = store.read(user, &newest(RecordKind::Progress).session(id)).await?;
    found.progress = progress.records.first().and_then(|stored| match &stored.record.body {
        Body::Progress(record) => Some((record.clone(), stored.record.at)),
        _ => None,
    });
    if found.turns.iter().any(|stored| is_without_end(stored, &found.turns)) {
        // Without an end and without a handle: its reply was erased, and it is no turn that was cut off.
        let open = HandleQuery::due(Timestamp::from_millis(i64::MAX), Selection::MAX).of(user);
        let open = store.handles(&open.kinds([HandleKind::OpenTurn])).await?;
        found.open = open.handles.iter().map(|handle| handle.record).collect();
    }
    let floor = store.read(user, &newest(RecordKind::Floor).session(id)).await?;
    found.human_has_floor = floor.records.first().is_some_and(
        |stored| matches!(&stored.record.body, Body::Floor(floor) if floor.holder == Holder::Human),
    );
    Ok(found)
}

/// The person's safety plan, and what their last session was about.
async fn remembered(
    parts: &Parts,
    user: UserId,
    session: Option<SessionId>,
) -> Result<Remembered, StoreError> {
    let mut remembered = Remembered::default();
    let newest = |kind: RecordKind| Selection::all().kinds([kind]).newest_first().limit(1);
    let page = parts.store.read(user, &newest(RecordKind::SafetyPlan)).await?;
    if let Some(Body::SafetyPlan(plan)) = page.records.first().map(|stored| &stored.record.body) {
        let steps: Vec<String> = plan.steps.iter().map(|step| step.join("; ")).collect();
        remembered.safety_plan = Some(steps.join("\n").into());
    }
    if parts.consolidator.is_none() {
        return Ok(remembered);
    }
    let page = parts.store.read(user, &newest(RecordKind::Summary)).await?;
    let Some(stored) = page.records.first() else { return Ok(remembered) };
    let Body::Summary(summary) = &stored.record.body else { return Ok(remembered) };
    let texts = |points: &mut dyn Iterator<Item = &SummaryPoint>| -> Vec<Arc<str>> {
        points.map(|point| point.text.as_str().into()).collect()
    };
    let here = stored.record.session == session;
    if !here {
        // What was said in this session is in front of it word for word.
        remembered.last_time = texts(&mut summary.points.iter()).into();
    }
    if !here || parts.clock.now().since(stored.record.at) >= SETTLED {
        let spoken = summary.points.iter().filter(|point| point.sensitivity.is_ordinary());
        remembered.spoken = texts(&mut spoken.take(SPOKEN));
    }
    Ok(remembered)
}

/// Whether a record says that moderate or more stood, or fell just then.
fn unsettles(risk: &RiskRecord) -> bool {
    let fell = risk.changes.iter().any(|change| change.from >= RiskLevel::Moderate);
    fell || risk.standing.level() >= RiskLevel::Moderate
}

/// What the person agreed to, and the head of their log.
pub(crate) async fn ledger(
    store: &dyn MemoryStore,
    user: UserId,
) -> Result<(ConsentLedger, Revision), StoreError> {
    ConsentLedger::read_at(store, user).await
}

/// Takes the exchanges of a session into memory. What the person said is screened again and what was shown
/// is readmitted; a detector that fails at one of them is left out of the rest. Returns the turns that began and did not end, and the last one where it was cut off.
fn restore(
    parts: &Parts,
    key: &alliance_safety::SealKey,
    (turns, without_end): (&[Stored], &HashSet<RecordId>),
    conversation: &mut Conversation,
) -> Unfinished {
    let mut ended: HashMap<TurnId, (&TurnEndedRecord, bool)> = HashMap::new();
    for stored in turns {
        if let (Some(turn), Body::TurnEnded(record)) = (stored.record.turn, &stored.record.body) {
            let marked = stored.record.id == marked_id(turn);
            // What the turn wrote itself counts, whichever came first.
            if !marked || !ended.contains_key(&turn) {
                ended.insert(turn, (record, marked));
            }
        }
    }
    let (mut open, mut cut) = (Vec::new(), None);
    let mut left_out = conversation.left_out.clone();
    for stored in turns {
        let (Some(turn), Body::TurnAccepted(accepted)) = (stored.record.turn, &stored.record.body) else {
            continue;
        };
        match ended.get(&turn) {
            Some((ended, marked)) => {
                cut = (*marked || ended.outcome == TurnOutcome::Interrupted).then_some(turn);
                conversation.restore_exchange(exchange(parts, key, turn, (accepted, ended), &mut left_out));
            }
            None if without_end.contains(&stored.record.id) => {
                cut = None;
                open.push((turn, stored.record.at));
            }
            None => {
                cut = None;
                let erased = TurnEndedRecord::new("", TurnOutcome::Whole);
                let exchange = exchange(parts, key, turn, (accepted, &erased), &mut left_out);
                conversation.note_exchange(turn, exchange.said, exchange.shown, TurnOutcome::Whole);
            }
        }
    }
    Unfinished { open, cut }
}

fn is_without_end(of: &Stored, turns: &[Stored]) -> bool {
    let ended = |stored: &Stored| {
        stored.record.turn == of.record.turn && matches!(stored.record.body, Body::TurnEnded(_))
    };
    matches!(of.record.body, Body::TurnAccepted(_)) && !turns.iter().any(ended)
}

/// Turns that began, and of which nobody knows an end.
#[derive(Default)]
struct Unfinished {
    /// Without an end in the store, and when they were accepted.
    open: Vec<(TurnId, Timestamp)>,
    /// The newest turn, where its answer was cut off, or its end only noted as missing.
    cut: Option<TurnId>,
}

fn exchange(
    parts: &Parts,
    key: &alliance_safety::SealKey,
    turn: TurnId,
    (accepted, ended): (&TurnAcceptedRecord, &TurnEndedRecord),
    left_out: &mut LeftOut,
) -> Exchange {
    let context = ScreenContext::new(Standing::default(), accepted.locale).left_out(left_out.clone());
    let said = parts.safety.screen(accepted.text.clone(), &context);
    *left_out = said.left_out().clone();
    let shown: Vec<ClearedText> = if ended.outcome == TurnOutcome::Human || ended.shown.is_empty() {
        Vec::new()
    } else {
        parts.safety.readmit(&ended.shown, ended.seal.as_ref(), key, turn.uuid().as_bytes(), &said)
    };
    Exchange { turn, said: said.into(), shown }
}

/// The built-in directory, with the host's live entry for the region where it comes in time.
pub(crate) async fn live_directory(parts: &Parts, region: Option<Region>) -> Directory {
    const PATIENCE: std::time::Duration = std::time::Duration::from_millis(300);
    let built_in = parts.safety.directory().clone();
    let (Some(provider), Some(region)) = (&parts.directory, region) else { return built_in };
    match within(&*parts.timer, PATIENCE, provider.services(region)).await {
        Some(Ok(Some(entry))) => built_in.clone().with_entry(entry).unwrap_or(built_in),
        _ => built_in,
    }
}
