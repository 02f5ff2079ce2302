//! The file form of an instrument, and the checks that make it a spec.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    Band, Better, Citation, CutOff, InstrumentId, InstrumentSpec, ItemNumber, MissingRule, ScaleRange,
    Scoring, Severity, Side, SpecError, SubscaleId, SubscaleSpec,
};

pub(super) fn read(text: &str) -> Result<InstrumentSpec, SpecError> {
    let file: File = toml::from_str(text).map_err(|e| SpecError::Unreadable(Box::new(e)))?;
    file.check()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reviewed_by: String,
    id: InstrumentId,
    title: String,
    source: Citation,
    license: String,
    items: u8,
    scale: ScaleRange,
    scoring: Scoring,
    better: Better,
    #[serde(default)]
    reversed: Vec<ItemNumber>,
    #[serde(default)]
    watched: Vec<ItemNumber>,
    missing: MissingRule,
    #[serde(default, rename = "subscale")]
    subscales: Vec<SubscaleRow>,
    #[serde(default, rename = "cut_off")]
    cut_offs: Vec<CutOffRow>,
    bands: Option<BandRows>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscaleRow {
    id: SubscaleId,
    items: Vec<ItemNumber>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CutOffRow {
    id: String,
    scale: String,
    at_least: Option<f64>,
    at_most: Option<f64>,
    source: Citation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BandRows {
    source: Citation,
    total: Vec<BandRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BandRow {
    severity: Severity,
    from: u16,
    to: u16,
}

impl File {
    fn check(self) -> Result<InstrumentSpec, SpecError> {
        if self.items == 0 {
            return Err(SpecError::Invalid("there are no items"));
        }
        if self.scale.min >= self.scale.max || self.scale.max > 100 {
            return Err(SpecError::Invalid("the scale does not rise, or goes beyond 100"));
        }
        if self.scoring == Scoring::SumTimes(0) {
            return Err(SpecError::Invalid("a sum times 0 scores nothing"));
        }
        if self.missing.at_most_per_subscale > 0 && self.scoring != Scoring::Mean {
            return Err(SpecError::Invalid("items may be missing only where scores are means"));
        }
        if self.subscales.is_empty() && self.items <= self.missing.at_most_per_subscale {
            return Err(SpecError::Invalid("the total could be scored with every item missing"));
        }
        self.check_items()?;
        let subscales = self.checked_subscales()?;
        let total_range = self.scoring.range(self.items, self.scale);
        let total_cut_offs = cut_offs_of(&self.cut_offs, "total", total_range)?;
        let bands = self.bands.map(|rows| checked_bands(rows, total_range)).transpose()?.unwrap_or_default();
        Ok(InstrumentSpec {
            id: self.id,
            title: self.title,
            source: self.source,
            license: self.license,
            reviewed_by: self.reviewed_by,
            items: self.items,
            scale: self.scale,
            scoring: self.scoring,
            better: self.better,
            reversed: self.reversed,
            watched: self.watched,
            missing: self.missing,
            subscales,
            total_cut_offs,
            bands,
        })
    }

    fn check_items(&self) -> Result<(), SpecError> {
        let subscale_items = || self.subscales.iter().flat_map(|s| &s.items);
        let named = self.reversed.iter().chain(&self.watched).chain(subscale_items());
        if named.clone().any(|item| item.as_u8() == 0 || item.as_u8() > self.items) {
            return Err(SpecError::Invalid("an item is named that does not exist"));
        }
        if self.watched.iter().any(|item| self.reversed.contains(item)) {
            return Err(SpecError::Invalid(
                "a watched item is reversed, so its lowest answer is not the calm one",
            ));
        }
        let mut seen = BTreeSet::new();
        if !subscale_items().all(|item| seen.insert(*item)) {
            return Err(SpecError::Invalid("an item belongs to two subscales, or twice to one"));
        }
        Ok(())
    }

    fn checked_subscales(&self) -> Result<Vec<SubscaleSpec>, SpecError> {
        let ids: BTreeSet<_> = self.subscales.iter().map(|s| s.id.as_str()).collect();
        if ids.len() < self.subscales.len() {
            return Err(SpecError::Invalid("two subscales have one id"));
        }
        if self.cut_offs.iter().any(|c| c.scale != "total" && !ids.contains(c.scale.as_str())) {
            return Err(SpecError::Invalid("a cut-off is for a scale that does not exist"));
        }
        self.subscales
            .iter()
            .map(|row| {
                let count = u8::try_from(row.items.len()).unwrap_or(u8::MAX);
                if count <= self.missing.at_most_per_subscale {
                    return Err(SpecError::Invalid("a subscale could be scored with every item missing"));
                }
                let range = self.scoring.range(count, self.scale);
                let cut_offs = cut_offs_of(&self.cut_offs, row.id.as_str(), range)?;
                Ok(SubscaleSpec { id: row.id.clone(), items: row.items.clone(), cut_offs })
            })
            .collect()
    }
}

fn cut_offs_of(rows: &[CutOffRow], scale: &str, (low, high): (f64, f64)) -> Result<Vec<CutOff>, SpecError> {
    let mut cut_offs: Vec<CutOff> = Vec::new();
    for row in rows.iter().filter(|row| row.scale == scale) {
        let side = match (row.at_least, row.at_most) {
            (Some(cut), None) => Side::AtLeast(cut),
            (None, Some(cut)) => Side::AtMost(cut),
            _ => return Err(SpecError::Invalid("a cut-off has exactly one of `at_least` and `at_most`")),
        };
        if !(low..=high).contains(&side.value()) {
            return Err(SpecError::Invalid("a cut-off lies outside the scores of its scale"));
        }
        if cut_offs.iter().any(|known| known.id == row.id) {
            return Err(SpecError::Invalid("two cut-offs of a scale have one id"));
        }
        cut_offs.push(CutOff { id: row.id.clone(), side, source: row.source.clone() });
    }
    Ok(cut_offs)
}

fn checked_bands(rows: BandRows, (low, high): (f64, f64)) -> Result<Vec<Band>, SpecError> {
    let table = &rows.total;
    let ends_fit = table.first().is_some_and(|b| f64::from(b.from) == low)
        && table.last().is_some_and(|b| f64::from(b.to) == high);
    let no_gap = table.iter().zip(table.iter().skip(1)).all(|(a, b)| a.to.checked_add(1) == Some(b.from));
    let rising = table.iter().all(|b| b.from <= b.to);
    if !(ends_fit && no_gap && rising) {
        return Err(SpecError::Invalid("the bands leave a gap, overlap, or miss an end of the scores"));
    }
    let source = rows.source;
    Ok(rows
        .total
        .into_iter()
        .map(|row| Band { severity: row.severity, from: row.from, to: row.to, source: source.clone() })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHQ_4: &str = include_str!("../../data/instruments/phq-4.toml");

    fn fault(from: &str, to: &str) -> SpecError {
        assert!(PHQ_4.contains(from), "the data file no longer holds what the test changes");
        read(&PHQ_4.replace(from, to)).expect_err("a broken file was read")
    }

    #[test]
    fn contradictions_are_refused() {
        for (from, to) in [
            ("items = 4", "items = 0"),
            ("items = 4", "items = 3"),
            ("items = 4", "items = 4\nreversed = [2]\nwatched = [2]"),
            ("max = 3", "max = 0"),
            ("at_most_per_subscale = 0", "at_most_per_subscale = 1"),
            ("items = [3, 4]", "items = [2, 3]"),
            ("items = [3, 4]", "items = []"),
            ("scale = \"phq-2\"", "scale = \"other\""),
            ("at_least = 3", "at_least = 7"),
            ("at_least = 3", "at_least = 3\nat_most = 3"),
            ("from = 3, to = 5", "from = 4, to = 5"),
            ("from = 9, to = 12", "from = 9, to = 11"),
        ] {
            assert!(matches!(fault(from, to), SpecError::Invalid(_)), "{from} -> {to}");
        }
    }

    #[test]
    fn other_forms_are_unreadable() {
        for (from, to) in [
            ("scoring = \"sum\"", "scoring = \"vote\""),
            ("id = \"phq-4\"", "id = \"PHQ 4\""),
            ("better", "bettr"),
        ] {
            assert!(matches!(fault(from, to), SpecError::Unreadable(_)), "{from} -> {to}");
        }
    }
}
