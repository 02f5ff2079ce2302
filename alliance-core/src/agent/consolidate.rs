//! Making memories of sessions that are over.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use alliance_safety::{RiskLevel, Timestamp};
use sha2::{Digest, Sha256};

use super::{Agent, run_due::DueReport};
use crate::{
    backend::Usage,
    consent::{Draft, Purpose},
    consolidate::{ConsolidateErrorKind, Memories, Transcript, TranscriptTurn},
    driver::within,
    id::{RecordId, SessionId, TurnId, UserId},
    record::{Body, FactRecord, Record, RecordKind, SummaryRecord, TurnEndedRecord, TurnOutcome},
    store::{Expect, Handle, Selection, StoreError, StoreErrorKind, Stored},
    turn::{accepted_id, ended_id, marked_id},
};

/// How long nobody may have spoken before a session counts as over.
pub(crate) const SETTLED: Duration = Duration::from_secs(30 * 60);

/// The most turns of a session that are looked at, the newest.
const TURNS: usize = 400;

/// The most facts that are known while new ones are made.
const FACTS: usize = 2_000;

/// The number of a session's summary among the effects of its last turn.
const SUMMARY: u32 = 8;

/// What came of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Consolidation {
    /// Episodes that were added.
    pub episodes: usize,
    /// Facts that were added.
    pub facts: usize,
    /// Why nothing was added, where something should have been.
    pub failed: Option<ConsolidateErrorKind>,
    /// What a model took for it.
    pub usage: Usage,
}

/// The turns of a session that memories are made of.
struct Looked {
    turns: Vec<TranscriptTurn>,
    /// The last turn of the session, also where nothing is made of it, and when it was.
    last: Option<(TurnId, Timestamp)>,
    /// Turns of which the end is in the store.
    ended: Vec<TurnId>,
}

impl Agent {
    /// Makes memories of what was said in a session since that was last done. Without a
    /// [`Consolidator`](crate::consolidate::Consolidator), and where nothing was said, nothing happens. It is
    /// done once however often it is called; [`run_due`](Self::run_due) calls it half an hour after the last turn.
    ///
    /// Only what the person agreed to is kept. Turns with a sign of danger are left to the history of risk.
    ///
    /// # Errors
    ///
    /// What the store says. What was made by then is kept, and the rest is made the next time.
    pub async fn consolidate(&self, user: UserId, session: SessionId) -> Result<Consolidation, StoreError> {
        self.consolidate_closing(user, session, None).await
    }

    pub(super) async fn consolidate_due(
        &self,
        handle: &Handle,
        now: Timestamp,
        report: &mut DueReport,
    ) -> Result<(), StoreError> {
        let record = self.record(handle.user, handle.record).await?;
        let Some(session) = record.and_then(|record| record.session) else {
            return self.write(handle.user, Draft::new().close(handle.record)).await;
        };
        let newest = Selection::all().kinds([RecordKind::TurnAccepted]).session(session);
        let page = self.in_time(self.parts.store.read(handle.user, &newest.newest_first().limit(1))).await?;
        if page.records.first().is_some_and(|stored| now.since(stored.record.at) < SETTLED) {
            // They still talk: the handle comes back once its lease is over.
            return Ok(());
        }
        let done = self.consolidate_closing(handle.user, session, Some(handle.record)).await?;
        match done.failed {
            None => report.consolidated += 1,
            Some(ConsolidateErrorKind::Unavailable) => report.failed += 1,
            Some(ConsolidateErrorKind::Refused(_)) => report.refused += 1,
        }
        Ok(())
    }

    /// Makes memories, and has recall save what it knows of the person: nobody waits for an answer here.
    pub(crate) async fn consolidate_closing(
        &self,
        user: UserId,
        session: SessionId,
        handle: Option<RecordId>,
    ) -> Result<Consolidation, StoreError> {
        let done = self.make_memories(user, session, handle).await?;
        // What is not saved now is read from the log again, and saved another time.
        let _later = self.save_recall(user).await;
        Ok(done)
    }

    /// Has recall save what it knows of a person. What takes too long is left where it is.
    pub(super) async fn save_recall(&self, user: UserId) -> Result<(), StoreError> {
        let Some(recaller) = &self.parts.recaller else { return Ok(()) };
        let saved = recaller.save(&*self.parts.store, user);
        let saved = within(&*self.parts.timer, self.parts.limits.consolidation, saved).await;
        saved.unwrap_or_else(|| Err(StoreError::new(StoreErrorKind::TimedOut)))
    }

