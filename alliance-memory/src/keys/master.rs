//! The one key under which the others are wrapped.

use std::{
    env, fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

/// 32 random bytes under which the keys of people are wrapped. Overwritten when dropped, never in `Debug`.
///
/// Whoever has it and the folder can read everything; without it nobody can. Keep it apart from the folder and
/// from its backups.
#[derive(Clone)]
pub struct MasterKey(pub(super) Zeroizing<[u8; 32]>);

/// A master key that cannot be had. Holds nothing of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// The environment has no such variable.
    #[error("the environment variable `{0}` is not set")]
    NotSet(String),
    /// It is not 64 hexadecimal digits.
    #[error("a master key is 64 hexadecimal digits")]
    Malformed,
    /// Others may read the file.
    #[error("the master key `{}` can be read by others; give it the rights 0600", .0.display())]
    Exposed(PathBuf),
    /// There is no such file, or it cannot be read or written.
    #[error("the master key `{}` cannot be reached", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl MasterKey {
    /// Takes 32 bytes from a good source.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 64 hexadecimal digits from an environment variable.
    ///
    /// # Errors
    ///
    /// Where it is not set, or is anything else.
    pub fn from_env(name: &str) -> Result<Self, MasterKeyError> {
        match env::var(name) {
            Ok(digits) => Self::from_hex(&Zeroizing::new(digits)),
            Err(env::VarError::NotPresent) => Err(MasterKeyError::NotSet(name.to_owned())),
            Err(env::VarError::NotUnicode(_)) => Err(MasterKeyError::Malformed),
        }
    }

    /// Reads 64 hexadecimal digits from a file that only its owner may read.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, others may read it, or it holds anything else.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, MasterKeyError> {
        let path = path.as_ref();
        let unreachable = |source| MasterKeyError::Unreachable { path: path.to_owned(), source };
        if is_exposed(&fs::metadata(path).map_err(unreachable)?) {
            return Err(MasterKeyError::Exposed(path.to_owned()));
        }
        let digits = Zeroizing::new(fs::read(path).map_err(unreachable)?);
        let digits = std::str::from_utf8(&digits).map_err(|_| MasterKeyError::Malformed)?;
        Self::from_hex(digits)
    }

    /// Draws a new one and writes it to a file with the rights 0600. A file that is there is never overwritten.
    ///
    /// # Errors
    ///
    /// Where the file is there already or cannot be written, or the system has no randomness.
    pub fn create_file(path: impl AsRef<Path>) -> Result<Self, MasterKeyError> {
        let path = path.as_ref();
        let unreachable = |source| MasterKeyError::Unreachable { path: path.to_owned(), source };
        let key = Self(super::random().map_err(unreachable)?);
        let mut digits: Zeroizing<String> = Zeroizing::new(String::with_capacity(65));
        for byte in key.0.iter() {
            for half in [byte >> 4, byte & 15] {
                digits.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        digits.push('\n');
        let mut file =
            private(OpenOptions::new().write(true).create_new(true)).open(path).map_err(unreachable)?;
        let written = file.write_all(digits.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| {
            match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                Some(folder) => super::sync_folder(folder),
                None => super::sync_folder(Path::new(".")),
            }
        });
        if let Err(source) = written {
            // Half a key opens nothing, and would stand in the way of the next attempt.
            let _begun = std::fs::remove_file(path);
            return Err(unreachable(source));
        }
        Ok(key)
    }

    fn from_hex(digits: &str) -> Result<Self, MasterKeyError> {
        let digits = digits.trim();
        let mut key = Zeroizing::new([0; 32]);
        if digits.len() != 64 {
            return Err(MasterKeyError::Malformed);
        }
        for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            for digit in pair {
                let value = char::from(*digit).to_digit(16).ok_or(MasterKeyError::Malformed)?;
                *byte = (*byte << 4) | u8::try_from(value).map_err(|_| MasterKeyError::Malformed)?;
            }
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Only the owner may read and write what is created.
#[cfg(unix)]
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn is_exposed(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_exposed(_: &fs::Metadata) -> bool {
    false
}
