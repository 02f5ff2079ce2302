//! The assembled agent.

mod builder;
mod consolidate;
mod forget;
mod open;
mod parts;
mod run_due;

use std::{
    fmt,
    sync::{Arc, PoisonError, Weak},
};

use alliance_safety::{RiskLevel, SafetyLayer};

pub use crate::dialogue::LineError;
pub use builder::{AgentBuilder, BuildError};
pub use consolidate::Consolidation;
pub(crate) use consolidate::SETTLED;
pub use open::{OpenError, SessionChoice};
pub(crate) use open::{ledger, live_directory};
pub use parts::{Limits, WhenBusy};
pub(crate) use parts::{LoadedProtocol, Parts};
pub use run_due::{DueReport, DueTimer};

use crate::{
    backend::LlmBackend,
    escalation::Escalation,
    id::UserId,
    session::{Session, Shared},
};

/// An assembled agent: safety, a backend, a way to a human, and whatever else the host gave it.
///
/// Cheap to clone; clones share everything. It owns no network, no files, no clock and no runtime.
#[derive(Clone)]
pub struct Agent {
    parts: Arc<Parts>,
}

impl Agent {
    /// Starts an agent with the three parts that nobody can do without.
    pub fn builder(
        safety: SafetyLayer,
        backend: impl LlmBackend + 'static,
        escalation: Escalation,
    ) -> AgentBuilder {
        AgentBuilder::new(safety, Arc::new(backend), escalation)
    }

    /// Opens a session with a person. One that is open already in this agent is shared, not opened twice.
    ///
    /// A store that fails or hangs does not keep the session shut. One that is open already is shared then too; a new one
    /// opens degraded, keeps nothing, and holds back every reply as a whole ([`Session::is_degraded`]), with the level
    /// that stands in the person's open sessions.
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the session asked for is not there.
    pub async fn open(&self, user: UserId, choice: SessionChoice) -> Result<Session, OpenError> {
        let before = self.sessions();
        let session = open::open(&self.parts, user, choice, &before).await?;
        let new = session.shared();
        if before.iter().any(|known| Arc::ptr_eq(known, new)) {
            return Ok(session);
        }
        let mut open = self.parts.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|shared| shared.strong_count() > 0);
        let known: Vec<Arc<Shared>> = open.iter().filter_map(Weak::upgrade).collect();
        // Who opened the same one meanwhile was first, and this one is let go of before anything came of it.
        let any = choice == SessionChoice::Resume && !new.opened().resumed;
        let meanwhile = known.iter().filter(|known| !before.iter().any(|old| Arc::ptr_eq(old, known)));
        let mut meanwhile = meanwhile.filter(|known| known.user == user);
        if let Some(first) = meanwhile.find(|known| any || known.id == new.id) {
            return Ok(Session::new(first.clone()));
        }
        open.push(Arc::downgrade(new));
        drop(open);
        // A danger that was heard meanwhile reached only those that were open.
        for other in known.iter().filter(|other| other.user == user) {
            let standing = other.conversation().standing.clone();
            if standing.level() >= RiskLevel::Moderate && standing.level() > session.standing() {
                new.conversation().unsettle(&standing, self.parts.clock.now());
            }
        }
        Ok(session)
    }

    pub(crate) const fn of(parts: Arc<Parts>) -> Self {
        Self { parts }
    }

    fn sessions(&self) -> Vec<Arc<Shared>> {
        self.parts.sessions()
    }

    pub(crate) fn sessions_of(&self, user: UserId) -> Vec<Arc<Shared>> {
        self.sessions().into_iter().filter(|shared| shared.user == user).collect()
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("parts", &self.parts).finish_non_exhaustive()
    }
}
