//! Scores labelled rows: reads one JSON object a line on standard input and answers each with one line.
//!
//! Input rows: `{"id", "kind": "input", "text", "history": [{"role", "text"}], "locale"}` are screened, with the
//! standing rebuilt from what the user said in `history`. Output rows: `{"id", "kind": "output", "text", "user",
//! "locale"}` are reviewed. `micros` is the time for this message alone.

use std::{
    collections::BTreeSet,
    error::Error,
    io::{BufRead, Write},
};

use alliance_safety::{
    CrisisPlan, Disposition, Locale, Release, RiskLevel, SafetyLayer, ScreenContext, Screening, Standing,
    Stopwatch, SystemStopwatch,
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let layer = SafetyLayer::new(CrisisPlan::built_in())?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let locale = row["locale"].as_str().and_then(|tag| tag.parse().ok()).unwrap_or_default();
        let answer =
            if row["kind"] == "output" { output(&layer, &row, locale) } else { input(&layer, &row, locale) };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn input(layer: &SafetyLayer, row: &Value, locale: Locale) -> Value {
    let mut standing = Standing::default();
    for turn in row["history"].as_array().into_iter().flatten().filter(|turn| turn["role"] == "user") {
        standing = screen(layer, &turn["text"], standing, locale).standing().clone();
    }
    let start = SystemStopwatch.elapsed();
    let screening = screen(layer, &row["text"], standing, locale);
    let micros = SystemStopwatch.elapsed().saturating_sub(start).as_micros();
    let level = screening.level().max(screening.standing().level());
    let signs = screening.findings().signs().iter().filter(|sign| sign.level() > RiskLevel::None);
    let categories: BTreeSet<&str> = signs.map(|sign| sign.category().as_str()).collect();
    json!({ "id": row["id"], "level": level.as_str(), "categories": categories, "micros": micros })
}

fn output(layer: &SafetyLayer, row: &Value, locale: Locale) -> Value {
    let screening = screen(layer, &row["user"], Standing::default(), locale);
    // Where the plan alone would speak, no model is asked; what is scored then is review at moderate.
    let screening = match screening.disposition() {
        Disposition::PlanOnly => screen(layer, &Value::from("."), screening.standing().clone(), locale),
        _ => screening,
    };
    let start = SystemStopwatch.elapsed();
    let mut review = layer.review(&screening);
    review.push(row["text"].as_str().unwrap_or_default());
    review.close();
    let releases: Vec<Release> = std::iter::from_fn(|| review.next_release()).collect();
    let micros = SystemStopwatch.elapsed().saturating_sub(start).as_micros();
    let action = if releases.iter().any(|release| matches!(release, Release::Replace { .. })) {
        "block"
    } else if releases.iter().any(|release| matches!(release, Release::Repair { .. })) {
        "repair"
    } else {
        "pass"
    };
    let categories: BTreeSet<&str> =
        releases.iter().filter_map(Release::dropped).map(|dropped| dropped.category.as_str()).collect();
    json!({ "id": row["id"], "action": action, "categories": categories, "micros": micros })
}

fn screen(layer: &SafetyLayer, text: &Value, standing: Standing, locale: Locale) -> Screening {
    layer.screen(text.as_str().unwrap_or_default(), &ScreenContext::new(standing, locale))
}
