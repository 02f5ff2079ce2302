//! How an answer to a question of the crisis pathway is read. Only an explicit one counts.

use serde::Deserialize;

use crate::{Locale, Probe, ProbeAnswer};

/// The words for yes, no and people of one language, read from `data/pathway/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answers {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    max_words: usize,
    yes: Vec<String>,
    no: Vec<String>,
    unclear: Vec<String>,
    people: Vec<String>,
}

/// The file with the answers of a language cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the answers in `{locale}` cannot be read")]
#[non_exhaustive]
pub struct AnswersError {
    /// The file's language.
    pub locale: Locale,
    /// Where and what is wrong.
    pub source: Box<toml::de::Error>,
}

impl Answers {
    pub(crate) fn built_in(locale: Locale) -> Result<Self, AnswersError> {
        let file = match locale {
            Locale::En => include_str!("../../data/pathway/en.toml"),
            Locale::De => include_str!("../../data/pathway/de.toml"),
        };
        toml::from_str(file).map_err(|source| AnswersError { locale, source: Box::new(source) })
    }

    /// Reads `text` as the answer to `probe`.
    pub(crate) fn read(&self, probe: Probe, text: &str) -> ProbeAnswer {
        let lower = text.to_lowercase().replace(['\'', '’'], "");
        let words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let spoken = format!(" {} ", words.join(" "));
        let says = |phrases: &[String]| phrases.iter().any(|phrase| spoken.contains(&format!(" {phrase} ")));
        if words.is_empty() || words.len() > self.max_words || says(&self.unclear) {
            return ProbeAnswer::Open;
        }
        match probe {
            Probe::Intent | Probe::Ideation => match (says(&self.yes), says(&self.no)) {
                // "I am not" holds "I am": a no beside it is the answer, unless the first word is a yes.
                (true, true) if self.begins_with_yes(&words) => ProbeAnswer::Open,
                (_, true) => ProbeAnswer::Safe,
                (true, false) => ProbeAnswer::Unsafe,
                (false, false) => ProbeAnswer::Open,
            },
            Probe::SafePlace => match (says(&self.yes), says(&self.no)) {
                (_, true) => ProbeAnswer::Unsafe,
                (true, false) => ProbeAnswer::Safe,
                (false, false) => ProbeAnswer::Open,
            },
            Probe::Support => match (says(&self.no), says(&self.people) || says(&self.yes)) {
                (true, _) => ProbeAnswer::Unsafe,
                (false, true) => ProbeAnswer::Safe,
                (false, false) => ProbeAnswer::Open,
            },
        }
    }

    fn begins_with_yes(&self, words: &[&str]) -> bool {
        words.first().is_some_and(|first| self.yes.iter().any(|yes| yes == first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(locale: Locale, probe: Probe, text: &str) -> ProbeAnswer {
        Answers::built_in(locale).unwrap().read(probe, text)
    }

    #[test]
    fn explicit_answers_count() {
        use ProbeAnswer::{Safe, Unsafe};
        for (locale, probe, text, answer) in [
            (Locale::En, Probe::Intent, "No.", Safe),
            (Locale::En, Probe::Intent, "No, I don't", Safe),
            (Locale::En, Probe::Intent, "I'm not", Safe),
            (Locale::En, Probe::Intent, "yes", Unsafe),
            (Locale::En, Probe::SafePlace, "Yes, at home", Safe),
            (Locale::En, Probe::SafePlace, "no", Unsafe),
            (Locale::En, Probe::Support, "my sister can come over", Safe),
            (Locale::En, Probe::Support, "there is nobody", Unsafe),
            (Locale::De, Probe::Intent, "Nein, habe ich nicht.", Safe),
            (Locale::De, Probe::Intent, "ja", Unsafe),
            (Locale::De, Probe::SafePlace, "Ja, bin ich", Safe),
            (Locale::De, Probe::Support, "Meine Freundin ist da", Safe),
        ] {
            assert_eq!(read(locale, probe, text), answer, "{locale} {probe:?} {text}");
        }
    }

    #[test]
    fn whatever_is_not_explicit_stays_open() {
        for (locale, text) in [
            (Locale::En, "not today"),
            (Locale::En, "no, not yet"),
            (Locale::En, "I promise"),
            (Locale::En, "yes no"),
            (Locale::En, "I was only joking about all that"),
            (Locale::En, "Thinking of it, no, the thing is that it has been going on for so many years"),
            (Locale::De, "heute nicht"),
            (Locale::De, "weiß nicht"),
            (Locale::De, "..."),
        ] {
            assert_eq!(read(locale, Probe::Intent, text), ProbeAnswer::Open, "{locale} {text}");
        }
    }
}
