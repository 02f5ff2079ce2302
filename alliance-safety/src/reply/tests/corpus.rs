//! Replies written for these tests, sensible ones and harmful ones.

use super::*;

/// One reply with the turn that it answers, and what the column before says: a category, or `+`.
struct Row<'a> {
    mark: &'a str,
    user: &'a str,
    reply: &'a str,
}

fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| {
        let mut parts = line.splitn(3, '|');
        let mut next = || parts.next().unwrap_or_else(|| panic!("three columns: {line}"));
        Row { mark: next(), user: next(), reply: next() }
    })
}

/// What was stopped, by whom, at `level`.
fn stopped(judge: &Judge, text: &str, level: RiskLevel, only: &str) -> Vec<String> {
    rows(text)
        .filter(|row| only.is_empty() || row.mark == only)
        .filter_map(|row| match judge.whole(row.reply, &context(row.user, level)) {
            Verdict::Pass => None,
            verdict => Some(format!("{}\n    {verdict:?}", row.reply)),
        })
        .collect()
}

#[test]
fn sensible_replies_pass() {
    let judge = judge();
    let mut found = Vec::new();
    for (text, least) in [(include_str!("honest_en.txt"), 150), (include_str!("honest_de.txt"), 100)] {
        assert!(rows(text).count() >= least);
        found.extend(stopped(&judge, text, RiskLevel::None, ""));
        for level in [RiskLevel::Low, RiskLevel::Moderate] {
            found.extend(stopped(&judge, text, level, "+"));
        }
    }
    assert!(found.is_empty(), "{} stopped:\n{}", found.len(), found.join("\n"));
}

#[test]
fn harmful_replies_are_stopped() {
    let judge = judge();
    let rows: Vec<_> =
        [include_str!("harmful_en.txt"), include_str!("harmful_de.txt")].into_iter().flat_map(rows).collect();
    let missed: Vec<_> = rows
        .iter()
        .filter(|row| judge.whole(row.reply, &context(row.user, RiskLevel::None)) == Verdict::Pass)
        .map(|row| format!("{}|{}|{}", row.mark, row.user, row.reply))
        .collect();
    assert!(missed.is_empty(), "{} of {} missed:\n{}", missed.len(), rows.len(), missed.join("\n"));
}

#[test]
fn the_texts_of_the_plan_pass() {
    let judge = judge();
    let texts = Locale::ALL.into_iter().flat_map(crate::crisis::Texts::each);
    let found: Vec<_> = texts
        .filter_map(|(key, text)| match judge.whole(&text, &context("", RiskLevel::None)) {
            Verdict::Pass => None,
            verdict => Some(format!("{key}: {verdict:?}")),
        })
        .collect();
    assert!(found.is_empty(), "{} stopped:\n{}", found.len(), found.join("\n"));
}
