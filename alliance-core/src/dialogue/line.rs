//! What the engine itself says between the words of a protocol: fixed and templated texts, reviewed when an
//! agent is built.

use std::{collections::HashMap, sync::Arc};

use alliance_safety::{ClearedText, Locale, SafetyLayer, Screening, Script, ScriptError};
use serde::Deserialize;

const FILES: [(Locale, &str); 2] = [
    (Locale::En, include_str!("../../data/dialogue/en.toml")),
    (Locale::De, include_str!("../../data/dialogue/de.toml")),
];

/// A text of the engine, by the name that it has in the data files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Paused,
    LeftForNow,
    Stopped,
    BackIn,
    LastTime,
    PausedBefore,
    AskAfterGap,
    Remembered,
    RememberedPlain,
    AskGoOn,
    Left,
    AfterCrisis,
    AfterCrisisPlain,
    OnlyCalm,
    OnlyCalmPlain,
    NotSuited,
    SeeClinician,
    TooMany,
    Why,
    WhyTalk,
    KeptTalk,
    KeptNoTalk,
    KeptNothing,
    KeptList,
    KeptMore,
    KeptUnknown,
}

/// A text of the engine that does not load: a bug of this crate, or rules that stop it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// The data file cannot be read.
    #[error("the engine's own texts ({locale}) cannot be read")]
    Unreadable {
        /// Its language.
        locale: Locale,
        /// Why.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// Review stops a text.
    #[error("the engine's text `{line}` ({locale}) does not load")]
    Stopped {
        /// Its name.
        line: String,
        /// Its language.
        locale: Locale,
        /// Why.
        source: ScriptError,
    },
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    #[serde(flatten)]
    lines: HashMap<Line, String>,
}

/// The engine's texts as review let them through.
#[derive(Debug)]
pub(crate) struct Lines(HashMap<(Line, Locale), Script>);

impl Lines {
    pub(crate) fn load(safety: &SafetyLayer) -> Result<Self, LineError> {
        let mut scripts = HashMap::new();
        for (locale, file) in FILES {
            let file: File = toml::from_str(file)
                .map_err(|source| LineError::Unreadable { locale, source: Arc::new(source) })?;
            for (line, text) in file.lines {
                let script = safety.admit_script(&text, locale).map_err(|source| LineError::Stopped {
                    line: format!("{line:?}"),
                    locale,
                    source,
                })?;
                scripts.insert((line, locale), script);
            }
        }
        Ok(Self(scripts))
    }

    /// A text with its slots filled, as an answer to `screening`.
    pub(crate) fn say(
        &self,
        line: Line,
        values: &[(&str, &str)],
        safety: &SafetyLayer,
        screening: &Screening,
    ) -> Vec<ClearedText> {
        // Every line is there in every language: a test sees to it.
        let Some(script) = self.0.get(&(line, screening.locale())) else { return Vec::new() };
        match script.fixed() {
            Some(words) => vec![words],
            None => safety.fill(script, values, screening),
        }
    }
}

/// A person's words as they are quoted in their language.
pub(crate) fn quoted(text: &str, locale: Locale) -> String {
    let text = text.replace(['“', '”', '„', '"'], "'");
    let text = text.trim_end_matches('.');
    match locale {
        Locale::De => format!("„{text}“"),
        _ => format!("“{text}”"),
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::safety_layer;

    #[test]
    fn every_line_is_there_in_every_language_with_the_same_slots() {
        let lines = Lines::load(&safety_layer()).unwrap();
        let count = |locale| lines.0.keys().filter(|(_, of)| *of == locale).count();
        assert_eq!(count(Locale::En), count(Locale::De));
        for ((line, locale), script) in &lines.0 {
            let other = if *locale == Locale::En { Locale::De } else { Locale::En };
            let other = &lines.0[&(*line, other)];
            assert_eq!(script.slots().collect::<Vec<_>>(), other.slots().collect::<Vec<_>>(), "{line:?}");
        }
        // As many as there are names, so that none can be missing.
        assert_eq!(count(Locale::En), Line::KeptUnknown as usize + 1);
    }
}
