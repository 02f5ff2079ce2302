//! How a wrapped key is written: mark, nonce, ciphertext with tag, checksum.
//!
//! The checksum tells a damaged file from a wrong master key; the tag (XChaCha20-Poly1305) covers the person too, so
//! that a key file under another name is refused.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{file::KeyFileError, master::MasterKey, random};

const MARK: &[u8; 8] = b"AKEY0001";
const NONCE: usize = 24;
const SEALED: usize = 32 + 16;
const SUM: usize = 8;

pub(super) const LENGTH: usize = MARK.len() + NONCE + SEALED + SUM;

pub(super) fn wrap(master: &MasterKey, owner: &[u8], key: &[u8; 32]) -> Result<Vec<u8>, KeyFileError> {
    let nonce = random::<NONCE>().map_err(KeyFileError::Unreachable)?;
    let payload = Payload { msg: key, aad: owner };
    let sealed = cipher(master).encrypt(&(*nonce).into(), payload).map_err(|_| KeyFileError::WrongMaster)?;
    let mut out = Vec::with_capacity(LENGTH);
    out.extend(MARK);
    out.extend(&*nonce);
    out.extend(sealed);
    let sum = Sha256::digest(&out);
    out.extend(sum.iter().take(SUM));
    Ok(out)
}

pub(super) fn unwrap(
    master: &MasterKey,
    owner: &[u8],
    wrapped: &[u8],
) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    if wrapped.starts_with(b"AKEY") && !wrapped.starts_with(MARK) {
        return Err(KeyFileError::Newer);
    }
    let (body, sum) = wrapped.split_last_chunk::<SUM>().ok_or(KeyFileError::Damaged)?;
    if wrapped.len() != LENGTH || Sha256::digest(body).get(..SUM) != Some(sum) {
        return Err(KeyFileError::Damaged);
    }
    let rest = body.strip_prefix(MARK).ok_or(KeyFileError::Damaged)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(KeyFileError::Damaged)?;
    let payload = Payload { msg: sealed, aad: owner };
    let opened = cipher(master).decrypt(nonce.into(), payload).map_err(|_| KeyFileError::WrongMaster)?;
    let opened = Zeroizing::new(opened);
    let mut key = Zeroizing::new([0; 32]);
    if opened.len() != key.len() {
        return Err(KeyFileError::Damaged);
    }
    key.copy_from_slice(&opened);
    Ok(key)
}

fn cipher(master: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&*master.0).into())
}
