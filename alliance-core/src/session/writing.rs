//! How what a session has to write gets into the store, and what it hears of others who write there too.

use std::sync::Arc;

use alliance_safety::RiskLevel;

use super::Shared;
use crate::{
    consent::{ConsentLedger, Draft, Purpose},
    dialogue::Stack,
    driver::within,
    id::RecordId,
    record::{Body, Holder, Record, RecordKind, RiskRecord},
    store::{Expect, Forget, Revision, Selection, StoreError, StoreErrorKind},
};

/// Records of risk that somebody else wrote meanwhile and that are looked through.
const RISKS: usize = 64;

/// How often a write is tried again when somebody else wrote to the session first.
const CONFLICTS: usize = 3;

impl Shared {
    pub(crate) fn is_written(&self) -> bool {
        let conversation = self.conversation();
        conversation.outgoing.is_empty() && conversation.unchecked.is_empty()
    }

    /// Writes everything that is queued, oldest first, and says what became of the draft that held the records `own`;
    /// where there are none, whether all is written. What a store does not take stays queued, and the same bytes are
    /// offered again: a write whose outcome is unknown does not happen twice.
    pub(crate) async fn flush(&self, own: &[RecordId]) -> Result<(), StoreErrorKind> {
        // Whoever writes may be a turn that nobody polls just now, so even this wait has an end.
        let free = within(&*self.parts.timer, self.parts.limits.store, self.writing.lock()).await;
        let all = match &free {
            Some(_one_at_a_time) => self.write_queued().await,
            None => Err(StoreErrorKind::TimedOut),
        };
        self.conversation().outcome_of(own, all)
    }

    pub(super) async fn write_queued(&self) -> Result<(), StoreErrorKind> {
        let mut conflicts = 0;
        loop {
            if self.conversation().disturbed {
                self.hear_of_others().await?;
            }
            let (draft, batch, expect) = {
                let mut conversation = self.conversation();
                let Some(draft) = conversation.outgoing.front().cloned() else { return Ok(()) };
                let Some(batch) = conversation.permitted().admit_permitted(draft.clone()) else {
                    conversation.outgoing.pop_front();
                    continue;
                };
                (draft, batch, Expect::Session(self.id, conversation.revision))
            };
            let needed: Vec<_> = batch.records().iter().map(|record| (record.id, record.purpose())).collect();
            let written = needed.len() as u64;
            if needed.iter().any(|(_, purpose)| purpose.is_some()) {
                self.ensure_key().await;
            }
            let append = self.parts.store.append(self.user, expect, batch);
            match within(&*self.parts.timer, self.parts.limits.store, append).await {
                Some(Ok(revision)) => {
                    let mut conversation = self.conversation();
                    conversation.revision = conversation.revision.max(revision);
                    conversation.pop_written(&draft);
                    if revision.number() <= conversation.heard.number() + written {
                        conversation.heard = conversation.heard.max(revision);
                    } else {
                        // Whoever wrote to another session of the person may have heard a danger there, or a no.
                        conversation.disturbed = true;
                        let place = Revision::new(revision.number() - written);
                        let needed =
                            needed.into_iter().filter_map(|(id, purpose)| Some((place, id, purpose?)));
                        conversation.unchecked.extend(needed);
                    }
                }
                Some(Err(error)) if error.kind == StoreErrorKind::Conflict && conflicts < CONFLICTS => {
                    conflicts += 1;
                    self.catch_up().await?;
                }
                Some(Err(error))
                    if matches!(error.kind, StoreErrorKind::IdReused | StoreErrorKind::Erased) =>
                {
                    let mut conversation = self.conversation();
                    if error.kind == StoreErrorKind::Erased {
                        // It rests on something that was erased elsewhere, and so may what a protocol holds.
                        conversation.stack = Stack::default();
                    }
                    // Held in another form, or erased: offering it again would block what comes after.
                    conversation.pop_refused(&draft, error.kind);
                }
                Some(Err(error)) => return Err(error.kind),
                None => return Err(StoreErrorKind::TimedOut),
            }
        }
    }

    /// Somebody else wrote to this session: takes over the revision that they left, the level that they found, and who
    /// has the floor.
    async fn catch_up(&self) -> Result<(), StoreErrorKind> {
        let floor = Selection::all().kinds([RecordKind::Floor]).session(self.id).newest_first().limit(1);
        let page = self.read(&floor).await?;
        self.hear_of_others().await?;
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

    /// Somebody else wrote: what the person decided there counts here, and so does a danger that was heard there.
    async fn hear_of_others(&self) -> Result<(), StoreErrorKind> {
        self.hear_of_consent().await?;
        self.hear_of_danger().await?;
        self.conversation().disturbed = false;
        Ok(())
    }

    /// Reads what the person agreed to. What was written here after they had taken it back elsewhere is erased.
    async fn hear_of_consent(&self) -> Result<(), StoreErrorKind> {
        let unwanted: Vec<RecordId> = loop {
            let decided = self.conversation().decided;
            let unwritten = self.parts.unwritten_decisions(self);
            let mut decisions = Vec::new();
            let mut consents = Selection::all().kinds([RecordKind::Consent]);
            loop {
                let page = self.read(&consents).await?;
                decisions.extend(page.records.iter().map(|stored| (stored.revision, stored.record.clone())));
                match page.next {
                    Some(next) if next > consents.after => consents = consents.after(next),
                    _ => break,
                }
            }
            let decision = |(at, record): &(Revision, Arc<Record>)| match &record.body {
                Body::Consent(decision) => Some((*at, decision.clone())),
                _ => None,
            };
            let decisions: Vec<_> = decisions.iter().filter_map(decision).collect();
            let mut conversation = self.conversation();
            if conversation.decided != decided {
                // Somebody decided meanwhile: what was read may be older.
                continue;
            }
            let stored = decisions.iter().map(|(_, decision)| decision);
            conversation.set_ledger(ConsentLedger::folded(stored.chain(&unwritten)));
            let allowed = |place: Revision, purpose: Purpose| {
                let before = decisions.iter().filter(|(at, _)| *at <= place).map(|(_, decision)| decision);
                ConsentLedger::folded(before).allows(purpose)
            };
            let unwanted =
                conversation.unchecked.iter().filter(|(place, _, purpose)| !allowed(*place, *purpose));
            break unwanted.map(|(_, id, _)| *id).collect();
        };
        if !unwanted.is_empty() {
            let what = Forget::Records(unwanted);
            let erased = self.parts.store.forget(self.user, &what);
            let erased = within(&*self.parts.timer, self.parts.limits.store, erased).await;
            erased.unwrap_or(Err(StoreError::new(StoreErrorKind::TimedOut))).map_err(|error| error.kind)?;
        }
        self.conversation().unchecked.clear();
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
        conversation.queue(Draft::new().record(risk));
        Ok(())
    }
}
