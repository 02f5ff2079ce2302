//! What is kept of the person, as they may look at it.

use std::collections::BTreeMap;

use alliance::{
    clock::Timestamp,
    consent::Purpose,
    id::{RecordId, TurnId, UserId},
    record::{Body, ConsentChoice, Record},
    safety::RiskLevel,
    store::{MemoryStore, Selection, StoreError},
};
use serde_json::{Value, json};

use crate::texts::{Memory, fill};

/// Letters of a text that are shown in the list; events hold all of it.
const SHOWN: usize = 240;

/// Everything that is kept, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) items: Vec<Item>,
    pub(crate) decisions: BTreeMap<Purpose, (ConsentChoice, Timestamp)>,
}

/// One thing that is kept, and the records that hold it.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) records: Vec<RecordId>,
    at: Timestamp,
    what: What,
    purpose: Option<Purpose>,
}

#[derive(Debug)]
enum What {
    /// What was said in a turn and what was shown.
    Exchange(Exchange),
    /// Anything else: the name of its kind, and its words.
    Other(String, String),
}

#[derive(Debug, Default)]
struct Exchange {
    said: String,
    level: Option<RiskLevel>,
    shown: String,
    risk: bool,
    progress: bool,
}

impl Kept {
    /// Reads all pages.
    pub(crate) async fn read(store: &dyn MemoryStore, user: UserId) -> Result<Self, StoreError> {
        let mut kept = Self::default();
        let mut turns = BTreeMap::new();
        let mut selection = Selection::all();
        loop {
            let page = store.read(user, &selection).await?;
            for stored in &page.records {
                kept.add(&stored.record, &mut turns);
            }
            match page.next {
                Some(next) if next > selection.after => selection.after = next,
                _ => return Ok(kept),
            }
        }
    }

    /// Nothing, not even a decision.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.decisions.is_empty()
    }

    fn add(&mut self, record: &Record, turns: &mut BTreeMap<TurnId, usize>) {
        let words = match &record.body {
            Body::Consent(decision) => {
                self.decisions.insert(decision.purpose, (decision.choice, record.at));
                return;
            }
            Body::TurnAccepted(_) | Body::TurnEnded(_) | Body::Risk(_) | Body::Progress(_) => {
                if let Some(turn) = record.turn {
                    return self.add_to_turn(record, turn, turns);
                }
                String::new()
            }
            Body::Episode(episode) => episode.text.clone(),
            Body::Fact(fact) => format!("{} {} {}", fact.subject, fact.predicate, fact.value),
            Body::Measurement(measurement) => measurement.instrument.clone(),
            Body::SafetyPlan(plan) => plan.steps.iter().flatten().cloned().collect::<Vec<_>>().join("; "),
            _ => String::new(),
        };
        self.items.push(Item {
            records: vec![record.id],
            at: record.at,
            what: What::Other(record.kind().as_str().to_owned(), words),
            purpose: record.purpose(),
        });
    }

    /// What belongs to one turn is one thing: erasing half of it would leave the other half to tell it.
    fn add_to_turn(&mut self, record: &Record, turn: TurnId, turns: &mut BTreeMap<TurnId, usize>) {
        let place = *turns.entry(turn).or_insert(self.items.len());
        if place == self.items.len() {
            let what = What::Exchange(Exchange::default());
            self.items.push(Item { records: Vec::new(), at: record.at, what, purpose: record.purpose() });
        }
        let Some(item) = self.items.get_mut(place) else { return };
        item.records.push(record.id);
        let What::Exchange(exchange) = &mut item.what else { return };
        match &record.body {
            Body::TurnAccepted(accepted) => {
                exchange.said = accepted.text.to_string();
                exchange.level = Some(accepted.level);
            }
            // That no end is known may be noted beside an end.
            Body::TurnEnded(ended) if ended.shown.is_empty() => {}
            Body::TurnEnded(ended) => exchange.shown = ended.shown.to_string(),
            Body::Risk(_) => exchange.risk = true,
            Body::Progress(_) => exchange.progress = true,
            _ => {}
        }
    }
}

impl Item {
    /// Its line in the list.
    pub(crate) fn line(&self, number: usize, texts: &Memory) -> String {
        let what = match &self.what {
            What::Exchange(exchange) => exchange.line(texts),
            What::Other(kind, words) => {
                let text = match kind.as_str() {
                    "episode" => &texts.episode,
                    "fact" => &texts.fact,
                    "measurement" => &texts.measurement,
                    "safety_plan" => &texts.safety_plan,
                    "risk" => &texts.risk,
                    "outbox" => &texts.outbox,
                    _ => &texts.other,
                };
                let words = if words.is_empty() { kind.replace('_', " ") } else { short(words) };
                fill(text, &[("said", &words)])
            }
        };
        let because = match self.purpose {
            Some(Purpose::Conversation) => &texts.because_conversation,
            Some(Purpose::Episodic) => &texts.because_episodic,
            Some(_) => &texts.because_other,
            None => &texts.because_always,
        };
        let number = number.to_string();
        let values =
            [("number", number.as_str()), ("date", &date(self.at)), ("what", &what), ("because", because)];
        fill(&texts.item, &values)
    }

    /// The same as data.
    pub(crate) fn json(&self, number: usize) -> Value {
        let (kind, said, shown) = match &self.what {
            What::Exchange(exchange) => ("exchange", exchange.said.as_str(), Some(exchange.shown.as_str())),
            What::Other(kind, words) => (kind.as_str(), words.as_str(), None),
        };
        json!({
            "number": number,
            "at": self.at.to_string(),
            "kind": kind,
            "said": said,
            "shown": shown,
            "records": self.records.len(),
            "because": self.purpose.map(Purpose::as_str),
        })
    }
}

impl Exchange {
    fn line(&self, texts: &Memory) -> String {
        let text = match (self.said.is_empty(), self.shown.is_empty()) {
            (true, _) if self.level > Some(RiskLevel::None) => &texts.sos,
            (true, _) => &texts.begun,
            (false, true) => &texts.unanswered,
            (false, false) => &texts.exchange,
        };
        let mut line = fill(text, &[("said", &short(&self.said)), ("shown", &short(&self.shown))]);
        for (also, text) in [(self.risk, &texts.with_risk), (self.progress, &texts.with_progress)] {
            if also {
                line.push(' ');
                line.push_str(text);
            }
        }
        line
    }
}

/// A text in one line, its end left out where it is long.
pub(crate) fn short(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text,
    }
}

/// A moment as a person reads it: day and minute, in UTC.
pub(crate) fn date(at: Timestamp) -> String {
    let written = at.to_string();
    match written.split_once('T') {
        Some((day, time)) if time.len() >= 5 => format!("{day} {} UTC", &time[..5]),
        _ => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(short("a\n b"), "a b");
        let cut = short(&"ü".repeat(1_000));
        assert_eq!(cut.chars().count(), SHOWN + 2);
    }

    #[test]
    fn a_date_is_short() {
        assert_eq!(date(Timestamp::from_millis(1_700_000_000_123)), "2023-11-14 22:13 UTC");
    }
}
