//! The contracts of the alliance engine, and the agent that is assembled from them.
//!
//! Everything that can be replaced is a small trait that works as `dyn`; the safety layer is not a trait
//! and cannot be replaced. The engine owns no network, no files, no clock and no runtime.

pub mod agent;
pub mod backend;
pub mod classifier;
pub mod clock;
pub mod consent;
pub mod consolidate;
mod dialogue;
mod driver;
pub mod escalation;
pub mod export;
pub mod host;
pub mod id;
pub mod message;
pub mod prompt;
pub mod protocol;
mod reading;
pub mod recall;
pub mod record;
pub mod session;
pub mod stage;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;
pub mod turn;

pub use alliance_measures as measures;
pub use alliance_safety as safety;
