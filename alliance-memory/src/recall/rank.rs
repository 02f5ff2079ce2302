//! Which memories bear on a cue, best first.
//!
//! BM25 over a memory with its neighbours, in whose light it was said; a share of the neighbours' scores;
//! what it means, where there are vectors; names, times, recency and salience as mild factors; and a threshold
//! under which nothing is said.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, HashSet},
};

use alliance_core::{
    recall::{Cue, RecallReason, Recalled},
    safety::Timestamp,
    token::{ByteEstimate, TokenCounter},
};

use super::{
    change::Change,
    cue::{Ask, Wanted},
    index::{EARLIER, Index, Kind, LATER},
    time::{Lies, Span},
};

// Found on the LoCoMo conversations 26 and 30, rounded to what is good around it too.

/// BM25's: how fast more of the same word counts less, and how much length counts against a memory.
const SATURATION: f32 = 0.9;
const LENGTH: f32 = 0.4;
/// Which share of the score of the memory before and of the one after a memory gets.
const SMOOTHING: [f32; 2] = [0.4, 0.25];
/// How much more a memory of somebody whom the cue names counts.
const NAMED: f32 = 0.5;
/// How much more a memory of the time that the cue speaks of counts, and one near it.
const WITHIN: f32 = 0.5;
const NEAR: f32 = 0.2;
/// How much less the oldest memories count, and after how many days half of that is reached.
const AGE: f32 = 0.05;
const HALF_AGE: f32 = 90.0;
/// How much most or no salience raises or lowers.
const SALIENCE: f32 = 0.1;
/// How much of the cue each memory must share, where the best one shares enough.
const LEAST_OF_EACH: f32 = 0.05;
/// How many of the cue's rarest words count for that: a long message is not one question.
const RAREST: usize = 5;
/// How the threshold grows with what is asked: a cue of many words asks for more than one of few, though not in
/// proportion.
const GROWTH: f32 = 0.7;
/// How much smaller the threshold is where the cue points to something as known.
const POINTED: f32 = 0.5;
/// How much meaning counts beside words.
const MEANING: f32 = 0.2;
/// How much what is otherwise since still counts.
const OTHERWISE: f32 = 0.5;
/// From which share of terms on, by weight, a change is about a memory, and how few say nothing of their own.
const ABOUT: f32 = 0.35;
const FEW: usize = 2;
/// From which overlap of terms on two memories are the same.
const SAME: f32 = 0.9;

#[derive(PartialEq)]
struct Candidate {
    score: f32,
    place: usize,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How often one word stands in each memory.
struct Counts {
    counts: Vec<f32>,
    /// Where it stands at all.
    touched: Vec<usize>,
}

impl Counts {
    fn add(&mut self, place: usize, count: f32) {
        if let Some(slot) = self.counts.get_mut(place) {
            if *slot == 0.0 {
                self.touched.push(place);
            }
            *slot += count;
        }
    }
}

/// What changes something that was said before it.
struct Bearing {
    place: usize,
    change: Change,
    terms: Vec<u32>,
    /// How much its terms tell together.
    weight: f32,
}

/// What each memory has to do with a cue.
struct Tallies {
    scores: Vec<f32>,
    /// How much of the cue it shares, what stands beside it counted less.
    shares: Vec<f32>,
    /// How close it is in meaning; empty without vectors.
    closeness: Vec<f32>,
    /// From which closeness on meaning counts alone.
    close: f32,
}

/// What a cue means.
#[derive(Clone, Copy)]
pub(crate) struct Meaning<'a> {
    pub(crate) vector: &'a [f32],
    /// From which cosine on a memory is close to it.
    pub(crate) close: f32,
}

impl Tallies {
    fn score(&self, place: usize) -> f32 {
        self.scores.get(place).copied().unwrap_or_default()
    }

    fn share(&self, place: usize) -> f32 {
        self.shares.get(place).copied().unwrap_or_default()
    }

    fn is_close(&self, place: usize) -> bool {
        self.closeness.get(place).is_some_and(|closeness| *closeness >= self.close)
    }
}

