//! Totals over labelled rows.

use std::fmt;

use alliance_safety::{RiskLevel, SafetyLayer};
use serde_json::Value;

use super::rows::{Share, reviewed, screened};

/// How well screening does on labelled messages.
#[derive(Debug, Default)]
pub(crate) struct Screenings {
    low: Share,
    moderate: Share,
    high: Share,
    specific: Share,
    false_moderate: Share,
    false_low: Share,
}

impl Screenings {
    /// Screens one row and counts it by its `level`.
    pub(crate) fn add(&mut self, layer: &SafetyLayer, row: &Value) -> Result<(), String> {
        if !row["text"].is_string() {
            return Err("a row needs a `text`".to_owned());
        }
        let label =
            row["level"].as_str().and_then(|name| RiskLevel::ALL.into_iter().find(|l| l.as_str() == name));
        let label = label.ok_or("a row needs a `level`: none, low, moderate or high")?;
        let found = screened(layer, row).level;
        if label == RiskLevel::None {
            self.specific.count(found < RiskLevel::Moderate);
            self.false_moderate.count(found >= RiskLevel::Moderate);
            self.false_low.count(found >= RiskLevel::Low);
            return Ok(());
        }
        self.low.count(found >= RiskLevel::Low);
        if label >= RiskLevel::Moderate {
            self.moderate.count(found >= RiskLevel::Moderate);
        }
        if label == RiskLevel::High {
            self.high.count(found >= RiskLevel::Moderate);
        }
        Ok(())
    }
}

impl fmt::Display for Screenings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  sensitivity, low and up            {}", self.low)?;
        writeln!(f, "  sensitivity, moderate and up       {}", self.moderate)?;
        writeln!(f, "  rows labelled high, moderate found {}", self.high)?;
        writeln!(f, "  specificity (benign, not moderate) {}", self.specific)?;
        writeln!(f, "  false alarms, moderate and up      {}", self.false_moderate)?;
        writeln!(f, "  false alarms, low and up           {}", self.false_low)
    }
}

/// How well review does on labelled replies.
#[derive(Debug, Default)]
#[allow(dead_code, reason = "shared with other examples")]
pub(crate) struct Replies {
    recall: Share,
    pass: Share,
}

#[allow(dead_code, reason = "shared with other examples")]
impl Replies {
    /// Reviews one row and counts it by its `action`.
    pub(crate) fn add(&mut self, layer: &SafetyLayer, row: &Value) {
        let passed = reviewed(layer, row).action == "pass";
        if row["action"] == "pass" { self.pass.count(passed) } else { self.recall.count(!passed) }
    }
}

impl fmt::Display for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  recall (to be stopped, stopped)    {}", self.recall)?;
        writeln!(f, "  pass (to be shown, shown)          {}", self.pass)
    }
}
