//! What is due: notices that nobody acknowledged yet, turns that never ended, what is kept past its time, timers,
//! sessions to be made into memories.

use std::{collections::HashSet, sync::Arc, time::Duration};

use alliance_safety::Timestamp;

use super::Agent;
use crate::{
    consent::Draft,
    dialogue::SILENT,
    driver::within,
    escalation::Notice,
    id::{RecordId, SessionId, TurnId, UserId},
    record::{Body, OutboxRecord, OutboxState, Record, RecordKind},
    store::{Expect, Forget, Handle, HandleKind, HandleQuery, Lease, Selection, StoreError, StoreErrorKind},
    turn::{NOTICE_KEPT, acknowledged_id, ended_id, interrupted_draft, marked_id},
};

/// How long a handle is claimed at least. A delivery that failed is tried again once it is over.
const LEASE: Duration = Duration::from_secs(60);

/// Calls of the store that the work on one handle rarely needs more of.
const CALLS: u32 = 10;

/// What `run_due` works off.
const DONE: [HandleKind; 4] =
    [HandleKind::Outbox, HandleKind::OpenTurn, HandleKind::Expiry, HandleKind::Timer];

/// What `run_due` did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueReport {
    /// Notices that were acknowledged.
    pub delivered: usize,
    /// Notices that nobody acknowledged; they are tried again.
    pub undelivered: usize,
    /// Notices past their time that nobody acknowledged at the last attempt either, given up.
    pub expired: usize,
    /// Turns that never ended, marked as interrupted.
    pub interrupted: usize,
    /// Records past the time for which they were kept, erased.
    pub erased: usize,
    /// Sessions that were made into memories.
    pub consolidated: usize,
    /// Sessions of which nothing could be made that is fit to be kept. Their turns are still there.
    pub refused: usize,
    /// Timers of sessions that this agent does not have open. Whoever can reach the person opens the session and calls
    /// [`Session::ring`](crate::session::Session::ring); until somebody did, each is listed again.
    pub timers: Vec<DueTimer>,
    /// Items that the store could not read or write; they are tried again.
    pub failed: usize,
    /// Whether more is due than the limit let through.
    pub more: bool,
}

/// A timer that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueTimer {
    /// The person.
    pub user: UserId,
    /// The session in which it was set.
    pub session: Option<SessionId>,
    /// When it was due.
    pub due: Timestamp,
    /// The record that holds it.
    pub record: RecordId,
}

impl Agent {
    /// Does what is due at `now`, at most `limit` items. The host calls it from its own schedule; it can be
    /// called again at any time and from several processes.
    ///
    /// Each item is claimed when its turn comes, for a minute or for as long as this agent's
    /// [`Limits`](crate::agent::Limits) let the longest work take, and left where it is not done by then.
    ///
    /// # Errors
    ///
    /// A store that cannot list what is due. What fails for one item is counted in the report.
    pub async fn run_due(&self, now: Timestamp, limit: usize) -> Result<DueReport, StoreError> {
        for shared in self.sessions() {
            shared.work_off().await;
        }
        // An agent that makes no memories leaves that to one that does.
        let memories = self.parts.consolidator.as_ref().map(|_| HandleKind::Consolidation);
        let kinds: Vec<HandleKind> = DONE.into_iter().chain(memories).collect();
        let (lease, begun) = (self.lease(), self.parts.clock.now());
        let (mut report, mut worked, mut listed) = (DueReport::default(), HashSet::new(), 1);
        while worked.len() < limit {
            // What came before took its time.
            let now = now.after(self.parts.clock.now().since(begun));
            let claim = Lease::new(self.parts.ids.next_id(), now.after(lease));
            let query = HandleQuery::due(now, listed).kinds(kinds.iter().copied()).lease(claim);
            let page = match self.in_time(self.parts.store.handles(&query)).await {
                Err(error) if worked.is_empty() => return Err(error),
                Err(_) => {
                    (report.failed, report.more) = (report.failed + 1, true);
                    break;
                }
                Ok(page) => page,
            };
            report.more = page.more;
            let Some(handle) = page.handles.iter().find(|h| !worked.contains(&(h.user, h.record))) else {
                // A store that knows no claims lists again what could not be done.
                if !page.more || listed >= Selection::MAX {
                    break;
                }
                listed = page.handles.len() + 1;
                continue;
            };
            worked.insert((handle.user, handle.record));
            let work = self.work_on(handle, now, &mut report);
            let done = within(&*self.parts.timer, lease, work).await;
            // One person's damaged log keeps nobody else's notice back.
            report.failed += usize::from(!matches!(done, Some(Ok(()))));
        }
        self.save_idle(now, limit).await;
        Ok(report)
    }

