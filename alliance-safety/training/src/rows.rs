//! The rows that the model learns from: read, told apart by scenario, and varied.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    error::Error,
    fs,
    path::Path,
};

use serde_json::Value;

use crate::random::Random;

/// A labelled text.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) text: String,
    /// 0 none, 1 low, 2 moderate, 3 high.
    pub(crate) level: u8,
    pub(crate) category: String,
    pub(crate) language: String,
    /// Rows of one scenario are never on both sides of a split.
    pub(crate) scenario: usize,
    pub(crate) own: bool,
}

/// Texts of one template are written out so many times.
const WRITTEN_OUT: usize = 6;
/// A text with a history is used from this length in words on: a shorter one means nothing alone.
const ALONE: usize = 8;
/// Stands in the rows where a means is named. The model learns nothing of it: a lexicon has to hear those, and a word for
/// tablets would make everybody who takes some suspect.
const MEANS: &str = "[means]";
/// Share of letter groups from which on two texts belong to one scenario.
const ALIKE: f64 = 0.4;

/// Reads every row: `*.jsonl` with `text`, `level`, `category` and `lang`; `*.txt` with `level|category|text`, named by
/// language, where `{a|b}` is a choice.
pub(crate) fn read(folder: &Path, random: &mut Random) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = file.file_stem().and_then(|n| n.to_str()).unwrap_or_default();
        match file.extension().and_then(|e| e.to_str()) {
            Some("jsonl") => {
                for line in text.lines() {
                    rows.extend(json_row(&serde_json::from_str(line)?)?);
                }
            }
            // `en-posts.txt`: the language, then the voice.
            Some("txt") => own_rows(name, &text, random, &mut rows)?,
            _ => {}
        }
    }
    group(&mut rows);
    Ok(rows)
}

fn json_row(row: &Value) -> Result<Option<Row>, String> {
    let field = |name: &str| row[name].as_str().map(str::to_owned).ok_or(format!("a row needs `{name}`"));
    let text = field("text")?;
    let has_history = row["history"].as_array().is_some_and(|turns| !turns.is_empty());
    if has_history && text.split_whitespace().count() < ALONE {
        return Ok(None);
    }
    let level = level(&field("level")?)?;
    let (category, language) = (field("category")?, field("lang")?);
    Ok(Some(Row { text, level, category, language, scenario: 0, own: false }))
}

fn own_rows(name: &str, text: &str, random: &mut Random, rows: &mut Vec<Row>) -> Result<(), String> {
    let language = name.split('-').next().unwrap_or(name);
    for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
        let parts: Vec<&str> = line.splitn(3, '|').collect();
        let &[named, category, template] = &parts[..] else {
            return Err(format!("{name}.txt, line {}: not `level|category|text`", number + 1));
        };
        let level = level(named).map_err(|e| format!("{name}.txt, line {}: {e}", number + 1))?;
        let own = template.contains('{');
        for _ in 0..if own { WRITTEN_OUT } else { 1 } {
            let text = write_out(template, random).replace(MEANS, "");
            let (category, language) = (category.to_owned(), language.to_owned());
            rows.push(Row { text, level, category, language, scenario: usize::MAX - number, own });
        }
    }
    Ok(())
}

fn level(name: &str) -> Result<u8, String> {
    let levels = ["none", "low", "moderate", "high"];
    let found = levels.iter().position(|level| *level == name).and_then(|at| u8::try_from(at).ok());
    found.ok_or_else(|| format!("`{name}` is no level"))
}

/// Takes one way through the choices of a template.
fn write_out(template: &str, random: &mut Random) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let (choice, tail) = after.split_once('}').unwrap_or((after, ""));
        let ways: Vec<&str> = choice.split('|').collect();
        out.push_str(before);
        out.push_str(ways[random.below(ways.len())]);
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Puts near copies, and the texts of one template, into one scenario.
fn group(rows: &mut [Row]) {
    let all: Vec<Vec<u64>> = rows.iter().map(|row| shingles(&row.text)).collect();
    let mut by_template = BTreeMap::new();
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut shared = vec![0_usize; rows.len()];
    for at in 0..rows.len() {
        let mut scenario = at;
        if rows[at].own {
            let key = (rows[at].language.clone(), rows[at].scenario);
            scenario = *by_template.entry(key).or_insert(at);
        }
        let near: BTreeSet<usize> =
            all[at].iter().filter_map(|shingle| holders.get(shingle)).flatten().copied().collect();
        for shingle in &all[at] {
            for &other in holders.get(shingle).into_iter().flatten() {
                shared[other] += 1;
            }
        }
        let mut first = None;
        for other in near {
            let union = all[at].len() + all[other].len() - shared[other];
            if shared[other] as f64 > ALIKE * union as f64 {
                first = first.or(Some(other));
            }
            shared[other] = 0;
        }
        if let Some(other) = first.filter(|_| scenario == at) {
            scenario = rows[other].scenario;
        }
        rows[at].scenario = scenario;
        for &shingle in &all[at] {
            holders.entry(shingle).or_default().push(at);
        }
    }
}

fn shingles(text: &str) -> Vec<u64> {
    let letters: Vec<char> = text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let mut all: Vec<u64> = letters
        .windows(5)
        .map(|five| five.iter().fold(0, |hash: u64, &c| hash.wrapping_mul(0x100_0193) ^ u64::from(c)))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}
