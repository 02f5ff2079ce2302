//! The encrypted store keeps every clause of its contract, plain and behind a pointer, and over a crash.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

mod plain {
    use crate::common::Placed;

    alliance_core::memory_store_laws!(Placed::new, reopen: Placed::crash);
}

mod shared {
    use std::sync::Arc;

    use alliance_core::store::MemoryStore;

    use crate::common::Placed;

    fn fresh() -> Arc<dyn MemoryStore> {
        Arc::new(Placed::new())
    }

    alliance_core::memory_store_laws!(fresh);
}

/// Without threads of its own: each call works where it is polled.
mod inline {
    use alliance_memory::SqliteOptions;

    use crate::common::Placed;

    fn fresh() -> Placed {
        Placed::with(SqliteOptions::default().threads(0))
    }

    alliance_core::memory_store_laws!(fresh);
}
