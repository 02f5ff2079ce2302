//! Which memories bear on a cue, best first: BM25, with a threshold under which nothing is said.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, HashSet},
};

use alliance_core::recall::{Cue, RecallReason, Recalled};

use super::{
    index::{Index, Memory},
    words::scan,
};

// The usual constants of BM25 (Robertson and Zaragoza 2009).
const SATURATION: f32 = 1.2;
const LENGTH_WEIGHT: f32 = 0.75;
/// Memories that are taken to exist besides those that do: without them, no word is rare in a short log.
const IMAGINED: f32 = 50.0;
/// How much of the cue a memory must share, in weight of the cue's rarest words.
const LEAST_SHARE: f32 = 0.15;
/// How many of the cue's rarest words count for that: a long message is not one question.
const RAREST: usize = 5;
/// From which overlap of terms on two memories are the same.
const SAME: f32 = 0.9;

#[derive(Clone, Copy, Default)]
struct Tally {
    score: f32,
    shared: f32,
}

#[derive(PartialEq)]
struct Candidate {
    score: f32,
    memory: usize,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(self.memory.cmp(&other.memory))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Index {
    /// The memories that bear on `cue`, best first, the newer first among equals.
    pub(crate) fn rank(&self, cue: &Cue) -> Vec<Recalled> {
        let terms = self.weigh(&cue.text);
        let least = LEAST_SHARE * weight_of_rarest(&terms);
        let tallies = self.tally(&terms);
        let candidates = tallies.iter().enumerate().filter(|(memory, tally)| {
            tally.shared > 0.0 && tally.shared >= least && self.is_open_to(cue, *memory)
        });
        let mut heap: BinaryHeap<Candidate> =
            candidates.map(|(memory, tally)| Candidate { score: tally.score, memory }).collect();

        let mut chosen: Vec<(&Memory, f32)> = Vec::new();
        while chosen.len() < cue.limit {
            let Some(Candidate { score, memory }) = heap.pop() else { break };
            let Some(memory) = self.memories.get(memory) else { continue };
            if !chosen.iter().any(|(other, _)| says_the_same(memory, other)) {
                chosen.push((memory, score));
            }
        }
        let named: HashSet<u32> = terms.iter().filter_map(|(term, _)| *term).collect();
        let recalled = |(memory, score): (&Memory, f32)| {
            let is_named = memory.names.iter().any(|name| named.contains(name));
            let reason = if is_named { RecallReason::Named } else { RecallReason::Words };
            Recalled::new(memory.record, memory.text.clone(), score, reason)
        };
        chosen.into_iter().map(recalled).collect()
    }

    /// The different terms of a text with their weight, in order of appearance. A term that no memory has
    /// weighs too: it is part of what was asked.
    fn weigh(&self, text: &str) -> Vec<(Option<u32>, f32)> {
        let (mut seen, mut terms) = (HashSet::new(), Vec::new());
        scan(text, |term| {
            if seen.insert(term.to_owned()) {
                terms.push(self.term(term));
            }
        });
        let all = self.memories.len() as f32 + IMAGINED;
        let weigh = |number: Option<u32>| {
            let having = number.and_then(|n| self.postings.get(n as usize)).map_or(0, Vec::len) as f32;
            (number, ((all - having + 0.5) / (having + 0.5)).ln_1p())
        };
        terms.into_iter().map(weigh).collect()
    }

    fn tally(&self, terms: &[(Option<u32>, f32)]) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.memories.len()];
        let average = self.length as f32 / self.memories.len().max(1) as f32;
        for (term, weight) in terms {
            let Some(postings) = term.and_then(|term| self.postings.get(term as usize)) else { continue };
            for posting in postings {
                let place = posting.memory as usize;
                let (Some(tally), Some(memory)) = (tallies.get_mut(place), self.memories.get(place)) else {
                    continue;
                };
                let count = posting.count as f32;
                let length = 1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * memory.length as f32 / average;
                tally.score += weight * count * (SATURATION + 1.0) / (count + SATURATION * length);
                tally.shared += weight;
            }
        }
        tallies
    }

    fn is_open_to(&self, cue: &Cue, memory: usize) -> bool {
        self.memories.get(memory).is_some_and(|memory| {
            (cue.session.is_none() || memory.session != cue.session)
                && !self.superseded.contains(&memory.record)
        })
    }
}

fn weight_of_rarest(terms: &[(Option<u32>, f32)]) -> f32 {
    let mut weights: Vec<f32> = terms.iter().map(|(_, weight)| *weight).collect();
    weights.sort_unstable_by(|a, b| b.total_cmp(a));
    weights.iter().take(RAREST).sum()
}

fn says_the_same(a: &Memory, b: &Memory) -> bool {
    if a.negated != b.negated {
        return false;
    }
    let (mut left, mut right) = (a.terms.iter().peekable(), b.terms.iter().peekable());
    let mut shared = 0_usize;
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        let order = x.cmp(y);
        shared += usize::from(order.is_eq());
        if order.is_le() {
            left.next();
        }
        if order.is_ge() {
            right.next();
        }
    }
    let either = a.terms.len() + b.terms.len() - shared;
    shared as f32 >= SAME * either as f32
}
