//! Extra pairs of eyes: a detector, a classifier, and the stopwatch by which a detector is timed.

use std::time::Duration;

use alliance::{
    classifier::{ClassifierError, RiskClassifier},
    safety::{Category, Detector, Finding, Findings, RiskLevel, RuleId, ScreenInput, Screening, Stopwatch},
};

use crate::Calls;

/// Takes a word of the host's own for a sign.
#[derive(Clone, Debug)]
pub struct OwnWord {
    /// The word, in lower case.
    pub word: &'static str,
    /// What it means.
    pub level: RiskLevel,
    /// Where calls are noted.
    pub calls: Calls,
}

impl OwnWord {
    fn look(&self, text: &str, out: &mut Findings) {
        if text.to_lowercase().contains(self.word) {
            out.raise(Finding::new(RuleId::new("integrator.own_word"), Category::Other, self.level));
        }
    }
}

impl Detector for OwnWord {
    fn assess(&self, input: &ScreenInput<'_>, out: &mut Findings) {
        self.calls.note("detector");
        self.look(input.text(), out);
    }
}

#[async_trait::async_trait]
impl RiskClassifier for OwnWord {
    async fn assess(&self, screening: &Screening) -> Result<Findings, ClassifierError> {
        self.calls.note("classifier");
        let mut findings = Findings::new();
        self.look(screening.text(), &mut findings);
        Ok(findings)
    }
}

/// A stopwatch on which no time passes, so that no detector is ever late.
#[derive(Clone, Debug)]
pub struct StillStopwatch(pub Calls);

impl Stopwatch for StillStopwatch {
    fn elapsed(&self) -> Duration {
        self.0.note("stopwatch");
        Duration::ZERO
    }
}
