//! The file format of a directory, and the way from it to entries that were checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{
    Inner,
    entry::{Citation, DirectoryEntry, EmergencyNumber, checked_date, midnight},
    error::DirectoryError,
    number::{Dialing, is_number},
    service::{CrisisService, Need},
};
use crate::Region;

const SCHEMA: &str = "crisis directory 1";

/// Reads and checks a whole file.
///
/// A source without a date is taken here, other than in an entry that a host adds: the file's own
/// `compiled` says by when it had been seen.
pub(super) fn read(json: &str) -> Result<Inner, DirectoryError> {
    let file: File = serde_json::from_str(json)?;
    if file.schema != SCHEMA {
        return Err(DirectoryError::Format { expected: SCHEMA });
    }
    let compiled = checked_date(&file.compiled)?;
    if !is_number(&file.fallback.emergency.number) {
        return Err(DirectoryError::NoFallback);
    }
    if file.fallback.directories.is_empty() {
        return Err(DirectoryError::NoDirectories);
    }
    let sources = file.sources.into_iter().map(source).collect::<Result<BTreeMap<_, _>, _>>()?;
    let mut entries = BTreeMap::new();
    for raw in file.entries {
        let entry = raw.resolve(&sources)?;
        entry.check()?;
        let region = entry.region();
        if entries.insert(region, entry).is_some() {
            return Err(DirectoryError::TwoEntries { region });
        }
    }
    let Fallback { emergency, directories, deep_link } = file.fallback;
    let fallback_number = emergency.number;
    Ok(Inner { compiled, fallback_number, directories, deep_link, entries, ..Inner::default() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    compiled: String,
    #[serde(rename = "about")]
    _about: String,
    #[serde(default, rename = "reviewed_by")]
    _reviewed_by: Option<String>,
    #[serde(default, rename = "reshaped")]
    _reshaped: Option<String>,
    fallback: Fallback,
    sources: BTreeMap<String, RawSource>,
    entries: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fallback {
    emergency: FallbackNumber,
    directories: Vec<String>,
    #[serde(default)]
    deep_link: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FallbackNumber {
    number: String,
    #[serde(rename = "note")]
    _note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    title: String,
    #[serde(deserialize_with = "present")]
    date: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    iso: Region,
    country: String,
    #[serde(default)]
    calling_code: Option<String>,
    #[serde(default)]
    trunk: Option<String>,
    #[serde(deserialize_with = "present")]
    emergency: Option<RawEmergency>,
    services: Vec<RawService>,
    #[serde(deserialize_with = "present")]
    last_verified: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEmergency {
    number: String,
    verified: bool,
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    name: String,
    need: Need,
    phone: Vec<String>,
    #[serde(deserialize_with = "present")]
    text_or_chat: Option<String>,
    #[serde(default)]
    channel_numbers: Vec<String>,
    #[serde(deserialize_with = "present")]
    hours: Option<String>,
    languages: Vec<String>,
    #[serde(deserialize_with = "present")]
    url: Option<String>,
    verified: bool,
    sources: Vec<String>,
}

impl RawEntry {
    fn resolve(self, sources: &BTreeMap<String, Citation>) -> Result<DirectoryEntry, DirectoryError> {
        let region = self.iso;
        let find = |keys: Vec<String>| -> Result<Vec<Citation>, DirectoryError> {
            keys.into_iter()
                .map(|key| match sources.get(&key) {
                    Some(source) => Ok(source.clone()),
                    None => Err(DirectoryError::UnknownSource { region, key: key.into() }),
                })
                .collect()
        };
        let emergency = match self.emergency {
            Some(RawEmergency { number, verified, sources }) => {
                Some(EmergencyNumber { number, verified, sources: find(sources)? })
            }
            None => None,
        };
        let mut services = Vec::with_capacity(self.services.len());
        for raw in self.services {
            services.push(CrisisService {
                name: raw.name,
                need: raw.need,
                phones: raw.phone,
                text_or_chat: raw.text_or_chat,
                channel_numbers: raw.channel_numbers,
                hours: raw.hours,
                languages: raw.languages,
                url: raw.url,
                verified: raw.verified,
                sources: find(raw.sources)?,
            });
        }
        Ok(DirectoryEntry {
            region,
            country: self.country,
            dialing: self.calling_code.map(|calling_code| Dialing { calling_code, trunk: self.trunk }),
            emergency,
            services,
            last_verified: self.last_verified.as_deref().map(midnight).transpose()?,
            note: self.note,
        })
    }
}

fn source((key, raw): (String, RawSource)) -> Result<(String, Citation), DirectoryError> {
    let date = raw.date.as_deref().map(checked_date).transpose()?;
    Ok((key, Citation { title: raw.title, date, url: raw.url }))
}

/// Wants the key even where its value may be null: a key left out is a slip.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}
