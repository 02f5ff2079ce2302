//! Finds the frames of the lexicon in a text, and marks the words that decide scope.

use super::{
    lexicon::{Lexicon, Meaning, Part, Plane},
    rules::Cue,
    words::Reading,
};

/// How many hits of one set are remembered. More would only matter in text made of nothing else.
const REMEMBERED: usize = 4;

/// Words of a figure of speech carry this mark, beside those of [`Cue`].
pub(super) const FIGURE: u32 = 1 << 31;

/// A sign found: its rule, and the reading's words from `first` up to, not including, `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) rule: u16,
    pub(super) first: u32,
    pub(super) end: u32,
}

/// What a search found in the words of a text.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    /// For each word, the marks of the cues that it belongs to.
    pub(super) marks: Marks,
}

/// The marks of each word, those of experimental languages apart.
#[derive(Debug, Default)]
pub(super) struct Marks {
    promised: Vec<u32>,
    experimental: Vec<u32>,
}

impl Marks {
    pub(super) fn plane(&self, plane: Plane) -> &[u32] {
        match plane {
            Plane::Promised => &self.promised,
            Plane::Experimental => &self.experimental,
        }
    }

    fn set(&mut self, plane: Plane, (first, end): (u32, u32), flags: u32) {
        let marks = match plane {
            Plane::Promised => &mut self.promised,
            Plane::Experimental => &mut self.experimental,
        };
        if let Some(words) = marks.get_mut(first as usize..end as usize) {
            words.iter_mut().for_each(|m| *m |= flags);
        }
    }
}

/// The latest places of a set.
#[derive(Clone, Copy, Default)]
struct Latest {
    spans: [(u32, u32); REMEMBERED],
    count: usize,
}

impl Latest {
    fn push(&mut self, span: (u32, u32)) {
        if let Some(place) = self.spans.get_mut(self.count % REMEMBERED) {
            *place = span;
        }
        self.count += 1;
    }

    /// The newest first, so that the shortest reading is found, not one of a sentence before.
    fn spans(&self) -> impl Iterator<Item = (u32, u32)> {
        let newest = self.count;
        (1..=newest.min(REMEMBERED))
            .filter_map(move |back| self.spans.get((newest - back) % REMEMBERED).copied())
    }
}

impl Lexicon {
    /// Looks through the words of a text.
    pub(super) fn search(&self, reading: &Reading) -> Found {
        let words = reading.words().len();
        let marks = Marks { promised: vec![0; words], experimental: vec![0; words] };
        let mut found = Found { hits: Vec::new(), marks };
        let mut latest = vec![Latest::default(); usize::from(self.leading)];
        for at in self.automaton.find_overlapping_iter(reading.text()) {
            let span = reading.words_at(at.start() + 1, at.end());
            // Nobody said what runs over the end of a sentence.
            let sentence = reading.sentence(span.0);
            if sentence != reading.sentence(span.1.saturating_sub(1)) {
                continue;
            }
            for &holder in self.holders.get(at.pattern().as_usize()) {
                let Some(set) = self.sets.get(usize::from(holder)) else { continue };
                if set.cues != 0 {
                    found.marks.set(set.plane, span, set.cues);
                }
                for &frame in self.ends.get(usize::from(holder)) {
                    let parts = self.parts.get(usize::from(frame));
                    let Some(frame) = self.frames.get(usize::from(frame)) else { continue };
                    let marks = found.marks.plane(frame.plane);
                    let Some(first) = first_of(parts, span.0, &latest, marks) else { continue };
                    if reading.sentence(first) != sentence {
                        continue;
                    }
                    match frame.meaning {
                        Meaning::Figure => found.marks.set(frame.plane, (first, span.1), FIGURE),
                        Meaning::Sign(rule) => found.hits.push(Hit { rule, first, end: span.1 }),
                    }
                }
                if let Some(latest) = set.leads.and_then(|number| latest.get_mut(usize::from(number))) {
                    latest.push(span);
                }
            }
        }
        found
    }
}

/// Where a frame of these parts begins whose last part begins at `start`; `None` when the parts before it are
/// not there. At most `REMEMBERED` places are tried a part, and frames are short.
///
/// A "not" inside a gap turns the meaning, so the gap does not hold then.
fn first_of(parts: &[Part], start: u32, latest: &[Latest], marks: &[u32]) -> Option<u32> {
    let (part, parts) = parts.split_last()?;
    let Some(before) = parts.last() else { return Some(start) };
    latest.get(usize::from(before.set))?.spans().find_map(|(first, end)| {
        if end > start || start - end > u32::from(part.gap) {
            return None;
        }
        let skipped = marks.get(end as usize..start as usize).unwrap_or_default();
        if skipped.iter().any(|m| m & Cue::Negation.flag() != 0) {
            return None;
        }
        first_of(parts, first, latest, marks)
    })
}
