//! The weights as they are kept in `data/model.bin`: a head of 32-bit floats, then one signed byte for each bucket and head,
//! all little-endian.

use super::features::{BUCKETS, FOUND};

/// How many things the model tells apart.
pub(crate) const HEADS: usize = 8;

/// What the model tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Head {
    /// Low or more.
    Risk,
    /// Moderate or more.
    Moderate,
    SelfHarm,
    HarmToOthers,
    Abuse,
    Psychosis,
    EatingDisorder,
    MedicalEmergency,
}

/// Margins from which something is raised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    /// Low, by the head `Risk`.
    pub(crate) low: f32,
    /// Moderate, by the head `Moderate` and nothing else.
    pub(crate) moderate_alone: f32,
    /// Moderate, by the head `Moderate`, where the lexicon heard something too.
    pub(crate) moderate_beside: f32,
    /// A category is named.
    pub(crate) category: f32,
}

/// The first bytes of the file: its form and version.
const MAGIC: &[u8; 8] = b"alliance";
/// Floats before the bytes: four limits, scale and bias of each head, what the lexicon found.
const FLOATS: usize = 4 + 2 * HEADS + FOUND * HEADS;
const BYTES: usize = MAGIC.len() + 4 * FLOATS;
/// Length of the whole file.
pub(crate) const LENGTH: usize = BYTES + BUCKETS * HEADS;

static BUILT_IN: &[u8; LENGTH] = include_bytes!("../../../data/model.bin");

/// The weights, read.
pub(crate) struct Weights {
    pub(crate) limits: Limits,
    scale: [f32; HEADS],
    bias: [f32; HEADS],
    found: Vec<f32>,
    bytes: &'static [u8],
}

impl Weights {
    /// Reads the file that comes with the crate. Its length is checked by the compiler.
    pub(crate) fn built_in() -> Self {
        let mut floats = BUILT_IN[MAGIC.len()..BYTES]
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut next = || floats.next().unwrap_or_default();
        let limits =
            Limits { low: next(), moderate_alone: next(), moderate_beside: next(), category: next() };
        Self {
            limits,
            scale: std::array::from_fn(|_| next()),
            bias: std::array::from_fn(|_| next()),
            found: floats.collect(),
            bytes: &BUILT_IN[BYTES..],
        }
    }

    /// Adds the weights of a bucket to the sums of the heads.
    pub(crate) fn add(&self, bucket: usize, sums: &mut [i32; HEADS]) {
        let row = self.bytes.get(bucket * HEADS..(bucket + 1) * HEADS).unwrap_or_default();
        for (sum, &weight) in sums.iter_mut().zip(row) {
            *sum += i32::from(weight.cast_signed());
        }
    }

    /// The margin of a head for the sum of so many features.
    pub(crate) fn margin(&self, head: usize, sum: i32, features: u32) -> f32 {
        sum as f32 / (features.max(1) as f32).sqrt() * self.scale[head] + self.bias[head]
    }

    /// What a feature of the lexicon adds to the margin of a head.
    pub(crate) fn found(&self, feature: usize, head: usize) -> f32 {
        self.found.get(feature * HEADS + head).copied().unwrap_or_default()
    }
}

impl std::fmt::Debug for Weights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Weights").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Writes the file.
#[cfg(feature = "training")]
pub(crate) fn write(
    limits: Limits,
    scale: &[f32; HEADS],
    bias: &[f32; HEADS],
    found: &[f32],
    bytes: &[i8],
) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    let head = [limits.low, limits.moderate_alone, limits.moderate_beside, limits.category];
    let floats = head.iter().chain(scale).chain(bias).chain(found);
    floats.for_each(|float| out.extend(float.to_le_bytes()));
    out.extend(bytes.iter().map(|byte| byte.cast_unsigned()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole_and_small() {
        assert_eq!(BUILT_IN[..MAGIC.len()], *MAGIC);
        const { assert!(LENGTH <= 2 << 20) };
        let weights = Weights::built_in();
        assert!(weights.found.len() == FOUND * HEADS && weights.found.iter().all(|w| w.is_finite()));
        assert!(weights.scale.iter().all(|s| s.is_finite() && *s > 0.0));
        let Limits { low, moderate_alone, moderate_beside, category } = weights.limits;
        assert!(moderate_beside <= moderate_alone && low.is_finite() && category.is_finite());
    }
}
