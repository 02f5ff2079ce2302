//! From answers to scores.

use std::{fmt, hash::Hash};

use serde::{Deserialize, Serialize};

use crate::instrument::{
    Band, CutOff, InstrumentId, InstrumentSpec, ItemNumber, Scoring, Severity, SubscaleId, SubscaleSpec,
};

/// What somebody chose for one item; the instrument says which values exist. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemAnswer(u8);

impl ItemAnswer {
    /// The answer with this value; for PHQ-4 0 (not at all) to 3 (nearly every day).
    #[must_use]
    pub const fn new(value: u8) -> Self {
        Self(value)
    }

    /// The value.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.0
    }
}

impl fmt::Debug for ItemAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ItemAnswer(..)")
    }
}

/// The answers of one administration, item 1 first; `None` stands for a skipped item. `Debug` shows only how many.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(Vec<Option<ItemAnswer>>);

impl Answers {
    /// Answers with no item skipped. Whether they fit an instrument is checked when they are scored.
    pub fn complete(values: impl IntoIterator<Item = u8>) -> Self {
        Self(values.into_iter().map(|value| Some(ItemAnswer(value))).collect())
    }

    /// Answers in which items may be skipped.
    pub fn partial(answers: impl IntoIterator<Item = Option<ItemAnswer>>) -> Self {
        Self(answers.into_iter().collect())
    }

    /// The answers, item 1 first.
    #[must_use]
    pub fn as_slice(&self) -> &[Option<ItemAnswer>] {
        &self.0
    }

    /// The answer to one item; `None` where it was skipped or does not exist.
    #[must_use]
    pub fn answer(&self, item: ItemNumber) -> Option<ItemAnswer> {
        let index = usize::from(item.as_u8()).checked_sub(1)?;
        self.0.get(index).copied().flatten()
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answers({} items)", self.0.len())
    }
}

/// Marks what belongs to the whole instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Total;

/// Marks what belongs to one subscale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscale;

/// [`Total`] or [`Subscale`]: keeps scores, norms and change of the two apart at compile time.
pub trait ScaleKind: sealed::Sealed + fmt::Debug + Copy {
    /// What tells two scales of this kind and one instrument apart: nothing, or the subscale's id.
    type Key: Clone + fmt::Debug + Eq + Hash + Send + Sync;
}

impl ScaleKind for Total {
    type Key = ();
}

impl ScaleKind for Subscale {
    type Key = SubscaleId;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Total {}
    impl Sealed for super::Subscale {}
}

/// A score of the total or of a subscale, within the range of its scale. `Debug` hides the value.
///
/// Only an [`InstrumentSpec`] makes one.
#[derive(Clone, PartialEq)]
pub struct Score<K: ScaleKind> {
    instrument: InstrumentId,
    key: K::Key,
    value: f64,
    cut_offs: Vec<CutOff>,
}

impl<K: ScaleKind> Score<K> {
    /// The instrument it was made with.
    #[must_use]
    pub fn instrument(&self) -> &InstrumentId {
        &self.instrument
    }

    /// The subscale's id; nothing for a total.
    #[must_use]
    pub fn key(&self) -> &K::Key {
        &self.key
    }

    /// The value. PHQ-4: total 0 to 12, halves 0 to 6, always whole. Means have fractions.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Whether the cut-off with this id is reached; `None` where the scale has no such cut-off.
    ///
    /// A reached cut-off is a reason to look closer, not a diagnosis.
    #[must_use]
    pub fn reaches(&self, cut_off: &str) -> Option<bool> {
        self.cut_offs.iter().find(|known| known.id() == cut_off).map(|known| known.side().holds(self.value))
    }
}

impl<K: ScaleKind> fmt::Debug for Score<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Score")
            .field("instrument", &self.instrument)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Everything one administration gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    total: Score<Total>,
    subscales: Vec<Score<Subscale>>,
    severity: Option<Severity>,
    watched: Vec<ItemNumber>,
    skipped: Vec<ItemNumber>,
}