    async fn make_memories(
        &self,
        user: UserId,
        session: SessionId,
        handle: Option<RecordId>,
    ) -> Result<Consolidation, StoreError> {
        let Some(consolidator) = &self.parts.consolidator else { return Ok(Consolidation::default()) };
        let close = |draft: Draft| handle.iter().fold(draft, |draft, handle| draft.close(*handle));
        let (ledger, _) = self.in_time(super::open::ledger(&*self.parts.store, user)).await?;
        if !ledger.allows(Purpose::Conversation) {
            // Nobody reads a talk of which nothing may be kept.
            if handle.is_some() {
                self.write(user, close(Draft::new())).await?;
            }
            return Ok(Consolidation::default());
        }
        let looked = self.look_at(user, session).await?;
        let seen = self.seen(user, session, &looked).await?;
        let Some((through, at)) = looked.last.filter(|_| seen < looked.turns.len()) else {
            if handle.is_some() {
                self.write(user, close(Draft::new())).await?;
            }
            return Ok(Consolidation::default());
        };
        let transcript = Transcript::new(looked.turns).seen(seen).known(self.facts(user).await?);
        let made = consolidator.consolidate(&transcript);
        let made = within(&*self.parts.timer, self.parts.limits.consolidation, made).await;
        let made = match made {
            Some(made) => made.and_then(|made| made.check(&transcript).map(|()| made)),
            None => {
                let failed = Some(ConsolidateErrorKind::Unavailable);
                return Ok(Consolidation { failed, ..Consolidation::default() });
            }
        };
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                if matches!(error.kind, ConsolidateErrorKind::Refused(_)) && handle.is_some() {
                    self.write(user, close(Draft::new())).await?;
                }
                return Ok(Consolidation { failed: Some(error.kind), ..Consolidation::default() });
            }
        };
        let (episodes, facts, usage) = (made.episodes.len(), made.facts.len(), made.usage);
        let cited = Cite { session, transcript: &transcript, ended: &looked.ended };
        // The summary is last: it says how far everything before it was made.
        let records = cited.memories(made, through, at);
        self.keep(user, records, handle).await?;
        Ok(Consolidation { episodes, facts, failed: None, usage })
    }

    /// Writes all at once, and one by one where something among them was erased or is there in another form.
    async fn keep(
        &self,
        user: UserId,
        records: Vec<Record>,
        handle: Option<RecordId>,
    ) -> Result<(), StoreError> {
        let (ledger, _) = self.in_time(super::open::ledger(&*self.parts.store, user)).await?;
        let close = |draft: Draft| handle.iter().fold(draft, |draft, handle| draft.close(*handle));
        let write = async |draft: Draft| {
            let closing = draft.clone().closing_only();
            let admitted = ledger.admit_permitted(draft).or_else(|| ledger.admit_permitted(closing));
            let Some(batch) = admitted else { return Ok(()) };
            self.in_time(self.parts.store.append(user, Expect::Any, batch)).await.map(|_| ())
        };
        let known =
            |error: &StoreError| matches!(error.kind, StoreErrorKind::IdReused | StoreErrorKind::Erased);
        match write(close(records.iter().cloned().fold(Draft::new(), Draft::record))).await {
            Err(error) if known(&error) => {}
            other => return other,
        }
        for record in records {
            match write(Draft::new().record(record)).await {
                Err(error) if !known(&error) => return Err(error),
                _ => {}
            }
        }
        if handle.is_some() { write(close(Draft::new())).await } else { Ok(()) }
    }

    async fn look_at(&self, user: UserId, session: SessionId) -> Result<Looked, StoreError> {
        let kinds = [RecordKind::TurnAccepted, RecordKind::TurnEnded];
        let turns = self.all(user, Selection::all().kinds(kinds).session(session)).await?;
        let mut looked = Looked { turns: Vec::new(), last: None, ended: Vec::new() };
        // That no end is known may be noted beside an end.
        let ends: HashMap<TurnId, &TurnEndedRecord> = turns
            .iter()
            .filter_map(|stored| match (&stored.record.body, stored.record.turn) {
                (Body::TurnEnded(ended), Some(turn)) if stored.record.id != marked_id(turn) => {
                    Some((turn, ended))
                }
                _ => None,
            })
            .collect();
        for stored in &turns {
            let (Some(turn), Body::TurnAccepted(accepted)) = (stored.record.turn, &stored.record.body) else {
                continue;
            };
            looked.last = Some((turn, stored.record.at));
            let ended = ends.get(&turn).copied();
            let crisis = ended.is_some_and(|ended| ended.outcome == TurnOutcome::Crisis);
            if accepted.level > RiskLevel::None || crisis || accepted.text.trim().is_empty() {
                continue;
            }
            looked.ended.extend(ended.map(|_| turn));
            let said = TranscriptTurn::new(turn, stored.record.at, accepted.locale, accepted.text.clone());
            looked.turns.push(match ended {
                Some(ended) => said.shown(ended.shown.clone()),
                None => said,
            });
        }
        let over = looked.turns.len().saturating_sub(TURNS);
        looked.turns.drain(..over);
        Ok(looked)
    }

    /// How many of the turns the session's last summary looked at.
    async fn seen(&self, user: UserId, session: SessionId, looked: &Looked) -> Result<usize, StoreError> {
        let newest = Selection::all().kinds([RecordKind::Summary]).session(session).newest_first().limit(1);
        let page = self.in_time(self.parts.store.read(user, &newest)).await?;
        let Some(stored) = page.records.first() else { return Ok(0) };
        let Body::Summary(summary) = &stored.record.body else { return Ok(0) };
        let place = looked.turns.iter().position(|turn| turn.turn == summary.through);
        // Where nothing was made of that turn, or it was erased, its time says where it was.
        Ok(place.map_or_else(
            || looked.turns.iter().filter(|turn| turn.at <= stored.record.at).count(),
            |place| place + 1,
        ))
    }

    async fn facts(&self, user: UserId) -> Result<Vec<(RecordId, FactRecord)>, StoreError> {
        let stored = self.all(user, Selection::all().kinds([RecordKind::Fact])).await?;
        let mut facts: Vec<(RecordId, FactRecord)> = stored
            .iter()
            .filter_map(|stored| match &stored.record.body {
                Body::Fact(fact) => Some((stored.record.id, fact.clone())),
                _ => None,
            })
            .collect();
        let gone: HashSet<RecordId> = facts.iter().filter_map(|(_, fact)| fact.supersedes).collect();
        facts.retain(|(id, _)| !gone.contains(id));
        let over = facts.len().saturating_sub(FACTS);
        facts.drain(..over);
        Ok(facts)
    }

    async fn all(&self, user: UserId, mut selection: Selection) -> Result<Vec<Stored>, StoreError> {
        let mut all = Vec::new();
        loop {
            let page = self.in_time(self.parts.store.read(user, &selection)).await?;
            all.extend(page.records);
            match page.next {
                Some(next) if next > selection.after => selection.after = next,
                _ => return Ok(all),
            }
        }
    }
}

