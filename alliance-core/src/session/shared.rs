//! What a session's clones share: the conversation, the one slot for turns, and what is on its way out.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use alliance_safety::{
    AuditHead, Change, Decision, Directory, Findings, Region, Resources, RiskLevel, Screening, SealKey,
    Standing,
};
use futures::{FutureExt, future::BoxFuture};

use super::Conversation;
use crate::{
    agent::Parts,
    consent::{ConsentLedger, Draft},
    dialogue::{Reopened, Stack},
    driver::{Cut, within},
    id::{RecordId, SessionId, TurnId, UserId},
    recall::{Cue, Recalled},
    record::{Body, FloorRecord, Holder, Record, RecordKind, RiskRecord, TurnEndedRecord, TurnOutcome},
    store::{Expect, Forget, Page, Selection, StoreErrorKind},
    turn::{Machine, ended_id, marked_id},
};

/// The most things that are named when somebody asks what is kept.
const MOST_KEPT: usize = 8;

/// Records of risk that somebody else wrote meanwhile and that are looked through.
const RISKS: usize = 64;

/// How often a write is tried again when somebody else wrote to the session first.
const CONFLICTS: usize = 3;

pub(crate) struct Shared {
    pub(crate) parts: Arc<Parts>,
    pub(crate) user: UserId,
    pub(crate) id: SessionId,
    pub(crate) key: SealKey,
    directory: Mutex<Directory>,
    pub(crate) slot: Arc<futures::lock::Mutex<()>>,
    conversation: Mutex<Conversation>,
    current: Mutex<Option<(TurnId, Arc<Cut>)>>,
    writing: futures::lock::Mutex<()>,
    background: Mutex<Vec<BoxFuture<'static, ()>>>,
    audit_head: Mutex<AuditHead>,
    opened: Mutex<Opened>,
}

/// How the session was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opened {
    pub(crate) resumed: bool,
    pub(crate) interrupted: Vec<TurnId>,
    /// What is said about protocols that stood before.
    pub(crate) protocols: Option<Reopened>,
}

impl Shared {
    pub(crate) fn new(
        parts: Arc<Parts>,
        user: UserId,
        id: SessionId,
        key: SealKey,
        directory: Directory,
        conversation: Conversation,
    ) -> Arc<Self> {
        Arc::new(Self {
            parts,
            user,
            id,
            key,
            directory: Mutex::new(directory),
            slot: Arc::default(),
            conversation: Mutex::new(conversation),
            current: Mutex::default(),
            writing: futures::lock::Mutex::new(()),
            background: Mutex::default(),
            audit_head: Mutex::default(),
            opened: Mutex::default(),
        })
    }

