//! What the layer costs: time to build, memory, and time on ordinary and on 1 MB of hostile text.
//!
//! `cargo run --release -p alliance-safety --example footprint`. Memory is what the process holds more than
//! before, from `/proc/self/statm`, so it is measured on Linux only.

use std::{error::Error, fs, io::Write};

use alliance_safety::{CrisisPlan, SafetyLayer, ScreenContext, Stopwatch, SystemStopwatch};

const MEGABYTE: usize = 1 << 20;
const PAGE: usize = 4096;
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let before = resident();
    let start = SystemStopwatch.elapsed();
    let layer = SafetyLayer::new(CrisisPlan::built_in())?;
    let first = SystemStopwatch.elapsed().saturating_sub(start);
    let _ = layer.screen("I slept badly.", &ScreenContext::default());
    let after = resident();
    let mut built: Vec<_> = (0..RUNS)
        .map(|_| {
            let start = SystemStopwatch.elapsed();
            let again = SafetyLayer::new(CrisisPlan::built_in());
            let time = SystemStopwatch.elapsed().saturating_sub(start);
            drop(again);
            time
        })
        .collect();
    built.sort();
    writeln!(out, "build: first {first:.1?}, median {:.1?}", built[RUNS / 2])?;
    if let (Some(before), Some(after)) = (before, after) {
        writeln!(out, "memory: {:.1} MB", after.saturating_sub(before) as f64 / 1e6)?;
    }
    let hostile = [
        ("zero width", "a\u{200b}"),
        ("marks", "a\u{301}"),
        ("quotes", "\""),
        ("one word", "abcdefgh"),
        ("one word of words", "wanttodie"),
        ("mixed scripts", "aа"),
        ("full stops", "."),
        ("single letters", "k i l l "),
        ("unknown words", "qwzxv plomk "),
        ("frames", "i want to kill myself not "),
        ("han", "我想死"),
    ];
    for (name, unit) in hostile {
        let text = unit.repeat(MEGABYTE / unit.len());
        let time = |text: &str| {
            let mut times: Vec<_> = (0..RUNS)
                .map(|_| {
                    let start = SystemStopwatch.elapsed();
                    let _ = layer.screen(text, &ScreenContext::default());
                    SystemStopwatch.elapsed().saturating_sub(start)
                })
                .collect();
            times.sort();
            times[RUNS / 2]
        };
        let mut half = MEGABYTE / 2;
        while !text.is_char_boundary(half) {
            half -= 1;
        }
        writeln!(out, "1 MB of {name}: {:.1?}; half of it: {:.1?}", time(&text), time(&text[..half]))?;
    }
    Ok(())
}

/// Bytes of memory that the process holds, where the system says so.
fn resident() -> Option<usize> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    pages.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * PAGE)
}