impl Index {
    /// The memories that bear on `cue`, best first, the newer first among equals. `threshold` is how much of what
    /// the cue asks for the best must give.
    pub(crate) fn rank(&self, cue: &Cue, meaning: Option<Meaning<'_>>, threshold: f32) -> Vec<Recalled> {
        let ask = self.understand(cue);
        let mut tallies = self.tally(&ask.wanted);
        if let Some(Meaning { vector, close }) = meaning {
            (tallies.closeness, tallies.close) = (self.vectors.closeness(vector), close);
        }
        let scores = self.scores(&tallies);
        let session = cue.session.and_then(|session| self.session(session));
        // Where only a time is named, whatever was then is meant.
        let time_alone = ask.span.filter(|_| !ask.says_what);
        let least_of_each = LEAST_OF_EACH * weight_of_rarest(&ask.wanted);
        let mut best = 0.0_f32;
        let mut heap = BinaryHeap::new();
        for (place, score) in scores.iter().enumerate() {
            if *score == 0.0 && time_alone.is_none() {
                continue;
            }
            let share = tallies.share(place);
            let is_of_time = time_alone.is_some_and(|span| self.lies(place, span) == Lies::Within);
            let is_meant = is_of_time || tallies.is_close(place);
            let bears = is_meant || (share > 0.0 && share >= least_of_each);
            if bears && self.is_open(place, session, &ask) {
                best = best.max(if is_meant { f32::INFINITY } else { tallies.score(place) });
                let score = score + if is_of_time { 1.0 } else { 0.0 };
                heap.push(Candidate { score: score * self.factor(place, cue.at, &ask), place });
            }
        }
        let threshold = if ask.points_back { POINTED * threshold } else { threshold };
        if best < threshold * self.asked(&ask.wanted) {
            return Vec::new();
        }
        self.choose(heap, cue, &ask, &tallies)
    }

    /// Takes the best, leaving out what was said before and what does not fit into the budget.
    fn choose(
        &self,
        mut heap: BinaryHeap<Candidate>,
        cue: &Cue,
        ask: &Ask,
        tallies: &Tallies,
    ) -> Vec<Recalled> {
        // Of each that is chosen whether it denies something, and its terms, which are packed and read once.
        let (mut chosen, mut said, mut left) = (Vec::new(), Vec::<(bool, Vec<u32>)>::new(), cue.tokens);
        let changes = self.changes_that_bear(ask, tallies);
        let mut settled = HashSet::new();
        while chosen.len() < cue.limit {
            let Some(Candidate { score, place }) = heap.pop() else { break };
            let (Some(memory), text) = (self.memories.get(place), self.text(place)) else { continue };
            let terms: Vec<u32> = self.terms_of(place).collect();
            match self.change_of(place, &terms, &changes) {
                Change::TakenBack => continue,
                Change::Otherwise if settled.insert(place) => {
                    heap.push(Candidate { score: OTHERWISE * score, place });
                    continue;
                }
                _ => {}
            }
            let reason = self.reason(place, &terms, ask, tallies);
            // What is recalled only for what stands beside it rests with that.
            let mut beside = self.beside(place).into_iter().flatten();
            let is_taken_back = |other: usize| {
                let terms: Vec<u32> = self.terms_of(other).collect();
                self.change_of(other, &terms, &changes) == Change::TakenBack
            };
            if reason == RecallReason::Neighbour && beside.any(is_taken_back) {
                continue;
            }
            let tokens = ByteEstimate.count(text);
            let is_the_same =
                |(negated, other): &(bool, Vec<u32>)| *negated == memory.negated && overlap(&terms, other);
            if tokens > left || said.iter().any(is_the_same) {
                continue;
            }
            left -= tokens;
            said.push((memory.negated, terms));
            chosen.push(Recalled::new(memory.record, text, score, reason).kind(memory.kind.of_record()));
        }
        chosen
    }