    pub(crate) fn conversation(&self) -> MutexGuard<'_, Conversation> {
        lock(&self.conversation)
    }

    /// The services of a place, now.
    pub(crate) fn resources(&self, region: Option<Region>) -> Resources {
        lock(&self.directory).resources(region, self.parts.clock.now())
    }

    /// Asks the host's live directory, beside whatever happens next.
    pub(crate) fn refresh_directory(self: &Arc<Self>, region: Option<Region>) {
        if self.parts.directory.is_none() {
            return;
        }
        let shared = Arc::downgrade(self);
        let parts = self.parts.clone();
        let asked = async move {
            let directory = crate::agent::live_directory(&parts, region).await;
            if let Some(shared) = shared.upgrade() {
                *lock(&shared.directory) = directory;
            }
        };
        self.keep_working(vec![asked.boxed()]);
    }

    pub(crate) fn audit_head(&self) -> AuditHead {
        *lock(&self.audit_head)
    }

    pub(crate) fn opened(&self) -> Opened {
        lock(&self.opened).clone()
    }

    /// Marks turns that began and never ended, and remembers to offer them.
    pub(crate) fn note_resumed(
        &self,
        resumed: bool,
        open_turns: &[TurnId],
        marked: Option<TurnId>,
        protocols: Option<Reopened>,
    ) {
        let now = self.parts.clock.now();
        self.queue(open_turns.iter().map(|turn| crate::turn::interrupted_draft(self.id, *turn, now)));
        let interrupted = marked.into_iter().chain(open_turns.iter().copied()).collect();
        *lock(&self.opened) = Opened { resumed, interrupted, protocols };
    }

    pub(crate) fn begin_turn(&self, turn: TurnId, cut: Arc<Cut>) {
        *lock(&self.current) = Some((turn, cut));
    }

    pub(crate) fn running_turn(&self) -> Option<TurnId> {
        lock(&self.current).as_ref().map(|(turn, _)| *turn)
    }

    pub(crate) fn interrupt(&self) {
        if let Some((_, cut)) = &*lock(&self.current) {
            cut.ask();
        }
    }

    /// Takes the outcome of a turn into the session's memory and frees its place.
    pub(crate) fn settle_turn(&self, machine: &mut Machine) {
        machine.note_settled();
        let mut conversation = self.conversation();
        // An SOS beside this turn may have raised the level meanwhile: it stays raised.
        conversation.note_standing(machine.standing(), machine.screened());
        // A protocol that the host began meanwhile stays.
        if conversation.stack == machine.setup().stack {
            conversation.stack = machine.stack().clone();
        }
        if let Some(frame) = conversation.pending.take() {
            conversation.stack.push(frame);
        }
        // A crisis beside this turn sets aside what this turn made of its protocol.
        let standing = conversation.standing.clone();
        let unsettled = standing.level() >= RiskLevel::Moderate;
        if unsettled {
            conversation.unsettle(&standing, machine.setup().at);
        }
        if let Some((said, shown, outcome)) = machine.exchange() {
            conversation.note_exchange(machine.setup().turn, said.into(), shown, outcome);
        }
        drop(conversation);
        if unsettled {
            self.parts.unsettle_others(self, &standing, machine.setup().at);
        }
        let mut current = lock(&self.current);
        if current.as_ref().is_some_and(|(turn, _)| *turn == machine.setup().turn) {
            *current = None;
        }
    }

    /// Puts drafts at the end of what is on its way to the store.
    ///
    /// A standing that another turn raised meanwhile is not written lower than it is.
    pub(crate) fn queue(&self, drafts: impl IntoIterator<Item = Draft>) {
        let mut conversation = self.conversation();
        let conversation = &mut *conversation;
        for mut draft in drafts {
            draft.raise_to(&conversation.standing);
            conversation.outgoing.push_back(draft);
        }
    }

    pub(crate) fn is_written(&self) -> bool {
        self.conversation().outgoing.is_empty()
    }

    /// Writes everything that is queued, oldest first. What a store does not take stays queued, and the
    /// same bytes are offered again: a write whose outcome is unknown does not happen twice.
    pub(crate) async fn flush(&self) -> Result<(), StoreErrorKind> {
        // Whoever writes may be a turn that nobody polls just now, so even this wait has an end.
        let free = within(&*self.parts.timer, self.parts.limits.store, self.writing.lock());
        let Some(_one_at_a_time) = free.await else { return Err(StoreErrorKind::TimedOut) };
        self.write_queued().await
    }

    async fn write_queued(&self) -> Result<(), StoreErrorKind> {
        let mut conflicts = 0;
        loop {
            let (draft, batch, expect) = {
                let mut conversation = self.conversation();
                let Some(draft) = conversation.outgoing.front().cloned() else { return Ok(()) };
                // Where the standing could not be read, what is written now could hide what stands.
                let nothing = ConsentLedger::default();
                let ledger = if conversation.standing_unknown { &nothing } else { &conversation.ledger };
                let Some(batch) = ledger.admit_permitted(draft.clone()) else {
                    conversation.outgoing.pop_front();
                    continue;
                };
                (draft, batch, Expect::Session(self.id, conversation.revision))
            };
            let written = batch.records().len() as u64;
            let append = self.parts.store.append(self.user, expect, batch);
            match within(&*self.parts.timer, self.parts.limits.store, append).await {
                Some(Ok(revision)) => {
                    let undisturbed = {
                        let mut conversation = self.conversation();
                        conversation.revision = conversation.revision.max(revision);
                        conversation.pop_written(&draft);
                        let undisturbed = revision.number() <= conversation.heard.number() + written;
                        if undisturbed {
                            conversation.heard = conversation.heard.max(revision);
                        }
                        undisturbed
                    };
                    // Whoever wrote to another session of the person may have heard a danger there.
                    if !undisturbed {
                        self.hear_of_danger().await?;
                    }
                }
                Some(Err(error)) if error.kind == StoreErrorKind::Conflict && conflicts < CONFLICTS => {
                    conflicts += 1;
                    self.catch_up().await?;
                }
                Some(Err(error)) => {
                    if error.kind == StoreErrorKind::Erased {
                        // It rests on something that was erased elsewhere, and so may what a protocol holds.
                        self.conversation().stack = Stack::default();
                    }
                    if matches!(error.kind, StoreErrorKind::IdReused | StoreErrorKind::Erased) {
                        // Held in another form, or erased: offering it again would block what comes after.
                        self.conversation().pop_written(&draft);
                    }
                    return Err(error.kind);
                }
                None => return Err(StoreErrorKind::TimedOut),
            }
        }
    }

    /// Somebody else wrote to this session: takes over the revision that they left, the level that they found, and who
    /// has the floor.
    async fn catch_up(&self) -> Result<(), StoreErrorKind> {
        let floor = Selection::all().kinds([RecordKind::Floor]).session(self.id).newest_first().limit(1);
        let page = self.read(&floor).await?;
        self.hear_of_danger().await?;
        let mut conversation = self.conversation();
        let known = std::mem::replace(&mut conversation.revision, page.revision);
        // What was decided here and is still to be written comes after what was decided there.
        let unwritten = conversation.outgoing.iter().any(|draft| draft.holds(&RecordKind::Floor));
        if let (Some(stored), false) = (page.records.first(), unwritten)
            && stored.revision > known
            && let Body::Floor(floor) = &stored.record.body
        {
            conversation.human_has_floor = floor.holder == Holder::Human;
        }
        Ok(())
    }

    /// Somebody else wrote, and may have heard a danger that nobody heard here: the higher level stands here too, and is
    /// the newest in the log, whoever wrote last.
    async fn hear_of_danger(&self) -> Result<(), StoreErrorKind> {
        let heard = self.conversation().heard;
        let risks = Selection::all().kinds([RecordKind::Risk]).after(heard).newest_first().limit(RISKS);
        let page = self.read(&risks).await?;
        let (now, id) = (self.parts.clock.now(), RecordId::new(self.parts.ids.next_id()));
        let mut conversation = self.conversation();
        conversation.heard = conversation.heard.max(page.revision);
        let standings = page.records.iter().filter_map(|stored| match &stored.record.body {
            Body::Risk(risk) => Some(&risk.standing),
            _ => None,
        });
        let Some(gravest) = standings.max_by_key(|standing| standing.level()) else { return Ok(()) };
        if gravest.level() < RiskLevel::Moderate || gravest.level() <= conversation.standing.level() {
            return Ok(());
        }
        conversation.unsettle(gravest, now);
        let standing = conversation.standing.clone();
        conversation.outgoing.iter_mut().for_each(|draft| draft.raise_to(&standing));
        let risk = Body::Risk(RiskRecord::new(standing, Vec::new()));
        let risk = Record::new(id, now, risk).session(self.id);
        conversation.outgoing.push_back(Draft::new().record(risk));
        Ok(())
    }

    async fn read(&self, selection: &Selection) -> Result<Page, StoreErrorKind> {
        let read = self.parts.store.read(self.user, selection);
        match within(&*self.parts.timer, self.parts.limits.store, read).await {
            Some(page) => page.map_err(|error| error.kind),
            None => Err(StoreErrorKind::TimedOut),
        }
    }

    /// How this turn ended, where it was taken before.
    pub(crate) async fn look_up(&self, turn: TurnId) -> Option<TurnEndedRecord> {
        let known = self.conversation().answer_to(turn);
        if let Some((shown, outcome)) = known {
            let text: String = shown.iter().map(alliance_safety::ClearedText::as_str).collect();
            let mut ended = TurnEndedRecord::new(text, outcome);
            ended.seal = Some(self.parts.safety.seal(&shown, &self.key, turn.uuid().as_bytes()));
            return Some(ended);
        }
        let page = self.read(&Selection::all().ids([ended_id(turn), marked_id(turn)])).await.ok()?;
        let own = page.records.iter().find(|stored| stored.record.id == ended_id(turn));
        match own.or(page.records.first()).map(|stored| &stored.record.body) {
            Some(Body::TurnEnded(ended)) => Some(ended.clone()),
            // That no end is known may still be on its way.
            _ if self.opened().interrupted.contains(&turn) => {
                Some(TurnEndedRecord::new("", TurnOutcome::Interrupted))
            }
            _ => None,
        }
    }

    pub(crate) async fn classify(&self, index: usize, screening: &Screening) -> Option<Findings> {
        let classifier = self.parts.classifiers.get(index)?;
        let opinion = classifier.assess(screening);
        within(&*self.parts.timer, self.parts.limits.classifier, opinion).await?.ok()
    }

    pub(crate) async fn recall(&self, cue: &Cue) -> Result<Vec<Recalled>, StoreErrorKind> {
        let Some(recaller) = &self.parts.recaller else { return Ok(Vec::new()) };
        let recall = recaller.recall(&*self.parts.store, self.user, cue);
        match within(&*self.parts.timer, self.parts.limits.store, recall).await {
            Some(found) => found.map_err(|error| error.kind),
            None => Err(StoreErrorKind::TimedOut),
        }
    }

    /// What is kept of the person in words of its own, the newest first: facts and episodes.
    /// With whether there is more than that.
    pub(crate) async fn kept(&self) -> Result<(Vec<String>, bool), StoreErrorKind> {
        let kinds = [RecordKind::Fact, RecordKind::Episode];
        let newest = Selection::all().kinds(kinds).newest_first().limit(MOST_KEPT);
        let page = self.read(&newest).await?;
        let text = |body: &Body| match body {
            Body::Fact(fact) => Some(format!("{} {} {}", fact.subject, fact.predicate, fact.value)),
            Body::Episode(episode) => Some(episode.text.clone()),
            _ => None,
        };
        let texts = page.records.iter().filter_map(|stored| text(&stored.record.body)).collect();
        Ok((texts, page.next.is_some()))
    }

    /// Adds what was decided about a text to the audit chain. `None` where the host keeps none.
    pub(crate) fn audit(
        &self,
        decisions: impl Iterator<Item = Decision>,
        text: &str,
    ) -> Option<BoxFuture<'static, bool>> {
        let sink = self.parts.audit.clone()?;
        let now = self.parts.clock.now();
        let mut head = lock(&self.audit_head);
        let entries: Vec<_> =
            decisions.map(|decision| head.append(&decision, text, &self.key, now)).collect();
        Some(
            async move {
                for entry in &entries {
                    if sink.keep(entry).await.is_err() {
                        return false;
                    }
                }
                true
            }
            .boxed(),
        )
    }

    /// The standing fell outside a turn: with a new session, or because a human said so.
    pub(crate) fn note_fall(&self, standing: Standing, change: Change) {
        let kept = self.audit(std::iter::once(change.decision()), "");
        self.keep_working(kept.into_iter().map(|kept| kept.map(|_| ()).boxed()).collect());
        let id = RecordId::new(self.parts.ids.next_id());
        let risk = Body::Risk(RiskRecord::new(standing.clone(), vec![change]));
        let risk = Record::new(id, self.parts.clock.now(), risk).session(self.id);
        self.conversation().outgoing.push_back(Draft::new().record(risk));
    }

    /// The floor goes to somebody else. Nothing happens where they have it already.
    pub(crate) fn give_floor(&self, holder: Holder) {
        let human = holder == Holder::Human;
        let id = RecordId::new(self.parts.ids.next_id());
        let floor = Record::new(id, self.parts.clock.now(), Body::Floor(FloorRecord::new(holder)));
        let mut conversation = self.conversation();
        if std::mem::replace(&mut conversation.human_has_floor, human) != human {
            conversation.outgoing.push_back(Draft::new().record(floor.session(self.id)));
        }
    }

    pub(crate) fn note_told_later(&self, draft: Option<Draft>) {
        let mut conversation = self.conversation();
        conversation.told_later = true;
        conversation.outgoing.extend(draft);
    }

    pub(crate) fn keep_working(&self, work: Vec<BoxFuture<'static, ()>>) {
        lock(&self.background).extend(work);
    }

    /// Goes on with what turns left behind, without waiting for it.
    pub(crate) fn poll_background(&self, cx: &mut Context<'_>) {
        // Taken out while it is polled, because it may leave more work behind.
        let mut work = std::mem::take(&mut *lock(&self.background));
        work.retain_mut(|work| work.as_mut().poll(cx).is_pending());
        lock(&self.background).append(&mut work);
    }

    /// Goes on with what turns left behind: deliveries first, then writes, unless somebody else writes.
    pub(crate) async fn work_off(&self) {
        std::future::poll_fn(|cx| {
            self.poll_background(cx);
            Poll::Ready(())
        })
        .await;
        if let Some(_one_at_a_time) = self.writing.try_lock() {
            // A failed store keeps everything queued.
            let _ = self.write_queued().await;
        }
    }

    /// Erased in the store: what a session holds of it goes too.
    pub(crate) fn note_erasure(&self, user: UserId, what: &Forget) {
        if let Forget::Records(ids) = what
            && user == self.user
        {
            let mut conversation = self.conversation();
            conversation.forget_turns(ids);
            if conversation.stack.rests_on_any(ids) {
                conversation.stack = Stack::default();
            }
        }
        if matches!(what, Forget::Kind(_) | Forget::Between(..)) && user == self.user {
            // What a protocol holds may have been made from anything that was said.
            self.conversation().stack = Stack::default();
        }
        let meant = match what {
            Forget::Everything => true,
            Forget::Session(session) => *session == self.id,
            _ => false,
        };
        if user == self.user && meant {
            let mut conversation = self.conversation();
            if *what == Forget::Everything {
                conversation.ledger = ConsentLedger::default();
            }
            conversation.exchanges.clear();
            conversation.recent.clear();
            conversation.outgoing.clear();
            conversation.stack = Stack::default();
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user", &self.user).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The data behind these locks stays sound when a holder panics: nothing is left half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
