//! Scores labelled rows: reads one JSON object a line on standard input and answers each with one line.
//!
//! Input rows: `{"id", "kind": "input", "text", "history": [{"role", "text"}], "locale"}` are screened, with the
//! standing rebuilt from what the user said in `history`. Output rows: `{"id", "kind": "output", "text", "user",
//! "locale"}` are reviewed. `micros` is the time for this message alone.

#[path = "shared/rows.rs"]
#[allow(dead_code, reason = "shared with other examples")]
mod rows;

use std::{
    error::Error,
    io::{BufRead, Write},
};

use alliance_safety::{CrisisPlan, SafetyLayer};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let layer = SafetyLayer::new(CrisisPlan::built_in())?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let answer = if row["kind"] == "output" { output(&layer, &row) } else { input(&layer, &row) };
        writeln!(out, "{answer}")?;
        out.flush()?;
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