impl Scores {
    /// The score over all items.
    #[must_use]
    pub fn total(&self) -> &Score<Total> {
        &self.total
    }

    /// The subscales, in the instrument's order.
    #[must_use]
    pub fn subscales(&self) -> &[Score<Subscale>] {
        &self.subscales
    }

    /// The subscale with this id, for example `gad-2`.
    #[must_use]
    pub fn subscale(&self, id: &str) -> Option<&Score<Subscale>> {
        self.subscales.iter().find(|score| score.key.as_str() == id)
    }

    /// The severity word for the total; `None` where the instrument has no bands. Not a diagnosis.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.severity
    }

    /// The watched items that were answered above the lowest answer: each is a safety event, whatever the score.
    /// How far above, [`Answers::answer`] tells.
    #[must_use]
    pub fn watched(&self) -> &[ItemNumber] {
        &self.watched
    }

    /// The items that were skipped and that the missing rule let pass.
    #[must_use]
    pub fn skipped(&self) -> &[ItemNumber] {
        &self.skipped
    }
}

/// Why there is no score. Names items, never what somebody answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// The answers are for another number of items.
    #[error("{found} answers for an instrument with {expected} items")]
    WrongCount {
        /// How many items the instrument has.
        expected: u8,
        /// How many answers came.
        found: usize,
    },
    /// An answer is not on the instrument's scale.
    #[error("the answer to item {item} is not between {min} and {max}")]
    OutOfRange {
        /// The first such item.
        item: ItemNumber,
        /// The lowest answer there is.
        min: u8,
        /// The highest answer there is.
        max: u8,
    },
    /// More items were skipped than the missing rule lets pass, or one that may never be skipped; ask again.
    #[error("too many items without an answer for a score: {}", items.len())]
    Missing {
        /// Every skipped item.
        items: Vec<ItemNumber>,
    },
    /// The value read back is not a score this scale can have.
    #[error("the value is not a score that this scale can have")]
    NotAScore,
    /// The instrument has no subscale of this id.
    #[error("the instrument has no such subscale")]
    NoSuchSubscale,
}

impl InstrumentSpec {
    /// Scores one administration.
    ///
    /// # Errors
    /// [`ScoreError::WrongCount`], then [`ScoreError::OutOfRange`] for the first answer off the scale, then
    /// [`ScoreError::Missing`] where more was skipped than [`InstrumentSpec::missing`] lets pass. For PHQ-4
    /// nothing may be skipped; that rule is our proposal, see the data file.
    pub fn score(&self, answers: &Answers) -> Result<Scores, ScoreError> {
        self.check_form(answers)?;
        let skipped = self.checked_skips(answers)?;
        let total = self.total_score(self.value(answers, self.all_items()));
        let subscales = self
            .subscales()
            .iter()
            .map(|part| self.subscale_score(part, self.value(answers, part.items().iter().copied())))
            .collect();
        let lowest = ItemAnswer(self.scale().min());
        let alarming = |item: &ItemNumber| answers.answer(*item).is_some_and(|answer| answer > lowest);
        let severity = self.severity(&total);
        let watched = self.watched().iter().copied().filter(alarming).collect();
        Ok(Scores { total, subscales, severity, watched, skipped })
    }

    /// Reads back the value of a total that was scored before, or elsewhere.
    ///
    /// # Errors
    /// [`ScoreError::NotAScore`] outside the range of the total, or between two whole scores of a sum.
    pub fn read_total(&self, value: f64) -> Result<Score<Total>, ScoreError> {
        self.check_value(value, self.items())?;
        Ok(self.total_score(value))
    }

    /// Reads back the value of a subscale that was scored before, or elsewhere.
    ///
    /// # Errors
    /// [`ScoreError::NoSuchSubscale`], or [`ScoreError::NotAScore`] as in [`InstrumentSpec::read_total`].
    pub fn read_subscale(&self, id: &str, value: f64) -> Result<Score<Subscale>, ScoreError> {
        let part = self
            .subscales()
            .iter()
            .find(|part| part.id().as_str() == id)
            .ok_or(ScoreError::NoSuchSubscale)?;
        self.check_value(value, u8::try_from(part.items().len()).unwrap_or(u8::MAX))?;
        Ok(self.subscale_score(part, value))
    }

