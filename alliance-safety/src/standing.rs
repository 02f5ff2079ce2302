//! The standing level: what carries over from turn to turn, and the written rule by which it falls.

use serde::{Deserialize, Serialize};

use crate::{Category, Decision, RiskLevel, RuleId, dialogue::Dialogue};

/// Turns without a new sign before high may fall to moderate. A proposal; no clinician has reviewed it.
pub const QUIET_TURNS_HIGH: u32 = 3;

/// Turns without a sign before moderate falls to low. A proposal; no clinician has reviewed it.
pub const QUIET_TURNS_MODERATE: u32 = 6;

/// A question of the crisis pathway, asked one at a time.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// Whether the person means to act on the thoughts now.
    Intent,
    /// Whether the person is in a safe place.
    SafePlace,
    /// Who can be with them or be called.
    Support,
    /// Whether there are thoughts of suicide at all. Asked at low, before the pathway.
    Ideation,
}

impl Probe {
    /// The questions of the pathway, in the order in which they are asked.
    pub const PATHWAY: [Self; 3] = [Self::Intent, Self::SafePlace, Self::Support];
}

/// How the person answered a question of the crisis pathway.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeAnswer {
    /// Not asked, not answered, or answered in a way that the rules do not take for an answer.
    #[default]
    Open,
    /// Explicitly safe: no intent now; a safe place; somebody or a line named.
    Safe,
    /// Explicitly not.
    Unsafe,
}

/// What carries over from one screening to the next.
///
/// The level is an input to the next screening. It rises with any finding and falls by the written rule
/// only: high to moderate when every question of the crisis pathway has an explicit safe answer and
/// [`QUIET_TURNS_HIGH`] turns passed without a new sign, or when a human reviewer says so; moderate to
/// low after [`QUIET_TURNS_MODERATE`] turns without a sign; low to none with the next session. Taking
/// words back clears nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    level: RiskLevel,
    quiet_turns: u32,
    asked: Option<Probe>,
    answers: [ProbeAnswer; 4],
    spoken: u32,
    spoken_for: Option<Category>,
    turns_since_resources: Option<u32>,
    turns_since_question: Option<u32>,
    check_in: bool,
    /// Turns since each question was asked.
    #[serde(default)]
    since_asked: [Option<u32>; 4],
    #[serde(default)]
    dialogue: Dialogue,
}

/// A change of the standing level, for the audit record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The level before.
    pub from: RiskLevel,
    /// The level after.
    pub to: RiskLevel,
    /// The rule that changed it.
    pub rule: RuleId,
}

impl Change {
    /// The change as a decision for the audit record.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let reason = if self.to > self.from { "rise" } else { "fall" };
        Decision { rule: self.rule.clone(), level: self.to, reason }
    }
}

impl Standing {
    /// The level that stands.
    #[must_use]
    pub const fn level(&self) -> RiskLevel {
        self.level
    }

    /// Turns since the last sign, or since the last fall.
    #[must_use]
    pub const fn quiet_turns(&self) -> u32 {
        self.quiet_turns
    }

    /// What the conversation left behind.
    pub(crate) const fn dialogue(&self) -> &Dialogue {
        &self.dialogue
    }

    pub(crate) const fn dialogue_mut(&mut self) -> &mut Dialogue {
        &mut self.dialogue
    }

    /// The question of the crisis pathway that was asked last and waits for an answer.
    #[must_use]
    pub const fn asked(&self) -> Option<Probe> {
        self.asked
    }

    /// How a question was answered.
    #[must_use]
    pub const fn answer(&self, probe: Probe) -> ProbeAnswer {
        self.answers[probe as usize]
    }

    /// Whether the opening words of this session ask how things are since the last one.
    #[must_use]
    pub const fn check_in_due(&self) -> bool {
        self.check_in
    }

    /// The standing with which the next session opens: low falls to none, and whatever stood leaves a check-in,
    /// whose question the first turn answers.
    #[must_use]
    pub fn next_session(&self) -> (Self, Option<Change>) {
        let mut next = self.clone();
        next.check_in = self.level > RiskLevel::None;
        if next.check_in {
            next.asked = Some(Probe::Ideation);
        }
        if self.level != RiskLevel::Low {
            return (next, None);
        }
        let change = next.fall(RiskLevel::None, "standing.low.next_session");
        (next, Some(change))
    }

