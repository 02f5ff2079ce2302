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

mod ablation;
mod audit;
mod baseline;
mod cleared;
mod crisis;
mod detector;
mod dialogue;
mod directory;
mod error;
mod layer;
mod locale;
mod normalise;
mod reply;
mod review;
mod risk;
mod screening;
mod script;
mod standing;
mod stopwatch;
mod time;
mod tuning;

#[cfg(feature = "training")]
pub use baseline::training;

#[cfg(feature = "testing")]
pub use ablation::Stage;
pub use audit::{AuditEntry, AuditFault, AuditHead};
pub use baseline::{RulesError as LexiconError, RulesProblem as LexiconProblem};
pub use cleared::{ClearedText, RulesVersion, Seal, SealKey, Source};
pub use crisis::{AnswersError, CrisisPlan, CrisisWords, PlanText, TextsError};
pub use detector::{Detector, LeftOut, ScreenInput};
pub use dialogue::DialogueError;
pub use directory::{
    Citation, CrisisService, Directory, DirectoryEntry, DirectoryError, EmergencyNumber, Need, Resources,
};
pub use error::SafetyError;
pub use layer::{DETECTOR_BUDGET, RULES, SafetyLayer};
pub use locale::{Locale, LocaleError, Region, RegionError};
pub use reply::{ReplyCategory, RulesError as ReplyRulesError};
pub use review::{Dropped, MAX_REPLY, Rehearsal, Release, Review};
pub use risk::{Attribution, Category, Finding, Findings, Part, RiskLevel, RuleId, ScopeReason, Unavailable};
pub use screening::{Decision, Disposition, ScreenContext, ScreenedWords, Screening};
pub use script::{Script, ScriptError};
pub use standing::{Change, Probe, ProbeAnswer, QUIET_TURNS_HIGH, QUIET_TURNS_MODERATE, Standing};
pub use stopwatch::{Stopwatch, SystemStopwatch};
pub use time::{Timestamp, TimestampError};
