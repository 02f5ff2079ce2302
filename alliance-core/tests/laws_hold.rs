//! The laws, named by their macros, on doubles that keep them.
#![cfg(feature = "testing")]

#[expect(dead_code, reason = "the flaws are for the tests that laws can fail")]
mod common;

mod plain_store {
    alliance_core::memory_store_laws!(super::common::PlainStore::default, reopen: |store| store);
}

mod faulty_store_without_faults {
    use alliance_core::testing::FaultyStore;

    alliance_core::memory_store_laws!(|| FaultyStore::new(super::common::PlainStore::default()));
}

mod scripted_backend {
    use alliance_core::{backend::BackendErrorKind, testing::ScriptedBackend};

    alliance_core::llm_backend_laws!(
        || ScriptedBackend::new().always("I hear you."),
        failing: || ScriptedBackend::new().always_fail(BackendErrorKind::RateLimited),
    );
}

mod worry_protocol {
    alliance_core::protocol_laws!(super::common::protocol::Worry::correct);
}
