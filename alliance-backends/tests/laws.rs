//! `Reflective` keeps every clause of its contract.
#![cfg(feature = "reflective")]

alliance_core::llm_backend_laws!(alliance_backends::Reflective::new);
