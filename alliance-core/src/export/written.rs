//! The written form: one object, its records as a store writes them, a checksum at its end.

use std::{collections::BTreeSet, io};

use alliance_safety::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Document, ImportError, VERSION, fhir};
use crate::{
    id::{RecordId, UserId},
    record::{Body, Record},
    store::{Handle, HandleKind},
};

const FORMAT: &str = "alliance-export";

/// What the checksum covers, in the order in which it is written.
#[derive(Serialize)]
struct Content<'a> {
    format: &'static str,
    version: u64,
    user: UserId,
    whole: bool,
    records: &'a [Record],
    due: Vec<Due>,
    questionnaire_responses: Vec<Value>,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    content: &'a Content<'a>,
    sha256: String,
}

/// A handle, without the person.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Due {
    record: RecordId,
    kind: HandleKind,
    at: Timestamp,
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u64,
    user: UserId,
    whole: bool,
    records: Vec<Record>,
    due: Vec<Due>,
    #[serde(rename = "questionnaire_responses")]
    _questionnaire_responses: Vec<Value>,
    #[serde(rename = "sha256")]
    _sha256: String,
}

impl Document {
    /// Writes the document as JSON, with lines that a person can read. The same document gives the same bytes.
    ///
    /// # Errors
    ///
    /// What `to` says.
    pub fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        let content = self.content();
        let sha256 = sum(&content)?;
        serde_json::to_writer_pretty(&mut to, &Written { content: &content, sha256 })?;
        to.write_all(b"\n")
    }

    /// Reads a document, however its lines are broken.
    ///
    /// # Errors
    ///
    /// [`ImportError::NotAnExport`], [`Newer`](ImportError::Newer) and [`Damaged`](ImportError::Damaged), which is also
    /// said of a document of which anything would be lost if it were written again.
    pub fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_| ImportError::Damaged)?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(ImportError::NotAnExport);
        }
        match value.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(found) if found > VERSION => return Err(ImportError::Newer { found, known: VERSION }),
            _ => return Err(ImportError::Damaged),
        }
        // What serde says can quote what it read, and is left out.
        let read = Read::deserialize(&value).map_err(|_| ImportError::Damaged)?;
        let ids: BTreeSet<RecordId> = read.records.iter().map(|record| record.id).collect();
        let user = read.user;
        let handles = read.due.iter().map(|due| {
            let mut handle = Handle::new(user, due.record, due.kind, due.at);
            handle.version = due.version;
            handle
        });
        let mut document = Self::new(user, read.records, handles);
        document.is_whole = read.whole;
        // It has to be what would be written now, sum and all: whatever was not understood is noticed.
        let is_sound =
            ids.len() == document.records.len() && document.written().is_ok_and(|written| written == value);
        if is_sound { Ok(document) } else { Err(ImportError::Damaged) }
    }

    fn written(&self) -> io::Result<Value> {
        let content = self.content();
        let sha256 = sum(&content)?;
        Ok(serde_json::to_value(Written { content: &content, sha256 })?)
    }

    fn content(&self) -> Content<'_> {
        let due = |handle: &Handle| Due {
            record: handle.record,
            kind: handle.kind,
            at: handle.due,
            version: handle.version,
        };
        let responses = self.records.iter().filter_map(|record| match &record.body {
            Body::Measurement(measurement) => Some(fhir::response(self.user, record, measurement)),
            _ => None,
        });
        Content {
            format: FORMAT,
            version: VERSION,
            user: self.user,
            whole: self.is_whole,
            records: &self.records,
            due: self.handles.iter().map(due).collect(),
            questionnaire_responses: responses.collect(),
        }
    }
}

/// SHA-256 in hexadecimal over the content as compact JSON.
fn sum(content: &Content<'_>) -> io::Result<String> {
    let bytes = serde_json::to_vec(content)?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
