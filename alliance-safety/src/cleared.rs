//! Words that may be shown, and the seal under which they can be shown again.

use std::{fmt, sync::Arc};

use hmac::{Hmac, KeyInit, Mac, digest::Key};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroize;

/// Words that may be shown to the person. Only this crate makes them.
///
/// There are four sources: [`Review`](crate::Review) of a model's words, [`Script`](crate::Script)s
/// that were reviewed when they loaded, the crisis plan, and a stored reply that is readmitted. Nothing
/// converts into this type, and it is not deserialized from anything. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct ClearedText {
    text: Arc<str>,
    source: Source,
}

/// Where cleared words come from.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A model's words that passed review, or a reviewed replacement for words that did not.
    Review,
    /// A fixed or templated text that was reviewed when it loaded.
    Script,
    /// The crisis plan.
    CrisisPlan,
    /// A stored reply whose seal held.
    Readmitted,
}

impl ClearedText {
    pub(crate) fn new(text: impl Into<Arc<str>>, source: Source) -> Self {
        Self { text: text.into(), source }
    }

    /// The same words as a paragraph of their own.
    #[must_use]
    pub fn as_new_paragraph(&self) -> Self {
        Self { text: format!("\n\n{}", self.text).into(), source: self.source }
    }

    /// The same words after a space, to follow others in one paragraph.
    #[must_use]
    pub fn as_next_sentence(&self) -> Self {
        Self { text: format!(" {}", self.text).into(), source: self.source }
    }

    /// Words that were cleared one after the other, as one text. Its source is that of the first.
    #[must_use]
    pub fn joined(parts: &[Self]) -> Option<Self> {
        let first = parts.first()?;
        let text: String = parts.iter().map(Self::as_str).collect();
        Some(Self { text: text.into(), source: first.source })
    }

    /// The words, to be shown to the person and to nobody else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the words come from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there are no words at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Debug for ClearedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClearedText({:?}, {} bytes)", self.source, self.text.len())
    }
}

/// A person's key for seals, for the hashes in the audit record and, through [`derive`](Self::derive), for what
/// a store encrypts. 32 bytes from a good source, overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Takes 32 bytes of key material. Erasing the key makes what was hashed under it anonymous.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The same, and overwrites the bytes where they were.
    #[must_use]
    pub fn taking(bytes: &mut [u8; 32]) -> Self {
        let key = Self(*bytes);
        bytes.zeroize();
        key
    }

    /// A key for another purpose (HMAC-SHA-256 under this one): from it neither this key nor that of a third
    /// purpose can be found. The caller overwrites it after use.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.hash(&[b"alliance.derive", purpose.as_bytes()])
    }

    /// A keyed hash (HMAC-SHA-256) over `parts`.
    pub(crate) fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.mac(parts).finalize().into_bytes().into()
    }

    /// Each part is preceded by its length, so that no two lists of parts collide.
    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut block = Key::<Hmac<Sha256>>::default();
        block[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block);
        block.as_mut_slice().zeroize();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

impl Drop for SealKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Which rules cleared a text. Words sealed under older rules are reviewed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RulesVersion(pub(crate) u32);

/// A keyed proof that a stored reply was cleared, for one place in one conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    rules: RulesVersion,
    mac: [u8; 32],
}

impl Seal {
    /// The rules that cleared the words.
    #[must_use]
    pub const fn rules(&self) -> RulesVersion {
        self.rules
    }

    pub(crate) fn over(text: &str, rules: RulesVersion, key: &SealKey, place: &[u8]) -> Self {
        Self { rules, mac: key.hash(&sealed(&rules.0.to_le_bytes(), place, text)) }
    }

    pub(crate) fn holds(&self, text: &str, key: &SealKey, place: &[u8]) -> bool {
        let rules = self.rules.0.to_le_bytes();
        key.mac(&sealed(&rules, place, text)).verify_slice(&self.mac).is_ok()
    }
}

/// What a seal covers. The first part keeps seals apart from every other use of the same key.
const fn sealed<'a>(rules: &'a [u8], place: &'a [u8], text: &'a str) -> [&'a [u8]; 4] {
    [b"alliance.seal", rules, place, text.as_bytes()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_for_its_words_its_place_and_its_key_only() {
        let (key, rules) = (SealKey::new([7; 32]), RulesVersion(1));
        let seal = Seal::over("Good that you came.", rules, &key, b"turn 1");
        assert!(seal.holds("Good that you came.", &key, b"turn 1"));
        assert!(!seal.holds("Good that you came!", &key, b"turn 1"));
        assert!(!seal.holds("Good that you came.", &key, b"turn 2"));
        assert!(!seal.holds("Good that you came.", &SealKey::new([8; 32]), b"turn 1"));
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let (key, other) = (SealKey::new([7; 32]), SealKey::new([8; 32]));
        assert_eq!(key.derive("a"), key.derive("a"));
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), other.derive("a"));
        assert_ne!(key.derive("a"), [7; 32]);
    }

    #[test]
    fn a_key_that_is_taken_leaves_nothing_where_it_was() {
        let mut bytes = [7; 32];
        assert!(SealKey::taking(&mut bytes) == SealKey::new([7; 32]));
        assert_eq!(bytes, [0; 32]);
    }

    #[test]
    fn debug_shows_lengths_only() {
        let text = ClearedText::new("Good that you came.", Source::Script);
        assert_eq!(format!("{text:?}"), "ClearedText(Script, 19 bytes)");
        assert_eq!(format!("{:?}", SealKey::new([7; 32])), "SealKey(..)");
    }
}