    /// What changes something and has to do with the cue. Nothing where the cue asks how it was before.
    fn changes_that_bear(&self, ask: &Ask, tallies: &Tallies) -> Vec<Bearing> {
        let places = self.changes.iter().map(|place| *place as usize);
        let bear = places.filter(|place| !ask.back_then && tallies.score(*place) > 0.0);
        let bearing = bear.filter_map(|place| {
            let terms: Vec<u32> = self.terms_of(place).collect();
            let (change, weight) = (self.memories.get(place)?.change, self.weight_of(&terms));
            Some(Bearing { place, change, terms, weight })
        });
        bearing.collect()
    }

    /// What later memories do to one that the person said, or that was made of what they said.
    fn change_of(&self, place: usize, terms: &[u32], changes: &[Bearing]) -> Change {
        let Some(memory) = self.memories.get(place) else { return Change::None };
        let later = |by: &&Bearing| match memory.kind {
            Kind::Said => by.place > place && self.is_about(by, terms, |before| before == place),
            Kind::Shown => false,
            // Made after the talk: what was said in it comes before, whatever was said then.
            Kind::Fact | Kind::Episode => {
                let said_later = self.memories.get(by.place).is_some_and(|by| by.when >= memory.when);
                said_later && self.is_about(by, terms, |before| self.is_made_of(place, terms, before))
            }
        };
        changes.iter().filter(later).map(|by| by.change).max().unwrap_or_default()
    }

    /// Whether what changes something is about one with these terms: it names what that one says, or names next to
    /// nothing and follows it.
    fn is_about(&self, change: &Bearing, terms: &[u32], follows: impl Fn(usize) -> bool) -> bool {
        if change.terms.len() <= FEW {
            return self.beside(change.place)[0].is_some_and(follows);
        }
        let shared = shared(&change.terms, terms);
        shared.len() >= FEW && self.weight_of(&shared) >= ABOUT * change.weight.min(self.weight_of(terms))
    }

    /// Whether a memory with these terms was made of what was said at `before`.
    fn is_made_of(&self, place: usize, terms: &[u32], before: usize) -> bool {
        let session = |place: usize| self.memories.get(place).map(|memory| memory.session);
        let said: Vec<u32> = self.terms_of(before).collect();
        session(place) == session(before)
            && self.weight_of(&shared(terms, &said)) >= ABOUT * self.weight_of(terms)
    }

    fn weight_of(&self, terms: &[u32]) -> f32 {
        terms.iter().map(|term| self.rarity(&[(*term, 1.0)])).sum()
    }

    /// How much a cue asks for: the weight of its own words, as that of one which no memory has grows to it.
    fn asked(&self, wanted: &[Wanted]) -> f32 {
        let all: f32 = wanted.iter().filter(|wanted| wanted.own).map(|wanted| wanted.weight).sum();
        all.powf(GROWTH) * self.rarity(&[]).powf(1.0 - GROWTH)
    }

    fn reason(&self, place: usize, terms: &[u32], ask: &Ask, tallies: &Tallies) -> RecallReason {
        let has = |term: u32| terms.binary_search(&term).is_ok();
        let named = self.names_of(place).any(|name| ask.names.contains(&name));
        let of_time = ask.span.is_some_and(|span| self.lies(place, span) == Lies::Within);
        if named || of_time {
            RecallReason::Named
        } else if ask.wanted.iter().any(|wanted| wanted.forms.iter().any(|(form, _)| has(*form))) {
            RecallReason::Words
        } else if tallies.is_close(place) {
            RecallReason::Meaning
        } else {
            RecallReason::Neighbour
        }
    }

