//! The reviewed texts of one language, read from `data/crisis/`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Locale, ReplyCategory};

const ENGLISH: &str = include_str!("../../data/crisis/en.toml");
const GERMAN: &str = include_str!("../../data/crisis/de.toml");

/// Why the texts of a language could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextsError {
    /// A key is missing or unknown, or the file is no TOML.
    #[error("the crisis texts in `{locale}` cannot be read")]
    #[non_exhaustive]
    Unreadable {
        /// The language.
        locale: Locale,
        /// Where, and what was expected there.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file says that it is in another language.
    #[error("the crisis texts for `{wanted}` are in `{found}`")]
    #[non_exhaustive]
    WrongLocale {
        /// The language that was asked for.
        wanted: Locale,
        /// The one that the file names.
        found: Locale,
    },
}

/// Every fixed text of one language. A text is a template: see [`render`](super::render).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    locale: Locale,
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    pub(crate) disclosure: Disclosure,
    pub(crate) check_in: CheckIn,
    pub(crate) high: High,
    pub(crate) moderate: Moderate,
    pub(crate) low: Low,
    pub(crate) pathway: Pathway,
    pub(crate) category: ByKind,
    pub(crate) sos: Sos,
    pub(crate) human: Human,
    pub(crate) escalation: Escalation,
    pub(crate) fallback: Fallback,
    pub(crate) lines: Lines,
    pub(crate) repair: ByVerdict,
    pub(crate) replace: ByVerdict,
}

impl Texts {
    /// The texts that come with this crate.
    pub(crate) fn built_in(locale: Locale) -> Result<Self, TextsError> {
        let toml = file(locale);
        let texts: Self = toml::from_str(toml)
            .map_err(|source| TextsError::Unreadable { locale, source: source.into() })?;
        if texts.locale != locale {
            return Err(TextsError::WrongLocale { wanted: locale, found: texts.locale });
        }
        Ok(texts)
    }

    /// The sentence in the place of one that review stopped.
    pub(crate) fn repair(&self, category: ReplyCategory) -> &str {
        self.repair.text(category).unwrap_or(&self.repair.flattery)
    }

    /// The reply in the place of one that review stopped.
    pub(crate) fn replacement(&self, category: ReplyCategory) -> &str {
        self.replace.text(category).unwrap_or(&self.fallback.no_words)
    }

    /// Every text of a language by its key, as it stands in its file, for the review at load.
    pub(crate) fn each(locale: Locale) -> Vec<(String, String)> {
        fn walk(key: &str, value: &toml::Value, out: &mut Vec<(String, String)>) {
            match value {
                toml::Value::String(text) => out.push((key.to_owned(), text.clone())),
                toml::Value::Array(items) => items.iter().for_each(|item| walk(key, item, out)),
                toml::Value::Table(table) => {
                    table.iter().for_each(|(name, item)| walk(&format!("{key}.{name}"), item, out));
                }
                _ => {}
            }
        }
        let mut out = Vec::new();
        for (section, value) in toml::from_str::<toml::Table>(file(locale)).unwrap_or_default() {
            if value.is_table() {
                walk(&section, &value, &mut out);
            }
        }
        out
    }
}

const fn file(locale: Locale) -> &'static str {
    match locale {
        Locale::En => ENGLISH,
        Locale::De => GERMAN,
    }
}

/// What the agent is, said at the start and when asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disclosure {
    pub(crate) start: String,
    pub(crate) when_asked: String,
    /// Where the host has nobody to tell.
    pub(crate) no_escalation: String,
    pub(crate) resume: String,
}

/// What a session opens with after a low standing in the one before.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckIn {
    pub(crate) low: String,
}

/// At high: the numbers once, then short texts that stay with the person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct High {
    pub(crate) first: String,
    pub(crate) again: Vec<String>,
    /// On the way down to moderate.
    pub(crate) lowered: String,
}

/// At moderate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moderate {
    pub(crate) first: String,
    pub(crate) again: Vec<String>,
    /// Every third turn, in the place of one of `again`.
    pub(crate) resources_again: String,
}

/// At low.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Low {
    pub(crate) ask: Vec<String>,
}

