//! Structured conversations for the alliance engine.
//!
//! The contract is `alliance_core::protocol::Protocol`, and a protocol written in Rust runs today. The definition
//! format, its interpreter and the library of protocols are the next step; this crate keeps their place and holds
//! nothing yet.
