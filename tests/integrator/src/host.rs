//! The host's own parts: a way to a human, a live directory, the audit record, keys, vectors.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use alliance::{
    escalation::{EscalationError, EscalationSink, Notice},
    host::{AuditSink, DirectoryProvider, Embedder, HostError, HostErrorKind, KeyStore},
    id::UserId,
    safety::{AuditEntry, Citation, CrisisService, DirectoryEntry, EmergencyNumber, Need, Region, SealKey},
};

use crate::Calls;

/// Somebody on duty, who acknowledges what comes.
#[derive(Clone, Debug, Default)]
pub struct OnDuty(Arc<Mutex<Vec<Notice>>>);

impl OnDuty {
    /// What came, in order.
    pub fn notices(&self) -> Vec<Notice> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl EscalationSink for OnDuty {
    async fn deliver(&self, notice: &Notice) -> Result<(), EscalationError> {
        self.0.lock().map_err(|_| EscalationError::new("nobody is there"))?.push(notice.clone());
        Ok(())
    }
}

/// Knows one service of one country, and never answers for another. The numbers are of the kind that is kept
/// for examples.
#[derive(Clone, Debug)]
pub struct OneCountry(pub Calls);

#[async_trait::async_trait]
impl DirectoryProvider for OneCountry {
    async fn services(&self, region: Region) -> Result<Option<DirectoryEntry>, HostError> {
        self.0.note("directory");
        match region.as_str() {
            "NZ" => {}
            "AQ" => futures::future::pending().await,
            _ => return Ok(None),
        }
        let rejected = |error| HostError::new(HostErrorKind::Rejected).source(error);
        let page = Citation::new("the operator's page", "2026-01-31").map_err(rejected)?;
        let line = CrisisService::new("The example line", Need::SuicideAndCrisis).with_phone("555 0100");
        let entry = DirectoryEntry::new(region, "New Zealand")
            .emergency(EmergencyNumber::new("555").with_source(page.clone()))
            .with_service(line.with_source(page));
        Ok(Some(entry))
    }
}

/// Keeps the audit chain in a list.
#[derive(Clone, Debug, Default)]
pub struct AuditList(Arc<Mutex<Vec<AuditEntry>>>);

impl AuditList {
    /// The entries, in order.
    pub fn entries(&self) -> Vec<AuditEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl AuditSink for AuditList {
    async fn keep(&self, entry: &AuditEntry) -> Result<(), HostError> {
        let mut entries = self.0.lock().map_err(|_| HostError::new(HostErrorKind::Unavailable))?;
        entries.push(entry.clone());
        Ok(())
    }
}

/// Makes a key for each person from a counter. Only a test may do so.
#[derive(Clone, Debug, Default)]
pub struct KeyRing(Arc<Mutex<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    made: u8,
    keys: BTreeMap<UserId, SealKey>,
}

#[async_trait::async_trait]
impl KeyStore for KeyRing {
    async fn key(&self, user: UserId) -> Result<SealKey, HostError> {
        let mut ring = self.0.lock().map_err(|_| HostError::new(HostErrorKind::Unavailable))?;
        if let Some(key) = ring.keys.get(&user) {
            return Ok(key.clone());
        }
        ring.made = ring.made.checked_add(1).ok_or(HostError::new(HostErrorKind::Rejected))?;
        let key = SealKey::new([ring.made; 32]);
        ring.keys.insert(user, key.clone());
        Ok(key)
    }

    async fn destroy(&self, user: UserId) -> Result<(), HostError> {
        let mut ring = self.0.lock().map_err(|_| HostError::new(HostErrorKind::Unavailable))?;
        ring.keys.remove(&user);
        Ok(())
    }
}

/// Two numbers for a text: how many bytes, how many words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lengths;

#[async_trait::async_trait]
impl Embedder for Lengths {
    fn dimensions(&self) -> usize {
        2
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError> {
        let number = |count: usize| u16::try_from(count).map_or(f32::MAX, f32::from);
        Ok(texts.iter().map(|text| vec![number(text.len()), number(text.split(' ').count())]).collect())
    }
}
