//! Memory of the alliance engine: the reference store, and recall over any store.
//!
//! [`InMemoryStore`] keeps people's logs in memory and honours every clause of
//! [`MemoryStore`](alliance_core::store::MemoryStore); [`Recall`] finds what bears on what is said now.
//!
//! ```
//! # use alliance_core::{consent::*, id::*, recall::*, record::*, safety::Timestamp, store::*};
//! use alliance_memory::{InMemoryStore, Recall};
//! # futures::executor::block_on(async {
//! let (store, recall, user) = (InMemoryStore::new(), Recall::new(), UserId::from_name("kim"));
//! let yes = ConsentRecord::new(Purpose::LongTerm, ConsentChoice::Given, "1", "hash of the text");
//! let fact = Body::Fact(FactRecord::new("sister", "lives in", "Hamburg"));
//! let fact = Record::new(RecordId::new(uuid::Uuid::from_u128(1)), Timestamp::UNIX_EPOCH, fact);
//! let batch = ConsentLedger::folded([&yes]).admit(Draft::new().record(fact))?;
//! store.append(user, Expect::Any, batch).await?;
//! let found = recall.recall(&store, user, &Cue::new("My sister called.")).await?;
//! assert_eq!(&*found[0].text, "sister lives in Hamburg");
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

#[cfg(all(test, feature = "sqlite"))]
extern crate self as alliance_memory;

mod consolidate;
#[cfg(test)]
mod fixture;
mod in_memory;
#[cfg(feature = "sqlite")]
mod keys;
#[cfg(test)]
mod model;
#[cfg(all(test, feature = "sqlite"))]
#[path = "../tests/common/mod.rs"]
mod place;
#[cfg(feature = "sqlite")]
mod pool;
mod recall;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "static-embedder")]
mod static_embedder;
mod topic;

pub use consolidate::{ModelConsolidator, RuleConsolidator, RulesError};
pub use in_memory::InMemoryStore;
#[cfg(feature = "sqlite")]
pub use keys::{FileKeys, KeyFileError, MasterKey, MasterKeyError};
pub use recall::Recall;
#[cfg(all(feature = "measuring", feature = "sqlite"))]
#[doc(hidden)]
pub use sqlite::do_not_wait_for_the_disk;
#[cfg(feature = "sqlite")]
pub use sqlite::{Salvage, SqliteError, SqliteOptions, SqliteStore};
#[cfg(feature = "static-embedder")]
pub use static_embedder::{StaticEmbedder, StaticEmbedderError};
pub use topic::RecallTerms;
