//! Everything that is kept of a person as one JSON document, and such a document taken in again.
//!
//! [`Agent::export`](crate::agent::Agent::export) makes one, [`Agent::import`](crate::agent::Agent::import) takes one in.
//! The form is published as `docs/export.schema.json` (JSON Schema 2020-12). What one store exports and another takes
//! in is exported from there byte for byte the same.
//!
//! - **In it** are the records in their order, of every kind, also those that this version does not know; what is due
//!   of them (a notice, a timer, an end of being kept); answers to questionnaires once more as FHIR R4
//!   `QuestionnaireResponse`, without the words of any item; and a checksum.
//! - **Not in it** are keys, ids of what was erased, claims on what is due, and anything of another person. Seals over
//!   replies are in it, and hold under the key of the store that they come from only: elsewhere the reply is reviewed
//!   again when it is read.
//!
//! The document is not encrypted: whoever has it can read it.

mod agent;
mod fhir;
mod written;

use std::fmt;

use crate::{
    consent::ConsentError,
    id::UserId,
    record::Record,
    store::{Handle, StoreError},
};

/// The version of the form that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// Everything that is kept of one person. `Debug` shows how much it is.
#[derive(Clone, PartialEq)]
pub struct Document {
    user: UserId,
    records: Vec<Record>,
    handles: Vec<Handle>,
    is_whole: bool,
}

impl Document {
    /// A document of these records, in this order, with what is due of them. A handle to any other record, or of
    /// another person, is left out.
    #[must_use]
    pub fn new(
        user: UserId,
        records: impl IntoIterator<Item = Record>,
        handles: impl IntoIterator<Item = Handle>,
    ) -> Self {
        let records: Vec<Record> = records.into_iter().collect();
        let ids: std::collections::BTreeSet<_> = records.iter().map(|record| record.id).collect();
        let mut handles: Vec<Handle> = handles
            .into_iter()
            .filter(|handle| handle.user == user && ids.contains(&handle.record))
            .collect();
        handles.sort_by_key(|handle| handle.record);
        Self { user, records, handles, is_whole: true }
    }

    /// Says that it is what could be saved of something damaged.
    #[must_use]
    pub const fn partial(mut self) -> Self {
        self.is_whole = false;
        self
    }

    /// Whose it is.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// The records, in order.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What is due of the records.
    #[must_use]
    pub fn handles(&self) -> &[Handle] {
        &self.handles
    }

    /// Whether it holds all that was kept.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} records, {} handles)", self.records.len(), self.handles.len())
    }
}

/// A document that is not taken in. Nothing was written. Holds no words of a conversation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is JSON, and no export.
    #[error("this is not an export of a person")]
    NotAnExport,
    /// It is cut off, was changed, or never held together.
    #[error("the export is damaged")]
    Damaged,
    /// A newer version wrote it.
    #[error("the export has format {found}, and this version reads up to {known}")]
    Newer {
        /// The version of the document.
        found: u64,
        /// The newest version that is read.
        known: u64,
    },
    /// It is somebody else's.
    #[error("the export is another person's")]
    OtherPerson,
    /// Something else is kept of the person: an import writes over nothing and mixes nothing.
    #[error("something is kept of the person already")]
    Occupied,
    /// Something of it was erased in this store, and does not come back.
    #[error("something of the export was erased here")]
    Erased,
    /// It holds a record before any yes to its purpose.
    #[error("the export holds something that was not agreed to")]
    NotAgreed(#[source] ConsentError),
    /// The store could not take it.
    #[error("the export could not be stored")]
    Store(#[from] StoreError),
}
