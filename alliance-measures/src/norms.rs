//! What others scored, and when they were asked. Types only: no norm is shipped yet.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    change::StandardDeviation,
    instrument::{Citation, InstrumentId, InstrumentSpec},
    scoring::{ScaleKind, Score, ScoreError, Subscale, Total},
};

/// How many people a norm rests on; at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleSize(u32);

impl SampleSize {
    /// Below this many people a norm says that it is small.
    pub const SMALL: u32 = 30;

    /// The size of a sample.
    ///
    /// # Errors
    /// [`NormError::NobodyAsked`] for 0.
    pub fn new(n: u32) -> Result<Self, NormError> {
        if n == 0 { Err(NormError::NobodyAsked) } else { Ok(Self(n)) }
    }

    /// How many people.
    #[must_use]
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// Whether there are fewer than [`SampleSize::SMALL`] people.
    #[must_use]
    pub const fn is_small(self) -> bool {
        self.0 < Self::SMALL
    }
}

impl fmt::Display for SampleSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n = {}", self.0)?;
        if self.is_small() { f.write_str(", small sample") } else { Ok(()) }
    }
}

/// When the people of a norm were asked; ratings of different times do not mean the same.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// Between two days after they began, both included.
    Days {
        /// The first day.
        from: u16,
        /// The last day.
        to: u16,
    },
    /// So many days after their first rating.
    DaysAfterFirst(u16),
    /// In this week of use, the first being 1.
    Week(u16),
}

/// Tells norms apart: system, instrument, subscale, n and timing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NormKey<K: ScaleKind> {
    system: String,
    instrument: InstrumentId,
    part: K::Key,
    n: SampleSize,
    timing: Timing,
}

impl NormKey<Total> {
    /// The key of a norm for the total. `system` is what the people used, for example `internet CBT`.
    #[must_use]
    pub fn total(system: &str, instrument: &InstrumentSpec, n: SampleSize, timing: Timing) -> Self {
        Self { system: system.to_owned(), instrument: instrument.id().clone(), part: (), n, timing }
    }
}

impl NormKey<Subscale> {
    /// The key of a norm for one subscale.
    ///
    /// # Errors
    /// [`NormError::NotOfInstrument`] where the instrument has no such subscale.
    pub fn subscale(
        system: &str,
        instrument: &InstrumentSpec,
        subscale: &str,
        n: SampleSize,
        timing: Timing,
    ) -> Result<Self, NormError> {
        let part = instrument.subscales().iter().find(|part| part.id().as_str() == subscale);
        let part = part.ok_or(NormError::NotOfInstrument(ScoreError::NoSuchSubscale))?.id().clone();
        Ok(Self { system: system.to_owned(), instrument: instrument.id().clone(), part, n, timing })
    }
}

impl<K: ScaleKind> NormKey<K> {
    /// What the people used.
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// The instrument they answered.
    #[must_use]
    pub fn instrument(&self) -> &InstrumentId {
        &self.instrument
    }

    /// The subscale's id; nothing for a total.
    #[must_use]
    pub fn part(&self) -> &K::Key {
        &self.part
    }

    /// How many they were.
    #[must_use]
    pub fn n(&self) -> SampleSize {
        self.n
    }

    /// When they were asked.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.timing
    }
}

/// What a group of people scored: mean, spread where it was published, and the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm<K: ScaleKind> {
    key: NormKey<K>,
    mean: f64,
    sd: Option<StandardDeviation>,
    source: Citation,
}

impl Norm<Total> {
    /// A norm for a total; `sd` is `None` where none was published.
    ///
    /// # Errors
    /// [`NormError::NotOfInstrument`] where `spec` is not the key's instrument or `mean` is outside its scores.
    pub fn of_total(
        key: NormKey<Total>,
        spec: &InstrumentSpec,
        mean: f64,
        sd: Option<StandardDeviation>,
        source: Citation,
    ) -> Result<Self, NormError> {
        Self::checked(key, spec, spec.items().into(), mean, sd, source)
    }
}

