//! The assembled agent.

mod builder;
mod open;
mod parts;
mod run_due;

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use alliance_safety::SafetyLayer;

pub use crate::dialogue::LineError;
pub use builder::{AgentBuilder, BuildError};
pub(crate) use open::live_directory;
pub use open::{OpenError, SessionChoice};
pub use parts::{Limits, WhenBusy};
pub(crate) use parts::{LoadedProtocol, Parts};
pub use run_due::{DueReport, DueTimer};

use crate::{
    backend::LlmBackend,
    escalation::Escalation,
    id::UserId,
    session::{Session, Shared},
    store::{ErasureReceipt, Forget, StoreError, StoreErrorKind},
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
    /// A store that fails or hangs does not keep the session shut: it opens degraded then, keeps nothing,
    /// and holds back every reply as a whole ([`Session::is_degraded`]).
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the session asked for is not there.
    pub async fn open(&self, user: UserId, choice: SessionChoice) -> Result<Session, OpenError> {
        let session = open::open(&self.parts, user, choice, &self.sessions()).await?;
        let mut open = self.parts.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|shared| shared.strong_count() > 0);
        let shared = Arc::downgrade(session.shared());
        if !open.iter().any(|known| known.ptr_eq(&shared)) {
            open.push(shared);
        }
        Ok(session)
    }

    /// Erases what is held of a person: from the store, from open sessions where everything, their whole session
    /// or a record of one of their turns is meant, and with [`Forget::Everything`] the person's key too.
    ///
    /// # Errors
    ///
    /// Whatever the store says; [`StoreErrorKind::Key`] where the records are gone and the key is not.
    pub async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        let receipt = self.parts.store.forget(user, what).await?;
        // Also where the key stays: the records are gone, and an open session lets go of them.
        for shared in self.sessions() {
            shared.note_erasure(user, what);
        }
        if let (Forget::Everything, Some(keys)) = (what, &self.parts.keys) {
            keys.destroy(user).await.map_err(|error| StoreError::new(StoreErrorKind::Key).source(error))?;
        }
        Ok(receipt)
    }

    fn sessions(&self) -> Vec<Arc<Shared>> {
        self.parts.sessions()
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("parts", &self.parts).finish_non_exhaustive()
    }
}
