//! What an instrument is: its numbers here, what scores mean in `meaning`, its words in `wording`, its file form in `file`.

mod file;
mod id;
mod meaning;
mod wording;

use serde::{Deserialize, Serialize};

pub use id::{Citation, InstrumentId, ItemNumber, SubscaleId};
pub use meaning::{Band, CutOff, Severity, Side};
pub use wording::{InstrumentWording, WordingStatus};

const BUILT_IN: &[(&str, &str)] = &[("phq-4", include_str!("../data/instruments/phq-4.toml"))];

/// The numbers of an instrument: items, scale, subscales, cut-offs, bands and where each comes from.
///
/// Holds no words of any item, so it ships whatever the license of the wording is; those are in
/// [`InstrumentWording`]. Every spec was checked when it was read, so scoring cannot meet an item
/// that is not there or a range without a band.
#[derive(Clone, Debug, PartialEq)]
pub struct InstrumentSpec {
    id: InstrumentId,
    title: String,
    source: Citation,
    license: String,
    reviewed_by: String,
    items: u8,
    scale: ScaleRange,
    scoring: Scoring,
    better: Better,
    reversed: Vec<ItemNumber>,
    watched: Vec<ItemNumber>,
    missing: MissingRule,
    subscales: Vec<SubscaleSpec>,
    total_cut_offs: Vec<CutOff>,
    bands: Vec<Band>,
}

impl InstrumentSpec {
    /// Reads a shipped instrument; today that is `phq-4`.
    ///
    /// # Errors
    /// [`SpecError::Unknown`] for any other id.
    pub fn built_in(id: &str) -> Result<Self, SpecError> {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == id).ok_or(SpecError::Unknown)?;
        Self::from_toml(text)
    }

    /// Reads an instrument from the text of a data file; `data/instruments/phq-4.toml` shows the form.
    ///
    /// # Errors
    /// [`SpecError::Unreadable`] for text of another form, [`SpecError::Invalid`] where parts contradict
    /// each other: an item that does not exist, an item in two subscales, bands with a gap, or missing
    /// items allowed where scores are sums.
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        file::read(text)
    }

    /// The id, for example `phq-4`.
    #[must_use]
    pub fn id(&self) -> &InstrumentId {
        &self.id
    }

    /// The full name.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Where the instrument was published.
    #[must_use]
    pub fn source(&self) -> &Citation {
        &self.source
    }

    /// The license notice of the instrument.
    #[must_use]
    pub fn license(&self) -> &str {
        &self.license
    }

    /// The clinician who reviewed the data file, or `none yet`.
    #[must_use]
    pub fn reviewed_by(&self) -> &str {
        &self.reviewed_by
    }

    /// How many items there are, at least 1.
    #[must_use]
    pub fn items(&self) -> u8 {
        self.items
    }

    /// The answers an item can have.
    #[must_use]
    pub fn scale(&self) -> ScaleRange {
        self.scale
    }

    /// How item answers become a score.
    #[must_use]
    pub fn scoring(&self) -> Scoring {
        self.scoring
    }

    /// Which way is better for the person.
    #[must_use]
    pub fn better(&self) -> Better {
        self.better
    }

    /// Items whose answers are turned round before scoring.
    #[must_use]
    pub fn reversed(&self) -> &[ItemNumber] {
        &self.reversed
    }

    /// Items that are a matter of safety whatever the score: any answer above the lowest is reported in
    /// [`Scores::watched`](crate::Scores::watched), and skipping one is never allowed. PHQ-4 has none.
    #[must_use]
    pub fn watched(&self) -> &[ItemNumber] {
        &self.watched
    }

    /// What happens when items were skipped.
    #[must_use]
    pub fn missing(&self) -> &MissingRule {
        &self.missing
    }

    /// The subscales, in the order of the data file.
    #[must_use]
    pub fn subscales(&self) -> &[SubscaleSpec] {
        &self.subscales
    }

    /// The cut-offs of the total; PHQ-4 has none, only its halves do.
    #[must_use]
    pub fn total_cut_offs(&self) -> &[CutOff] {
        &self.total_cut_offs
    }

    /// The severity bands of the total, lowest first and without gaps; empty where none are published.
    #[must_use]
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }
}

/// The answers an item can have, from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleRange {
    min: u8,
    max: u8,
}

impl ScaleRange {
    /// The lowest answer.
    #[must_use]
    pub const fn min(self) -> u8 {
        self.min
    }

    /// The highest answer.
    #[must_use]
    pub const fn max(self) -> u8 {
        self.max
    }

    pub(crate) fn contains(self, answer: u8) -> bool {
        (self.min..=self.max).contains(&answer)
    }

    pub(crate) fn turned_round(self, answer: u8) -> u8 {
        (self.max + self.min).saturating_sub(answer)
    }
}

/// How item answers become a score.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scoring {
    /// The answers are added up.
    Sum,
    /// The answers are averaged over the items that were answered.
    Mean,
    /// The answers are added up and multiplied, as in WHO-5 (sum × 4).
    SumTimes(u8),
}

impl Scoring {
    /// The lowest and the highest score that `items` items can give.
    pub(crate) fn range(self, items: u8, scale: ScaleRange) -> (f64, f64) {
        let factor = match self {
            Self::Sum => f64::from(items),
            Self::Mean => 1.0,
            Self::SumTimes(times) => f64::from(items) * f64::from(times),
        };
        (f64::from(scale.min) * factor, f64::from(scale.max) * factor)
    }
}

/// Which way is better for the person.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// A higher score is better, as with a working alliance.
    Higher,
    /// A lower score is better, as with symptoms.
    Lower,
}

/// What happens when items were skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingRule {
    at_most_per_subscale: u8,
    source: Citation,
}

impl MissingRule {
    /// How many items of one subscale (of the whole instrument, where it has none) may be missing;
    /// with more there is no score at all.
    #[must_use]
    pub fn at_most_per_subscale(&self) -> u8 {
        self.at_most_per_subscale
    }

    /// Where the rule comes from; starts with `proposal` where nobody published one.
    #[must_use]
    pub fn source(&self) -> &Citation {
        &self.source
    }
}

/// A group of items that is scored by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscaleSpec {
    id: SubscaleId,
    items: Vec<ItemNumber>,
    cut_offs: Vec<CutOff>,
}

impl SubscaleSpec {
    /// The id, for example `gad-2`.
    #[must_use]
    pub fn id(&self) -> &SubscaleId {
        &self.id
    }

    /// Its items; no item belongs to two subscales.
    #[must_use]
    pub fn items(&self) -> &[ItemNumber] {
        &self.items
    }

    /// Its cut-offs; empty where none are published.
    #[must_use]
    pub fn cut_offs(&self) -> &[CutOff] {
        &self.cut_offs
    }
}

/// Why an instrument or its wording could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// No instrument of this id, or no wording of it in this language, is shipped.
    #[error("no such instrument or wording is shipped")]
    Unknown,
    /// The text is not a data file of this kind.
    #[error("the data file does not have the form of an instrument or wording")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The parts of the file contradict each other.
    #[error("the data file contradicts itself: {0}")]
    Invalid(&'static str),
}
