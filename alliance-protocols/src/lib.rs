//! Structured conversations for the alliance engine, as data.
#![doc = include_str!("../README.md")]

mod answers;
mod check;
mod definition;
mod draw;
mod guard;
mod library;
mod machine;
mod pack;

#[cfg(feature = "schema")]
pub use definition::schema;
pub use definition::{DefinitionError, Fault};
pub use library::{Library, grounding_54321, session, thought_record};
pub use machine::Definition;
