//! Trains the small model of `alliance-safety` and writes `alliance-safety/data/model.bin`.
//!
//! `cargo run --release -p train-model` trains and writes; `-- --check` trains and compares with what is there;
//! `-- --report` only measures on scenarios that were held out. The same rows, rules and seed give the same bytes.

mod calibrate;
mod fit;
mod random;
mod report;
mod rows;

use std::{collections::BTreeMap, error::Error, fs, io::Write, path::Path, thread};

use alliance_safety::{
    Locale,
    training::{Extractor, HEADS, Trained},
};
use calibrate::{Platt, limit};
use fit::{Example, Linear, Settings};
use random::Random;
use report::Scored;
use rows::Row;

const SETTINGS: Settings = Settings { epochs: 20, rate: 0.05, decay: 0.0, seed: 4 };
/// Parts that are held out in turn, to calibrate and to measure.
const FOLDS: usize = 5;
/// Share of held-out benign talk that the model may raise to moderate, and of benign texts made to be hard.
const FALSE_MODERATE: [f32; 2] = [0.006, 0.06];
/// Share of held-out benign talk that the model may raise to low, and of benign texts made to be hard.
const FALSE_LOW: [f32; 2] = [0.018, 0.10];
/// Categories of benign talk; the other benign ones speak of danger without being in it.
const TALK: [&str; 2] = ["benign_chat", "benign_distress"];
/// Probability from which a category is named.
const NAMED: f32 = 0.5;
/// Longest benign text that is put before or after another one.
const FILLER: usize = 120;
/// Categories of the rows, by head from the third on.
const CATEGORIES: [&[&str]; HEADS - 2] = [
    &["self_harm", "selfharm_request"],
    &["harm_others"],
    &["abuse"],
    &["psychosis_mania"],
    &["eating_disorder"],
    &["medical_emergency"],
];

fn main() -> Result<(), Box<dyn Error>> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut random = Random::new(SETTINGS.seed);
    let rows = rows::read(&root.join("data"), &mut random)?;
    let extractor = Extractor::new()?;
    let mut out = std::io::stdout().lock();
    let scored = hold_out(&rows, &extractor);
    let trained = Limits::choose(&scored);
    write!(out, "{}", report::Report { scored: &scored, limits: &trained })?;
    if mode == "--report" {
        return Ok(());
    }
    let examples = examples(&rows, &extractor, SETTINGS.seed);
    let bytes = quantised(&Linear::fit(&examples, SETTINGS), &trained).to_bytes();
    let file = root.join("../data/model.bin");
    if mode == "--check" {
        let same = fs::read(&file)? == bytes;
        writeln!(out, "{}", if same { "the same bytes" } else { "other bytes" })?;
        return if same { Ok(()) } else { Err("the model is not what these rows and rules give".into()) };
    }
    fs::write(&file, &bytes)?;
    writeln!(out, "wrote {} bytes", bytes.len())?;
    Ok(())
}

/// Margins from which something is raised, with the calibration that they rest on.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) low: f32,
    pub(crate) alone: f32,
    pub(crate) beside: f32,
    pub(crate) category: f32,
    pub(crate) risk: Platt,
    pub(crate) moderate: Platt,
}

impl Limits {
    fn choose(scored: &[Scored]) -> Self {
        // What the lexicon raises is raised anyway: only further false alarms count.
        let benign = |head: usize, below: u8, shares: [f32; 2]| -> f32 {
            let of = |talk: bool| {
                let benign = scored.iter().filter(|s| s.level == 0 && s.lexicon < below);
                let kind = benign.filter(|s| TALK.contains(&s.category.as_str()) == talk);
                kind.map(|s| s.margins[head]).collect()
            };
            limit(of(true), shares[0]).max(limit(of(false), shares[1]))
        };
        let platt = |head: usize| {
            Platt::fit(&scored.iter().map(|s| (s.margins[head], s.labels[head])).collect::<Vec<_>>())
        };
        let alone = benign(1, 2, FALSE_MODERATE);
        // Few benign texts are heard by the lexicon at all: here even odds decide.
        let beside = platt(1).margin(0.5).min(alone);
        let named: f32 = (2..HEADS).map(|head| platt(head).margin(NAMED)).sum::<f32>() / (HEADS - 2) as f32;
        Self {
            low: benign(0, 1, FALSE_LOW),
            alone,
            beside,
            category: named,
            risk: platt(0),
            moderate: platt(1),
        }
    }
}

