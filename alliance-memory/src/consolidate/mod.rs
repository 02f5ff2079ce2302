//! Making memories of a session by rules, in English and German, without a model.

mod book;
mod by_model;
mod pattern;
mod sentence;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use alliance_core::{
    consolidate::{
        Cited, ConsolidateError, Consolidator, MAX_MEMORIES, MAX_MEMORY_TEXT, Memories, Transcript,
        TranscriptTurn,
    },
    id::RecordId,
    record::{Emotion, EpisodeRecord, FactRecord, Sensitivity, SummaryPoint},
    safety::Locale,
};
use async_trait::async_trait;

pub use book::RulesError;
use book::{About, Book, Books, FactRule};
pub use by_model::ModelConsolidator;
use pattern::Found;
use sentence::{Sentence, sentences};

use crate::recall::happened;

/// From this salience on a sentence is kept as an episode.
const EPISODE: u8 = 40;

/// The most points of a summary.
const POINTS: usize = 4;

/// The fewest words of a sentence that a session can be about.
const WORDS: usize = 4;

/// How sure a fact is that a rule heard, in percent. Our own estimate: a pattern hears no irony.
const CONFIDENCE: u8 = 80;

/// Makes memories by rules, in English and German: facts by patterns over what the person said, episodes and the summary from their own
/// sentences, word for word. What stands in another language is left alone.
///
/// The rules are data files (`data/consolidate`), which no clinician has reviewed. It hears what is said plainly and in the
/// first person; what is asked, wished or denied makes no fact. The same transcript gives the same memories.
#[derive(Clone)]
pub struct RuleConsolidator {
    books: Arc<Books>,
}

impl RuleConsolidator {
    /// With the rules that come with this crate.
    ///
    /// # Errors
    ///
    /// [`RulesError`] where they cannot be read: a bug of this crate.
    pub fn built_in() -> Result<Self, RulesError> {
        Ok(Self { books: Arc::new(Books::built_in()?) })
    }

    fn make(&self, transcript: &Transcript) -> Memories {
        let mut memories = Memories::none();
        for turn in transcript.fresh() {
            let Some(book) = self.books.of(turn.locale) else { continue };
            for sentence in sentences(&turn.said).filter(|sentence| book.tells(sentence)) {
                let heard = Heard::of(book, &sentence, turn.locale);
                memories.episodes.extend(heard.episode(&sentence, turn));
                for rule in &book.facts {
                    if let Some(found) = book.find_fact(rule, &sentence.words) {
                        take(
                            &mut memories.facts,
                            fact(book, rule, found, &sentence),
                            turn,
                            &transcript.known,
                        );
                    }
                }
            }
        }
        memories.episodes.truncate(MAX_MEMORIES);
        memories.facts.truncate(MAX_MEMORIES);
        memories.summary = self.summary(&transcript.turns);
        memories
    }

    /// The sentences that weigh most, in the order in which they were said. Where none weighs anything, the first in which the
    /// person tells something.
    fn summary(&self, turns: &[TranscriptTurn]) -> Vec<SummaryPoint> {
        let mut points = Vec::new();
        for turn in turns {
            let Some(book) = self.books.of(turn.locale) else { continue };
            for sentence in sentences(&turn.said) {
                if sentence.words.len() < WORDS
                    || sentence.text.len() > MAX_MEMORY_TEXT
                    || !book.tells(&sentence)
                {
                    continue;
                }
                let heard = Heard::of(book, &sentence, turn.locale);
                let mut point = SummaryPoint::new(sentence.text, vec![turn.turn]);
                point.sensitivity = heard.sensitivity;
                points.push((heard.salience, points.len(), point));
            }
        }
        let weighs = points.iter().any(|(salience, ..)| *salience > 0);
        if weighs {
            points.retain(|(salience, ..)| *salience > 0);
            points.sort_by_key(|(salience, place, _)| (std::cmp::Reverse(*salience), *place));
        }
        points.truncate(if weighs { POINTS } else { 1 });
        points.sort_by_key(|(_, place, _)| *place);
        points.into_iter().map(|(.., point)| point).collect()
    }
}

impl fmt::Debug for RuleConsolidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RuleConsolidator")
    }
}

#[async_trait]
impl Consolidator for RuleConsolidator {
    async fn consolidate(&self, transcript: &Transcript) -> Result<Memories, ConsolidateError> {
        Ok(self.make(transcript))
    }
}

/// What a sentence tells, beside facts.
struct Heard {
    salience: u8,
    happened: bool,
    emotion: Option<Emotion>,
    people: Vec<String>,
    sensitivity: Sensitivity,
}

