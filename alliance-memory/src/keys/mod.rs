//! Keys of people's files, for hosts without a key service: one wrapped key a file, under one master key.

mod file;
mod master;
#[cfg(test)]
mod tests;
mod wrap;

use std::io;

use zeroize::Zeroizing;

pub(crate) use file::sync_folder;
pub use file::{FileKeys, KeyFileError};
pub use master::{MasterKey, MasterKeyError};

/// Bytes from the operating system.
pub(crate) fn random<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes).map_err(io::Error::other)?;
    Ok(bytes)
}
