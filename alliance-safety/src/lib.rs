//! Screening of what a person says, and review of what an agent is about to say.
//!
//! This crate is a leaf: text goes in, risk comes out. It knows no message type, no backend and no
//! store, so nothing in the engine can forge what it hands out. Two witnesses carry that promise:
//! a [`Screening`] owns the text it looked at, and a [`ClearedText`] can be made by review, by a
//! script that was reviewed when it loaded, by the crisis plan, or by a seal over words that were
//! cleared before. There is no other constructor.
//!
//! No clinician has reviewed the rules, the crisis texts or the numbers in this crate. Every data
//! file says so in its head (`reviewed_by = "none yet"`).
#![doc = include_str!("../README.md")]

mod baseline;
mod locale;
mod risk;
mod time;

pub use locale::{Locale, LocaleError, Region, RegionError};
pub use risk::{Attribution, Category, Finding, Findings, Part, RiskLevel, RuleId, ScopeReason, Unavailable};
pub use time::{Timestamp, TimestampError};
