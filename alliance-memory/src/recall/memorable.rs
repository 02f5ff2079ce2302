//! What of a record is remembered.

use std::sync::Arc;

use alliance_core::{
    record::{Body, Record, TurnOutcome},
    safety::Timestamp,
};

use super::index::Kind;

/// What is to be remembered of a record.
pub(super) struct Memorable<'a> {
    pub(super) text: Arc<str>,
    pub(super) about: Vec<&'a str>,
    pub(super) when: Timestamp,
    pub(super) salience: u8,
    pub(super) kind: Kind,
}

impl<'a> Memorable<'a> {
    /// `None` where there is nothing of the person in it: a fixed text is no memory.
    pub(super) fn of(record: &'a Record) -> Option<Self> {
        let plain =
            |text: Arc<str>, kind| Self { text, about: Vec::new(), when: record.at, salience: 50, kind };
        match &record.body {
            Body::TurnAccepted(turn) => Some(plain(turn.text.clone(), Kind::Said)),
            Body::TurnEnded(turn) => {
                let fixed = matches!(turn.outcome, TurnOutcome::Crisis | TurnOutcome::Fallback);
                (!fixed).then(|| plain(turn.shown.clone(), Kind::Shown))
            }
            Body::Fact(fact) => {
                let text = format!("{} {} {}", fact.subject, fact.predicate.replace('_', " "), fact.value);
                Some(Self {
                    about: vec![fact.subject.as_str()],
                    when: fact.valid_from.unwrap_or(record.at),
                    salience: fact.confidence.min(100),
                    ..plain(text.into(), Kind::Fact)
                })
            }
            Body::Episode(episode) => Some(Self {
                about: episode.people.iter().map(String::as_str).collect(),
                when: episode.happened.unwrap_or(record.at),
                salience: episode.salience.min(100),
                ..plain(episode.text.as_str().into(), Kind::Episode)
            }),
            _ => None,
        }
    }
}