/// Turns memories into records that go with the turns that they rest on.
struct Cite<'a> {
    session: SessionId,
    transcript: &'a Transcript,
    ended: &'a [TurnId],
}

impl Cite<'_> {
    fn memories(&self, made: Memories, through: TurnId, at: Timestamp) -> Vec<Record> {
        let mut records = Vec::new();
        for episode in made.episodes {
            let content = ["episode", &episode.memory.text];
            records.extend(self.record(&content, &episode.turns, Body::Episode(episode.memory.clone())));
        }
        for fact in made.facts {
            let content = ["fact", &fact.memory.subject, &fact.memory.predicate, &fact.memory.value];
            records.extend(self.record(&content, &fact.turns, Body::Fact(fact.memory.clone())));
        }
        let mut turns: Vec<TurnId> = made.summary.iter().flat_map(|point| point.turns.clone()).collect();
        turns.sort_unstable();
        turns.dedup();
        let summary = Body::Summary(SummaryRecord::new(made.summary, through));
        let summary = Record::new(RecordId::derived(through, SUMMARY), at, summary);
        records.push(summary.session(self.session).derived_from(self.sources(&turns)));
        records
    }

    /// The id comes from the content, so that the same memory of the same turn is the same record.
    fn record(&self, content: &[&str], turns: &[TurnId], body: Body) -> Option<Record> {
        let turn = *turns.first()?;
        let at = self.transcript.turns.iter().find(|known| known.turn == turn)?.at;
        let mut hash = Sha256::new();
        for part in content {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        let hash = hash.finalize();
        let number = hash.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        // Above every number that a turn gives to its own effects.
        let id = RecordId::derived(turn, number | 1 << 31);
        Some(Record::new(id, at, body).session(self.session).turn(turn).derived_from(self.sources(turns)))
    }

    fn sources(&self, turns: &[TurnId]) -> Vec<RecordId> {
        let ended = turns.iter().filter(|turn| self.ended.contains(turn)).map(|turn| ended_id(*turn));
        turns.iter().map(|turn| accepted_id(*turn)).chain(ended).collect()
    }
}
