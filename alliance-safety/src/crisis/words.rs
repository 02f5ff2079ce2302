//! Which words of the plan come when.

use super::{Texts, render::render};
use crate::{
    Attribution, Category, ClearedText, Disposition, Locale, Probe, Resources, RiskLevel, SafetyLayer,
    Screening, Source, Standing, standing::Named,
};

/// Words of the crisis plan, and the standing once they were said.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CrisisWords {
    /// The words.
    pub text: ClearedText,
    /// The standing with the question that they ask, which the next screening reads the answer to.
    pub standing: Standing,
}

/// A fixed text of the plan that does not depend on what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PlanText {
    /// What the agent is and is not, at the start.
    Disclosure,
    /// The same, when a session goes on.
    DisclosureAgain,
    /// The same, when somebody asks.
    DisclosureAsked,
    /// Whom to talk to, when somebody asks for a human.
    Human,
    /// Nobody is told by this agent. At the start, where the host has nobody to tell.
    NobodyIsTold,
    /// How it is since the last session, after a low standing.
    CheckIn,
    /// A notice is durable and on its way. Only after the append.
    BeingTold,
    /// A notice was acknowledged. Only after the acknowledgement.
    WasTold,
    /// Nobody acknowledged a notice in time.
    CouldNotTell,
    /// The screening itself failed.
    Unavailable,
    /// The backend failed.
    NoWords,
    /// The last answer was cut off.
    InterruptedOffer,
}

impl SafetyLayer {
    /// What the crisis plan says to this screening: alone, after a model's reflection or after its reply, as
    /// [`Screening::disposition`] says. `None` where it has nothing to say.
    ///
    /// It asks one question at a time, and names the services not twice within three turns, except on SOS.
    #[must_use]
    pub fn crisis_words(&self, screening: &Screening, resources: &Resources) -> Option<CrisisWords> {
        let texts = self.texts(screening.locale());
        let mut standing = screening.standing().clone();
        let line = match screening.disposition() {
            Disposition::StaticOnly => return None,
            Disposition::PlanOnly if screening.level() >= RiskLevel::Moderate => at_sign(texts, screening),
            _ if fell_from_high(screening) => Line::with_services(&texts.high.lowered),
            Disposition::PlanOnly | Disposition::ReflectThenPlan => staying(texts, &standing),
            Disposition::Whole | Disposition::Sentences => at_ease(texts, screening)?,
        };
        if let Some(foremost) = screening.foremost().filter(|found| found.level() >= RiskLevel::Moderate) {
            standing.note_spoken_for(foremost.category());
        }
        standing.note_spoken(line.asks, if line.named { Named::Resources } else { Named::Nothing });
        let text = line.paragraphs.iter().map(|template| render(template, texts, resources));
        let text = text.collect::<Vec<_>>().join("\n\n");
        Some(CrisisWords { text: ClearedText::new(text, Source::CrisisPlan), standing })
    }

    /// The direct question about thoughts of suicide, whatever was found: for a protocol that hears a very low mood.
    /// `None` where it was asked within three turns, or where another question waits for its answer.
    #[must_use]
    pub fn ask_directly(&self, screening: &Screening) -> Option<CrisisWords> {
        let mut standing = screening.standing().clone();
        if !standing.question_due() || standing.asked().is_some() {
            return None;
        }
        let question = pick(&self.texts(screening.locale()).low.ask, standing.spoken() as usize)?;
        standing.note_spoken(Some(Probe::Ideation), Named::Nothing);
        Some(CrisisWords { text: ClearedText::new(question, Source::CrisisPlan), standing })
    }

    /// A fixed text of the plan, with the numbers of a place.
    #[must_use]
    pub fn plan_text(&self, text: PlanText, locale: Locale, resources: &Resources) -> ClearedText {
        let texts = self.texts(locale);
        let template = match text {
            PlanText::Disclosure => &texts.disclosure.start,
            PlanText::DisclosureAgain => &texts.disclosure.resume,
            PlanText::DisclosureAsked => &texts.disclosure.when_asked,
            PlanText::Human => &texts.human.reply,
            PlanText::NobodyIsTold => &texts.disclosure.no_escalation,
            PlanText::CheckIn => &texts.check_in.low,
            PlanText::BeingTold => &texts.escalation.being_told,
            PlanText::WasTold => &texts.escalation.was_told,
            PlanText::CouldNotTell => &texts.escalation.could_not,
            PlanText::Unavailable => &texts.fallback.unavailable,
            PlanText::NoWords => &texts.fallback.no_words,
            PlanText::InterruptedOffer => &texts.fallback.interrupted_offer,
        };
        ClearedText::new(render(template, texts, resources), Source::CrisisPlan)
    }
}

