//! The words of an instrument in one language, apart from its numbers because licenses differ.

use serde::{Deserialize, Serialize};

use super::{Citation, InstrumentId, InstrumentSpec, SpecError};

const BUILT_IN: &[(&str, &str, &str)] = &[
    ("phq-4", "en", include_str!("../../data/wordings/phq-4.en.toml")),
    ("phq-4", "de", include_str!("../../data/wordings/phq-4.de.toml")),
];

/// The words of an instrument in one language, with the notice under which they may be shown.
///
/// The words are shown as they are: rephrasing an item makes another instrument, whose scores mean
/// something else. Ships only where the license allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentWording(Words);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    reviewed_by: String,
    instrument: InstrumentId,
    language: String,
    status: WordingStatus,
    source: Citation,
    notice: String,
    stem: String,
    items: Vec<String>,
    options: Vec<String>,
}

impl InstrumentWording {
    /// The shipped words of `instrument` in the language of a BCP 47 tag: `de-AT` is German.
    ///
    /// # Errors
    /// [`SpecError::Unknown`] where none are shipped; there is no silent fall-back to another language.
    pub fn built_in(instrument: &InstrumentSpec, tag: &str) -> Result<Self, SpecError> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        let (_, _, text) = BUILT_IN
            .iter()
            .find(|(id, known, _)| *id == instrument.id().as_str() && known.eq_ignore_ascii_case(language))
            .ok_or(SpecError::Unknown)?;
        Self::from_toml(instrument, text)
    }

    /// Reads a host's own wording of `instrument`; `data/wordings/phq-4.en.toml` shows the form.
    ///
    /// # Errors
    /// [`SpecError::Unreadable`] for text of another form, [`SpecError::Invalid`] for the words of another
    /// instrument, an empty notice, or a count of items or options that is not the instrument's.
    pub fn from_toml(instrument: &InstrumentSpec, text: &str) -> Result<Self, SpecError> {
        let words: Words = toml::from_str(text).map_err(|e| SpecError::Unreadable(Box::new(e)))?;
        let options = usize::from(instrument.scale().max() - instrument.scale().min()) + 1;
        if &words.instrument != instrument.id() {
            return Err(SpecError::Invalid("the words are for another instrument"));
        }
        if words.items.len() != usize::from(instrument.items()) || words.options.len() != options {
            return Err(SpecError::Invalid("the items or options are not as many as the instrument has"));
        }
        if words.notice.trim().is_empty() {
            return Err(SpecError::Invalid("words are shown with a license notice, and there is none"));
        }
        Ok(Self(words))
    }

    /// The clinician who reviewed the words, or `none yet`.
    #[must_use]
    pub fn reviewed_by(&self) -> &str {
        &self.0.reviewed_by
    }

    /// The instrument the words belong to.
    #[must_use]
    pub fn instrument(&self) -> &InstrumentId {
        &self.0.instrument
    }

    /// The ISO 639-1 code of the language.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.0.language
    }

    /// How close the words are to what was validated.
    #[must_use]
    pub fn status(&self) -> WordingStatus {
        self.0.status
    }

    /// Where the words come from.
    #[must_use]
    pub fn source(&self) -> &Citation {
        &self.0.source
    }

    /// The license notice that is shown with the words.
    #[must_use]
    pub fn notice(&self) -> &str {
        &self.0.notice
    }

    /// The sentence that stands above all items.
    #[must_use]
    pub fn stem(&self) -> &str {
        &self.0.stem
    }

    /// The items, item 1 first; as many as the instrument has.
    #[must_use]
    pub fn items(&self) -> &[String] {
        &self.0.items
    }

    /// The answers to choose from, the one for the lowest value first.
    #[must_use]
    pub fn options(&self) -> &[String] {
        &self.0.options
    }
}

/// How close a wording is to what was validated.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WordingStatus {
    /// The language in which the instrument was published.
    #[serde(rename = "original")]
    Original,
    /// A translation that the authors or publishers issued.
    #[serde(rename = "official translation")]
    OfficialTranslation,
    /// Any other translation, or one that nobody has compared with the official one.
    #[serde(rename = "unofficial translation")]
    UnofficialTranslation,
}
