//! Words find, scope decides: who is meant, when, and whether it is meant at all.
//!
//! A finding is lowered only where a cue stands in its own sentence (or, for stories and work, the
//! one before). In doubt nothing is lowered. What was lowered stays a finding with its reason.

use super::{
    lexicon::{CompiledRule, Plane},
    rules::{About, Cue},
    search::{FIGURE, Found, Hit},
    words::{Place, Reading},
};
use crate::{Attribution, Category, RiskLevel, ScopeReason};

/// How far before a sign a negation counts, in words.
const DENIAL: usize = 5;
/// How far from a sign a word about the past counts, in words.
const PAST: usize = 10;

/// What scope says about one hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) lowered: Option<(RiskLevel, ScopeReason)>,
    pub(super) whose: Attribution,
}

/// The marks of a text, gathered by word, sentence and whole.
pub(super) struct Scope<'a> {
    marks: &'a [u32],
    places: &'a [Place],
    sentences: Vec<u32>,
    text: u32,
    /// The marks of what stands outside quotation marks.
    unquoted: u32,
}

impl<'a> Scope<'a> {
    pub(super) fn new(found: &'a Found, reading: &'a Reading, plane: Plane) -> Self {
        let marks = found.marks.plane(plane);
        let mut sentences = vec![0; reading.sentences()];
        for (place, mark) in reading.words().iter().zip(marks) {
            if let Some(all) = sentences.get_mut(place.sentence as usize) {
                *all |= mark;
            }
        }
        let text = sentences.iter().fold(0, |all, s| all | s);
        let outside = reading.words().iter().zip(marks).filter(|(place, _)| !place.quoted);
        let unquoted = outside.fold(0, |all, (_, mark)| all | mark);
        Self { marks, places: reading.words(), sentences, text, unquoted }
    }

    /// Decides about one hit.
    pub(super) fn judge(&self, hit: Hit, rule: &CompiledRule) -> Verdict {
        let (first, end) = (hit.first as usize, hit.end as usize);
        let words = self.marks.get(first..end).unwrap_or_default();
        let span = words.iter().fold(0, |all, m| all | m);
        let sentence = self.places.get(first).map_or(0, |p| p.sentence as usize);
        let here = self.sentences.get(sentence).copied().unwrap_or_default();
        // What was told in the sentence before goes on with somebody else in this one, and not with "took all of them".
        let before =
            here | sentence.checked_sub(1).and_then(|s| self.sentences.get(s)).copied().unwrap_or_default();
        let near = if here & (Cue::Other.flag() | Cue::Dependent.flag()) != 0 { before } else { here };
        let may = |reason| !rule.keep.contains(&reason);

        let whose = self.whose(first, span, near, rule);
        let verdict = |lowered| Verdict { lowered, whose };
        if self.is_figure(words, end) && may(ScopeReason::Figurative) {
            return verdict(Some((RiskLevel::None, ScopeReason::Figurative)));
        }
        if let Some(reason) = self.told(first, span, near, whose).filter(|&r| may(r)) {
            let whose =
                if reason == ScopeReason::Fiction { Attribution::Fiction } else { Attribution::Quoted };
            return Verdict { lowered: Some((RiskLevel::None, reason)), whose };
        }
        let over = !has(here, Cue::Present) && !self.intends(first, end) && may(ScopeReason::PastRecovered);
        if over && self.is_near(first, end, Cue::Past) {
            let level = if self.text & (Cue::Recovered.flag() | Cue::Over.flag()) != 0 {
                RiskLevel::None
            } else {
                RiskLevel::Low
            };
            return verdict(Some((level, ScopeReason::PastRecovered)));
        }
        if over && self.is_near(first, end, Cue::Over) {
            return verdict(Some((RiskLevel::None, ScopeReason::PastRecovered)));
        }
        if (self.denied(first, end) || (rule.denial_follows && self.denied_after(end)))
            && may(ScopeReason::Negated)
        {
            return verdict(Some((RiskLevel::None, ScopeReason::Negated)));
        }
        match whose {
            Attribution::OtherPerson if rule.about != About::Anybody && may(ScopeReason::ThirdPerson) => {
                verdict(Some((RiskLevel::None, ScopeReason::ThirdPerson)))
            }
            Attribution::Dependent if rule.level > RiskLevel::Moderate && rule.about != About::Anybody => {
                verdict(Some((RiskLevel::Moderate, ScopeReason::ThirdPerson)))
            }
            _ => verdict(None),
        }
    }

