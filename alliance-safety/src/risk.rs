//! Risk levels, categories, findings, and how findings join.

use std::{fmt, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

/// How much danger something said points to. Ordered; levels join by `max`.
///
/// The scale is more cautious than the C-SSRS screener: active ideation without a method is
/// [`Moderate`](RiskLevel::Moderate) here and low there. A level is internal and is never said to
/// the person.
#[expect(clippy::exhaustive_enums, reason = "a match on the level has to be total")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// No sign; also figures of speech, news, fiction, a denial that stands, talk about somebody else.
    #[default]
    None,
    /// A passive wish to be dead, hopelessness, feeling a burden.
    Low,
    /// Active ideation without plan or intent, self-harm now, abuse disclosed, psychosis with risk,
    /// eating-disorder behaviour, harm to others.
    Moderate,
    /// Plan, intent, time, preparation, farewell, an attempt now or recent, a medical emergency.
    High,
}

impl RiskLevel {
    /// All four levels, lowest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Low, Self::Moderate, Self::High];

    /// The lower-case name: `none`, `low`, `moderate` or `high`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }
}

impl fmt::Display for RiskLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What kind of danger a finding names. Terms of the C-SSRS where it has one.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// A wish to be dead, or not to wake up, without a thought of doing something.
    SuicidePassive,
    /// Thoughts of ending one's life, without plan or intent.
    SuicideActive,
    /// Plan, intent, time, preparation, farewell, or an attempt.
    SuicideHigh,
    /// Hurting oneself without a wish to die.
    SelfHarm,
    /// A wish or plan to hurt somebody else.
    HarmToOthers,
    /// Abuse or violence that the person suffers, or that a dependent suffers.
    Abuse,
    /// Psychosis or mania with risk: commands, persecution, days without sleep.
    Psychosis,
    /// Eating-disorder behaviour.
    EatingDisorder,
    /// A bodily emergency now: overdose taken, chest pain, heavy bleeding.
    MedicalEmergency,
    /// A request for a way to harm oneself.
    SelfHarmRequest,
    /// The person pressed or typed SOS.
    Sos,
    /// Something that a host's detector named and this list does not.
    Other,
}

impl Category {
    /// The name as written in data files, for example `suicide_passive`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuicidePassive => "suicide_passive",
            Self::SuicideActive => "suicide_active",
            Self::SuicideHigh => "suicide_high",
            Self::SelfHarm => "self_harm",
            Self::HarmToOthers => "harm_to_others",
            Self::Abuse => "abuse",
            Self::Psychosis => "psychosis",
            Self::EatingDisorder => "eating_disorder",
            Self::MedicalEmergency => "medical_emergency",
            Self::SelfHarmRequest => "self_harm_request",
            Self::Sos => "sos",
            Self::Other => "other",
        }
    }
}

/// Who is in danger, as far as the words say.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// The person who talks. Also the answer whenever the words do not say.
    #[default]
    Own,
    /// A child, or somebody the person cares for.
    Dependent,
    /// Another person: a friend, a relative, a neighbour. Leads to guidance for a helper.
    OtherPerson,
    /// Words that are quoted, read or heard: news, study, work.
    Quoted,
    /// A story, a film, a song, a game.
    Fiction,
}

/// Why the scope rules lowered what the words alone would have said. Kept in the audit record.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeReason {
    /// A denial that stands ("I would never …").
    Negated,
    /// Over, and said to be over.
    PastRecovered,
    /// About somebody else who is not in the person's care.
    ThirdPerson,
    /// News, study, work, or a quotation.
    Quoted,
    /// A story, a film, a song, a game.
    Fiction,
    /// A figure of speech.
    Figurative,
}

impl ScopeReason {
    /// The name as written in audit records, for example `third_person`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Negated => "negated",
            Self::PastRecovered => "past_recovered",
            Self::ThirdPerson => "third_person",
            Self::Quoted => "quoted",
            Self::Fiction => "fiction",
            Self::Figurative => "figurative",
        }
    }
}

/// The name of a rule, for example `en.suicide_active.wish`. It never holds words of a conversation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// Names a rule.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One reason for a level. Holds positions, never words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    rule: RuleId,
    category: Category,
    level: RiskLevel,
    worded: RiskLevel,
    scope: Option<ScopeReason>,
    attribution: Attribution,
    span: Option<Range<usize>>,
    experimental: bool,
}

impl Finding {
    /// Names a sign: which rule saw it, what kind it is, and how grave.
    #[must_use]
    pub const fn new(rule: RuleId, category: Category, level: RiskLevel) -> Self {
        Self {
            rule,
            category,
            level,
            worded: level,
            scope: None,
            attribution: Attribution::Own,
            span: None,
            experimental: false,
        }
    }