impl Norm<Subscale> {
    /// A norm for a subscale; `sd` is `None` where none was published.
    ///
    /// # Errors
    /// As [`Norm::of_total`].
    pub fn of_subscale(
        key: NormKey<Subscale>,
        spec: &InstrumentSpec,
        mean: f64,
        sd: Option<StandardDeviation>,
        source: Citation,
    ) -> Result<Self, NormError> {
        let part = spec.subscales().iter().find(|part| part.id() == key.part());
        let items = part.ok_or(NormError::NotOfInstrument(ScoreError::NoSuchSubscale))?.items().len();
        Self::checked(key, spec, items, mean, sd, source)
    }
}

impl<K: ScaleKind> Norm<K> {
    fn checked(
        key: NormKey<K>,
        spec: &InstrumentSpec,
        items: usize,
        mean: f64,
        sd: Option<StandardDeviation>,
        source: Citation,
    ) -> Result<Self, NormError> {
        let (low, high) = spec.scoring().range(u8::try_from(items).unwrap_or(u8::MAX), spec.scale());
        if key.instrument() != spec.id() || !(low..=high).contains(&mean) {
            return Err(NormError::NotOfInstrument(ScoreError::NotAScore));
        }
        Ok(Self { key, mean, sd, source })
    }

    /// Whom the norm is about.
    #[must_use]
    pub fn key(&self) -> &NormKey<K> {
        &self.key
    }

    /// Their mean score.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of their scores, where it was published.
    #[must_use]
    pub fn sd(&self) -> Option<StandardDeviation> {
        self.sd
    }

    /// Where the norm was published.
    #[must_use]
    pub fn source(&self) -> &Citation {
        &self.source
    }

    /// Compares a score with this norm. Total with total, subscale with the same subscale:
    ///
    /// ```
    /// use alliance_measures::{Comparison, Norm, NormError, Score, Total};
    ///
    /// fn compare(norm: &Norm<Total>, score: &Score<Total>) -> Result<Comparison, NormError> {
    ///     norm.compare(score)
    /// }
    /// ```
    ///
    /// A subscale with a total does not compile:
    ///
    /// ```compile_fail,E0308
    /// use alliance_measures::{Comparison, Norm, NormError, Score, Subscale, Total};
    ///
    /// fn compare(norm: &Norm<Total>, score: &Score<Subscale>) -> Result<Comparison, NormError> {
    ///     norm.compare(score)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`NormError::OtherScale`] for a score of another instrument or another subscale.
    pub fn compare(&self, score: &Score<K>) -> Result<Comparison, NormError> {
        if score.instrument() != &self.key.instrument || score.key() != &self.key.part {
            return Err(NormError::OtherScale);
        }
        let difference = score.value() - self.mean;
        let in_sds = self.sd.map(|sd| difference / sd.as_f64());
        Ok(Comparison { difference, in_sds, n: self.key.n })
    }
}

/// How far a score is from a norm, and how many people that norm rests on. `Debug` hides the distance.
#[derive(Clone, Copy, PartialEq)]
pub struct Comparison {
    difference: f64,
    in_sds: Option<f64>,
    n: SampleSize,
}

impl Comparison {
    /// The score less the norm's mean.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.difference
    }

    /// The difference in standard deviations of the norm; `None` where none was published.
    #[must_use]
    pub fn in_sds(&self) -> Option<f64> {
        self.in_sds
    }

    /// How many people the norm rests on; says so itself when they are few.
    #[must_use]
    pub fn n(&self) -> SampleSize {
        self.n
    }
}

impl fmt::Debug for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison").field("n", &self.n).finish_non_exhaustive()
    }
}

/// Why a norm could not be made or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NormError {
    /// A sample of 0 people.
    #[error("a norm needs at least one person")]
    NobodyAsked,
    /// The key or the mean does not fit the instrument.
    #[error("the norm does not fit the instrument")]
    NotOfInstrument(#[source] ScoreError),
    /// The score is of another instrument or subscale than the norm.
    #[error("the score and the norm are of different scales")]
    OtherScale,
}