    /// Who is in danger. The person themself, unless somebody else is the subject beyond doubt.
    fn whose(&self, first: usize, span: u32, near: u32, rule: &CompiledRule) -> Attribution {
        let other = if has(near, Cue::Dependent) { Attribution::Dependent } else { Attribution::OtherPerson };
        if rule.about == About::Other {
            return other;
        }
        if has(span, Cue::First) || matches!(rule.category, Category::HarmToOthers | Category::Abuse) {
            return Attribution::Own;
        }
        let sentence = self.places.get(first).map_or(0, |p| p.sentence);
        let of_sentence = |i: &usize| self.places.get(*i).is_some_and(|p| p.sentence == sentence);
        let before = (0..first).rev().take(DENIAL).take_while(of_sentence).map(|i| self.mark(i));
        let subject = before.into_iter().find(|m| m & Cue::Link.flag() == 0);
        let is_other = |m: u32| m & (Cue::Other.flag() | Cue::Dependent.flag()) != 0 && !has(m, Cue::Object);
        if subject.is_some_and(is_other) {
            return other;
        }
        let mut someone = false;
        for i in (0..first).rev().take(16) {
            if self.places.get(i).is_none_or(|p| p.sentence != sentence) || has(self.mark(i), Cue::First) {
                break;
            }
            someone |= is_other(self.mark(i));
        }
        let first_person = (0..first).rev().take(16).any(|i| has(self.mark(i), Cue::First));
        if someone && !first_person { other } else { Attribution::Own }
    }

    /// Whether the words are those of a story, of work or of a quotation.
    fn told(&self, first: usize, span: u32, near: u32, whose: Attribution) -> Option<ScopeReason> {
        let quoted = self.places.get(first).is_some_and(|p| p.quoted);
        let own = has(span, Cue::First)
            || (whose == Attribution::Own
                && (first.saturating_sub(3)..first).any(|i| has(self.mark(i), Cue::First)));
        if own && !quoted {
            return None;
        }
        if has(near, Cue::Fiction) {
            return Some(ScopeReason::Fiction);
        }
        if has(near, Cue::Work) || (quoted && has(self.unquoted, Cue::Other)) {
            return Some(ScopeReason::Quoted);
        }
        None
    }

    /// Whether the sign is denied, and the denial stands.
    fn denied(&self, first: usize, end: usize) -> bool {
        let postponed = (end..end + 2).any(|i| has(self.mark(i), Cue::Postponed));
        if postponed || has(self.text, Cue::TakenBack) {
            return false;
        }
        let mut i = first;
        // "I don't think I want to" denies, "I have no friends I want to" does not: whoever begins a new clause is
        // denied only by what carries it.
        let mut begins = has(self.mark(first), Cue::Subject);
        for _ in 0..DENIAL {
            // A comma, a bracket or a dash ends the reach of a "not".
            if self.places.get(i).is_none_or(|p| p.clause) || i == 0 {
                return false;
            }
            i -= 1;
            let mark = self.mark(i);
            if has(mark, Cue::NoDenial) || has(mark, Cue::Join) || (begins && !has(mark, Cue::Carry)) {
                return false;
            }
            begins = has(mark, Cue::Subject);
            if has(mark, Cue::Negation) {
                return true;
            }
        }
        false
    }

    /// Whether a denial follows at once: "verletz mich nicht", "bin ich nicht".
    fn denied_after(&self, end: usize) -> bool {
        for i in end..end + 3 {
            let mark = self.mark(i);
            let Some(place) = self.places.get(i) else { return false };
            if place.clause && i == end + 2 || has(mark, Cue::NoDenial) || has(self.text, Cue::TakenBack) {
                return false;
            }
            if has(mark, Cue::Join) || (i == end && has(mark, Cue::Subject)) {
                return false;
            }
            if has(mark, Cue::Negation) {
                return !has(self.mark(i + 1), Cue::Postponed) && !has(self.mark(i + 1), Cue::NoDenial);
            }
        }
        false
    }

    /// Whether at least half of the sign is said inside a figure of speech, or it goes over into one: "going to [end it here for
    /// today]".
    fn is_figure(&self, words: &[u32], end: usize) -> bool {
        let is = |mark: u32| mark & FIGURE != 0;
        let into = words.last().is_some_and(|mark| is(*mark)) && is(self.mark(end));
        into || words.iter().filter(|mark| is(**mark)).count() * 2 >= words.len()
    }

    /// Whether the sign is what somebody means to do now.
    fn intends(&self, first: usize, end: usize) -> bool {
        (first.saturating_sub(3)..end).any(|i| has(self.mark(i), Cue::Intent))
    }

    /// Whether a cue stands near the sign, in its sentence.
    fn is_near(&self, first: usize, end: usize, cue: Cue) -> bool {
        let sentence = self.places.get(first).map(|p| p.sentence);
        (first.saturating_sub(PAST)..end + PAST)
            .any(|i| has(self.mark(i), cue) && self.places.get(i).map(|p| p.sentence) == sentence)
    }

    fn mark(&self, word: usize) -> u32 {
        self.marks.get(word).copied().unwrap_or_default()
    }
}

const fn has(marks: u32, cue: Cue) -> bool {
    marks & cue.flag() != 0
}
