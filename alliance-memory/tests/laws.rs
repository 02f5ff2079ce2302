//! The reference store keeps every clause of its contract.

alliance_core::memory_store_laws!(alliance_memory::InMemoryStore::new);
