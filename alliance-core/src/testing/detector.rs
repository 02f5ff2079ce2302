//! A detector that remembers what it saw.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alliance_safety::{Detector, Finding, Findings, ScreenInput};

/// A detector that keeps every text it was shown, and finds what it was told to find. Clones share the list.
#[derive(Clone, Default)]
pub struct SpyDetector {
    finding: Option<Finding>,
    seen: Arc<Mutex<Vec<Arc<str>>>>,
}

impl SpyDetector {
    /// Finds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the same in every text.
    #[must_use]
    pub fn raising(finding: Finding) -> Self {
        Self { finding: Some(finding), ..Self::default() }
    }

    /// Every text that it was shown, in order.
    #[must_use]
    pub fn seen(&self) -> Vec<Arc<str>> {
        self.list().clone()
    }

    fn list(&self) -> MutexGuard<'_, Vec<Arc<str>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Detector for SpyDetector {
    fn assess(&self, input: &ScreenInput<'_>, out: &mut Findings) {
        self.list().push(input.text().into());
        if let Some(finding) = &self.finding {
            out.raise(finding.clone());
        }
    }
}

impl fmt::Debug for SpyDetector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpyDetector({} texts seen)", self.list().len())
    }
}
