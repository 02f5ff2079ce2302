//! The embedded store: one encrypted file a person.

mod append;
mod codec;
mod connect;
mod erase;
mod error;
mod folder;
mod index;
mod people;
mod person;
#[cfg(test)]
mod properties;
mod read;
#[cfg(test)]
mod residue;
mod salvage;
mod schema;
mod slot;
mod store;
mod witness;

pub(crate) use folder::make_private as make_private_folder;

pub use error::SqliteError;
pub use salvage::Salvage;
pub use store::{SqliteOptions, SqliteStore};
