//! What agents commonly do: recall when the person speaks of remembering, and then the nearest by a vector. The
//! vector is one of word counts; other people's turns and erased ones are left out for it, which such memories often fail at.

use std::collections::HashMap;

use super::probe::Probe;

/// Words by which a person speaks of remembering.
const MENTIONS: [&str; 12] = [
    "remember",
    "i told you",
    "i said",
    "i mentioned",
    "last time",
    "we talked",
    "erinner",
    "hab ich dir",
    "ich dir",
    "hatte ich gesagt",
    "letztes mal",
    "haben wir gesprochen",
];

/// The `limit` nearest turns, where the ask mentions remembering.
pub(crate) fn answer(probe: &Probe, limit: usize) -> Vec<String> {
    let ask = probe.ask.to_lowercase();
    if !MENTIONS.iter().any(|mention| ask.contains(mention)) {
        return Vec::new();
    }
    let cue = vector(&ask);
    let mut near: Vec<(f64, &str)> = probe
        .own()
        .map(|said| (cosine(&cue, &vector(&said.text.to_lowercase())), said.id.as_str()))
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.into_iter().take(limit).map(|(_, id)| id.to_owned()).collect()
}

fn vector(text: &str) -> HashMap<&str, f64> {
    let mut counts = HashMap::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word).or_insert(0.0) += 1.0;
    }
    counts
}

fn cosine(one: &HashMap<&str, f64>, other: &HashMap<&str, f64>) -> f64 {
    let length = |vector: &HashMap<&str, f64>| vector.values().map(|count| count * count).sum::<f64>().sqrt();
    let dot: f64 = one.iter().filter_map(|(word, count)| Some(count * other.get(word)?)).sum();
    dot / (length(one) * length(other)).max(f64::MIN_POSITIVE)
}
