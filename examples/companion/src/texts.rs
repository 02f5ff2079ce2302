//! What the program itself says, outside any turn: data files that a person can read.

use alliance::{consent::Purpose, safety::Locale};
use serde::Deserialize;
use toml::{Table, Value};

const EN: &str = include_str!("../texts/en.toml");
const DE: &str = include_str!("../texts/de.toml");

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $(pub(crate) $field: String,)*
        }
    )*};
}

texts! {
    /// Who speaks.
    Speakers { person, agent, program }
    Talk {
        start, help, empty, unknown, nearest, not_utf8, too_long, bye, bye_heavy, bye_plain,
        unwritten, no_exercises, sent, human, interrupted, left,
    }
    /// Why nothing can be kept on the disk.
    Store {
        refused, not_kept, no_folder, no_key, wrong_key, exposed_key, in_use, read_only, newer, damaged, full,
        unreachable,
    }
    /// What is wrong with a model. Nothing that its provider wrote is in it.
    #[allow(dead_code, reason = "the feature `models` decides which of them can be said")]
    Models {
        not_built, bad_address, plain_http, no_key, bad_key, no_server, not_secure, wrong_key, unknown_model, busy,
        late, other,
    }
    /// One question about consent. The question is what is recorded with the answer.
    Question { name, question, given, declined, withdrawn }
    Exercises {
        none, list, item, available, unavailable, which, unknown, not_now, only_calm, only_calm_plain,
        contraindicated, too_many, free, running, paused, asked, suspended, below, last,
    }
    Memory {
        consent, given, withdrawn, given_unwritten, undecided, nothing, nothing_else, list, window, unreachable,
        item, exchange, unanswered, sos, begun, with_progress, episode, fact, summary, measurement,
        safety_plan, risk, outbox, other, from_turn, from_session, from_you, replaced,
        because_conversation, because_episodic, because_long_term, because_other, because_always, because_safety, forget,
        look_first, no_item, no_day, no_topic, nothing_meant, sure, sure_all, sure_safety,
        erased, erased_item, erased_session, erased_all, exercise_ended, not_erased,
        correct, corrected, corrected_note, not_correctable, replaced_already, not_agreed,
        exported, exported_part, export_there, not_exported,
        import, imported, import_no_file, import_damaged, import_other_file, import_newer, import_other_person,
        import_occupied, import_erased, import_not_agreed, import_unreachable,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    pub(crate) speakers: Speakers,
    pub(crate) talk: Talk,
    pub(crate) store: Store,
    pub(crate) models: Models,
    pub(crate) consent: Consent,
    pub(crate) exercises: Exercises,
    pub(crate) memory: Memory,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    pub(crate) version: String,
    pub(crate) yes: Vec<String>,
    pub(crate) no: Vec<String>,
    pub(crate) still_open: String,
    pub(crate) trouble: String,
    pub(crate) unreachable: String,
    pub(crate) later: String,
    pub(crate) before_exercise: String,
    /// After a question, where a model elsewhere answers.
    pub(crate) sent: String,
    pub(crate) conversation: Question,
    pub(crate) episodic: Question,
    pub(crate) long_term: Question,
}

/// Where the program keeps what it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Memory,
    Disk,
}

impl Texts {
    /// The texts of a language. Those under `disk` take the place of others where people are kept on the disk.
    pub(crate) fn load(locale: Locale, on: On) -> Result<Self, toml::de::Error> {
        let mut texts: Table = toml::from_str(match locale {
            Locale::De => DE,
            _ => EN,
        })?;
        if let (Some(Value::Table(disk)), On::Disk) = (texts.remove("disk"), on) {
            replace(&mut texts, disk);
        }
        texts.try_into()
    }
}

fn replace(texts: &mut Table, with: Table) {
    for (name, new) in with {
        match (texts.get_mut(&name), new) {
            (Some(Value::Table(old)), Value::Table(new)) => replace(old, new),
            (_, new) => drop(texts.insert(name, new)),
        }
    }
}

impl Consent {
    /// Says in every question that a model answers, and where: a question of its own, so its version is another.
    pub(crate) fn name_model(&mut self, place: &str) {
        let sent = fill(&self.sent, &[("place", place)]);
        for question in [&mut self.conversation, &mut self.episodic, &mut self.long_term] {
            question.question = format!("{} {sent}", question.question);
        }
        self.version.push_str("-model");
    }

