//! What is kept of the person, as they may look at it.

use std::collections::{BTreeMap, BTreeSet};

use alliance::{
    clock::Timestamp,
    consent::Purpose,
    id::{RecordId, SessionId, TurnId, UserId},
    record::{Body, ConsentChoice, Record, RecordKind},
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
    /// The conversations, in order, each with its turns in order.
    talks: Vec<(SessionId, Vec<TurnId>)>,
    /// Facts in whose place another came.
    replaced: BTreeSet<RecordId>,
    pub(crate) decisions: BTreeMap<Purpose, (ConsentChoice, Timestamp)>,
}

/// One thing that is kept, and the records that hold it.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) records: Vec<RecordId>,
    at: Timestamp,
    what: What,
    purpose: Option<Purpose>,
    /// It stays when conversations are erased.
    for_safety: bool,
    session: Option<SessionId>,
    turn: Option<TurnId>,
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
        if let Some(session) = record.session {
            self.note_place(session, record.turn);
        }
        let words = match &record.body {
            Body::Consent(decision) => {
                self.decisions.insert(decision.purpose, (decision.choice, record.at));
                return;
            }
            // One thing, however often it was noted: it is about the person, and not about a turn.
            Body::Risk(_) => return self.add_level(record),
            Body::TurnAccepted(_) | Body::TurnEnded(_) | Body::Progress(_) => {
                if let Some(turn) = record.turn {
                    return self.add_to_turn(record, turn, turns);
                }
                String::new()
            }
            Body::Episode(episode) => episode.text.clone(),
            Body::Summary(summary) => {
                let points = summary.points.iter().map(|point| point.text.as_str());
                points.collect::<Vec<_>>().join(" ")
            }
            Body::Fact(fact) => {
                self.replaced.extend(fact.supersedes);
                format!("{} {} {}", fact.subject, fact.predicate, fact.value)
            }
            Body::Measurement(measurement) => measurement.instrument.clone(),
            Body::SafetyPlan(plan) => plan.steps.iter().flatten().cloned().collect::<Vec<_>>().join("; "),
            _ => String::new(),
        };
        self.items.push(Item::of(record, What::Other(record.kind().as_str().to_owned(), words)));
    }

    fn add_level(&mut self, record: &Record) {
        let risk = RecordKind::Risk;
        let found = self
            .items
            .iter_mut()
            .find(|item| matches!(&item.what, What::Other(kind, _) if kind == risk.as_str()));
        match found {
            Some(item) => {
                item.records.push(record.id);
                item.at = record.at;
            }
            None => {
                let mut item = Item::of(record, What::Other(risk.as_str().to_owned(), String::new()));
                (item.session, item.turn) = (None, None);
                self.items.push(item);
            }
        }
    }

    fn note_place(&mut self, session: SessionId, turn: Option<TurnId>) {
        let at = self.talks.iter().position(|(known, _)| *known == session).unwrap_or_else(|| {
            self.talks.push((session, Vec::new()));
            self.talks.len() - 1
        });
        if let (Some((_, turns)), Some(turn)) = (self.talks.get_mut(at), turn)
            && !turns.contains(&turn)
        {
            turns.push(turn);
        }
    }

    /// Where a thing comes from: the number of the conversation, and of the turn in it.
    fn source(&self, item: &Item) -> (Option<usize>, Option<usize>) {
        let at = item.session.and_then(|session| self.talks.iter().position(|(known, _)| *known == session));
        let turns = at.and_then(|at| self.talks.get(at)).map(|(_, turns)| turns);
        let turn =
            turns.zip(item.turn).and_then(|(turns, turn)| turns.iter().position(|known| *known == turn));
        (at.map(|at| at + 1), turn.map(|turn| turn + 1))
    }

    /// What belongs to one turn is one thing: erasing half of it would leave the other half to tell it.
    fn add_to_turn(&mut self, record: &Record, turn: TurnId, turns: &mut BTreeMap<TurnId, usize>) {
        let place = *turns.entry(turn).or_insert(self.items.len());
        if place == self.items.len() {
            let mut item = Item::of(record, What::Exchange(Exchange::default()));
            item.records.clear();
            self.items.push(item);
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
            Body::Progress(_) => exchange.progress = true,
            _ => {}
        }
    }
}

impl Item {
    fn of(record: &Record, what: What) -> Self {
        Self {
            records: vec![record.id],
            at: record.at,
            what,
            purpose: record.purpose(),
            for_safety: matches!(record.kind(), RecordKind::Risk | RecordKind::SafetyPlan),
            session: record.session,
            turn: record.turn,
        }
    }

    /// Its line in the list.
    pub(crate) fn line(&self, number: usize, kept: &Kept, texts: &Memory) -> String {
        let mut what = match &self.what {
            What::Exchange(exchange) => exchange.line(texts),
            What::Other(kind, words) => {
                let text = match kind.as_str() {
                    "episode" => &texts.episode,
                    "fact" => &texts.fact,
                    "summary" => &texts.summary,
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
        if self.is_replaced(kept) {
            what = format!("{what} {}", texts.replaced);
        }
        let (session, turn) = kept.source(self);
        let [session, turn] = [session, turn].map(|number| number.map(|number| number.to_string()));
        let source = match (&session, &turn) {
            (Some(session), Some(turn)) => fill(&texts.from_turn, &[("session", session), ("turn", turn)]),
            (Some(session), None) if !self.for_safety => fill(&texts.from_session, &[("session", session)]),
            _ => texts.from_you.clone(),
        };
        let because = match self.purpose {
            _ if self.for_safety => &texts.because_safety,
            Some(Purpose::Conversation) => &texts.because_conversation,
            Some(Purpose::Episodic) => &texts.because_episodic,
            Some(Purpose::LongTerm) => &texts.because_long_term,
            Some(_) => &texts.because_other,
            None => &texts.because_always,
        };
        let number = number.to_string();
        let values = [
            ("number", number.as_str()),
            ("date", &date(self.at)),
            ("source", &source),
            ("what", &what),
            ("because", because),
        ];
        fill(&texts.item, &values)
    }

    fn is_replaced(&self, kept: &Kept) -> bool {
        self.records.iter().any(|record| kept.replaced.contains(record))
    }

    /// The same as data.
    pub(crate) fn json(&self, number: usize, kept: &Kept) -> Value {
        let (session, turn) = kept.source(self);
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
            "session": session,
            "turn": turn,
            "replaced": self.is_replaced(kept),
            "for_safety": self.for_safety,
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
        if self.progress {
            line.push(' ');
            line.push_str(&texts.with_progress);
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
