//! A small linear model beside the lexicon. It hears wordings that no phrase names; it raises and never lowers.
//!
//! Alone it raises to low, and to moderate only above a high threshold or where the lexicon heard something too. The
//! weights are in `data/model.bin`, made by the program in `training/`; see `docs/model-card.md`.

pub(crate) mod features;
pub(crate) mod file;

use file::{HEADS, Head, Weights};

use crate::{Category, Finding, Findings, RiskLevel, RuleId, normalise::Normalised};

/// The categories that the model can name, with their head. Suicide is what it means where none of them stands out.
const CATEGORIES: [(Head, Category); 6] = [
    (Head::SelfHarm, Category::SelfHarm),
    (Head::HarmToOthers, Category::HarmToOthers),
    (Head::Abuse, Category::Abuse),
    (Head::Psychosis, Category::Psychosis),
    (Head::EatingDisorder, Category::EatingDisorder),
    (Head::MedicalEmergency, Category::MedicalEmergency),
];

/// The margin that moderate needs at least where the model alone speaks of a text shorter than [`SHORT`] words: few words
/// say little, and this is above every ordinary short message that was tried. Between the file's own limit and this one
/// the person is asked: low.
const ALONE: f32 = 3.25;
const SHORT: usize = 12;
/// What is added there to the limits of low.
const HESITANT: f32 = 0.6;

/// What is added to a limit where scope lowered everything that the lexicon heard: a linear model hears the words of a
/// denial or a quotation, and not what stands around them.
const LOWERED: f32 = 1.0;

/// The model, loaded.
#[derive(Debug)]
pub(crate) struct Model {
    weights: Weights,
}

/// The margins of a text: for each head the highest of its windows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Margins([f32; HEADS]);

impl Margins {
    /// The margin of one head.
    pub(crate) const fn of(&self, head: Head) -> f32 {
        self.0[head as usize]
    }
}

/// Sums of a block of words.
#[derive(Clone, Copy, Default)]
struct Block {
    sums: [i32; HEADS],
    features: u32,
}

impl Model {
    /// Reads the model that comes with the crate.
    pub(crate) fn built_in() -> Self {
        Self { weights: Weights::built_in() }
    }

    /// Raises what it hears in `text`, beside what the lexicon `found`.
    pub(crate) fn assess(&self, text: &Normalised, found: &mut Findings) {
        if text.words().is_empty() {
            return;
        }
        let margins = self.margins(text, found);
        let limits = &self.weights.limits;
        let moderate = margins.of(Head::Moderate);
        // What scope lowered to low is no second witness, nor is the one word of a message.
        let several = text.words().len() > 1;
        let meant = |sign: &Finding| sign.level() >= RiskLevel::Low && sign.scope().is_none();
        let also_heard = several && found.signs().iter().any(meant);
        let lowered = !also_heard && counted(found).any(|sign| sign.scope().is_some());
        let more = if lowered { LOWERED } else { 0.0 };
        let short = text.words().len() < SHORT;
        let hesitant = if short { HESITANT } else { 0.0 };
        let alone = if short { limits.moderate_alone.max(ALONE) } else { limits.moderate_alone } + more;
        let (rule, level) = if several && moderate >= alone {
            ("model.moderate", RiskLevel::Moderate)
        } else if also_heard && moderate >= limits.moderate_beside {
            ("model.moderate_beside", RiskLevel::Moderate)
        } else if margins.of(Head::Risk) >= limits.low + more + hesitant
            || moderate >= limits.moderate_alone + more + hesitant
        {
            ("model.low", RiskLevel::Low)
        } else {
            return;
        };
        let finding = Finding::new(RuleId::new(rule), self.category(&margins, level), level);
        let experimental = found.signs().iter().any(Finding::is_experimental);
        found.raise(if experimental { finding.experimental() } else { finding });
    }

    /// The margins of all heads.
    pub(crate) fn margins(&self, text: &Normalised, found: &Findings) -> Margins {
        let blocks = self.blocks(text);
        let mut best = [f32::MIN; HEADS];
        for at in 0..blocks.len().saturating_sub(1).max(1) {
            let window = blocks.get(at..(at + 2).min(blocks.len())).unwrap_or_default();
            for (head, best) in best.iter_mut().enumerate() {
                let sum: i32 = window.iter().map(|block| block.sums[head]).sum();
                let features: u32 = window.iter().map(|block| block.features).sum();
                *best = best.max(self.weights.margin(head, sum, features));
            }
        }
        for feature in lexical(found) {
            for (head, best) in best.iter_mut().enumerate() {
                *best += self.weights.found(feature, head);
            }
        }
        Margins(best)
    }

