//! What a host may tune: floors for categories and rules of its own. Both only raise.

use std::sync::Arc;

use crate::{
    Category, Finding, Findings, LexiconError, RiskLevel, RuleId, baseline::Baseline, normalise::Normalised,
};

/// The host's additions to the rules of this crate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tuning {
    floors: Vec<(Category, RiskLevel)>,
    rules: Vec<Arc<Baseline>>,
}

impl Tuning {
    /// The least level of a sign of `category`, as the crate has it or as it was raised before.
    pub(crate) fn floor(&self, category: Category) -> RiskLevel {
        let raised =
            self.floors.iter().rev().find(|(raised, _)| *raised == category).map(|(_, floor)| *floor);
        raised.unwrap_or_else(|| built_in_floor(category))
    }

    pub(crate) fn raise(&mut self, category: Category, floor: RiskLevel) {
        self.floors.push((category, floor));
    }

    pub(crate) fn add_rules(&mut self, text: &str) -> Result<(), LexiconError> {
        self.rules.push(Arc::new(Baseline::of_host(text)?));
        Ok(())
    }

    /// Adds what the host's rules find in `text`.
    pub(crate) fn listen(&self, text: &str, out: &mut Findings) {
        if self.rules.is_empty() {
            return;
        }
        let text = Normalised::new(text);
        self.rules.iter().for_each(|rules| rules.hear(&text, out));
    }

    /// Lifts every category that was found to its floor.
    pub(crate) fn lift(&self, findings: &mut Findings) {
        for &(category, floor) in &self.floors {
            let of_category = findings.signs().iter().filter(|sign| sign.category() == category);
            let level = of_category.map(Finding::level).max().unwrap_or_default();
            if level > RiskLevel::None && level < floor {
                let rule = RuleId::new(format!("host.floor.{}", category.as_str()));
                findings.raise(Finding::new(rule, category, floor));
            }
        }
    }
}

/// The level that the rules of this crate give a plain sign of the category, at least.
const fn built_in_floor(category: Category) -> RiskLevel {
    match category {
        Category::SuicideHigh | Category::MedicalEmergency => RiskLevel::High,
        Category::SuicidePassive => RiskLevel::Low,
        Category::Other => RiskLevel::None,
        _ => RiskLevel::Moderate,
    }
}