impl Heard {
    fn of(book: &Book, sentence: &Sentence<'_>, locale: Locale) -> Self {
        let words = &sentence.words;
        let (mut event, mut delicate) = (0, book.is_delicate(words));
        for rule in book.events.iter().filter(|rule| book.has_event(rule, words)) {
            event = event.max(rule.salience);
            delicate |= rule.delicate;
        }
        let emotion = book.emotion(words).map(|(valence, intensity)| Emotion::new(valence, intensity));
        let people = book.people(words, locale == Locale::De);
        let when = book.says_when(words);
        // Our own weights: what happened counts most, then how it felt, then with whom and when.
        let felt = emotion.map_or(0, |felt| felt.intensity / 3);
        let salience = event.saturating_add(felt);
        let salience = salience.saturating_add(if people.is_empty() { 0 } else { 10 });
        let salience = salience.saturating_add(if when { 10 } else { 0 });
        Self {
            salience: salience.min(100),
            happened: event > 0 || when,
            emotion,
            people,
            sensitivity: if delicate { Sensitivity::Delicate } else { Sensitivity::Ordinary },
        }
    }

    fn episode(self, sentence: &Sentence<'_>, turn: &TranscriptTurn) -> Option<Cited<EpisodeRecord>> {
        if !self.happened || self.salience < EPISODE || sentence.text.len() > MAX_MEMORY_TEXT {
            return None;
        }
        let mut episode = EpisodeRecord::new(sentence.text);
        episode.happened = happened(sentence.text, turn.at);
        episode.people = self.people;
        episode.salience = self.salience;
        episode.emotion = self.emotion;
        episode.sensitivity = self.sensitivity;
        Some(Cited::new(episode, vec![turn.turn]))
    }
}

/// A fact with whether only one of its kind is true at a time.
struct Stated {
    fact: FactRecord,
    single: bool,
}

fn fact(book: &Book, rule: &FactRule, found: Found, sentence: &Sentence<'_>) -> Option<Stated> {
    let words = &sentence.words;
    let (mut subject, mut single) = (book.subject.clone(), rule.single);
    if rule.about == About::Kin {
        subject = words.get(found.kin?)?.written.trim_end_matches("'s").trim_end_matches("’s").to_lowercase();
        single &= found.name.is_some() || book.is_only(&subject);
        // Of two sisters each has her own name, and what is said of one is not said of the other.
        for name in found.name.and_then(|(start, end)| words.get(start..end)).unwrap_or_default() {
            subject = format!("{subject} {}", name.written);
        }
    }
    let value = match &rule.value {
        Some(value) => value.clone(),
        None => {
            let (start, mut end) = found.value?;
            // "two brothers": the relative belongs to the number.
            if rule.about == About::Person && found.kin == Some(end) {
                end += 1;
            }
            let value = words.get(start..end)?;
            let says_nothing =
                |at: usize| words.get(at).is_none_or(|word| book.empty_values.contains(&word.plain));
            if found.free.is_some_and(says_nothing) {
                return None;
            }
            book.said_back(value)
        }
    };
    let value = match &rule.suffix {
        Some(suffix) => format!("{value} {suffix}"),
        None => value,
    };
    if value.len() > MAX_MEMORY_TEXT {
        return None;
    }
    let mut fact = FactRecord::new(subject, &*rule.predicate, value);
    fact.confidence = CONFIDENCE;
    if rule.delicate || book.is_delicate(words) {
        fact.sensitivity = Sensitivity::Delicate;
    }
    Some(Stated { fact, single })
}

/// Adds a fact, unless it is known already. Where only one can be true, it takes the place of what was.
fn take(
    facts: &mut Vec<Cited<FactRecord>>,
    stated: Option<Stated>,
    turn: &TranscriptTurn,
    known: &[(RecordId, FactRecord)],
) {
    let Some(Stated { mut fact, single }) = stated else { return };
    let alike = |other: &FactRecord| other.subject == fact.subject && other.predicate == fact.predicate;
    let same = |other: &FactRecord| alike(other) && other.value.to_lowercase() == fact.value.to_lowercase();
    if facts.iter().any(|cited| same(&cited.memory)) {
        return;
    }
    if single {
        // Of two in one session the later one counts; what was said stays in the turns.
        facts.retain(|cited| !alike(&cited.memory));
    }
    if known.iter().any(|(_, other)| same(other)) {
        return;
    }
    if single && let Some((id, _)) = known.iter().rev().find(|(_, other)| alike(other)) {
        fact.supersedes = Some(*id);
        fact.valid_from = Some(turn.at);
    }
    facts.push(Cited::new(fact, vec![turn.turn]));
}
