//! Finds the frames of the lexicon in a text, and marks the words that decide scope.

use super::{
    lexicon::{Frame, Lexicon, Meaning, TIGHT},
    rules::Cue,
    words::Reading,
};
use crate::normalise::Normalised;

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
    pub(super) marks: Vec<u32>,
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

    fn spans(&self) -> impl Iterator<Item = (u32, u32)> {
        self.spans.iter().copied().take(self.count.min(REMEMBERED))
    }
}

impl Lexicon {
    /// Looks through the words of a text.
    pub(super) fn search(&self, reading: &Reading) -> Found {
        let mut found = Found { hits: Vec::new(), marks: vec![0; reading.len()] };
        let mut latest = vec![Latest::default(); self.sets.len()];
        for at in self.automaton.find_overlapping_iter(reading.text()) {
            let span = reading.words_at(at.start() + 1, at.end() - 1);
            let holders = self.holders.get(at.pattern().as_usize()).map_or(&[][..], |h| h);
            for &holder in holders {
                let Some(set) = self.sets.get(usize::from(holder)) else { continue };
                if set.cues != 0 {
                    mark(&mut found.marks, span, set.cues);
                }
                for &frame in &set.ends {
                    let Some(frame) = self.frames.get(usize::from(frame)) else { continue };
                    let Some(first) =
                        first_of(frame, frame.parts.len() - 1, span.0, &latest, Some(&found.marks))
                    else {
                        continue;
                    };
                    match frame.meaning {
                        Meaning::Figure => mark(&mut found.marks, (first, span.1), FIGURE),
                        Meaning::Sign(rule) => found.hits.push(Hit { rule, first, end: span.1 }),
                    }
                }
                if set.leads
                    && let Some(latest) = latest.get_mut(usize::from(holder))
                {
                    latest.push(span);
                }
            }
        }
        found
    }

    /// Looks through text without spaces: words that were spelled out or run together. Calls
    /// `each` with the rule and the normalised words it stands in.
    pub(super) fn search_tight(&self, text: &Normalised, mut each: impl FnMut(u16, usize, usize)) {
        if !text.words().iter().any(crate::normalise::Word::may_hold_many) {
            return;
        }
        let (tight, starts) = text.without_spaces();
        let mut latest = vec![Latest::default(); self.sets.len()];
        for at in self.tight.find_overlapping_iter(&tight) {
            let (Ok(start), Ok(end)) = (u32::try_from(at.start()), u32::try_from(at.end())) else { return };
            let holders = self.tight_holders.get(at.pattern().as_usize()).map_or(&[][..], |h| h);
            for &holder in holders {
                let Some(set) = self.sets.get(usize::from(holder)) else { continue };
                for &frame in &set.ends {
                    let Some(frame) = self.frames.get(usize::from(frame)).filter(|f| f.tight) else {
                        continue;
                    };
                    let Meaning::Sign(rule) = frame.meaning else { continue };
                    let Some(first) = first_of(frame, frame.parts.len() - 1, start, &latest, None) else {
                        continue;
                    };
                    let word = |at: u32| starts.partition_point(|&s| s <= at).saturating_sub(1);
                    let (from, to) = (word(first), word(end - 1));
                    let hidden = |w: usize| text.words().get(w).is_some_and(|w| w.may_hold_many());
                    if end - first >= TIGHT && (hidden(from) || hidden(to)) {
                        each(rule, from, to);
                    }
                }
                if set.leads
                    && let Some(latest) = latest.get_mut(usize::from(holder))
                {
                    latest.push((start, end));
                }
            }
        }
    }
}

/// Where a frame begins whose part `part` begins at `start`; `None` when the parts before it are
/// not there. At most `REMEMBERED` places are tried a part, and frames are short.
///
/// A "not" inside a gap turns the meaning, so the gap does not hold then.
fn first_of(frame: &Frame, part: usize, start: u32, latest: &[Latest], marks: Option<&[u32]>) -> Option<u32> {
    let Some(before) = part.checked_sub(1) else { return Some(start) };
    let gap = frame.parts.get(part)?.gap;
    let set = frame.parts.get(before)?.set;
    latest.get(usize::from(set))?.spans().find_map(|(first, end)| {
        // Without spaces two words may share a letter: `wan(t)o`.
        let fits = if marks.is_some() {
            end <= start && start - end <= gap
        } else {
            end == start || end == start + 1
        };
        if !fits {
            return None;
        }
        let skipped = marks.and_then(|m| m.get(end as usize..start as usize)).unwrap_or_default();
        if skipped.iter().any(|m| m & Cue::Negation.flag() != 0) {
            return None;
        }
        first_of(frame, before, first, latest, marks)
    })
}

fn mark(marks: &mut [u32], (first, end): (u32, u32), flags: u32) {
    if let Some(words) = marks.get_mut(first as usize..end as usize) {
        words.iter_mut().for_each(|m| *m |= flags);
    }
}
