//! Turns margins into probabilities (Platt) and finds the margins from which something is raised.

use crate::fit::sigmoid;

/// Slope and offset: the probability is the logistic of `slope * margin + offset`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Platt {
    pub(crate) slope: f32,
    pub(crate) offset: f32,
}

impl Platt {
    /// Fits held-out margins by gradient descent, with Platt's own smoothing of the targets.
    pub(crate) fn fit(margins: &[(f32, bool)]) -> Self {
        let positive = margins.iter().filter(|(_, label)| *label).count() as f32;
        let negative = margins.len() as f32 - positive;
        let (high, low) = ((positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0));
        let mut platt = Self { slope: 1.0, offset: 0.0 };
        for _ in 0..4000 {
            let (mut slope, mut offset) = (0.0, 0.0);
            for &(margin, label) in margins {
                let error = platt.probability(margin) - if label { high } else { low };
                slope += error * margin;
                offset += error;
            }
            platt.slope -= 0.5 * slope / margins.len() as f32;
            platt.offset -= 0.5 * offset / margins.len() as f32;
        }
        platt
    }

    pub(crate) fn probability(self, margin: f32) -> f32 {
        sigmoid(self.slope * margin + self.offset)
    }

    /// The margin whose probability is `probability`, found by halving.
    pub(crate) fn margin(self, probability: f32) -> f32 {
        let (mut low, mut high) = (-60.0_f32, 60.0_f32);
        for _ in 0..60 {
            let middle = f32::midpoint(low, high);
            if self.probability(middle) < probability { low = middle } else { high = middle }
        }
        high
    }
}

/// The lowest margin at which no more than `share` of `negatives` are at or above it.
pub(crate) fn limit(mut negatives: Vec<f32>, share: f32) -> f32 {
    negatives.sort_unstable_by(|a, b| b.total_cmp(a));
    let allowed = (negatives.len() as f32 * share) as usize;
    negatives.get(allowed).map_or(0.0, |margin| margin + 1e-3)
}