    fn blocks(&self, text: &Normalised) -> Vec<Block> {
        let mut blocks = vec![Block::default(); looked_at(text).count().div_ceil(features::BLOCK)];
        features::each(looked_at(text), |block, bucket| {
            if let Some(block) = blocks.get_mut(block) {
                self.weights.add(bucket, &mut block.sums);
                block.features += 1;
            }
        });
        blocks
    }

    fn category(&self, margins: &Margins, level: RiskLevel) -> Category {
        let clear = CATEGORIES.iter().filter(|(head, _)| margins.of(*head) >= self.weights.limits.category);
        let first = clear.max_by(|a, b| margins.of(a.0).total_cmp(&margins.of(b.0)));
        match (first, level) {
            (Some((_, category)), _) => *category,
            (None, RiskLevel::Low) => Category::SuicidePassive,
            (None, _) => Category::SuicideActive,
        }
    }
}

/// The folded words that the model looks at: those of both ends.
pub(crate) fn looked_at(text: &Normalised) -> impl Iterator<Item = &str> {
    let words = text.words();
    let first = words.get(..features::REACH).unwrap_or(words);
    let rest = words.get(features::REACH..).unwrap_or_default();
    let last = rest.get(rest.len().saturating_sub(features::REACH)..).unwrap_or_default();
    first.iter().chain(last).map(|word| text.str(word))
}

/// What the lexicon found, without what an experimental language lowered: it says nothing of the others.
fn counted(found: &Findings) -> impl Iterator<Item = &Finding> {
    found.signs().iter().filter(|sign| !(sign.is_experimental() && sign.scope().is_some()))
}

/// What the lexicon found, as features, each once.
pub(crate) fn lexical(found: &Findings) -> Vec<usize> {
    let mut all: Vec<usize> = counted(found).filter_map(features::found).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assess(text: &str, found: &mut Findings) {
        Model::built_in().assess(&Normalised::new(text), found);
    }

    #[test]
    fn hears_wordings_and_leaves_plain_talk_alone() {
        for text in [
            "every day i think about killing myself and i have nobody",
            "ich denke jeden tag daran mich umzubringen",
            "no quiero vivir más, todos los días pienso en matarme",
        ] {
            let mut found = Findings::new();
            assess(text, &mut found);
            assert!(found.level() >= RiskLevel::Low, "{text}");
        }
        for text in ["We painted the shed green and ate pancakes.", "Wie kocht man Linsensuppe?", "", "1 2 3"]
        {
            let mut found = Findings::new();
            assess(text, &mut found);
            assert_eq!(found.level(), RiskLevel::None, "{text}");
        }
    }

    #[test]
    fn what_is_looked_at_is_bounded() {
        for unit in ["die ", "x", "ü ", "死"] {
            let text = Normalised::new(&unit.repeat(1 << 18));
            let mut features = 0;
            features::each(looked_at(&text), |_, _| features += 1);
            assert!(features <= 2 * features::REACH * 81 && looked_at(&text).count() <= 2 * features::REACH);
        }
    }

    #[test]
    fn what_scope_lowered_is_no_second_witness() {
        let text = "Das Baby schreit die ganze Nacht.";
        let heard = |lowered: bool| {
            let finding = Finding::new(RuleId::new("before"), Category::Other, RiskLevel::Moderate);
            let mut found = Findings::new();
            found.raise(if lowered {
                finding.lowered(RiskLevel::Low, crate::ScopeReason::PastRecovered)
            } else {
                finding
            });
            assess(text, &mut found);
            found.signs().iter().any(|sign| sign.rule().as_str() == "model.moderate_beside")
        };
        assert!(heard(false) && !heard(true));
    }

    proptest! {
        #[test]
        fn only_adds(text in "\\PC{0,200}", before in 0_usize..4) {
            let mut found = Findings::new();
            found.raise(Finding::new(RuleId::new("before"), Category::Other, RiskLevel::ALL[before]));
            let kept = found.signs().to_vec();
            assess(&text, &mut found);
            prop_assert!(found.signs().starts_with(&kept) && found.level() >= RiskLevel::ALL[before]);
            prop_assert!(found.signs().len() <= kept.len() + 1);
        }
    }
}