/// What is said: paragraphs, the question in them, and whether they name services.
struct Line<'a> {
    paragraphs: Vec<&'a str>,
    asks: Option<Probe>,
    named: bool,
}

impl<'a> Line<'a> {
    fn plain(text: &'a str) -> Self {
        Self { paragraphs: vec![text], asks: None, named: false }
    }

    fn with_services(text: &'a str) -> Self {
        Self { paragraphs: vec![text], asks: None, named: true }
    }
}

/// A new sign at moderate or more: services first, then words that stay.
fn at_sign<'a>(texts: &'a Texts, screening: &Screening) -> Line<'a> {
    let standing = screening.standing();
    let foremost = screening.foremost();
    let category = foremost.map_or(Category::Other, |finding| finding.category());
    if category == Category::Sos {
        return Line::with_services(&texts.sos.reply);
    }
    // A rise always names services: the ones named for less may not be the ones for more.
    let rose = standing.level() > screening.level_before();
    let same_kind = standing.spoken_for() == Some(category);
    if !rose && same_kind && !standing.resources_due() {
        return staying(texts, standing);
    }
    let kinds = &texts.category;
    if foremost.is_some_and(|finding| finding.whose() == Attribution::Dependent) {
        return Line::with_services(&kinds.dependent);
    }
    let asks_about_suicide = Some(Probe::Ideation);
    match category {
        Category::MedicalEmergency => Line::with_services(&kinds.medical_emergency),
        Category::HarmToOthers => Line::with_services(&kinds.harm_to_others),
        _ if screening.level() == RiskLevel::High => Line::with_services(&texts.high.first),
        Category::Abuse => Line::with_services(&kinds.abuse),
        Category::EatingDisorder => Line::with_services(&kinds.eating_disorder),
        Category::Psychosis => Line::with_services(&kinds.psychosis),
        Category::SelfHarm => Line { asks: asks_about_suicide, ..Line::with_services(&kinds.self_harm) },
        Category::SelfHarmRequest => {
            Line { asks: asks_about_suicide, ..Line::with_services(&kinds.self_harm_request) }
        }
        _ => Line::with_services(&texts.moderate.first),
    }
}

fn fell_from_high(screening: &Screening) -> bool {
    screening.changes().iter().any(|change| change.from == RiskLevel::High && change.to < RiskLevel::High)
}

/// No new sign, or services were named just now: stays with the person and asks the next open question.
fn staying<'a>(texts: &'a Texts, standing: &Standing) -> Line<'a> {
    let turn = standing.spoken() as usize;
    let named = standing.resources_due();
    let high = standing.level() == RiskLevel::High;
    let mut paragraphs = Vec::new();
    if named {
        paragraphs.push(texts.moderate.resources_again.as_str());
    } else {
        paragraphs.extend(pick(if high { &texts.high.again } else { &texts.moderate.again }, turn));
    }
    let pathway = &texts.pathway;
    let asks = standing.probe_due();
    let question = asks.and_then(|probe| match probe {
        Probe::Intent => pick(&pathway.ask_intent, turn),
        Probe::SafePlace => pick(&pathway.ask_safe_place, turn),
        Probe::Support => pick(&pathway.ask_support, turn),
        Probe::Ideation => pick(&texts.low.ask, turn),
    });
    paragraphs.extend(question);
    Line { paragraphs, asks, named }
}

/// Below moderate: a direct question at low, and guidance for somebody who worries about somebody else.
fn at_ease<'a>(texts: &'a Texts, screening: &Screening) -> Option<Line<'a>> {
    let standing = screening.standing();
    if screening.level() == RiskLevel::Low && standing.question_due() {
        let question = pick(&texts.low.ask, standing.spoken() as usize)?;
        return Some(Line { asks: Some(Probe::Ideation), ..Line::plain(question) });
    }
    if screening.concerns_another() && standing.resources_due() {
        return Some(Line::with_services(&texts.category.helper));
    }
    None
}

fn pick(variants: &[String], turn: usize) -> Option<&str> {
    variants.get(turn % variants.len().max(1)).map(String::as_str)
}