    /// A human reviewer lowers high to moderate. Any other level stays as it is.
    #[must_use]
    pub fn reviewed_by_human(&self) -> (Self, Option<Change>) {
        let mut next = self.clone();
        if self.level != RiskLevel::High {
            return (next, None);
        }
        let change = next.fall(RiskLevel::Moderate, "standing.high.human_review");
        (next, Some(change))
    }

    /// The more careful of two standings that went apart: the higher level, fewer quiet turns, the weaker answers, the
    /// question that is open in either, and what either conversation left behind. Services that only one of them named
    /// are named again. For a host that runs two turns at once, as with SOS.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let (mut merged, beside) =
            if other.level > self.level { (other.clone(), self) } else { (self.clone(), other) };
        merged.quiet_turns = self.quiet_turns.min(other.quiet_turns);
        merged.asked = merged.asked.or(beside.asked);
        merged.dialogue = merged.dialogue.merged(&beside.dialogue);
        merged.turns_since_question = sooner(merged.turns_since_question, beside.turns_since_question);
        for (since, there) in merged.since_asked.iter_mut().zip(beside.since_asked) {
            *since = sooner(*since, there);
        }
        let named = self.turns_since_resources.zip(other.turns_since_resources);
        merged.turns_since_resources = named.map(|(here, there)| here.max(there));
        for (answer, (a, b)) in merged.answers.iter_mut().zip(self.answers.iter().zip(&other.answers)) {
            if a != b {
                *answer = ProbeAnswer::Open;
            }
        }
        merged
    }

    /// The standing after a turn in which nobody could look: no quiet turn is counted and no answer taken.
    pub(crate) fn after_unseen(&self, sign: RiskLevel) -> (Self, Option<Change>) {
        if sign > RiskLevel::None {
            return self.after_turn(sign, ProbeAnswer::Open);
        }
        let mut next = self.clone();
        next.check_in = false;
        (next, None)
    }

    /// The standing after a turn in which `sign` was found and the pending question answered by `answer`.
    pub(crate) fn after_turn(&self, sign: RiskLevel, answer: ProbeAnswer) -> (Self, Option<Change>) {
        let mut next = self.clone();
        next.check_in = false;
        next.turns_since_resources = self.turns_since_resources.map(|turns| turns.saturating_add(1));
        next.turns_since_question = self.turns_since_question.map(|turns| turns.saturating_add(1));
        next.since_asked = self.since_asked.map(|turns| turns.map(|turns| turns.saturating_add(1)));
        if let Some(probe) = next.asked.take()
            && answer != ProbeAnswer::Open
        {
            next.answers[probe as usize] = answer;
        }
        if sign > RiskLevel::None {
            next.quiet_turns = 0;
            if sign >= RiskLevel::Moderate {
                next.answers = [ProbeAnswer::Open; 4];
            }
            let change = (sign > self.level).then(|| next.rise(sign));
            return (next, change);
        }
        if answer == ProbeAnswer::Unsafe {
            // Whoever has just said that they are not safe, or have nobody, did not have a quiet turn.
            next.quiet_turns = 0;
            return (next, None);
        }
        next.quiet_turns = self.quiet_turns.saturating_add(1);
        let change = match self.level {
            RiskLevel::High if next.pathway_ended() && next.quiet_turns >= QUIET_TURNS_HIGH => {
                Some(next.fall(RiskLevel::Moderate, "standing.high.pathway_and_quiet"))
            }
            RiskLevel::Moderate if next.quiet_turns >= QUIET_TURNS_MODERATE => {
                Some(next.fall(RiskLevel::Low, "standing.moderate.quiet"))
            }
            _ => None,
        };
        (next, change)
    }

    /// The next question: first those without an explicit answer, then again those answered unsafely.
    fn next_probe(&self) -> Option<Probe> {
        [ProbeAnswer::Open, ProbeAnswer::Unsafe]
            .into_iter()
            .find_map(|answer| Probe::PATHWAY.into_iter().find(|probe| self.answer(*probe) == answer))
    }

    /// The question to ask now, if one is due: the same one never twice within three turns.
    pub(crate) fn probe_due(&self) -> Option<Probe> {
        self.next_probe().filter(|probe| self.since_asked[*probe as usize].is_none_or(|turns| turns >= 3))
    }

    /// How often the plan has spoken; its texts rotate by it so that none comes twice in a row.
    pub(crate) const fn spoken(&self) -> u32 {
        self.spoken
    }

    /// Whether the resource block may come again: never twice within three turns.
    pub(crate) fn resources_due(&self) -> bool {
        self.turns_since_resources.is_none_or(|turns| turns >= 3)
    }

    /// Whether a question about thoughts of suicide may come again: never twice within three turns.
    pub(crate) fn question_due(&self) -> bool {
        self.turns_since_question.is_none_or(|turns| turns >= 3)
    }

    /// The kind of danger that the plan spoke to last.
    pub(crate) const fn spoken_for(&self) -> Option<Category> {
        self.spoken_for
    }

    pub(crate) const fn note_spoken_for(&mut self, category: Category) {
        self.spoken_for = Some(category);
    }

    /// Notes what the plan said: the question it asked, and whether it named resources.
    pub(crate) fn note_spoken(&mut self, asked: Option<Probe>, named: Named) {
        self.spoken = self.spoken.saturating_add(1);
        self.asked = asked;
        if let Some(probe) = asked {
            self.since_asked[probe as usize] = Some(0);
            self.turns_since_question = Some(0);
        }
        if named == Named::Resources {
            self.turns_since_resources = Some(0);
        }
    }

    fn pathway_ended(&self) -> bool {
        Probe::PATHWAY.into_iter().all(|probe| self.answer(probe) == ProbeAnswer::Safe)
    }

    fn rise(&mut self, to: RiskLevel) -> Change {
        let from = std::mem::replace(&mut self.level, to);
        self.check_in = false;
        Change { from, to, rule: RuleId::new("standing.rise") }
    }

    fn fall(&mut self, to: RiskLevel, rule: &'static str) -> Change {
        let from = std::mem::replace(&mut self.level, to);
        self.quiet_turns = 0;
        Change { from, to, rule: RuleId::new(rule) }
    }
}