    /// The severity word for a total of this instrument; `None` without bands, or for another instrument's total.
    #[must_use]
    pub fn severity(&self, total: &Score<Total>) -> Option<Severity> {
        if &total.instrument != self.id() {
            return None;
        }
        let reached = |band: &&Band| f64::from(band.range().0) <= total.value;
        self.bands().iter().rev().find(reached).map(Band::severity)
    }

    fn total_score(&self, value: f64) -> Score<Total> {
        Score { instrument: self.id().clone(), key: (), value, cut_offs: self.total_cut_offs().to_vec() }
    }

    fn subscale_score(&self, part: &SubscaleSpec, value: f64) -> Score<Subscale> {
        Score {
            instrument: self.id().clone(),
            key: part.id().clone(),
            value,
            cut_offs: part.cut_offs().to_vec(),
        }
    }

    fn all_items(&self) -> impl Iterator<Item = ItemNumber> + use<> {
        (1..=self.items()).map(ItemNumber::new)
    }

    fn check_form(&self, answers: &Answers) -> Result<(), ScoreError> {
        let found = answers.0.len();
        if found != usize::from(self.items()) {
            return Err(ScoreError::WrongCount { expected: self.items(), found });
        }
        let scale = self.scale();
        let off_scale = |item: &ItemNumber| answers.answer(*item).is_some_and(|a| !scale.contains(a.0));
        match self.all_items().find(off_scale) {
            Some(item) => Err(ScoreError::OutOfRange { item, min: scale.min(), max: scale.max() }),
            None => Ok(()),
        }
    }

    fn checked_skips(&self, answers: &Answers) -> Result<Vec<ItemNumber>, ScoreError> {
        let skipped: Vec<ItemNumber> =
            self.all_items().filter(|item| answers.answer(*item).is_none()).collect();
        let too_many = |items: &[ItemNumber]| {
            let missing = items.iter().filter(|item| skipped.contains(item)).count();
            missing > usize::from(self.missing().at_most_per_subscale())
        };
        let loose: Vec<ItemNumber> = self
            .all_items()
            .filter(|item| !self.subscales().iter().any(|part| part.items().contains(item)))
            .collect();
        let broken = too_many(&loose)
            || self.subscales().iter().any(|part| too_many(part.items()))
            || self.watched().iter().any(|item| skipped.contains(item));
        if broken { Err(ScoreError::Missing { items: skipped }) } else { Ok(skipped) }
    }

    fn value(&self, answers: &Answers, items: impl Iterator<Item = ItemNumber>) -> f64 {
        let given: Vec<f64> = items
            .filter_map(|item| answers.answer(item).map(|answer| (item, answer.0)))
            .map(|(item, answer)| match self.reversed().contains(&item) {
                true => f64::from(self.scale().turned_round(answer)),
                false => f64::from(answer),
            })
            .collect();
        let sum: f64 = given.iter().sum();
        match self.scoring() {
            Scoring::Sum => sum,
            Scoring::SumTimes(times) => sum * f64::from(times),
            // A spec has at most 255 items, and its checks leave at least one answer.
            Scoring::Mean => sum / f64::from(u8::try_from(given.len()).unwrap_or(u8::MAX)),
        }
    }

    fn check_value(&self, value: f64, items: u8) -> Result<(), ScoreError> {
        let (low, high) = self.scoring().range(items, self.scale());
        let step = match self.scoring() {
            Scoring::Sum => 1.0,
            Scoring::SumTimes(times) => f64::from(times),
            Scoring::Mean => 0.0,
        };
        let between = step > 0.0 && value % step != 0.0;
        if !(low..=high).contains(&value) || between { Err(ScoreError::NotAScore) } else { Ok(()) }
    }
}
