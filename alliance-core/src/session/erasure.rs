//! What an open session lets go of when something of the person is erased.

use std::collections::BTreeSet;

use alliance_safety::{RiskLevel, Standing};
use futures::lock::MutexGuard;

use super::{Conversation, Remembered, Shared};
use crate::{
    consent::ConsentLedger,
    dialogue::Stack,
    driver::within,
    id::{RecordId, SessionId, TurnId},
    record::RecordKind,
    store::{Forget, Revision, Selection, StoreErrorKind},
    turn::{accepted_id, ended_id, marked_id},
};

/// Which records of the window the store held before an erasure. `None` where that could not be read.
pub(crate) type Held = Option<BTreeSet<RecordId>>;

impl Shared {
    /// Keeps the session from writing until the guard is dropped. `None` where a write does not come to its end.
    pub(crate) async fn pause_writing(&self) -> Option<MutexGuard<'_, ()>> {
        within(&*self.parts.timer, self.parts.limits.store, self.writing.lock()).await
    }

    /// What the store holds of the turns that the session has in front of it.
    pub(crate) async fn held_of_window(&self, what: &Forget) -> Held {
        if matches!(what, Forget::Everything | Forget::Session(_) | Forget::Safety) {
            return Some(BTreeSet::new());
        }
        let running = self.running_turn();
        let ids = self.conversation().window(running);
        self.held_of(ids).await.ok()
    }

    async fn held_of(&self, ids: Vec<RecordId>) -> Result<BTreeSet<RecordId>, StoreErrorKind> {
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let page = self.read(&Selection::all().ids(ids)).await?;
        Ok(page.records.iter().map(|stored| stored.record.id).collect())
    }

    /// The person's past came into the store beside the session: what they agreed to counts, and a danger that stands
    /// there stands here.
    pub(crate) fn note_import(&self, ledger: &ConsentLedger, standing: Option<&Standing>, head: Revision) {
        let now = self.parts.clock.now();
        let mut conversation = self.conversation();
        conversation.set_ledger(ledger.clone());
        conversation.heard = conversation.heard.max(head);
        if let Some(standing) = standing.filter(|standing| standing.level() >= RiskLevel::Moderate) {
            conversation.unsettle(standing, now);
        }
    }

    /// Erased in the store: what the session holds of it goes too, and what it was about to write of it.
    pub(crate) async fn note_erasure(&self, what: &Forget, held: Held) {
        let gone = match held {
            Some(held) => {
                let left = self.held_of(held.iter().copied().collect()).await;
                // What cannot be looked for is taken to be gone.
                let left = left.unwrap_or_default();
                Some(held.difference(&left).copied().collect::<Vec<_>>())
            }
            None => None,
        };
        if *what == Forget::Everything {
            self.let_go_of_key();
        }
        let running = self.running_turn();
        self.conversation().note_erasure(self.id, what, gone.as_deref(), running);
    }
}

impl Conversation {
    /// The records of the turns that are in front of the session.
    fn window(&self, running: Option<TurnId>) -> Vec<RecordId> {
        let turns: BTreeSet<_> = self
            .exchanges
            .iter()
            .map(|exchange| exchange.turn)
            .chain(self.recent.iter().map(|r| r.0))
            .chain(running)
            .collect();
        turns.iter().flat_map(|turn| [accepted_id(*turn), ended_id(*turn), marked_id(*turn)]).collect()
    }

    /// `gone` are the records of the window that went. `None`: nobody knows, so all of it goes.
    fn note_erasure(
        &mut self,
        session: SessionId,
        what: &Forget,
        gone: Option<&[RecordId]>,
        running: Option<TurnId>,
    ) {
        let is_gone = |turn: TurnId| match (what, gone) {
            (Forget::Everything, _) | (_, None) => true,
            (Forget::Session(erased), _) => *erased == session,
            (_, Some(gone)) => gone.contains(&accepted_id(turn)),
        };
        // A turn that runs ends later: what was said in it does not come back with its end.
        self.erased_turn = running.filter(|turn| is_gone(*turn)).or(self.erased_turn);
        for draft in &mut self.outgoing {
            draft.forget(what);
        }
        // It may rest on anything that was said; what is left of it comes back with the next opening.
        let plan = self.remembered.safety_plan.take();
        self.remembered = Remembered::default();
        let plan_stays = matches!(what, Forget::Session(_) | Forget::Between(..) | Forget::About(_))
            || matches!(what, Forget::Kind(kind) if *kind != RecordKind::SafetyPlan);
        self.remembered.safety_plan = plan.filter(|_| plan_stays);
        match what {
            Forget::Everything => {
                self.set_ledger(ConsentLedger::default());
                self.outgoing.clear();
                self.let_go_of_window();
            }
            Forget::Session(erased) if *erased == session => self.let_go_of_window(),
            Forget::Session(_) | Forget::Safety => {}
            Forget::Kind(RecordKind::Consent) => self.set_ledger(ConsentLedger::default()),
            Forget::Kind(kind) if kind.outlasts_words() => {}
            // What a protocol holds may have been made from anything that was said.
            Forget::Kind(_) | Forget::Between(..) | Forget::About(_) => self.stack = Stack::default(),
            Forget::Records(ids) => {
                self.forget_turns(ids);
                if self.stack.rests_on_any(ids) {
                    self.stack = Stack::default();
                }
            }
        }
        if let Forget::About(topic) = what {
            let about = |shown: &[alliance_safety::ClearedText]| {
                topic.is_in_text(&shown.iter().map(alliance_safety::ClearedText::as_str).collect::<String>())
            };
            let meant: BTreeSet<_> = self
                .exchanges
                .iter()
                .filter(|exchange| topic.is_in_text(exchange.said.as_str()) || about(&exchange.shown))
                .map(|exchange| exchange.turn)
                .chain(self.recent.iter().filter(|(_, shown, _)| about(shown)).map(|(turn, ..)| *turn))
                .collect();
            self.exchanges.retain(|exchange| !meant.contains(&exchange.turn));
            self.recent.retain(|(turn, ..)| !meant.contains(turn));
        }
        match gone {
            Some(gone) => self.forget_turns(gone),
            None => self.let_go_of_window(),
        }
    }

    fn let_go_of_window(&mut self) {
        self.exchanges.clear();
        self.recent.clear();
        self.stack = Stack::default();
    }
}
