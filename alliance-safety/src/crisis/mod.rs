//! The crisis plan: whom to call and what to say, without a model.

mod answers;
mod render;
mod texts;
mod words;

pub(crate) use answers::Answers;
pub use answers::AnswersError;
pub(crate) use texts::Texts;
pub use texts::TextsError;
pub use words::{CrisisWords, PlanText};

use crate::{Directory, Locale, SafetyError};

/// The scripted words for a crisis and the services to call, for every region and shipped language.
///
/// A recipe: [`SafetyLayer::new`](crate::SafetyLayer::new) loads it and reviews every text in it.
#[derive(Clone, Debug, Default)]
pub struct CrisisPlan {
    directory: Option<Directory>,
}

impl CrisisPlan {
    /// The plan that comes with this crate: 75 countries, English and German. No clinician has reviewed it.
    #[must_use]
    pub fn built_in() -> Self {
        Self::default()
    }

    /// Takes the services from a directory of the host.
    #[must_use]
    pub fn directory(mut self, directory: Directory) -> Self {
        self.directory = Some(directory);
        self
    }

    /// The texts and the answers of each shipped language, in the order of [`Locale::ALL`].
    pub(crate) fn load(self) -> Result<(Vec<Texts>, Vec<Answers>, Directory), SafetyError> {
        let texts = Locale::ALL.into_iter().map(Texts::built_in).collect::<Result<_, _>>()?;
        let answers = Locale::ALL.into_iter().map(Answers::built_in).collect::<Result<_, _>>()?;
        let directory = self.directory.map_or_else(Directory::built_in, Ok)?;
        Ok((texts, answers, directory))
    }
}