/// The smaller of two counts of turns, where there are two.
pub(crate) fn sooner(here: Option<u32>, there: Option<u32>) -> Option<u32> {
    here.zip(there).map(|(here, there)| here.min(there)).or(here).or(there)
}

/// Whether words of the plan held the numbers of crisis services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Nothing,
    Resources,
}

#[cfg(test)]
mod tests {
    use super::*;
    use RiskLevel::{High, Low, Moderate, None as Calm};

    fn turns(mut standing: Standing, n: u32) -> Standing {
        for _ in 0..n {
            standing = standing.after_turn(Calm, ProbeAnswer::Open).0;
        }
        standing
    }

    fn at(level: RiskLevel) -> Standing {
        Standing::default().after_turn(level, ProbeAnswer::Open).0
    }

    #[test]
    fn high_stays_without_explicit_answers() {
        assert_eq!(turns(at(High), 50).level(), High);
    }

    #[test]
    fn high_falls_after_three_safe_answers_and_three_quiet_turns() {
        let mut standing = at(High);
        for probe in Probe::PATHWAY {
            assert_eq!(standing.level(), High);
            assert_eq!(standing.next_probe(), Some(probe));
            standing.note_spoken(Some(probe), Named::Nothing);
            standing = standing.after_turn(Calm, ProbeAnswer::Safe).0;
        }
        assert_eq!(standing.level(), Moderate);
    }

    #[test]
    fn an_unsafe_answer_or_a_new_sign_keeps_high() {
        let mut standing = at(High);
        for answer in [ProbeAnswer::Safe, ProbeAnswer::Unsafe, ProbeAnswer::Safe] {
            standing.note_spoken(standing.next_probe(), Named::Nothing);
            standing = standing.after_turn(Calm, answer).0;
        }
        assert_eq!(turns(standing.clone(), 20).level(), High);
        let again = standing.after_turn(High, ProbeAnswer::Open).0;
        assert_eq!((again.quiet_turns(), again.next_probe()), (0, Some(Probe::Intent)));
    }

    #[test]
    fn moderate_falls_to_low_after_six_quiet_turns_and_low_waits_for_the_next_session() {
        assert_eq!(turns(at(Moderate), QUIET_TURNS_MODERATE - 1).level(), Moderate);
        let low = turns(at(Moderate), 50);
        assert_eq!(low.level(), Low);
        let (next, change) = low.next_session();
        assert_eq!((next.level(), next.check_in_due()), (Calm, true));
        assert_eq!(change.map(|c| (c.from, c.to)), Some((Low, Calm)));
    }

    #[test]
    fn a_session_does_not_lower_what_is_above_low() {
        for level in [Moderate, High] {
            assert_eq!(at(level).next_session().0.level(), level);
        }
    }

    #[test]
    fn a_human_lowers_high_by_one_step_only() {
        assert_eq!(at(High).reviewed_by_human().0.level(), Moderate);
        assert_eq!(at(Moderate).reviewed_by_human().0.level(), Moderate);
    }
}
