//! What a session's clones share: the conversation, the one slot for turns, and what is on its way out.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use alliance_safety::{
    AuditHead, Change, Decision, Directory, Findings, Region, Resources, RiskLevel, Screening, SealKey,
    Standing, Timestamp,
};
use futures::{FutureExt, future::BoxFuture};

use super::Conversation;
use crate::{
    agent::{Parts, SETTLED},
    consent::{Draft, Purpose},
    dialogue::Reopened,
    driver::{Cut, within},
    id::{RecordId, SessionId, TurnId, UserId},
    recall::{Cue, Recalled},
    record::{Body, FloorRecord, Holder, Record, RecordKind, RiskRecord, TurnEndedRecord, TurnOutcome},
    store::{Page, Selection, StoreErrorKind, Stored},
    turn::{Earlier, Machine, Setup, acknowledged_id, ended_id, marked_id, notice_id},
};

/// The most things that are named when somebody asks what is kept.
const MOST_KEPT: usize = 8;

/// How many are looked at for them: some may have been replaced since.
const LOOKED_AT: usize = 64;

pub(crate) struct Shared {
    pub(crate) parts: Arc<Parts>,
    pub(crate) user: UserId,
    pub(crate) id: SessionId,
    key: Mutex<Key>,
    directory: Mutex<Directory>,
    pub(crate) slot: Arc<futures::lock::Mutex<()>>,
    conversation: Mutex<Conversation>,
    current: Mutex<Option<(TurnId, Arc<Cut>)>>,
    pub(super) writing: futures::lock::Mutex<()>,
    background: Mutex<Vec<BoxFuture<'static, ()>>>,
    audit_head: Mutex<AuditHead>,
    opened: Mutex<Opened>,
}

