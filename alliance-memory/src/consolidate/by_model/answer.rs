//! What a model answered, and whether it stands in what was said.

use alliance_core::{
    consolidate::{Cited, Memories, Refusal, TranscriptTurn},
    id::TurnId,
    record::{Emotion, EpisodeRecord, FactRecord, Sensitivity, SummaryPoint},
};
use serde::Deserialize;

use super::{super::book::Books, pieces::Piece, said};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    summary: Vec<Point>,
    episodes: Vec<Episode>,
    facts: Vec<Fact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    text: String,
    turns: Vec<usize>,
    delicate: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Episode {
    text: String,
    turns: Vec<usize>,
    people: Vec<String>,
    salience: u8,
    valence: i8,
    intensity: u8,
    delicate: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fact {
    subject: String,
    predicate: String,
    value: String,
    turns: Vec<usize>,
    replaces: Option<usize>,
    confidence: u8,
    delicate: bool,
}

/// The memories of an answer, or why there are none.
pub(super) fn read(answer: &str, piece: &Piece<'_>, books: &Books) -> Result<Memories, Refusal> {
    // What serde says of a wrong answer quotes it: only that it is wrong goes on.
    let answer: Answer = serde_json::from_str(answer.trim()).map_err(|_| Refusal::Schema)?;
    let mut memories = Memories::none();
    for point in answer.summary {
        let cited = piece.cited(&point.turns)?;
        said::so(&point.text, &cited, books, false)?;
        let mut summary = SummaryPoint::new(point.text, ids(&cited));
        summary.sensitivity = sensitivity(point.delicate);
        memories.summary.push(summary);
    }
    for episode in answer.episodes {
        let cited = piece.cited_fresh(&episode.turns)?;
        said::so(&episode.text, &cited, books, false)?;
        if !episode.people.iter().all(|name| said::is_said(name, &cited)) {
            return Err(Refusal::NotSaid);
        }
        let mut memory = EpisodeRecord::new(episode.text);
        memory.people = episode.people;
        memory.salience = episode.salience;
        memory.emotion = (episode.intensity > 0).then(|| Emotion::new(episode.valence, episode.intensity));
        memory.sensitivity = sensitivity(episode.delicate);
        memories.episodes.push(Cited::new(memory, ids(&cited)));
    }
    for fact in answer.facts {
        memories.facts.push(fact.read(piece, books)?);
    }
    Ok(memories)
}

impl Fact {
    fn read(self, piece: &Piece<'_>, books: &Books) -> Result<Cited<FactRecord>, Refusal> {
        let cited = piece.cited_fresh(&self.turns)?;
        let books_of = || cited.iter().filter_map(|turn| books.of(turn.locale));
        let of_person = books_of().any(|book| book.subject == self.subject);
        let by_rule = books_of().any(|book| book.has_predicate(&self.predicate));
        if !(of_person || said::is_said(&self.subject, &cited))
            || !(by_rule || said::is_said(&self.predicate, &cited))
        {
            return Err(Refusal::NotSaid);
        }
        let denied = self
            .predicate
            .split_whitespace()
            .any(|word| books_of().any(|book| book.denies(&word.to_lowercase())));
        said::so(&self.value, &cited, books, denied)?;
        let mut memory = FactRecord::new(self.subject, self.predicate, self.value);
        memory.confidence = self.confidence;
        memory.sensitivity = sensitivity(self.delicate);
        if let Some(number) = self.replaces {
            let (id, known) = piece.known.get(number).ok_or(Refusal::UnknownFact)?;
            let alike = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
            if !alike(&known.subject, &memory.subject) || !alike(&known.predicate, &memory.predicate) {
                return Err(Refusal::UnknownFact);
            }
            memory.supersedes = Some(*id);
            memory.valid_from = cited.first().map(|turn| turn.at);
        }
        Ok(Cited::new(memory, ids(&cited)))
    }
}

const fn sensitivity(delicate: bool) -> Sensitivity {
    if delicate { Sensitivity::Delicate } else { Sensitivity::Ordinary }
}

fn ids(turns: &[&TranscriptTurn]) -> Vec<TurnId> {
    turns.iter().map(|turn| turn.turn).collect()
}

impl Piece<'_> {
    /// The turns of these numbers.
    fn cited(&self, numbers: &[usize]) -> Result<Vec<&TranscriptTurn>, Refusal> {
        let turns: Option<Vec<_>> = numbers.iter().map(|number| self.turns.get(*number).copied()).collect();
        turns.filter(|turns| !turns.is_empty()).ok_or(Refusal::NotCited)
    }

    /// The turns of these numbers, of which none was made into memories before.
    fn cited_fresh(&self, numbers: &[usize]) -> Result<Vec<&TranscriptTurn>, Refusal> {
        let turns = self.cited(numbers)?;
        if turns.iter().all(|turn| self.is_fresh(turn)) { Ok(turns) } else { Err(Refusal::NotCited) }
    }
}
