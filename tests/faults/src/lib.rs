//! What goes wrong where it is told to: a file layer under SQLite, a model server, and spoiled texts.

#[cfg(feature = "files")]
mod files;
#[cfg(feature = "server")]
pub mod server;
mod spoil;

#[cfg(feature = "files")]
pub use files::{Counted, Fault, alone, arm, heal, install};
pub use spoil::spoiled;
