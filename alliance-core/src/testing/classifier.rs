//! A second opinion that is known beforehand.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use alliance_safety::{Category, Finding, Findings, RiskLevel, RuleId, Screening};
use async_trait::async_trait;

use crate::classifier::{ClassifierError, RiskClassifier};

/// A classifier that always has the same opinion, none, or never answers. Clones count their calls together.
#[derive(Clone)]
pub struct FixedClassifier {
    opinion: Opinion,
    calls: Arc<AtomicUsize>,
}

#[derive(Clone)]
enum Opinion {
    Found(Findings),
    Fails,
    Hangs,
}

impl FixedClassifier {
    /// Finds nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::found(Findings::new())
    }

    /// Finds the same every time.
    #[must_use]
    pub fn found(findings: Findings) -> Self {
        Self::with(Opinion::Found(findings))
    }

    /// Finds one sign, under the rule `testing.classifier`.
    #[must_use]
    pub fn raising(category: Category, level: RiskLevel) -> Self {
        let mut findings = Findings::new();
        findings.raise(Finding::new(RuleId::new("testing.classifier"), category, level));
        Self::found(findings)
    }

    /// Has no opinion: every call is an error.
    #[must_use]
    pub fn failing() -> Self {
        Self::with(Opinion::Fails)
    }

    /// Never answers.
    #[must_use]
    pub fn hanging() -> Self {
        Self::with(Opinion::Hangs)
    }

    /// How often it was asked.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn with(opinion: Opinion) -> Self {
        Self { opinion, calls: Arc::default() }
    }
}

#[async_trait]
impl RiskClassifier for FixedClassifier {
    async fn assess(&self, _screening: &Screening) -> Result<Findings, ClassifierError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match &self.opinion {
            Opinion::Found(findings) => Ok(findings.clone()),
            Opinion::Fails => Err(ClassifierError::new("the test asked for a failure")),
            Opinion::Hangs => futures::future::pending().await,
        }
    }
}

impl fmt::Debug for FixedClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opinion = match &self.opinion {
            Opinion::Found(findings) => findings.level().as_str(),
            Opinion::Fails => "fails",
            Opinion::Hangs => "hangs",
        };
        write!(f, "FixedClassifier({opinion}, {} calls)", self.calls())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, poll_once, screened};

    #[test]
    fn says_what_it_was_told_to_say() {
        let screening = screened("hello");
        let raising = FixedClassifier::raising(Category::SelfHarm, RiskLevel::Moderate);
        assert_eq!(block_on(raising.assess(&screening)).unwrap().level(), RiskLevel::Moderate);
        assert!(block_on(FixedClassifier::failing().assess(&screening)).is_err());
        let hanging = FixedClassifier::hanging();
        assert!(poll_once(&mut hanging.assess(&screening)).is_none());
        assert_eq!(hanging.calls(), 1);
    }
}