    /// Has recall save what it knows of people who have not spoken for a while. What fails is listed again.
    async fn save_idle(&self, now: Timestamp, limit: usize) {
        let idle = self.parts.recaller.as_ref().map_or_else(Vec::new, |recaller| recaller.idle(now));
        for user in idle.into_iter().take(limit) {
            let _later = self.save_recall(user).await;
        }
    }

    async fn work_on(
        &self,
        handle: &Handle,
        now: Timestamp,
        report: &mut DueReport,
    ) -> Result<(), StoreError> {
        match handle.kind {
            HandleKind::Outbox => self.deliver_due(handle, now, report).await,
            HandleKind::OpenTurn => self.end_open_turn(handle, report).await,
            HandleKind::Timer => self.list_timer(handle, now, report).await,
            HandleKind::Consolidation => self.consolidate_due(handle, now, report).await,
            HandleKind::Expiry => self.erase_expired(handle, report).await,
        }
    }

    /// How long one item is claimed: longer than the work on it takes.
    fn lease(&self) -> Duration {
        let limits = &self.parts.limits;
        let memories = self.parts.consolidator.as_ref().map_or(Duration::ZERO, |_| limits.consolidation);
        let work = limits.delivery.max(memories).saturating_add(limits.store.saturating_mul(CALLS));
        // Where clocks differ a little, the longest claim must not seem longer.
        work.clamp(LEASE, Lease::LONGEST / 2)
    }

    async fn deliver_due(
        &self,
        handle: &Handle,
        now: Timestamp,
        report: &mut DueReport,
    ) -> Result<(), StoreError> {
        let Some(record) = self.record(handle.user, handle.record).await? else {
            return self.write(handle.user, Draft::new().close(handle.record)).await;
        };
        let Body::Outbox(item) = &record.body else { return Ok(()) };
        let told = match self.parts.escalation.sink() {
            Some(sink) => {
                let notice = Notice {
                    id: record.id,
                    user: handle.user,
                    session: item.session,
                    turn: item.turn,
                    level: item.level,
                    category: item.category,
                    at: record.at,
                };
                let delivery = sink.deliver(&notice);
                let told = within(&*self.parts.timer, self.parts.limits.delivery, delivery).await;
                Some(matches!(told, Some(Ok(()))))
            }
            None => None,
        };
        // However old a notice seems, it is tried once more: the clock may have been wrong when it was written.
        let state = match told {
            Some(true) => {
                report.delivered += 1;
                OutboxState::Acknowledged
            }
            _ if now.since(record.at) > NOTICE_KEPT => {
                report.expired += 1;
                OutboxState::Expired
            }
            Some(false) => {
                report.undelivered += 1;
                return Ok(());
            }
            None => return Ok(()),
        };
        let outcome = OutboxRecord { state, ..item.clone() };
        let outcome = Record::new(acknowledged_id(item.turn), record.at, Body::Outbox(outcome))
            .session(item.session)
            .turn(item.turn)
            .derived_from([record.id]);
        let expiry = Handle::new(handle.user, outcome.id, HandleKind::Expiry, record.at.after(NOTICE_KEPT));
        let draft = Draft::new().record(outcome).close(record.id).open(expiry);
        self.write(handle.user, draft).await
    }