    /// Says who is in danger. Does not change the level.
    #[must_use]
    pub const fn attribution(mut self, attribution: Attribution) -> Self {
        self.attribution = attribution;
        self
    }

    /// Says where the sign stands, in bytes of the text that was screened.
    #[must_use]
    pub const fn span(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Marks a finding by rules of a language that is not promised yet.
    #[must_use]
    pub const fn experimental(mut self) -> Self {
        self.experimental = true;
        self
    }

    /// Lowers the finding to `level` for `reason`. Only the scope rules of this crate do that.
    pub(crate) fn lowered(mut self, level: RiskLevel, reason: ScopeReason) -> Self {
        self.level = self.level.min(level);
        self.scope = Some(reason);
        self
    }

    /// The rule that saw it.
    #[must_use]
    pub const fn rule(&self) -> &RuleId {
        &self.rule
    }

    /// The kind of danger.
    #[must_use]
    pub const fn category(&self) -> Category {
        self.category
    }

    /// The level that counts, after scope.
    #[must_use]
    pub const fn level(&self) -> RiskLevel {
        self.level
    }

    /// The level that the words alone would have had, before scope.
    #[must_use]
    pub const fn worded_level(&self) -> RiskLevel {
        self.worded
    }

    /// Why scope lowered it, if it did.
    #[must_use]
    pub const fn scope(&self) -> Option<ScopeReason> {
        self.scope
    }

    /// Who is in danger.
    #[must_use]
    pub const fn whose(&self) -> Attribution {
        self.attribution
    }

    /// Where it stands, in bytes of the screened text.
    #[must_use]
    pub const fn place(&self) -> Option<&Range<usize>> {
        self.span.as_ref()
    }

    /// Whether the rule belongs to a language that is not promised yet.
    #[must_use]
    pub const fn is_experimental(&self) -> bool {
        self.experimental
    }
}

/// A part that looks at text.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The rules of this crate.
    Baseline,
    /// A detector of the host, by its position in the layer.
    Detector(usize),
    /// A second opinion by a model, by its position in the agent.
    Classifier(usize),
    /// The standing level, which could not be read from where it is kept.
    Standing,
}

/// A part that gave no answer. It is caution, never "no sign", and not a risk either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unavailable {
    part: Part,
}

impl Unavailable {
    /// Says that `part` gave no answer.
    #[must_use]
    pub const fn new(part: Part) -> Self {
        Self { part }
    }

    /// The part that gave no answer.
    #[must_use]
    pub const fn part(&self) -> &Part {
        &self.part
    }
}

/// What was found in one text. Things can be added and never taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    signs: Vec<Finding>,
    unavailable: Vec<Unavailable>,
}

impl Findings {
    /// An empty collection.
    #[must_use]
    pub const fn new() -> Self {
        Self { signs: Vec::new(), unavailable: Vec::new() }
    }

    /// Adds a sign.
    pub fn raise(&mut self, finding: Finding) {
        self.signs.push(finding);
    }

    /// Says that a part gave no answer.
    pub fn mark_unavailable(&mut self, part: Part) {
        let item = Unavailable::new(part);
        if !self.unavailable.contains(&item) {
            self.unavailable.push(item);
        }
    }

    /// Adds everything that `other` holds. The joined level is the higher one.
    pub fn join(&mut self, other: Self) {
        self.signs.extend(other.signs);
        for item in other.unavailable {
            self.mark_unavailable(item.part);
        }
    }

    /// The highest level of any sign. Parts that gave no answer do not count: see [`Findings::cautious`].
    #[must_use]
    pub fn level(&self) -> RiskLevel {
        self.signs.iter().map(Finding::level).max().unwrap_or_default()
    }

    /// Whether a part gave no answer, so that the whole reply is held back before anything is shown.
    #[must_use]
    pub const fn cautious(&self) -> bool {
        !self.unavailable.is_empty()
    }

    /// Whether a part gave no answer without which "no sign" cannot be said: the baseline, a second opinion,
    /// or the standing itself.
    pub(crate) fn unseen(&self) -> bool {
        self.unavailable.iter().any(|missing| !matches!(missing.part, Part::Detector(_)))
    }

    /// The signs, in the order in which they were found.
    #[must_use]
    pub fn signs(&self) -> &[Finding] {
        &self.signs
    }

    /// The parts that gave no answer.
    #[must_use]
    pub fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }
}
