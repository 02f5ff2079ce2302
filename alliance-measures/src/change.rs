//! Whether two scores differ by more than a questionnaire's own noise.

use std::{fmt, marker::PhantomData};

use crate::{
    instrument::Citation,
    scoring::{ScaleKind, Score},
};

/// The standard deviation of a scale's scores: finite and above 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct StandardDeviation(f64);

impl StandardDeviation {
    /// A standard deviation in points of the scale.
    ///
    /// # Errors
    /// [`ChangeError::NotAStandardDeviation`] unless finite and above 0.
    pub fn new(points: f64) -> Result<Self, ChangeError> {
        let usable = points.is_finite() && points > 0.0;
        if usable { Ok(Self(points)) } else { Err(ChangeError::NotAStandardDeviation) }
    }

    /// The points.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        self.0
    }
}

/// The reliability of a scale, from 0 to just under 1: no questionnaire is free of noise.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Reliability(f64);

impl Reliability {
    /// A reliability coefficient, for example Cronbach's alpha.
    ///
    /// # Errors
    /// [`ChangeError::NotAReliability`] below 0, from 1 on, or for no number.
    pub fn new(r: f64) -> Result<Self, ChangeError> {
        if (0.0..1.0).contains(&r) { Ok(Self(r)) } else { Err(ChangeError::NotAReliability) }
    }

    /// The coefficient.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        self.0
    }
}

/// How many points two scores of a scale must differ by to be more than noise.
///
/// RCI = 1.96 · SD · √(2(1 − r)), with 95 % confidence (Jacobson NS, Truax P 1991, Journal of Consulting
/// and Clinical Psychology 59(1):12-19). Of a total for totals, of a subscale for subscales:
///
/// ```
/// use alliance_measures::{Change, ChangeError, ReliableChangeIndex, Score, Total};
///
/// fn judge(rci: &ReliableChangeIndex<Total>, a: &Score<Total>, b: &Score<Total>) -> Result<Change, ChangeError> {
///     rci.judge(a, b)
/// }
/// ```
///
/// ```compile_fail,E0308
/// use alliance_measures::{Change, ChangeError, ReliableChangeIndex, Score, Subscale, Total};
///
/// fn judge(rci: &ReliableChangeIndex<Total>, a: &Score<Total>, b: &Score<Subscale>) -> Result<Change, ChangeError> {
///     rci.judge(a, b)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ReliableChangeIndex<K: ScaleKind> {
    points: f64,
    rule: Rule,
    source: Citation,
    kind: PhantomData<fn() -> K>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    MoreThan,
    AtLeast,
}

impl<K: ScaleKind> ReliableChangeIndex<K> {
    /// Computes the index; a change counts when it is larger. `source` says where `sd` and `r` come from.
    #[must_use]
    pub fn computed(sd: StandardDeviation, r: Reliability, source: Citation) -> Self {
        let points = 1.96 * sd.0 * (2.0 * (1.0 - r.0)).sqrt();
        Self { points, rule: Rule::MoreThan, source, kind: PhantomData }
    }

    /// Takes a published number of points, as in "reliable change ≥ 6"; a change of exactly so many counts.
    ///
    /// # Errors
    /// [`ChangeError::NotAThreshold`] unless finite and above 0.
    pub fn published(points: f64, source: Citation) -> Result<Self, ChangeError> {
        if !points.is_finite() || points <= 0.0 {
            return Err(ChangeError::NotAThreshold);
        }
        Ok(Self { points, rule: Rule::AtLeast, source, kind: PhantomData })
    }

    /// The index in points of the scale.
    #[must_use]
    pub fn points(&self) -> f64 {
        self.points
    }

    /// Where its numbers come from.
    #[must_use]
    pub fn source(&self) -> &Citation {
        &self.source
    }

    /// Judges the way from one score to a later one.
    ///
    /// # Errors
    /// [`ChangeError::OtherScale`] where they are of different instruments or subscales.
    pub fn judge(&self, before: &Score<K>, after: &Score<K>) -> Result<Change, ChangeError> {
        if before.instrument() != after.instrument() || before.key() != after.key() {
            return Err(ChangeError::OtherScale);
        }
        let points = after.value() - before.value();
        let reliable = match self.rule {
            Rule::MoreThan => points.abs() > self.points,
            Rule::AtLeast => points.abs() >= self.points,
        };
        let verdict = match reliable {
            false => Verdict::NoReliableChange,
            true if points > 0.0 => Verdict::Higher,
            true => Verdict::Lower,
        };
        Ok(Change { points, verdict })
    }
}

/// How far two scores lie apart, and whether that is more than noise. `Debug` hides the distance.
#[derive(Clone, Copy, PartialEq)]
pub struct Change {
    points: f64,
    verdict: Verdict,
}

impl Change {
    /// The later score less the earlier one.
    #[must_use]
    pub fn points(&self) -> f64 {
        self.points
    }

    /// Whether that is reliable, and which way. Whether higher is better is
    /// [`InstrumentSpec::better`](crate::InstrumentSpec::better)'s to say.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("verdict", &self.verdict).finish_non_exhaustive()
    }
}

/// What two scores say about change.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The difference may be noise; that is not proof that nothing changed.
    NoReliableChange,
    /// The later score is reliably higher.
    Higher,
    /// The later score is reliably lower.
    Lower,
}

/// Why change could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Not finite, or not above 0.
    #[error("a standard deviation is finite and above 0")]
    NotAStandardDeviation,
    /// Not from 0 to just under 1.
    #[error("a reliability is at least 0 and below 1")]
    NotAReliability,
    /// A published index that is not finite, or not above 0.
    #[error("a reliable change index is finite and above 0")]
    NotAThreshold,
    /// The two scores are of different instruments or subscales.
    #[error("the two scores are of different scales")]
    OtherScale,
}
