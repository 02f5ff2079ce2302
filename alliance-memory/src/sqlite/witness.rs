//! How far a file was acknowledged, kept beside it.
//!
//! A write-ahead log that lost its end looks like one that never had it: the engine goes on from what is left and
//! says nothing. So the position that was acknowledged last stands in a small file of its own. It is written after
//! the commit and not waited for: after a power failure it may say less than is held, and never says more.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

const SUM: usize = 8;

/// An open witness.
pub(super) struct Witness {
    file: File,
    said: u64,
}

impl Witness {
    /// Opens the witness at `path`, which is made where it is not there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Self { file, said: parse(&bytes) })
    }

    /// What the witness at `path` says; 0 where there is none.
    pub(super) fn look(path: &Path) -> u64 {
        std::fs::read(path).map_or(0, |bytes| parse(&bytes))
    }

    /// Notes that everything up to `position` was acknowledged.
    pub(super) fn say(&mut self, position: u64) {
        if position <= self.said {
            return;
        }
        let mut bytes = position.to_le_bytes().to_vec();
        bytes.extend(sum(position));
        // One that cannot be written only makes the next look less sharp; what it is about is safe already.
        if self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(&bytes)).is_ok() {
            self.said = position;
        }
    }
}

/// A witness that was damaged says nothing.
fn parse(bytes: &[u8]) -> u64 {
    let Some((position, rest)) = bytes.split_first_chunk::<8>() else { return 0 };
    let position = u64::from_le_bytes(*position);
    if rest == sum(position) { position } else { 0 }
}

fn sum(position: u64) -> [u8; SUM] {
    let whole: [u8; 32] = Sha256::digest(position.to_le_bytes()).into();
    let mut sum = [0; SUM];
    sum.copy_from_slice(whole.split_at(SUM).0);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_witness_is_believed() {
        let mut bytes = 7_u64.to_le_bytes().to_vec();
        bytes.extend(sum(7));
        assert_eq!(parse(&bytes), 7);
        for length in 0..bytes.len() {
            assert_eq!(parse(&bytes[..length]), 0);
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&flipped), 0, "bit {bit}");
        }
    }
}
