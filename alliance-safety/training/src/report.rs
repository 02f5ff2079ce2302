//! What held-out scenarios say of the model.

use std::{collections::BTreeMap, fmt};

use alliance_safety::{
    Locale, RiskLevel,
    training::{Extractor, HEADS},
};

use crate::{Limits, fit::Linear, rows::Row};

/// A held-out row and what was said to it.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) level: u8,
    pub(crate) language: String,
    pub(crate) category: String,
    pub(crate) labels: [bool; HEADS],
    pub(crate) margins: [f32; HEADS],
    /// The level of the lexicon alone.
    pub(crate) lexicon: u8,
    pub(crate) own: bool,
}

impl Scored {
    pub(crate) fn new(row: &Row, labels: [bool; HEADS], extractor: &Extractor, model: &Linear) -> Self {
        let sample = extractor.sample(&row.text, Locale::En);
        Self {
            level: row.level,
            language: row.language.clone(),
            category: row.category.clone(),
            labels,
            margins: std::array::from_fn(|head| model.best(&sample, head).1),
            lexicon: RiskLevel::ALL.iter().position(|l| *l == sample.lexicon).map_or(0, |at| at as u8),
            own: row.own,
        }
    }

    fn model(&self, limits: &Limits) -> u8 {
        let moderate = self.margins[1];
        if moderate >= limits.alone || (self.lexicon >= 1 && moderate >= limits.beside) {
            2
        } else {
            u8::from(self.margins[0] >= limits.low)
        }
    }
}

pub(crate) struct Report<'a> {
    pub(crate) scored: &'a [Scored],
    pub(crate) limits: &'a Limits,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    of: u32,
    low: u32,
    of_moderate: u32,
    moderate: u32,
    benign: u32,
    false_low: u32,
    false_moderate: u32,
}

impl Tally {
    fn count(&mut self, label: u8, said: u8) {
        if label == 0 {
            self.benign += 1;
            self.false_low += u32::from(said >= 1);
            self.false_moderate += u32::from(said >= 2);
            return;
        }
        self.of += 1;
        self.low += u32::from(said >= 1);
        if label >= 2 {
            self.of_moderate += 1;
            self.moderate += u32::from(said >= 2);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |hits: u32, of: u32| if of == 0 { 0.0 } else { f64::from(hits) / f64::from(of) };
        write!(
            f,
            "low+ {:.3} ({}/{})  moderate+ {:.3} ({}/{})  false low {:.4} ({}/{})  false moderate {:.4} ({})",
            share(self.low, self.of),
            self.low,
            self.of,
            share(self.moderate, self.of_moderate),
            self.moderate,
            self.of_moderate,
            share(self.false_low, self.benign),
            self.false_low,
            self.benign,
            share(self.false_moderate, self.benign),
            self.false_moderate,
        )
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} texts, each scored by a model that saw none of its scenario", self.scored.len())?;
        let Limits { low, alone, beside, category, risk, moderate } = self.limits;
        for (name, limit, platt) in
            [("low", low, risk), ("moderate alone", alone, moderate), ("moderate beside", beside, moderate)]
        {
            writeln!(f, "{name}: from margin {limit:.3}, probability {:.3}", platt.probability(*limit))?;
        }
        writeln!(f, "a category: from margin {category:.3}")?;
        let mut ways: [(&str, Tally); 3] = ["lexicon", "model", "both"].map(|name| (name, Tally::default()));
        let (mut languages, mut categories) = (BTreeMap::new(), BTreeMap::new());
        for row in self.scored.iter().filter(|row| !row.own) {
            let model = row.model(self.limits);
            for ((_, tally), said) in ways.iter_mut().zip([row.lexicon, model, model.max(row.lexicon)]) {
                tally.count(row.level, said);
            }
            languages.entry(&row.language).or_insert_with(Tally::default).count(row.level, model);
            categories.entry(&row.category).or_insert_with(Tally::default).count(row.level, model);
        }
        let ranked = |head: usize| area(self.scored.iter().filter(|row| !row.own), head);
        writeln!(f, "area under the curve: low+ {:.3}, moderate+ {:.3}", ranked(0), ranked(1))?;
        writeln!(f, "rows of input_train.jsonl")?;
        for (name, tally) in ways {
            writeln!(f, "  {name:8} {tally}")?;
        }
        writeln!(f, "the model alone, by language and category")?;
        for (name, tally) in languages.iter().chain(&categories) {
            writeln!(f, "  {name:18} {tally}")?;
        }
        Ok(())
    }
}

/// The share of pairs of a positive and a negative text that a head ranks rightly.
fn area<'a>(rows: impl Iterator<Item = &'a Scored>, head: usize) -> f64 {
    let mut ranked: Vec<(f32, bool)> = rows.map(|row| (row.margins[head], row.labels[head])).collect();
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut pairs, mut positive) = (0.0, 0.0, 0.0);
    for (_, label) in ranked {
        if label {
            positive += 1.0;
            pairs += below;
        } else {
            below += 1.0;
        }
    }
    pairs / (positive * below)
}
