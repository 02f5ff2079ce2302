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
    /// Places that are not safe, whatever is said of them.
    exposed: Vec<String>,
    /// Words that take a named person away again.
    lost: Vec<String>,
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
        // Only what the text begins with is an answer; anything else beside it leaves the question open.
        let begins = |phrases: &[String]| {
            phrases.iter().filter(|phrase| spoken.starts_with(&format!(" {phrase} "))).map(String::len).max()
        };
        let without_no =
            self.no.iter().fold(spoken.clone(), |rest, no| rest.replace(&format!(" {no} "), " "));
        let yes_beside = self.yes.iter().any(|yes| without_no.contains(&format!(" {yes} ")));
        // "I am not" begins with "I am": the longer phrase is the one that was said.
        let (yes, no) = (begins(&self.yes), begins(&self.no));
        match probe {
            Probe::Intent | Probe::Ideation => match (yes > no, no > yes) {
                (true, _) => ProbeAnswer::Unsafe,
                (_, true) if !yes_beside => ProbeAnswer::Safe,
                _ => ProbeAnswer::Open,
            },
            Probe::SafePlace if says(&self.exposed) => ProbeAnswer::Unsafe,
            Probe::SafePlace => match (yes > no && !says(&self.no), no > yes) {
                (true, _) => ProbeAnswer::Safe,
                (_, true) => ProbeAnswer::Unsafe,
                _ => ProbeAnswer::Open,
            },
            Probe::Support if says(&self.lost) => ProbeAnswer::Open,
            Probe::Support => match (says(&self.no), says(&self.people) || yes.is_some()) {
                (true, _) => ProbeAnswer::Unsafe,
                (false, true) => ProbeAnswer::Safe,
                (false, false) => ProbeAnswer::Open,
            },
        }
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
    fn a_yes_with_a_no_behind_it_is_no_denial() {
        for text in
            ["I will, no doubt about it", "I do. No one cares.", "I am, never been so sure", "Yes. No more."]
        {
            assert_eq!(read(Locale::En, Probe::Intent, text), ProbeAnswer::Unsafe, "{text}");
        }
    }

    #[test]
    fn a_place_or_a_person_that_is_no_help_is_not_taken_for_one() {
        for text in ["Yes, on the roof", "Sure, by the river", "I am at the station"] {
            assert_ne!(read(Locale::En, Probe::SafePlace, text), ProbeAnswer::Safe, "{text}");
        }
        for text in ["My friend is dead", "my mother hates me", "Meine Freundin ist weg"] {
            let locale = if text.starts_with("Meine") { Locale::De } else { Locale::En };
            assert_ne!(read(locale, Probe::Support, text), ProbeAnswer::Safe, "{text}");
        }
    }

    #[test]
    fn whatever_is_not_explicit_stays_open() {
        for (locale, text) in [
            (Locale::En, "not today"),
            (Locale::En, "no, not yet"),
            (Locale::En, "I promise"),
            (Locale::En, "yes no maybe"),
            (Locale::En, "No one cares, I do"),
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
