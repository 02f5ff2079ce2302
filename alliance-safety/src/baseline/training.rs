//! What the program in `training/` needs of the model: the features of a text, and the form of the file.

use super::{
    Baseline,
    model::{
        features::{self, BLOCK},
        file, lexical, looked_at,
    },
};
use crate::{Findings, LexiconError, Locale, RiskLevel, ablation::Without, normalise::Normalised};

/// Buckets that features are hashed into.
pub const BUCKETS: usize = features::BUCKETS;
/// Features that say what the lexicon found.
pub const FOUND: usize = features::FOUND;
/// Things that the model tells apart, in this order: low or more, moderate or more, self-harm, harm to others, abuse,
/// psychosis, eating disorder, medical emergency.
pub const HEADS: usize = file::HEADS;

/// Takes the features of texts.
#[derive(Debug)]
pub struct Extractor(Baseline);

/// The features of a text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// For each window of the text its buckets, with repeats.
    pub windows: Vec<Vec<u32>>,
    /// What the lexicon found, as features below [`FOUND`].
    pub found: Vec<usize>,
    /// The level that the lexicon alone gives.
    pub lexicon: RiskLevel,
}

/// Weights and limits as they go into the file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trained {
    /// Margins for low, for moderate alone, for moderate beside a finding of the lexicon, and for naming a category.
    pub limits: [f32; 4],
    /// What a step of the signed bytes stands for, of each head.
    pub scale: [f32; HEADS],
    /// The margin of a text without features, of each head.
    pub bias: [f32; HEADS],
    /// What each feature of the lexicon adds, head by head.
    pub found: Vec<f32>,
    /// The weight of each bucket, head by head.
    pub bytes: Vec<i8>,
}

impl Extractor {
    /// Compiles the rules.
    ///
    /// # Errors
    ///
    /// As for a layer: a rules file that cannot be read.
    pub fn new() -> Result<Self, LexiconError> {
        Baseline::built_in().map(Self)
    }

    /// The features of `text`.
    #[must_use]
    pub fn sample(&self, text: &str, _locale: Locale) -> Sample {
        let text = Normalised::new(text);
        let mut found = Findings::new();
        self.0.listen(&text, Without::default(), &mut found);
        let mut blocks = vec![Vec::new(); looked_at(&text).count().div_ceil(BLOCK)];
        features::each(looked_at(&text), |block, bucket| {
            if let (Some(block), Ok(bucket)) = (blocks.get_mut(block), u32::try_from(bucket)) {
                block.push(bucket);
            }
        });
        let windows = match &blocks[..] {
            [] => vec![Vec::new()],
            [one] => vec![one.clone()],
            many => many.windows(2).map(<[_]>::concat).collect(),
        };
        Sample { windows, found: lexical(&found), lexicon: found.level() }
    }
}

impl Trained {
    /// Weights and limits of zeros, to be filled.
    #[must_use]
    pub fn new() -> Self {
        let (found, bytes) = (vec![0.0; FOUND * HEADS], vec![0; BUCKETS * HEADS]);
        Self { limits: [0.0; 4], scale: [1.0; HEADS], bias: [0.0; HEADS], found, bytes }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let [low, moderate_alone, moderate_beside, category] = self.limits;
        let limits = file::Limits { low, moderate_alone, moderate_beside, category };
        file::write(limits, &self.scale, &self.bias, &self.found, &self.bytes)
    }
}

impl Default for Trained {
    fn default() -> Self {
        Self::new()
    }
}
