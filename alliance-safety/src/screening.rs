//! The witness that a text was screened, and what follows from it.

use std::{fmt, sync::Arc};

use crate::{
    Attribution, Category, Change, Finding, Findings, LeftOut, Locale, Part, ProbeAnswer, Region, RiskLevel,
    RuleId, ScopeReason, Standing, dialogue::Dialogue,
};

/// What a screening needs to know beside the text.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ScreenContext {
    /// The standing after the turn before.
    pub standing: Standing,
    /// The language of the session.
    pub locale: Locale,
    /// The place whose services are meant, where it is known.
    pub region: Option<Region>,
    /// The detectors that failed earlier in this session.
    pub left_out: LeftOut,
    /// Whether the standing could not be read, for example from a store that failed: then it is caution,
    /// not "no sign", and every reply is held back as a whole.
    pub standing_unknown: bool,
}

impl ScreenContext {
    /// The context of a turn.
    #[must_use]
    pub fn new(standing: Standing, locale: Locale) -> Self {
        Self { standing, locale, ..Self::default() }
    }

    /// Names the place whose services are meant.
    #[must_use]
    pub const fn region(mut self, region: Option<Region>) -> Self {
        self.region = region;
        self
    }

    /// Leaves out detectors that failed earlier in this session.
    #[must_use]
    pub fn left_out(mut self, left_out: LeftOut) -> Self {
        self.left_out = left_out;
        self
    }
}

/// Who speaks after a screening, and how much is held back.
#[expect(clippy::exhaustive_enums, reason = "a match on who speaks has to be total")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// A model may speak; its reply is released sentence by sentence.
    Sentences,
    /// A model may speak; its reply is released as a whole.
    Whole,
    /// A model may add one reflection, released as a whole, before the fixed words of the crisis plan.
    ReflectThenPlan,
    /// The crisis plan speaks, and no model.
    PlanOnly,
    /// The baseline itself failed: a reviewed static reply is shown, and no model speaks.
    StaticOnly,
}

/// Words from which on a text is more than an answer to the plan's question.
const REFLECTED_WORDS: usize = 4;

/// Proof that a text was screened. It owns the text it looked at; a prompt takes a person's words from
/// nowhere else. Cheap to clone. `Debug` shows lengths, rules and levels, never words.
#[derive(Clone)]
pub struct Screening(pub(crate) Arc<Screened>);

#[derive(Clone)]
pub(crate) struct Screened {
    pub(crate) text: Arc<str>,
    pub(crate) locale: Locale,
    pub(crate) region: Option<Region>,
    pub(crate) findings: Findings,
    pub(crate) before: Standing,
    pub(crate) answer: ProbeAnswer,
    pub(crate) dialogue: Dialogue,
    pub(crate) standing: Standing,
    pub(crate) changes: Vec<Change>,
    pub(crate) left_out: LeftOut,
}

impl Screening {
    /// The text that was screened.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The level of this text alone.
    #[must_use]
    pub fn level(&self) -> RiskLevel {
        self.0.findings.level()
    }

