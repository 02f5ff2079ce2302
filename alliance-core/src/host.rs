//! Smaller things that a host can plug in: live directories, the audit record, keys, vectors.

use std::{error::Error, fmt, sync::Arc};

use alliance_safety::{AuditEntry, DirectoryEntry, Region, SealKey};
use async_trait::async_trait;

use crate::id::UserId;

/// Live crisis services of a country. Asked when a session opens, with 300 ms to answer; a crisis reply
/// never waits for it, and without an answer the built-in directory serves.
///
/// - **F1 sourced** – every number names its source and date, or the entry is refused.
/// - **F2 fails safe** – an error leaves the built-in entry in place.
#[async_trait]
pub trait DirectoryProvider: fmt::Debug + Send + Sync {
    /// The services of `region`, or `None` where it knows none.
    ///
    /// # Errors
    ///
    /// When it cannot tell.
    async fn services(&self, region: Region) -> Result<Option<DirectoryEntry>, HostError>;
}

/// Where the audit chain is kept.
///
/// - **A1 in order** – entries are kept in the order in which they come.
/// - **A2 as they are** – nothing is changed, so that the chain can be verified.
#[async_trait]
pub trait AuditSink: fmt::Debug + Send + Sync {
    /// Keeps one entry.
    ///
    /// # Errors
    ///
    /// When it cannot be kept. The turn goes on, and an event says so.
    async fn keep(&self, entry: &AuditEntry) -> Result<(), HostError>;
}

/// Keys of people's files, seals and audit hashes.
///
/// - **K1 stable** – the same person has the same key until it is destroyed.
/// - **K2 apart** – no two people have the same key.
/// - **K3 gone is gone** – after `destroy` the old key never comes back.
#[async_trait]
pub trait KeyStore: fmt::Debug + Send + Sync {
    /// The key of a person; made at the first call.
    ///
    /// # Errors
    ///
    /// When the key is missing, wrong or out of reach. Nothing was touched.
    async fn key(&self, user: UserId) -> Result<SealKey, HostError>;

    /// The key of a person if there is one already; makes none. A store asks so for what it has written before,
    /// where a fresh key could read nothing, and so does whoever opens a session. Without an own implementation it is [`key`](Self::key).
    ///
    /// # Errors
    ///
    /// As [`key`](Self::key).
    async fn held(&self, user: UserId) -> Result<Option<SealKey>, HostError> {
        self.key(user).await.map(Some)
    }

    /// Destroys the key of a person, and with it whatever only it can read.
    ///
    /// # Errors
    ///
    /// When it could not be destroyed.
    async fn destroy(&self, user: UserId) -> Result<(), HostError>;
}

/// Vectors for recall. Optional: recall works without.
///
/// - **V1 same length** – every vector has [`dimensions`](Self::dimensions) entries.
/// - **V2 one for each** – as many vectors as texts, in their order.
#[async_trait]
pub trait Embedder: fmt::Debug + Send + Sync {
    /// How many entries a vector has.
    fn dimensions(&self) -> usize;

    /// A vector for each text.
    ///
    /// # Errors
    ///
    /// When it cannot embed them. Recall then goes without vectors.
    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError>;

    /// From which cosine on two texts mean something close. Recall takes a memory that is as close to a cue for what it
    /// means alone, and breaks its silence for it. Where unrelated texts of an embedder often have cosines above
    /// the default of 0.5, it must say more.
    fn close(&self) -> f32 {
        0.5
    }
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<T: DirectoryProvider + ?Sized> DirectoryProvider for $pointer<T> {
            async fn services(&self, region: Region) -> Result<Option<DirectoryEntry>, HostError> {
                (**self).services(region).await
            }
        }

        #[async_trait]
        impl<T: AuditSink + ?Sized> AuditSink for $pointer<T> {
            async fn keep(&self, entry: &AuditEntry) -> Result<(), HostError> {
                (**self).keep(entry).await
            }
        }

        #[async_trait]
        impl<T: KeyStore + ?Sized> KeyStore for $pointer<T> {
            async fn key(&self, user: UserId) -> Result<SealKey, HostError> {
                (**self).key(user).await
            }

            async fn held(&self, user: UserId) -> Result<Option<SealKey>, HostError> {
                (**self).held(user).await
            }

            async fn destroy(&self, user: UserId) -> Result<(), HostError> {
                (**self).destroy(user).await
            }
        }

        #[async_trait]
        impl<T: Embedder + ?Sized> Embedder for $pointer<T> {
            fn dimensions(&self) -> usize {
                (**self).dimensions()
            }

            async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError> {
                (**self).embed(texts).await
            }

            fn close(&self) -> f32 {
                (**self).close()
            }
        }
    )*};
}
forward!(Arc, Box);

/// Something of the host did not answer as it should. Holds no words of a conversation.
#[derive(Debug, thiserror::Error)]
#[error("a part of the host could not do it: {}", kind.describe())]
#[non_exhaustive]
pub struct HostError {
    /// What to act on.
    pub kind: HostErrorKind,
    /// What to read.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of failure of the host it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostErrorKind {
    /// It cannot be reached now.
    Unavailable,
    /// It does not have what was asked for.
    Missing,
    /// It refused.
    Rejected,
}

impl HostErrorKind {
    const fn describe(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Missing => "missing",
            Self::Rejected => "rejected",
        }
    }
}

impl HostError {
    /// A failure of this kind.
    #[must_use]
    pub const fn new(kind: HostErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the error behind it. It must not hold words of a conversation.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}