/// The key for seals and hashes.
struct Key {
    key: SealKey,
    /// The person has none: not yet, or it was destroyed with everything else. It is that of this agent then.
    is_none: bool,
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
        key: Option<SealKey>,
        directory: Directory,
        conversation: Conversation,
    ) -> Arc<Self> {
        let is_none = key.is_none();
        let key = key.unwrap_or_else(|| parts.own_key.clone());
        Arc::new(Self {
            parts,
            user,
            id,
            key: Mutex::new(Key { key, is_none }),
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

    /// The key of the person; where they have none, that of this agent.
    pub(crate) fn key(&self) -> SealKey {
        lock(&self.key).key.clone()
    }

    /// The key was destroyed: this copy of it goes too.
    pub(super) fn let_go_of_key(&self) {
        *lock(&self.key) = Key { key: self.parts.own_key.clone(), is_none: true };
    }

    /// The person agrees to something, or what they agreed to is written: from here on they have a key. Without one that
    /// can be had, what is sealed now is reviewed again when it is read.
    pub(super) async fn ensure_key(&self) {
        // Where the store could not be read, the key may be what is missing: a fresh one must not take its place.
        let is_none = lock(&self.key).is_none && !self.conversation().standing_unknown;
        let Some(keys) = self.parts.keys.as_ref().filter(|_| is_none) else { return };
        let asked = within(&*self.parts.timer, self.parts.limits.store, keys.key(self.user));
        if let Some(Ok(key)) = asked.await {
            *lock(&self.key) = Key { key, is_none: false };
        }
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
        open_turns: &[(TurnId, Timestamp)],
        cut: Option<TurnId>,
        protocols: Option<Reopened>,
    ) {
        self.queue(open_turns.iter().map(|(turn, at)| crate::turn::interrupted_draft(self.id, *turn, *at)));
        let interrupted = cut.into_iter().chain(open_turns.iter().map(|(turn, _)| *turn)).collect();
        *lock(&self.opened) = Opened { resumed, interrupted, protocols };
    }

    /// When the session is to be made into memories, where that is still to be noted with a turn that begins now.
    pub(crate) fn consolidate_at(&self, conversation: &Conversation) -> Option<Timestamp> {
        self.parts.consolidator.as_ref()?;
        let now = self.parts.clock.now();
        let noted = conversation.consolidation.is_some_and(|(_, due)| due > now);
        (!noted).then(|| now.after(SETTLED))
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
        let is_erased = conversation.erased_turn == Some(machine.setup().turn);
        if let Some((said, shown, outcome)) = machine.exchange().filter(|_| !is_erased) {
            conversation.note_exchange(machine.setup().turn, said.into(), shown, outcome);
            if let Some(due) = machine.setup().consolidate_at
                && machine.setup().ledger.allows(Purpose::Conversation)
                && conversation.ledger.allows(Purpose::Conversation)
            {
                conversation.consolidation = Some((ended_id(machine.setup().turn), due));
            }
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
        for mut draft in drafts {
            draft.raise_to(&conversation.standing);
            conversation.queue(draft);
        }
    }

    /// The same for what a turn writes: only what was agreed to when its words were said.
    pub(crate) fn queue_of_turn(&self, setup: &Setup, drafts: impl IntoIterator<Item = Draft>) {
        self.queue(drafts.into_iter().filter_map(|draft| setup.ledger.permitted(draft)));
    }

    pub(super) async fn read(&self, selection: &Selection) -> Result<Page, StoreErrorKind> {
        let read = self.parts.store.read(self.user, selection);
        match within(&*self.parts.timer, self.parts.limits.store, read).await {
            Some(page) => page.map_err(|error| error.kind),
            None => Err(StoreErrorKind::TimedOut),
        }
    }

    /// What there is of this turn, where it was taken before.
    pub(crate) async fn look_up(&self, turn: TurnId) -> Result<Earlier, StoreErrorKind> {
        let (known, queued, notified) = {
            let conversation = self.conversation();
            let queued = |id| conversation.outgoing.iter().find_map(|draft| draft.find(id));
            let end = queued(ended_id(turn)).map(|record| record.body.clone());
            (conversation.answer_to(turn), end, queued(notice_id(turn)).is_some())
        };
        if let Some((shown, outcome)) = known {
            let text: String = shown.iter().map(alliance_safety::ClearedText::as_str).collect();
            let mut ended = TurnEndedRecord::new(text, outcome);
            ended.seal = Some(self.parts.safety.seal(&shown, &self.key(), turn.uuid().as_bytes()));
            return Ok(Earlier { ended: Some(ended), notified: notified || outcome == TurnOutcome::Crisis });
        }
        let ids = [ended_id(turn), marked_id(turn), notice_id(turn), acknowledged_id(turn)];
        let selection = Selection::all().ids(ids);
        // What cannot be read is not what was never written: once more, and then nobody can say.
        let page = match self.read(&selection).await {
            Ok(page) => page,
            Err(_) => self.read(&selection).await?,
        };
        let found =
            |id| page.records.iter().find(|stored| stored.record.id == id).map(|stored| &stored.record.body);
        let notified = notified || found(notice_id(turn)).or(found(acknowledged_id(turn))).is_some();
        let ended = match queued.as_ref().or(found(ended_id(turn))).or(found(marked_id(turn))) {
            Some(Body::TurnEnded(ended)) => Some(ended.clone()),
            // That no end is known may still be on its way.
            _ if self.opened().interrupted.contains(&turn) => {
                Some(TurnEndedRecord::new("", TurnOutcome::Interrupted))
            }
            _ => None,
        };
        Ok(Earlier { ended, notified })
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

    /// What is kept of the person in words of its own, the newest first: episodes, and facts that no newer one took the place of.
    /// With whether there is more than that.
    pub(crate) async fn kept(&self) -> Result<(Vec<(RecordId, String)>, bool), StoreErrorKind> {
        let kinds = [RecordKind::Fact, RecordKind::Episode];
        let newest = Selection::all().kinds(kinds).newest_first().limit(LOOKED_AT);
        let page = self.read(&newest).await?;
        let (mut replaced, mut texts) = (HashSet::new(), Vec::new());
        for Stored { record, .. } in &page.records {
            let text = match &record.body {
                Body::Fact(fact) => {
                    replaced.extend(fact.supersedes);
                    format!("{} {} {}", fact.subject, fact.predicate, fact.value)
                }
                Body::Episode(episode) => episode.text.clone(),
                _ => continue,
            };
            if !replaced.contains(&record.id) {
                texts.push((record.id, text));
            }
        }
        let more = page.next.is_some() || texts.len() > MOST_KEPT;
        texts.truncate(MOST_KEPT);
        Ok((texts, more))
    }

    /// Adds what was decided about a text to the audit chain. `None` where the host keeps none.
    pub(crate) fn audit(
        &self,
        decisions: impl Iterator<Item = Decision>,
        text: &str,
    ) -> Option<BoxFuture<'static, bool>> {
        let sink = self.parts.audit.clone()?;
        let now = self.parts.clock.now();
        let (key, mut head) = (self.key(), lock(&self.audit_head));
        let entries: Vec<_> = decisions.map(|decision| head.append(&decision, text, &key, now)).collect();
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
        self.conversation().queue(Draft::new().record(risk));
    }

    /// The floor goes to somebody else. Nothing happens where they have it already.
    pub(crate) fn give_floor(&self, holder: Holder) {
        let human = holder == Holder::Human;
        let id = RecordId::new(self.parts.ids.next_id());
        let floor = Record::new(id, self.parts.clock.now(), Body::Floor(FloorRecord::new(holder)));
        let mut conversation = self.conversation();
        if std::mem::replace(&mut conversation.human_has_floor, human) != human {
            conversation.queue(Draft::new().record(floor.session(self.id)));
        }
    }

    pub(crate) fn note_told_later(&self, draft: Option<Draft>) {
        let mut conversation = self.conversation();
        conversation.told_later = true;
        if let Some(draft) = draft {
            conversation.queue(draft);
        }
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
