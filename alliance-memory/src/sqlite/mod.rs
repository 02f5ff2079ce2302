//! The embedded store: one encrypted file a person.

mod append;
mod codec;
mod connect;
mod erase;
mod error;
mod folder;
mod index;
#[cfg(test)]
mod killed;
mod people;
mod person;
#[cfg(test)]
mod properties;
mod read;
mod rebuild;
#[cfg(test)]
mod residue;
mod salvage;
mod schema;
mod slot;
mod snapshot;
mod store;
mod witness;

pub(crate) use folder::make_private as make_private_folder;

#[cfg(feature = "measuring")]
pub use connect::do_not_wait_for_the_disk;
pub use error::SqliteError;
pub use salvage::Salvage;
pub use store::{SqliteOptions, SqliteStore};