    /// The question about a purpose, where this program asks one.
    pub(crate) const fn question(&self, purpose: Purpose) -> Option<&Question> {
        match purpose {
            Purpose::Conversation => Some(&self.conversation),
            Purpose::Episodic => Some(&self.episodic),
            Purpose::LongTerm => Some(&self.long_term),
            _ => None,
        }
    }

    /// A plain yes or no, and nothing else.
    pub(crate) fn answer(&self, line: &str) -> Option<bool> {
        let end = |c: char| c.is_whitespace() || matches!(c, '.' | ',' | '!');
        let said = line.trim_matches(end).to_lowercase().replace(',', "");
        match (self.yes.contains(&said), self.no.contains(&said)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

/// A text with what stands in braces filled in. What is filled in is not looked at again.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let found = values.iter().find_map(|(name, value)| {
            let after = after.strip_prefix(name)?.strip_prefix('}')?;
            Some((*value, after))
        });
        rest = match found {
            Some((value, after)) => {
                filled.push_str(value);
                after
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alliance::safety::{CrisisPlan, SafetyLayer};

    use super::*;

    /// Every text of a file with its path.
    fn flat(file: &str) -> Vec<(String, String)> {
        fn walk(path: &str, value: &toml::Value, out: &mut Vec<(String, String)>) {
            match value {
                toml::Value::String(text) => out.push((path.to_owned(), text.clone())),
                toml::Value::Table(table) => {
                    table.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, out));
                }
                _ => {}
            }
        }
        let mut out = Vec::new();
        walk("", &file.parse::<toml::Table>().unwrap().into(), &mut out);
        out
    }

    fn slots(text: &str) -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect()
    }

    #[test]
    fn both_languages_load_with_the_same_places_to_fill() {
        for locale in [Locale::En, Locale::De] {
            let [memory, disk] = [On::Memory, On::Disk].map(|on| Texts::load(locale, on).unwrap());
            assert_ne!(memory.consent.version, disk.consent.version);
            assert_ne!(memory.talk.start, disk.talk.start);
        }
        for ((path, english), (other, german)) in flat(EN).into_iter().zip(flat(DE)) {
            assert_eq!(path, other);
            assert_eq!(slots(&english), slots(&german), "{path}");
        }
    }

    #[test]
    fn every_text_would_pass_review_and_shouts_at_nobody() {
        let safety = SafetyLayer::new(CrisisPlan::built_in()).unwrap();
        let mut stopped = Vec::new();
        for (locale, file) in [(Locale::En, EN), (Locale::De, DE)] {
            for (path, text) in flat(file) {
                assert!(!text.contains('!'), "{locale:?} {path}");
                // The name of a command is no order of the agent.
                let unnamed = |part: &str| part.trim_start_matches(char::is_alphabetic).to_owned();
                let mut parts = text.split('/');
                let first = parts.next().unwrap_or_default().to_owned();
                let text = parts.fold(first, |text, part| text + "/x" + &unnamed(part));
                if let Err(error) = safety.admit_script(&text, locale) {
                    stopped.push(format!("{locale:?} {path}: {error}"));
                }
            }
        }
        assert!(stopped.is_empty(), "{stopped:#?}");
    }

    #[test]
    fn only_a_plain_yes_or_no_answers() {
        let consent = Texts::load(Locale::En, On::Memory).unwrap().consent;
        for (line, answer) in [
            ("yes", Some(true)),
            ("Yes.", Some(true)),
            (" YES, please ", Some(true)),
            ("no", Some(false)),
            ("No, thanks.", Some(false)),
            ("yes, but only today", None),
            ("I do not want to live", None),
            ("maybe", None),
            ("", None),
        ] {
            assert_eq!(consent.answer(line), answer, "{line}");
        }
        let consent = Texts::load(Locale::De, On::Memory).unwrap().consent;
        assert_eq!((consent.answer("Ja, gerne"), consent.answer("Nö")), (Some(true), Some(false)));
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        assert_eq!(fill("{a} and {b}, {c", &[("a", "{b}"), ("b", "x")]), "{b} and x, {c");
    }
}