/// The questions of the way down: a yes or a no answers each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pathway {
    pub(crate) ask_intent: Vec<String>,
    pub(crate) ask_safe_place: Vec<String>,
    pub(crate) ask_support: Vec<String>,
}

/// The first answer in a kind of danger that has words of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByKind {
    pub(crate) medical_emergency: String,
    pub(crate) abuse: String,
    pub(crate) eating_disorder: String,
    pub(crate) psychosis: String,
    pub(crate) harm_to_others: String,
    pub(crate) self_harm: String,
    pub(crate) self_harm_request: String,
    /// A child or a person in care is in danger.
    pub(crate) dependent: String,
    /// Somebody else is in danger: guidance, and a check on the one who asks.
    pub(crate) helper: String,
}

/// The answer to a call for help at any state.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sos {
    pub(crate) reply: String,
}

/// The answer to somebody who asks for a human.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Human {
    pub(crate) reply: String,
}

/// What is said about a human being told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Escalation {
    /// Only after the outbox append.
    pub(crate) being_told: String,
    /// Only after the acknowledgement.
    pub(crate) was_told: String,
    pub(crate) could_not: String,
}

/// What is said when a part failed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fallback {
    /// The screening itself failed.
    pub(crate) unavailable: String,
    /// The backend failed.
    pub(crate) no_words: String,
    pub(crate) interrupted_offer: String,
}

/// How the directory's content is written. Only here `{name}`, `{phone}`, `{hours}` and `{text}` stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lines {
    pub(crate) with_phone: String,
    pub(crate) without_phone: String,
    pub(crate) with_text: String,
    pub(crate) hours: String,
    /// Between two phone numbers of one service.
    pub(crate) or: String,
    pub(crate) stale_note: String,
    /// In the place of the lines, where none can be named.
    pub(crate) unknown_country: String,
    pub(crate) directories_intro: String,
    /// In the place of an emergency number that is not known.
    pub(crate) emergency_unknown: String,
    /// Words of the directory as a person reads them.
    pub(crate) words: BTreeMap<String, String>,
}

/// One text for each reason for which review stops words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByVerdict {
    pub(crate) claims_human: String,
    pub(crate) claims_clinician: String,
    pub(crate) diagnosis: String,
    pub(crate) medication: String,
    pub(crate) method: String,
    pub(crate) collusion: String,
    pub(crate) dependence: String,
    pub(crate) secrecy: String,
    pub(crate) discourages_help: String,
    pub(crate) minimising: String,
    pub(crate) false_promise: String,
    pub(crate) blame: String,
    pub(crate) contract: String,
    pub(crate) unknown_number: String,
    pub(crate) romantic: String,
    pub(crate) flattery: String,
    pub(crate) guilt: String,
    pub(crate) uncovered_language: String,
}

