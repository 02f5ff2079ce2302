//! What each stage of screening is worth: labelled rows scored by the whole, without each stage, and by a list of
//! keywords.
//!
//! `cargo run --release -p alliance-safety --features testing --example ablation -- FILE.jsonl…` prints a table.
//! With `--rows STAGE` it answers the lines of standard input as the example `score` does, without that stage.

use std::{
    error::Error,
    io::{BufRead, Write},
};

use alliance_safety::{
    CrisisPlan, Locale, RiskLevel, SafetyLayer, ScreenContext, Stage, Standing, Stopwatch, SystemStopwatch,
};
use serde_json::{Value, json};

/// What a filter of keywords would hold.
const KEYWORDS: [&str; 24] = [
    "suicide",
    "suicidal",
    "kill myself",
    "killing myself",
    "end my life",
    "ending my life",
    "want to die",
    "wanna die",
    "kms",
    "better off dead",
    "self harm",
    "self-harm",
    "cut myself",
    "cutting myself",
    "hurt myself",
    "overdose",
    "no reason to live",
    "don't want to live",
    "end it all",
    "selbstmord",
    "suizid",
    "umbringen",
    "nicht mehr leben",
    "ritze mich",
];

const STAGES: [(&str, Option<Stage>); 6] = [
    ("whole", None),
    ("without mending", Some(Stage::Mending)),
    ("without scope", Some(Stage::Scope)),
    ("without experimental languages", Some(Stage::Experimental)),
    ("without the model", Some(Stage::Model)),
    ("without dialogue", Some(Stage::Dialogue)),
];

fn main() -> Result<(), Box<dyn Error>> {
    let layer = SafetyLayer::new(CrisisPlan::built_in())?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, stage] if flag == "--rows" => answer(&layer, stage),
        files => table(&layer, files),
    }
}

fn answer(layer: &SafetyLayer, stage: &str) -> Result<(), Box<dyn Error>> {
    let stage = STAGES.into_iter().find(|(name, _)| name.ends_with(stage)).and_then(|(_, stage)| stage);
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let start = SystemStopwatch.elapsed();
        let level = level(layer, &row, stage);
        let micros = SystemStopwatch.elapsed().saturating_sub(start).as_micros();
        let answer = json!({ "id": row["id"], "level": level.as_str(), "categories": [], "micros": micros });
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn table(layer: &SafetyLayer, files: &[String]) -> Result<(), Box<dyn Error>> {
    let mut rows = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(file)?.lines() {
            let row: Value = serde_json::from_str(line)?;
            if row["headline"] != false {
                rows.push(row);
            }
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} rows", rows.len())?;
    writeln!(out, "| stages | sensitivity | ≥ moderate | on high | specificity | benign not moderate |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    print(&mut out, "keywords", &rows, |row| {
        let text = row["text"].as_str().unwrap_or_default().to_lowercase();
        let found = KEYWORDS.iter().any(|word| text.contains(word));
        if found { RiskLevel::Moderate } else { RiskLevel::None }
    })?;
    for (name, stage) in STAGES {
        print(&mut out, name, &rows, |row| level(layer, row, stage))?;
    }
    Ok(())
}

fn print(
    out: &mut impl Write,
    name: &str,
    rows: &[Value],
    says: impl Fn(&Value) -> RiskLevel,
) -> std::io::Result<()> {
    let pairs: Vec<(RiskLevel, RiskLevel)> = rows.iter().map(|row| (gold(row), says(row))).collect();
    let share = |of: &dyn Fn(RiskLevel) -> bool, hit: &dyn Fn(RiskLevel) -> bool| {
        let all: Vec<_> = pairs.iter().filter(|(gold, _)| of(*gold)).collect();
        let hits = all.iter().filter(|(_, said)| hit(*said)).count();
        format!("{:.3}", hits as f64 / all.len().max(1) as f64)
    };
    use RiskLevel::{High, Low, Moderate, None};
    writeln!(
        out,
        "| {name} | {} | {} | {} | {} | {} |",
        share(&|gold| gold >= Low, &|said| said >= Low),
        share(&|gold| gold >= Moderate, &|said| said >= Moderate),
        share(&|gold| gold == High, &|said| said >= Moderate),
        share(&|gold| gold == None, &|said| said == None),
        share(&|gold| gold == None, &|said| said < Moderate),
    )
}

fn gold(row: &Value) -> RiskLevel {
    let name = row["level"].as_str().unwrap_or_default();
    RiskLevel::ALL.into_iter().find(|level| level.as_str() == name).unwrap_or_default()
}

fn level(layer: &SafetyLayer, row: &Value, stage: Option<Stage>) -> RiskLevel {
    let tag = row["locale"].as_str().or(row["lang"].as_str()).unwrap_or_default();
    let locale: Locale = tag.parse().unwrap_or_default();
    let say = |text: &Value, standing: Standing| {
        let context = ScreenContext::new(standing, locale);
        layer.level_without(text.as_str().unwrap_or_default(), &context, stage)
    };
    let mut standing = Standing::default();
    for turn in row["history"].as_array().into_iter().flatten() {
        standing = if turn["role"] == "user" {
            say(&turn["text"], standing).1
        } else {
            layer.after_reply(&standing, turn["text"].as_str().unwrap_or_default())
        };
    }
    let (level, standing) = say(&row["text"], standing);
    level.max(standing.level())
}
