//! Answers to self-report instruments go in; scores, norms and reliable change come out.
//!
//! What a score means here ends with a severity word ([`Severity`]) or a reached cut-off
//! ([`CutOff`]), each with its source. No diagnosis is stored, named or implied.
#![doc = include_str!("../README.md")]

mod change;
mod instrument;
mod norms;
mod scoring;

pub use change::{Change, ChangeError, Reliability, ReliableChangeIndex, StandardDeviation, Verdict};
pub use instrument::{
    Band, Better, Citation, CutOff, InstrumentId, InstrumentSpec, InstrumentWording, ItemNumber, MissingRule,
    ScaleRange, Scoring, Severity, Side, SpecError, SubscaleId, SubscaleSpec, WordingStatus,
};
pub use norms::{Comparison, Norm, NormError, NormKey, SampleSize, Timing};
pub use scoring::{Answers, ItemAnswer, ScaleKind, Score, ScoreError, Scores, Subscale, Total};