    /// BM25, each memory read with those beside it.
    fn tally(&self, wanted: &[Wanted]) -> Tallies {
        let all = self.memories.len();
        let (mut scores, mut shares) = (vec![0.0; all], vec![0.0; all]);
        let mut counts = Counts { counts: vec![0.0; all], touched: Vec::new() };
        let beside: f32 = LATER.iter().chain(&EARLIER).sum();
        let average = self.length as f32 / all.max(1) as f32 * (1.0 + beside);
        for Wanted { weight, forms, .. } in wanted {
            for (term, factor) in forms {
                for (place, count) in self.postings.of(*term) {
                    let count = count * factor;
                    counts.add(place, count);
                    self.around(place, |other, share| counts.add(other, share * count));
                }
            }
            for place in counts.touched.drain(..) {
                let Some(count) = counts.counts.get_mut(place).map(std::mem::take) else { continue };
                let length = self.links.get(place).map_or(0.0, |link| link.context) / average;
                let saturated = count + SATURATION * (1.0 - LENGTH + LENGTH * length);
                if let (Some(score), Some(share)) = (scores.get_mut(place), shares.get_mut(place)) {
                    *score += weight * (SATURATION + 1.0) * count / saturated;
                    *share += weight * count.sqrt().min(1.0);
                }
            }
        }
        Tallies { scores, shares, closeness: Vec::new(), close: f32::INFINITY }
    }

    /// Scores with a share of the neighbours', and with meaning, where there is any.
    fn scores(&self, tallies: &Tallies) -> Vec<f32> {
        let score = |place: usize| tallies.score(place);
        let smooth = |(place, own): (usize, &f32)| {
            // What shares nothing even with its neighbours' help is not looked at.
            if *own == 0.0 {
                return 0.0;
            }
            let [before, after] = self.beside(place);
            own + SMOOTHING[0] * before.map_or(0.0, score) + SMOOTHING[1] * after.map_or(0.0, score)
        };
        let mut scores: Vec<f32> = tallies.scores.iter().enumerate().map(smooth).collect();
        if !tallies.closeness.is_empty() {
            let most = |all: &[f32]| all.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
            let (words, meaning) = (most(&scores), most(&tallies.closeness));
            for (score, closeness) in scores.iter_mut().zip(&tallies.closeness) {
                *score = (1.0 - MEANING) * *score / words + MEANING * closeness / meaning;
            }
        }
        scores
    }

    fn factor(&self, place: usize, now: Option<Timestamp>, ask: &Ask) -> f32 {
        let Some(memory) = self.memories.get(place) else { return 1.0 };
        let mut factor = 1.0 + SALIENCE * (f32::from(memory.salience) / 50.0 - 1.0);
        if !ask.names.is_empty() && self.names_of(place).any(|name| ask.names.contains(&name)) {
            factor *= 1.0 + NAMED;
        }
        if let Some(span) = ask.span {
            factor *= match self.lies(place, span) {
                Lies::Within => 1.0 + WITHIN,
                Lies::Near => 1.0 + NEAR,
                Lies::Apart => 1.0,
            };
        } else if let Some(now) = now {
            let days = now.since(memory.when).as_secs_f32() / 86_400.0;
            factor *= 1.0 - AGE * (days / (days + HALF_AGE));
        }
        factor
    }

    fn lies(&self, place: usize, span: Span) -> Lies {
        self.memories.get(place).map_or(Lies::Apart, |memory| span.place(memory.when))
    }

    fn is_open(&self, place: usize, session: Option<u32>, ask: &Ask) -> bool {
        self.memories.get(place).is_some_and(|memory| {
            session.is_none_or(|session| !memory.is_of(session))
                && (ask.back_then || !self.superseded.contains(&memory.record))
        })
    }
}

/// The terms that both have, in order.
fn shared(some: &[u32], others: &[u32]) -> Vec<u32> {
    some.iter().filter(|term| others.binary_search(term).is_ok()).copied().collect()
}

/// Whether two memories have nearly the same terms.
fn overlap(left: &[u32], right: &[u32]) -> bool {
    let all = left.len() + right.len();
    // Whatever they share, one is too long for the other.
    if (left.len().min(right.len()) as f32) < SAME * left.len().max(right.len()) as f32 {
        return false;
    }
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
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
    shared as f32 >= SAME * (all - shared) as f32
}

/// The weight of a cue's rarest own words.
fn weight_of_rarest(wanted: &[Wanted]) -> f32 {
    let mut weights: Vec<f32> =
        wanted.iter().filter(|wanted| wanted.own).map(|wanted| wanted.weight).collect();
    weights.sort_unstable_by(|a, b| b.total_cmp(a));
    weights.iter().take(RAREST).sum()
}