    /// The level that stands after this text: the input to the next screening.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.0.standing
    }

    /// The level that stood before this text.
    #[must_use]
    pub fn level_before(&self) -> RiskLevel {
        self.0.before.level()
    }

    /// Everything that was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.0.findings
    }

    /// Rises and falls of the standing level in this screening.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.0.changes
    }

    /// The language of the session.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.0.locale
    }

    /// The place whose services are meant, where it is known.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.0.region
    }

    /// The detectors to leave out from here on in this session.
    #[must_use]
    pub fn left_out(&self) -> &LeftOut {
        &self.0.left_out
    }

    /// Who speaks now, and how much is held back.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        let standing = self.0.standing.level();
        if self.level() >= RiskLevel::Moderate || standing == RiskLevel::High {
            Disposition::PlanOnly
        } else if self.baseline_failed() {
            Disposition::StaticOnly
        } else if standing == RiskLevel::Moderate && self.0.text.split_whitespace().count() < REFLECTED_WORDS
        {
            // A bare yes or no answers the plan's question, and a model does not know which.
            Disposition::PlanOnly
        } else if standing == RiskLevel::Moderate {
            Disposition::ReflectThenPlan
        } else if standing == RiskLevel::Low || self.0.findings.cautious() {
            Disposition::Whole
        } else {
            Disposition::Sentences
        }
    }

    /// The gravest finding of the highest level: its category chooses the words of the crisis plan.
    #[must_use]
    pub fn foremost(&self) -> Option<&Finding> {
        self.0.findings.signs().iter().max_by_key(|finding| (finding.level(), urgency(finding.category())))
    }

    /// Whether the text speaks of somebody else in danger, so that words for a helper are due.
    #[must_use]
    pub fn concerns_another(&self) -> bool {
        self.0.findings.signs().iter().any(|finding| {
            finding.whose() == Attribution::OtherPerson
                && finding.scope() == Some(ScopeReason::ThirdPerson)
                && finding.worded_level() >= RiskLevel::Moderate
        })
    }

    /// What was decided and why, for the audit record. Holds no words.
    pub fn decisions(&self) -> impl Iterator<Item = Decision> {
        let signs = self.0.findings.signs().iter().map(|finding| Decision {
            rule: finding.rule().clone(),
            level: finding.level(),
            reason: finding.scope().map_or("found", ScopeReason::as_str),
        });
        let missing = self.0.findings.unavailable().iter().map(|missing| Decision {
            rule: RuleId::new(match missing.part() {
                Part::Baseline => "part.baseline",
                Part::Detector(_) => "part.detector",
                Part::Classifier(_) => "part.classifier",
                Part::Standing => "part.standing",
            }),
            level: RiskLevel::None,
            reason: "unavailable",
        });
        let changes = self.0.changes.iter().map(Change::decision);
        signs.chain(missing).chain(changes)
    }

    /// Follows the written rule from the standing before, by what was found until now.
    pub(crate) fn settle(screened: &mut Screened) {
        let level = screened.findings.level();
        let (standing, change) = if screened.findings.unseen() {
            screened.before.after_unseen(level)
        } else {
            screened.before.after_turn(level, screened.answer)
        };
        screened.standing = standing;
        *screened.standing.dialogue_mut() = screened.dialogue.clone();
        screened.changes = change.into_iter().collect();
    }

    fn baseline_failed(&self) -> bool {
        self.0.findings.unavailable().iter().any(|missing| *missing.part() == Part::Baseline)
    }
}

impl fmt::Debug for Screening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screening")
            .field("bytes", &self.0.text.len())
            .field("level", &self.level())
            .field("standing", &self.0.standing.level())
            .field("findings", &self.0.findings)
            .finish_non_exhaustive()
    }
}

/// One decision of the safety layer, without words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The rule that decided.
    pub rule: RuleId,
    /// The level that it decided for.
    pub level: RiskLevel,
    /// Why: `found`, `rise`, `fall`, `unavailable`, or the scope rule that lowered.
    pub reason: &'static str,
}

/// Among findings of one level: whose words come first. A body in danger before everything else.
const fn urgency(category: Category) -> u8 {
    match category {
        Category::MedicalEmergency => 9,
        Category::SuicideHigh => 8,
        Category::HarmToOthers => 7,
        Category::SuicideActive => 6,
        Category::Abuse => 5,
        Category::SelfHarmRequest => 4,
        Category::SelfHarm => 3,
        Category::Psychosis => 2,
        Category::EatingDisorder => 1,
        _ => 0,
    }
}

/// Words of a person that were screened, without what was found in them: what is kept of them for a later prompt.
/// Only a [`Screening`] makes one. Cheap to clone. `Debug` shows their length.
#[derive(Clone, PartialEq, Eq)]
pub struct ScreenedWords(Arc<str>);

impl ScreenedWords {
    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Screening> for ScreenedWords {
    fn from(screening: &Screening) -> Self {
        Self(Arc::clone(&screening.0.text))
    }
}

impl From<Screening> for ScreenedWords {
    fn from(screening: Screening) -> Self {
        Self::from(&screening)
    }
}

impl fmt::Debug for ScreenedWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScreenedWords({} bytes)", self.0.len())
    }
}
