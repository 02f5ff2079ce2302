//! What a model answered, and whether it stands in what was said.

use alliance_core::{
    consolidate::{Cited, Memories, Refusal, Transcript, TranscriptTurn},
    id::TurnId,
    record::{Emotion, EpisodeRecord, FactRecord, Sensitivity, SummaryPoint},
};
use serde::Deserialize;

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
pub(super) fn read(
    answer: &str,
    transcript: &Transcript,
    turns: &[TranscriptTurn],
) -> Result<Memories, Refusal> {
    // What serde says of a wrong answer quotes it: only that it is wrong goes on.
    let answer: Answer = serde_json::from_str(answer.trim()).map_err(|_| Refusal::Schema)?;
    let places = Places { turns, fresh: transcript.fresh() };
    let mut memories = Memories::none();
    for point in answer.summary {
        let turns = places.cited(&point.turns)?;
        let mut summary = SummaryPoint::new(places.said(point.text, &point.turns)?, turns);
        summary.sensitivity = sensitivity(point.delicate);
        memories.summary.push(summary);
    }
    for episode in answer.episodes {
        let turns = places.cited_fresh(&episode.turns)?;
        let mut memory = EpisodeRecord::new(places.said(episode.text, &episode.turns)?);
        memory.people = episode
            .people
            .into_iter()
            .map(|name| places.said(name, &episode.turns))
            .collect::<Result<_, _>>()?;
        memory.salience = episode.salience;
        memory.emotion = (episode.intensity > 0).then(|| Emotion::new(episode.valence, episode.intensity));
        memory.sensitivity = sensitivity(episode.delicate);
        memories.episodes.push(Cited::new(memory, turns));
    }
    for fact in answer.facts {
        let turns = places.cited_fresh(&fact.turns)?;
        let mut memory = FactRecord::new(fact.subject, fact.predicate, places.said(fact.value, &fact.turns)?);
        memory.confidence = fact.confidence;
        memory.sensitivity = sensitivity(fact.delicate);
        if let Some(number) = fact.replaces {
            let known = transcript.known.get(number).ok_or(Refusal::UnknownFact)?;
            memory.supersedes = Some(known.0);
            let said = fact.turns.first().and_then(|number| places.turns.get(*number));
            memory.valid_from = said.map(|turn| turn.at);
        }
        memories.facts.push(Cited::new(memory, turns));
    }
    Ok(memories)
}

const fn sensitivity(delicate: bool) -> Sensitivity {
    if delicate { Sensitivity::Delicate } else { Sensitivity::Ordinary }
}

struct Places<'a> {
    turns: &'a [TranscriptTurn],
    fresh: &'a [TranscriptTurn],
}

impl Places<'_> {
    /// The turns of these numbers.
    fn cited(&self, numbers: &[usize]) -> Result<Vec<TurnId>, Refusal> {
        let turn = |number: &usize| self.turns.get(*number).map(|turn| turn.turn);
        let turns: Option<Vec<TurnId>> = numbers.iter().map(turn).collect();
        turns.filter(|turns| !turns.is_empty()).ok_or(Refusal::NotCited)
    }

    /// The turns of these numbers, of which none was made into memories before.
    fn cited_fresh(&self, numbers: &[usize]) -> Result<Vec<TurnId>, Refusal> {
        let turns = self.cited(numbers)?;
        let fresh = turns.iter().all(|turn| self.fresh.iter().any(|fresh| fresh.turn == *turn));
        if fresh { Ok(turns) } else { Err(Refusal::NotCited) }
    }

    /// The text, where the person said it in one of these turns, but for capitals and spaces.
    fn said(&self, text: String, numbers: &[usize]) -> Result<String, Refusal> {
        let wanted = plain(&text);
        let said = numbers.iter().filter_map(|number| self.turns.get(*number));
        let stands = said.map(|turn| plain(&turn.said)).any(|said| said.contains(&wanted));
        if stands && !wanted.is_empty() { Ok(text) } else { Err(Refusal::NotSaid) }
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
