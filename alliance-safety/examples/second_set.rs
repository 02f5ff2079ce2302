//! Scores the second set (`tests/corpus/second/`) and prints totals, never a row.

#[path = "shared/rows.rs"]
#[allow(dead_code, reason = "shared with other examples")]
mod rows;
#[path = "shared/totals.rs"]
mod totals;

use std::{error::Error, fs, io::Write, path::Path};

use alliance_safety::{CrisisPlan, SafetyLayer};
use serde_json::Value;
use totals::{Replies, Screenings};

fn main() -> Result<(), Box<dyn Error>> {
    let layer = SafetyLayer::new(CrisisPlan::built_in())?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/second");
    let (mut screenings, mut replies) = (Screenings::default(), Replies::default());
    for row in read(&folder.join("input.jsonl"))? {
        screenings.add(&layer, &row)?;
    }
    for row in read(&folder.join("reply.jsonl"))? {
        replies.add(&layer, &row);
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "screening, rows of the second set\n{screenings}")?;
    writeln!(out, "review, rows of the second set\n{replies}")?;
    Ok(())
}

fn read(file: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    Ok(fs::read_to_string(file)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}