impl ByVerdict {
    fn text(&self, category: ReplyCategory) -> Option<&str> {
        Some(match category {
            ReplyCategory::ClaimsHuman => &self.claims_human,
            ReplyCategory::ClaimsClinician => &self.claims_clinician,
            ReplyCategory::Diagnosis => &self.diagnosis,
            ReplyCategory::Medication => &self.medication,
            ReplyCategory::Method => &self.method,
            ReplyCategory::Collusion => &self.collusion,
            ReplyCategory::Dependence => &self.dependence,
            ReplyCategory::Secrecy => &self.secrecy,
            ReplyCategory::DiscouragesHelp => &self.discourages_help,
            ReplyCategory::Minimising => &self.minimising,
            ReplyCategory::FalsePromise => &self.false_promise,
            ReplyCategory::Blame => &self.blame,
            ReplyCategory::Contract => &self.contract,
            ReplyCategory::UnknownNumber => &self.unknown_number,
            ReplyCategory::Romantic => &self.romantic,
            ReplyCategory::Flattery => &self.flattery,
            ReplyCategory::Guilt => &self.guilt,
            ReplyCategory::UncoveredLanguage => &self.uncovered_language,
            ReplyCategory::Overlong | ReplyCategory::NotNow => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every text of a file by its path, without the head and the word list.
    fn flat(toml: &str) -> BTreeMap<String, String> {
        fn walk(path: &str, value: &toml::Value, out: &mut BTreeMap<String, String>) {
            match value {
                toml::Value::Table(table) => {
                    for (key, value) in table.iter().filter(|(k, _)| *k != "words") {
                        walk(&format!("{path}.{key}"), value, out);
                    }
                }
                toml::Value::Array(values) => {
                    values.iter().enumerate().for_each(|(i, value)| walk(&format!("{path}.{i}"), value, out));
                }
                toml::Value::String(text) => {
                    out.insert(path.to_owned(), text.clone());
                }
                other => panic!("no text: {other:?}"),
            }
        }
        let table: toml::Table = toml::from_str(toml).unwrap();
        let mut out = BTreeMap::new();
        for (key, value) in table.iter().filter(|(_, value)| value.is_table()) {
            walk(key, value, &mut out);
        }
        out
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
    }

    #[test]
    fn both_languages_load_and_have_the_same_keys_and_placeholders() {
        for locale in Locale::ALL {
            Texts::built_in(locale).unwrap();
        }
        let (english, german) = (flat(ENGLISH), flat(GERMAN));
        assert!(english.keys().eq(german.keys()));
        for (key, text) in &english {
            assert_eq!(placeholders(text), placeholders(&german[key]), "{key}");
        }
    }

    #[test]
    fn a_missing_key_and_a_key_too_many_are_errors() {
        let missing = ENGLISH.replacen("lowered = ", "lowred = ", 1);
        assert!(toml::from_str::<Texts>(&missing).is_err());
        let extra = ENGLISH.replacen("[sos]", "[sos]\nother = \"\"", 1);
        assert!(toml::from_str::<Texts>(&extra).is_err());
    }

    #[test]
    fn no_text_shouts_or_holds_a_number() {
        for (key, text) in flat(ENGLISH).into_iter().chain(flat(GERMAN)) {
            assert!(!text.trim().is_empty(), "{key}");
            assert!(!text.contains('!'), "{key}");
            assert!(!text.contains(|c: char| c.is_ascii_digit()), "{key}");
        }
    }

    #[test]
    fn placeholders_are_the_known_ones_and_stand_where_they_belong() {
        for (key, text) in flat(ENGLISH) {
            let found = placeholders(&text);
            let own: &[&str] = if key.starts_with("lines.") {
                &["name", "phone", "hours", "text"]
            } else {
                &["lines", "directories"]
            };
            assert!(found.iter().all(|p| *p == "emergency" || own.contains(p)), "{key}");
            assert_eq!(found.contains("lines"), found.contains("directories"), "{key}");
            if found.contains("lines") {
                assert!(found.contains("emergency"), "{key}");
            }
            if key.contains(".again.") {
                assert!(found.is_empty(), "{key}");
            }
        }
    }

    #[test]
    fn there_are_enough_variants_and_each_is_its_own() {
        for locale in Locale::ALL {
            let Texts { high, moderate, low, pathway, .. } = Texts::built_in(locale).unwrap();
            let Pathway { ask_intent, ask_safe_place, ask_support, .. } = pathway;
            for (least, variants) in [
                (4, high.again),
                (4, moderate.again),
                (3, low.ask),
                (2, ask_intent),
                (2, ask_safe_place),
                (2, ask_support),
            ] {
                assert!(variants.len() >= least);
                assert_eq!(variants.iter().collect::<BTreeSet<_>>().len(), variants.len());
            }
        }
    }

    #[test]
    fn no_text_asks_two_things_and_no_probe_asks_none() {
        for (key, text) in flat(ENGLISH).into_iter().chain(flat(GERMAN)) {
            let questions = text.matches('?').count();
            assert!(questions <= 1, "{key}");
            if key.contains("ask") && key != "disclosure.when_asked" {
                assert_eq!(questions, 1, "{key}");
            }
        }
    }

    #[test]
    fn a_repair_is_one_sentence_and_a_replacement_two_or_three() {
        for (key, text) in flat(ENGLISH).into_iter().chain(flat(GERMAN)) {
            let sentences = text.matches(['.', '?']).count();
            if key.starts_with("repair.") {
                assert_eq!(sentences, 1, "{key}");
            } else if key.starts_with("replace.") {
                assert!((2..=3).contains(&sentences), "{key}");
            }
        }
    }
}
