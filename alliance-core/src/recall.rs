//! Finding what was said before, within a budget.

use std::{fmt, sync::Arc};

use alliance_safety::{Locale, Timestamp};
use async_trait::async_trait;

use crate::{
    id::{RecordId, SessionId, UserId},
    record::RecordKind,
    store::{MemoryStore, StoreError},
};

/// Finds memories that bear on what is said now. Works over any store.
///
/// - **R1 own only** – it reads one person's records and no other's.
/// - **R2 says why** – every memory names the reason that it was chosen for.
/// - **R3 abstains** – what does not bear on the cue is not returned; nothing is better than something invented.
/// - **R4 follows the store** – what was appended is found, and what was erased is not.
/// - **R5 keeps to the budget** – never more memories than [`Cue::limit`], nor longer ones together than
///   [`Cue::tokens`].
/// - **R6 saves nothing on the way** – a recall writes nothing. What [`save`](Self::save) keeps is admitted by the person's
///   [`ConsentLedger`](crate::consent::ConsentLedger), and a recall with it gives what one without it would.
#[async_trait]
pub trait Recaller: fmt::Debug + Send + Sync {
    /// The memories that bear on `cue`, best first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read. The turn goes on without memories, and an event says so.
    async fn recall(
        &self,
        store: &dyn MemoryStore,
        user: UserId,
        cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError>;

    /// Saves what is known of a person as a [`Snapshot`](crate::store::Snapshot), where there is something to save, so that
    /// the next first recall need not read their whole log. The agent calls it off every reply's path: once a session
    /// was made into memories, and for whoever is [`idle`](Self::idle).
    ///
    /// # Errors
    ///
    /// When the store cannot be read or does not take it. Nothing is lost then: it is read from the log again.
    async fn save(&self, store: &dyn MemoryStore, user: UserId) -> Result<(), StoreError> {
        let _nothing = (store, user);
        Ok(())
    }

    /// Of whom there is something to save, and who was not asked about for half an hour at `now`, as far as earlier
    /// calls tell.
    fn idle(&self, now: Timestamp) -> Vec<UserId> {
        let _nobody = now;
        Vec::new()
    }
}

#[async_trait]
impl<R: Recaller + ?Sized> Recaller for Arc<R> {
    async fn recall(
        &self,
        store: &dyn MemoryStore,
        user: UserId,
        cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        (**self).recall(store, user, cue).await
    }

    async fn save(&self, store: &dyn MemoryStore, user: UserId) -> Result<(), StoreError> {
        (**self).save(store, user).await
    }

    fn idle(&self, now: Timestamp) -> Vec<UserId> {
        (**self).idle(now)
    }
}

#[async_trait]
impl<R: Recaller + ?Sized> Recaller for Box<R> {
    async fn recall(
        &self,
        store: &dyn MemoryStore,
        user: UserId,
        cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        (**self).recall(store, user, cue).await
    }

    async fn save(&self, store: &dyn MemoryStore, user: UserId) -> Result<(), StoreError> {
        (**self).save(store, user).await
    }

    fn idle(&self, now: Timestamp) -> Vec<UserId> {
        (**self).idle(now)
    }
}

/// A store with an index of its own can offer it to recall.
#[async_trait]
pub trait Candidates: fmt::Debug + Send + Sync {
    /// Records that may bear on `cue`, best first, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the index cannot be read.
    async fn candidates(&self, user: UserId, cue: &Cue, limit: usize) -> Result<Vec<RecordId>, StoreError>;
}

#[async_trait]
impl<C: Candidates + ?Sized> Candidates for Arc<C> {
    async fn candidates(&self, user: UserId, cue: &Cue, limit: usize) -> Result<Vec<RecordId>, StoreError> {
        (**self).candidates(user, cue, limit).await
    }
}

#[async_trait]
impl<C: Candidates + ?Sized> Candidates for Box<C> {
    async fn candidates(&self, user: UserId, cue: &Cue, limit: usize) -> Result<Vec<RecordId>, StoreError> {
        (**self).candidates(user, cue, limit).await
    }
}

/// What memories are looked for. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cue {
    /// What is said now.
    pub text: Arc<str>,
    /// The running session, whose turns are in the prompt anyway and are left out.
    pub session: Option<SessionId>,
    /// How many memories at most.
    pub limit: usize,
    /// How many tokens at most, all memories together, as [`ByteEstimate`](crate::token::ByteEstimate) counts.
    pub tokens: usize,
    /// When it is said: "last week" counts from here. Without it, words about time are words like others.
    pub at: Option<Timestamp>,
    /// The language of the session, for a text that does not show its own.
    pub locale: Locale,
}

impl Cue {
    /// The most tokens of memories unless the host says otherwise.
    pub const TOKENS: usize = 1000;

    /// Looks for at most four memories, of [`Cue::TOKENS`] together, that bear on `text`.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let (limit, tokens) = (4, Self::TOKENS);
        Self { text: text.into(), session: None, limit, tokens, at: None, locale: Locale::En }
    }

    /// Leaves out the running session.
    #[must_use]
    pub const fn outside(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// At most this many.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// At most this many tokens.
    #[must_use]
    pub const fn tokens(mut self, tokens: usize) -> Self {
        self.tokens = tokens;
        self
    }

    /// Says when it is said.
    #[must_use]
    pub const fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// Names the language of the session.
    #[must_use]
    pub const fn locale(mut self, locale: Locale) -> Self {
        self.locale = locale;
        self
    }
}

impl fmt::Debug for Cue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cue({} bytes, limit {})", self.text.len(), self.limit)
    }
}

/// A memory that was found. `Debug` shows no words.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Recalled {
    /// The record that it comes from.
    pub record: RecordId,
    /// What it says. Stored text: data, and screened again before it goes into a prompt.
    pub text: Arc<str>,
    /// How well it bears on the cue; higher is better, comparable within one recall only.
    pub score: f32,
    /// Why it was chosen.
    pub reason: RecallReason,
    /// What kind of record it comes from, where that is told. The engine uses only what the person agrees to still, and no
    /// reply of the agent's own: what a model once said is no memory of the person.
    pub kind: Option<RecordKind>,
}

/// Why a memory was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecallReason {
    /// It shares words with the cue.
    Words,
    /// It means something close to the cue.
    Meaning,
    /// It stands beside a memory that was chosen.
    Neighbour,
    /// It is about a person or time that the cue names.
    Named,
}

impl Recalled {
    /// A memory found in `record`.
    #[must_use]
    pub fn new(record: RecordId, text: impl Into<Arc<str>>, score: f32, reason: RecallReason) -> Self {
        Self { record, text: text.into(), score, reason, kind: None }
    }

    /// Says what kind of record it comes from.
    #[must_use]
    pub fn kind(mut self, kind: RecordKind) -> Self {
        self.kind = Some(kind);
        self
    }
}

impl fmt::Debug for Recalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recalled({}, {} bytes, {:?})", self.record, self.text.len(), self.reason)
    }
}
