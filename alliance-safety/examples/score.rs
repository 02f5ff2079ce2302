//! Scores labelled rows: reads one JSON object a line on standard input and answers each with one line.
//!
//! Input rows: `{"id", "kind": "input", "text", "history": [{"role", "text"}], "locale"}` are screened, with the
//! standing rebuilt from what the user said in `history`. Output rows: `{"id", "kind": "output", "text", "user",
//! "locale"}` are reviewed. `micros` is the time for this message alone.
//!
//! With `--labelled FILE` it reads a host's own rows, `{"text", "locale", "level"}` with `level` one of none, low, moderate
//! and high (`history` if there is one), and prints sensitivity, specificity and false alarms, by locale and in all.

#[path = "shared/rows.rs"]
#[allow(dead_code, reason = "shared with other examples")]
mod rows;
#[path = "shared/totals.rs"]
mod totals;

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{BufRead, Write},
};

use alliance_safety::{CrisisPlan, SafetyLayer};
use serde_json::{Value, json};
use totals::Screenings;

fn main() -> Result<(), Box<dyn Error>> {
    let layer = SafetyLayer::new(CrisisPlan::built_in())?;
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, None) => {}
        (Some("--labelled"), Some(file)) => return labelled(&layer, &file),
        _ => return Err("no option, or `--labelled FILE`".into()),
    }
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let answer = if row["kind"] == "output" { output(&layer, &row) } else { input(&layer, &row) };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn labelled(layer: &SafetyLayer, file: &str) -> Result<(), Box<dyn Error>> {
    let mut all: BTreeMap<String, Screenings> = BTreeMap::new();
    for (number, line) in fs::read_to_string(file)?.lines().enumerate().filter(|(_, l)| !l.trim().is_empty())
    {
        let place = format!("{file}, line {}", number + 1);
        let row: Value = serde_json::from_str(line).map_err(|error| format!("{place}: {error}"))?;
        let locale = row["locale"].as_str().unwrap_or("no locale").to_owned();
        for name in [locale, "all rows".to_owned()] {
            all.entry(name).or_default().add(layer, &row).map_err(|error| format!("{place}: {error}"))?;
        }
    }
    let mut out = std::io::stdout().lock();
    for (name, totals) in all {
        writeln!(out, "{name}\n{totals}")?;
    }
    Ok(())
}

fn input(layer: &SafetyLayer, row: &Value) -> Value {
    let rows::Screened { level, categories, micros } = rows::screened(layer, row);
    json!({ "id": row["id"], "level": level.as_str(), "categories": categories, "micros": micros })
}

fn output(layer: &SafetyLayer, row: &Value) -> Value {
    let rows::Reviewed { action, categories, rule, micros } = rows::reviewed(layer, row);
    json!({ "id": row["id"], "action": action, "categories": categories, "rule": rule, "micros": micros })
}