/// Margins of every row by a model that saw no row of its scenario.
fn hold_out(rows: &[Row], extractor: &Extractor) -> Vec<Scored> {
    let mut scenarios: Vec<usize> = rows.iter().map(|row| row.scenario).collect();
    scenarios.sort_unstable();
    scenarios.dedup();
    Random::new(SETTINGS.seed + 1).shuffle(&mut scenarios);
    let mut fold_of = vec![0; rows.len()];
    for (at, scenario) in scenarios.into_iter().enumerate() {
        fold_of[scenario] = at % FOLDS;
    }
    let score = |fold: usize| -> Vec<Scored> {
        let held: Vec<Row> = rows.iter().filter(|r| fold_of[r.scenario] == fold).cloned().collect();
        let rest: Vec<Row> = rows.iter().filter(|r| fold_of[r.scenario] != fold).cloned().collect();
        let model = Linear::fit(&examples(&rest, extractor, SETTINGS.seed), SETTINGS);
        held.iter().map(|row| Scored::new(row, labels(row), extractor, &model)).collect()
    };
    thread::scope(|scope| {
        let halves = [&[0, 2, 4][..], &[1, 3]].map(|folds| {
            let score = &score;
            scope.spawn(move || folds.iter().flat_map(|&fold| score(fold)).collect::<Vec<_>>())
        });
        halves.into_iter().flat_map(|half| half.join().unwrap_or_default()).collect()
    })
}

/// What the model learns: each row as it is, and with benign words of its language before or after it; each with and
/// without what the lexicon found, so that the words carry their own weight.
fn examples(rows: &[Row], extractor: &Extractor, seed: u64) -> Vec<Example> {
    let mut random = Random::new(seed + 2);
    let fillers: Vec<&Row> =
        rows.iter().filter(|r| r.category == "benign_chat" && r.text.len() <= FILLER).collect();
    let shares = Shares::of(rows);
    let mut examples = Vec::new();
    for row in rows {
        let near: Vec<&&Row> = fillers.iter().filter(|f| f.language == row.language).collect();
        let mut filler = || near.get(random.below(near.len())).map_or("", |f| f.text.as_str());
        let dense = matches!(row.language.as_str(), "zh" | "ja");
        let end = if dense { "。" } else { ". " };
        let texts = [
            row.text.clone(),
            [filler(), end, &row.text].concat(),
            [row.text.as_str(), end, filler()].concat(),
        ];
        for (text, share) in texts.iter().zip([0.6, 0.2, 0.2]) {
            let mut sample = extractor.sample(text, Locale::En);
            let labels = labels(row);
            let parts = if sample.found.is_empty() { 1.0 } else { 2.0 };
            let weights = std::array::from_fn(|head| shares.weight(row, labels[head], head) * share / parts);
            if parts > 1.0 {
                examples.push(Example { sample: sample.clone(), labels, weights });
                sample.found.clear();
            }
            examples.push(Example { sample, labels, weights });
        }
    }
    examples
}

fn labels(row: &Row) -> [bool; HEADS] {
    let mut labels = [row.level >= 1, row.level >= 2, false, false, false, false, false, false];
    for (label, names) in labels.iter_mut().skip(2).zip(CATEGORIES) {
        *label = row.level >= 1 && names.contains(&row.category.as_str());
    }
    labels
}

/// How many rows of each language are positive and negative, so that in each language both count the same.
#[derive(Debug)]
struct Shares(BTreeMap<(String, usize, bool), f32>);

impl Shares {
    fn of(rows: &[Row]) -> Self {
        let mut counts = BTreeMap::new();
        for row in rows {
            for (head, label) in labels(row).into_iter().enumerate().take(2) {
                *counts.entry((row.language.clone(), head, label)).or_insert(0.0) += 1.0;
            }
        }
        Self(counts)
    }

    fn weight(&self, row: &Row, label: bool, head: usize) -> f32 {
        if head >= 2 {
            return if label { 2.0 } else { 1.0 };
        }
        let count = |label| self.0.get(&(row.language.clone(), head, label)).copied().unwrap_or(0.0);
        let (own, other) = (count(label), count(!label));
        if other == 0.0 { 1.0 } else { ((own + other) / (2.0 * own)).clamp(0.3, 3.0) }
    }
}

/// The model in signed bytes.
fn quantised(model: &Linear, limits: &Limits) -> Trained {
    let mut trained = Trained::new();
    trained.limits = [limits.low, limits.alone, limits.beside, limits.category];
    trained.bias = model.bias;
    trained.found.clone_from(&model.found);
    for head in 0..HEADS {
        let of_head = model.weights.iter().skip(head).step_by(HEADS);
        let largest = of_head.fold(0.0_f32, |most, w| most.max(w.abs())).max(1e-6);
        trained.scale[head] = largest / 127.0;
    }
    for (at, (byte, weight)) in trained.bytes.iter_mut().zip(&model.weights).enumerate() {
        *byte = (weight / trained.scale[at % HEADS]).round().clamp(-127.0, 127.0) as i8;
    }
    trained
}
