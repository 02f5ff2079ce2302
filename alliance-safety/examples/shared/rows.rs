//! Labelled rows as the examples of this crate read them, and what the layer says to each.

use std::{collections::BTreeSet, fmt};

use alliance_safety::{
    Locale, Rehearsal, RiskLevel, SafetyLayer, ScreenContext, Screening, Standing, Stopwatch, SystemStopwatch,
};
use serde_json::Value;

/// What screening says to a row.
pub(crate) struct Screened {
    /// The higher of the level of the text and the level that stands after it.
    pub(crate) level: RiskLevel,
    /// Categories of the signs that count.
    pub(crate) categories: BTreeSet<&'static str>,
    /// Time for this message alone.
    pub(crate) micros: u128,
}

/// What review says to a row.
pub(crate) struct Reviewed {
    /// `pass`, `repair` or `block`.
    pub(crate) action: &'static str,
    /// Categories of what was dropped.
    pub(crate) categories: BTreeSet<&'static str>,
    /// The rule that dropped it.
    pub(crate) rule: Option<String>,
    /// Time for this reply alone.
    pub(crate) micros: u128,
}

/// Screens `text`, with the standing rebuilt from `history`: what the user said, and what the replies asked.
pub(crate) fn screened(layer: &SafetyLayer, row: &Value) -> Screened {
    let locale = locale(row);
    let mut standing = Standing::default();
    for turn in row["history"].as_array().into_iter().flatten() {
        standing = if turn["role"] == "user" {
            screen(layer, &turn["text"], standing, locale).standing().clone()
        } else {
            layer.after_reply(&standing, turn["text"].as_str().unwrap_or_default())
        };
    }
    let start = SystemStopwatch.elapsed();
    let screening = screen(layer, &row["text"], standing, locale);
    let micros = SystemStopwatch.elapsed().saturating_sub(start).as_micros();
    let signs = screening.findings().signs().iter().filter(|sign| sign.level() > RiskLevel::None);
    Screened {
        level: screening.level().max(screening.standing().level()),
        categories: signs.map(|sign| sign.category().as_str()).collect(),
        micros,
    }
}

/// Reviews `text` as a reply to `user`. Where the plan alone would speak no model is asked; what is scored then is what
/// review would say to it.
pub(crate) fn reviewed(layer: &SafetyLayer, row: &Value) -> Reviewed {
    let screening = screen(layer, &row["user"], Standing::default(), locale(row));
    let start = SystemStopwatch.elapsed();
    let said = layer.rehearse(&screening, row["text"].as_str().unwrap_or_default());
    let micros = SystemStopwatch.elapsed().saturating_sub(start).as_micros();
    let (action, dropped) = match said {
        Rehearsal::Repair(dropped) => ("repair", Some(dropped)),
        Rehearsal::Replace(dropped) => ("block", Some(dropped)),
        _ => ("pass", None),
    };
    let categories = dropped.iter().map(|dropped| dropped.category.as_str()).collect();
    Reviewed { action, categories, rule: dropped.map(|dropped| dropped.rule.to_string()), micros }
}

fn locale(row: &Value) -> Locale {
    row["locale"].as_str().and_then(|tag| tag.parse().ok()).unwrap_or_default()
}

fn screen(layer: &SafetyLayer, text: &Value, standing: Standing, locale: Locale) -> Screening {
    layer.screen(text.as_str().unwrap_or_default(), &ScreenContext::new(standing, locale))
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Share {
    hits: u32,
    of: u32,
}

impl Share {
    /// Counts one more row.
    pub(crate) fn count(&mut self, hit: bool) {
        self.hits += u32::from(hit);
        self.of += 1;
    }
}

/// The share with its 95 % interval (Wilson), for example `.812 [.740, .868] (130 of 160)`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of == 0 {
            return f.write_str("no rows");
        }
        let (n, z) = (f64::from(self.of), 1.96_f64);
        let share = f64::from(self.hits) / n;
        let spread = 1.0 + z * z / n;
        let middle = (share + z * z / (2.0 * n)) / spread;
        let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / spread;
        let (low, high) = ((middle - half).max(0.0), (middle + half).min(1.0));
        write!(f, "{share:.3} [{low:.3}, {high:.3}] ({} of {})", self.hits, self.of)
    }
}