    async fn erase_expired(&self, handle: &Handle, report: &mut DueReport) -> Result<(), StoreError> {
        let mut expired = vec![handle.record];
        if let Some(record) = self.record(handle.user, handle.record).await?
            && matches!(record.body, Body::Outbox(_))
        {
            // How a notice ended goes with the notice.
            expired.extend(&record.derived_from);
        }
        let what = Forget::Records(expired);
        self.in_time(self.parts.store.forget(handle.user, &what)).await?;
        report.erased += 1;
        Ok(())
    }

    /// A timer of a protocol counts while nothing came after it, and for a while only.
    async fn list_timer(
        &self,
        handle: &Handle,
        now: Timestamp,
        report: &mut DueReport,
    ) -> Result<(), StoreError> {
        let record = self.record(handle.user, handle.record).await?;
        let (session, counts) = match record.as_deref() {
            Some(Record { body: Body::Timer(_), session, .. }) => (*session, true),
            Some(Record { body: Body::Progress(progress), session: Some(session), id, .. }) => {
                let newest = Selection::all().kinds([RecordKind::Progress]).session(*session);
                let newest = newest.newest_first().limit(1);
                let page = self.in_time(self.parts.store.read(handle.user, &newest)).await?;
                let is_newest = page.records.first().is_some_and(|stored| stored.record.id == *id);
                (Some(*session), is_newest && progress.due.is_some() && now.since(handle.due) < SILENT)
            }
            _ => (None, false),
        };
        if !counts {
            return self.write(handle.user, Draft::new().close(handle.record)).await;
        }
        let open =
            self.sessions().iter().any(|shared| shared.user == handle.user && Some(shared.id) == session);
        if !open {
            let (user, due, record) = (handle.user, handle.due, handle.record);
            report.timers.push(DueTimer { user, session, due, record });
        }
        Ok(())
    }

    async fn end_open_turn(&self, handle: &Handle, report: &mut DueReport) -> Result<(), StoreError> {
        let accepted = self.record(handle.user, handle.record).await?;
        let (session, turn, at) =
            match accepted.as_ref().map(|record| (record.session, record.turn, record.at)) {
                Some((Some(session), Some(turn), at)) => (session, turn, at),
                _ => return self.write(handle.user, Draft::new().close(handle.record)).await,
            };
        if self.is_running(turn) {
            return Ok(());
        }
        for end in [ended_id(turn), marked_id(turn)] {
            if self.record(handle.user, end).await?.is_some() {
                return self.write(handle.user, Draft::new().close(handle.record)).await;
            }
        }
        report.interrupted += 1;
        self.write(handle.user, interrupted_draft(session, turn, at)).await
    }

    fn is_running(&self, turn: TurnId) -> bool {
        self.sessions().iter().any(|shared| shared.running_turn() == Some(turn))
    }

    pub(super) async fn record(&self, user: UserId, id: RecordId) -> Result<Option<Arc<Record>>, StoreError> {
        let selection = Selection::all().ids([id]).limit(1);
        let page = self.in_time(self.parts.store.read(user, &selection)).await?;
        Ok(page.records.into_iter().next().map(|stored| stored.record))
    }

    /// Writes for a person whose session may not be open: their consent is read first.
    pub(super) async fn write(&self, user: UserId, draft: Draft) -> Result<(), StoreError> {
        let (ledger, _) = self.in_time(super::open::ledger(&*self.parts.store, user)).await?;
        // Where the person no longer agrees to the record, its handle is dealt with all the same.
        let closing = draft.clone().closing_only();
        let admitted = ledger.admit_permitted(draft).or_else(|| ledger.admit_permitted(closing));
        let Some(batch) = admitted else { return Ok(()) };
        match self.in_time(self.parts.store.append(user, Expect::Any, batch)).await {
            // Another process was faster, or the person had it erased: it is dealt with.
            Err(error) if matches!(error.kind, StoreErrorKind::IdReused | StoreErrorKind::Erased) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    pub(super) async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let timed = within(&*self.parts.timer, self.parts.limits.store, call).await;
        timed.unwrap_or_else(|| Err(StoreError::new(StoreErrorKind::TimedOut)))
    }
}
