//! What a record is about, as far as its words tell.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde_json::Value;

use crate::record::{Body, Record};

/// How words are compared: what makes "sisters" and "Sister" one term.
///
/// Whoever recalls says so, so that what can be found by a word can be erased by it; `alliance-memory` brings one.
pub trait Terms: fmt::Debug + Send + Sync {
    /// Hands each term of a text to `found`. The same text gives the same terms, every time.
    fn terms(&self, text: &str, found: &mut dyn FnMut(&str));
}

impl<T: Terms + ?Sized> Terms for Arc<T> {
    fn terms(&self, text: &str, found: &mut dyn FnMut(&str)) {
        (**self).terms(text, found);
    }
}

impl<T: Terms + ?Sized> Terms for Box<T> {
    fn terms(&self, text: &str, found: &mut dyn FnMut(&str)) {
        (**self).terms(text, found);
    }
}

/// Something that a person wants erased by its words: a record is about it where every term of it is among the
/// record's own.
///
/// `Debug` shows how many terms it has, never which.
#[derive(Clone)]
pub struct Topic {
    wanted: BTreeSet<String>,
    terms: Arc<dyn Terms>,
}

impl Topic {
    /// The topic that these words name. `None` where they hold no term, as "of the" does: it would mean everything.
    #[must_use]
    pub fn new(words: &str, terms: impl Terms + 'static) -> Option<Self> {
        let mut wanted = BTreeSet::new();
        terms.terms(words, &mut |term| {
            wanted.insert(term.to_owned());
        });
        (!wanted.is_empty()).then(|| Self { wanted, terms: Arc::new(terms) })
    }

    /// Whether a record is about it, decided by its own words.
    #[must_use]
    pub fn is_in(&self, record: &Record) -> bool {
        self.is_in_text(&words(&record.body))
    }

    /// Whether a text is about it.
    #[must_use]
    pub fn is_in_text(&self, text: &str) -> bool {
        let mut missing: BTreeSet<&str> = self.wanted.iter().map(String::as_str).collect();
        self.terms.terms(text, &mut |term| {
            missing.remove(term);
        });
        missing.is_empty()
    }
}

impl PartialEq for Topic {
    /// Whether the same terms are meant.
    fn eq(&self, other: &Self) -> bool {
        self.wanted == other.wanted
    }
}

impl Eq for Topic {}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({} terms)", self.wanted.len())
    }
}

/// The words of a record, a line for each part.
fn words(body: &Body) -> String {
    match body {
        Body::TurnAccepted(turn) => turn.text.to_string(),
        Body::TurnEnded(turn) => turn.shown.to_string(),
        Body::Fact(fact) => [&*fact.subject, &*fact.predicate, &*fact.value].join("\n"),
        Body::Episode(episode) => {
            std::iter::once(&episode.text).chain(&episode.people).cloned().collect::<Vec<_>>().join("\n")
        }
        // Numbers, names of our own, and nothing that anybody said.
        Body::Consent(_) | Body::Risk(_) | Body::Outbox(_) | Body::Floor(_) | Body::Measurement(_) => {
            String::new()
        }
        // What else there is, also of a newer version: rather one word too many than one that is not looked at.
        other => {
            let mut text = String::new();
            gather(&other.data(), &mut text);
            text
        }
    }
}

fn gather(value: &Value, text: &mut String) {
    match value {
        Value::String(words) => {
            text.push_str(words);
            text.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, text)),
        Value::Object(fields) => {
            for (name, value) in fields {
                text.push_str(name);
                text.push('\n');
                gather(value, text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use alliance_safety::Timestamp;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::RecordId,
        record::{EpisodeRecord, FactRecord, UnknownRecord},
    };

    /// Words between spaces, in small letters.
    #[derive(Debug)]
    struct Plain;

    impl Terms for Plain {
        fn terms(&self, text: &str, found: &mut dyn FnMut(&str)) {
            text.to_lowercase().split_whitespace().filter(|word| *word != "the").for_each(found);
        }
    }

    fn record(body: Body) -> Record {
        Record::new(RecordId::new(Uuid::nil()), Timestamp::UNIX_EPOCH, body)
    }

    #[test]
    fn every_term_has_to_be_in_one_record() {
        let topic = Topic::new("the Sister Hamburg", Plain).unwrap();
        let fact = |value: &str| record(Body::Fact(FactRecord::new("my sister", "lives in", value)));
        assert!(topic.is_in(&fact("Hamburg")) && !topic.is_in(&fact("Bremen")));
        let mut episode = EpisodeRecord::new("A walk in Hamburg");
        assert!(!topic.is_in(&record(Body::Episode(episode.clone()))));
        episode.people = vec!["sister".into()];
        assert!(topic.is_in(&record(Body::Episode(episode))));
    }

    #[test]
    fn words_of_a_kind_that_nobody_knows_yet_are_looked_at() {
        let data = json!({ "vivid": true, "about": ["a long walk", { "with": "Quillwort" }] });
        let dream = record(Body::Unknown(UnknownRecord { kind: "dream".into(), data }));
        assert!(Topic::new("quillwort walk", Plain).unwrap().is_in(&dream));
        assert!(!Topic::new("true", Plain).unwrap().is_in(&dream));
    }

    #[test]
    fn nothing_is_about_no_words_and_debug_shows_none() {
        assert_eq!(Topic::new(" the ", Plain), None);
        assert_eq!(format!("{:?}", Topic::new("my sister", Plain).unwrap()), "Topic(2 terms)");
    }
}
