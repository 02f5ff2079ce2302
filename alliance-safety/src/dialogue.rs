//! What a conversation adds to a single message: answers bound to the question asked, signs that add up over
//! turns, calm after distress, means after a loss, a friend who is nobody else.

use serde::{Deserialize, Serialize};

use crate::{
    Attribution, Category, Finding, Findings, Locale, RiskLevel, RuleId, ScopeReason,
    normalise::fold_pattern, standing::sooner,
};

/// Bytes of a reply's end in which its question is looked for.
const QUESTION_END: usize = 400;
/// Bytes of a turn that can be an answer; longer ones speak for themselves.
const ANSWER: usize = 240;
/// Words of an answer, counted to its first full stop, from which on it is more than one.
const ANSWER_WORDS: usize = 14;
/// Low signs within reach that make a moderate one. A proposal; no clinician has reviewed it.
const SIGNS_ADD_UP: u32 = 3;
/// How the rules of the small model begin.
const MODEL: &str = "model.";
/// Turns over which a low sign counts, and those after which distress is no longer fresh.
const FADES: u32 = 6;

/// Turns over which a question about suicide that got no clear no stays open.
const STAYS_OPEN: u32 = 3;

/// What a conversation leaves behind for the next screening. Holds no words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Dialogue {
    question: Option<Box<str>>,
    low_signs: u32,
    /// A rule heard one of `low_signs`, not the small model alone.
    low_by_rule: bool,
    turns_since_low: u32,
    turns_since_distress: Option<u32>,
    turns_since_loss: Option<u32>,
    /// Since a question about suicide was asked that got no clear no.
    turns_since_asked: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DialogueFile {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    yes: Vec<String>,
    unsure: Vec<String>,
    no: Vec<String>,
    no_after_all: Vec<String>,
    #[serde(rename = "question")]
    questions: Vec<Question>,
}

/// A question by which a danger is asked about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    id: Box<str>,
    category: Category,
    level: RiskLevel,
    /// A "no" is the sign: "do you want to live?"
    #[serde(default)]
    reversed: bool,
    /// Each names the danger by itself.
    phrases: Vec<String>,
    /// Name it only where it is what the talk is about: "do you have a plan?"
    #[serde(default)]
    in_context: Vec<String>,
}

impl Question {
    /// Whether it is about the person's own death, so that "a plan" after it is a plan for that.
    fn opens(&self) -> bool {
        let suicide = matches!(
            self.category,
            Category::SuicidePassive | Category::SuicideActive | Category::SuicideHigh
        );
        suicide && !self.reversed
    }

    fn names_suicide(&self) -> bool {
        self.opens() && self.level >= RiskLevel::Moderate
    }
}

/// How an answer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    /// A "no" that is none: "no, not yet".
    NoAfterAll,
    Unsure,
    None,
}

/// The questions and answers of every shipped language, folded.
#[derive(Debug)]
pub(crate) struct Talk {
    files: Vec<DialogueFile>,
}

/// A file of questions and answers cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the questions and answers in `{locale}` cannot be read")]
#[non_exhaustive]
pub struct DialogueError {
    /// The file's language.
    pub locale: Locale,
    /// Where and what is wrong.
    pub source: Box<toml::de::Error>,
}

impl Talk {
    pub(crate) fn built_in() -> Result<Self, DialogueError> {
        let files = Locale::ALL.into_iter().map(|locale| {
            let text = match locale {
                Locale::En => include_str!("../data/dialogue/en.toml"),
                Locale::De => include_str!("../data/dialogue/de.toml"),
            };
            let read: Result<DialogueFile, _> = toml::from_str(text);
            read.map(DialogueFile::folded)
                .map_err(|source| DialogueError { locale, source: Box::new(source) })
        });
        Ok(Self { files: files.collect::<Result<_, _>>()? })
    }

    /// The question with which `reply` ends, if it asks about a danger: one that it names itself, or that the words
    /// before it name, or that the talk is about by then, which `in_context` says.
    pub(crate) fn question(&self, reply: &str, in_context: bool) -> Option<&str> {
        let end = reply.len().saturating_sub(QUESTION_END);
        let start = (end..=reply.len()).find(|&at| reply.is_char_boundary(at))?;
        let tail = reply.get(start..)?.trim_end();
        let asked = tail.rfind('?').and_then(|mark| tail.get(..mark))?;
        let from = asked.rfind(['.', '!', '?', '\n']).map_or(0, |at| at + 1);
        let whole = format!(" {} ", fold_pattern(asked));
        let asked = format!(" {} ", fold_pattern(asked.get(from..)?));
        let holds = |text: &str, phrases: &[String]| phrases.iter().any(|phrase| text.contains(&**phrase));
        let questions = || self.files.iter().flat_map(|file| &file.questions);
        let suicide = || questions().filter(|question| question.names_suicide());
        let in_context = in_context || suicide().any(|question| holds(&whole, &question.phrases));
        // The gravest that is named: "any thoughts of suicide, or a plan?"
        let named = questions().filter(|question| {
            holds(&asked, &question.phrases) || (in_context && holds(&asked, &question.in_context))
        });
        named.max_by_key(|question| (question.reversed, question.level)).map(|question| &*question.id)
    }

    fn named(&self, id: &str) -> Option<&Question> {
        self.files.iter().flat_map(|file| &file.questions).find(|question| &*question.id == id)
    }

    /// Adds what `text` says as an answer to the question that was asked, and says whether that was a clear no.
    fn answer(&self, asked: &str, text: &str, out: &mut Findings) -> bool {
        let Some(answer) = self.read(text) else { return false };
        let Some(question) = self.named(asked) else { return false };
        let level = match (answer, question.reversed) {
            (Answer::Yes, false) | (Answer::No | Answer::NoAfterAll, true) => question.level,
            (Answer::Unsure, _) | (Answer::NoAfterAll, false) => RiskLevel::Low,
            (answer, reversed) => return (answer == Answer::Yes) == reversed,
        };
        let rule = RuleId::new(format!("dialogue.{asked}.affirmed"));
        out.raise(Finding::new(rule, question.category, level));
        false
    }

    /// The answer that `text` begins with, if it is short enough to be one.
    fn read(&self, text: &str) -> Option<Answer> {
        let head = text.trim();
        let end = head.find(['.', '!', '?', '\n', ';']).unwrap_or(head.len());
        let first = head.get(..end).filter(|first| first.split_whitespace().count() <= ANSWER_WORDS)?;
        if head.len() > ANSWER && first.len() > ANSWER {
            return None;
        }
        let said = format!(" {} ", fold_pattern(first));
        let whole = format!(" {} ", fold_pattern(head.get(..head.len().min(ANSWER)).unwrap_or(first)));
        let mut best = (0, Answer::None);
        for file in &self.files {
            for (phrases, answer) in
                [(&file.yes, Answer::Yes), (&file.no, Answer::No), (&file.unsure, Answer::Unsure)]
            {
                let longest =
                    phrases.iter().filter(|phrase| said.starts_with(&**phrase)).map(String::len).max();
                if let Some(length) = longest.filter(|&length| length > best.0) {
                    best = (length, answer);
                }
            }
        }
        let turned = self.files.iter().flat_map(|file| &file.no_after_all);
        match best.1 {
            Answer::No if turned.into_iter().any(|phrase| whole.contains(&**phrase)) => {
                Some(Answer::NoAfterAll)
            }
            Answer::None => None,
            answer => Some(answer),
        }
    }
}

impl DialogueFile {
    fn folded(mut self) -> Self {
        let fold = |phrases: &mut Vec<String>| {
            phrases.iter_mut().for_each(|phrase| *phrase = format!(" {} ", fold_pattern(phrase)));
        };
        for phrases in [&mut self.yes, &mut self.unsure, &mut self.no, &mut self.no_after_all] {
            fold(phrases);
        }
        for question in &mut self.questions {
            fold(&mut question.phrases);
            fold(&mut question.in_context);
        }
        self
    }
}

impl Dialogue {
    /// Notes the question with which `reply` ended, in a talk in which `standing` stands.
    pub(crate) fn note_question(&mut self, talk: &Talk, reply: &str, standing: RiskLevel) {
        let open = self.turns_since_asked.is_some_and(|turns| turns <= STAYS_OPEN);
        let question = talk.question(reply, open || standing >= RiskLevel::Moderate);
        if question.and_then(|id| talk.named(id)).is_some_and(Question::opens) {
            self.turns_since_asked = Some(0);
        }
        self.question = question.map(Into::into);
    }

    /// The more careful of two that went apart.
    pub(crate) fn merged(&self, other: &Self) -> Self {
        Self {
            question: self.question.clone().or_else(|| other.question.clone()),
            low_signs: self.low_signs.max(other.low_signs),
            low_by_rule: self.low_by_rule || other.low_by_rule,
            turns_since_low: self.turns_since_low.min(other.turns_since_low),
            turns_since_distress: sooner(self.turns_since_distress, other.turns_since_distress),
            turns_since_loss: sooner(self.turns_since_loss, other.turns_since_loss),
            turns_since_asked: sooner(self.turns_since_asked, other.turns_since_asked),
        }
    }

    /// Adds what the conversation makes of this turn, and says what it leaves behind.
    pub(crate) fn after(
        &self,
        talk: &Talk,
        text: &str,
        standing: RiskLevel,
        findings: &mut Findings,
    ) -> Self {
        let denied = self.question.as_ref().is_some_and(|asked| talk.answer(asked, text, findings));
        let heard = Heard::of(findings);
        let fresh = |turns: Option<u32>| turns.is_some_and(|turns| turns < FADES);
        let mut raise = |rule: &'static str, category, level| {
            findings.raise(Finding::new(RuleId::new(rule), category, level));
        };
        if heard.means_place && (heard.loss || fresh(self.turns_since_loss)) {
            raise("dialogue.means_after_loss", Category::SuicideHigh, RiskLevel::High);
        }
        if heard.calm && (standing > RiskLevel::None || fresh(self.turns_since_distress)) {
            raise("dialogue.calm_after_distress", Category::SuicideHigh, RiskLevel::High);
        }
        if heard.of_another && standing > RiskLevel::None {
            raise("dialogue.disguised_third_person", Category::SuicidePassive, RiskLevel::Low);
        }
        let (reach, by_rule) =
            if self.turns_since_low < FADES { (self.low_signs, self.low_by_rule) } else { (0, false) };
        let low_signs = reach + u32::from(heard.low);
        let low_by_rule = by_rule || heard.low_by_rule;
        // What the model hears alone stays low however often it is said: its mistakes repeat with the wording.
        if heard.low && low_by_rule && low_signs >= SIGNS_ADD_UP {
            raise("dialogue.signs_add_up", Category::SuicideActive, RiskLevel::Moderate);
        }
        let since = |now: bool, before: Option<u32>| {
            if now { Some(0) } else { before.map(|turns| turns.saturating_add(1)) }
        };
        Self {
            question: None,
            low_signs,
            low_by_rule,
            turns_since_low: if heard.low { 0 } else { self.turns_since_low.saturating_add(1) },
            turns_since_distress: since(heard.distress, self.turns_since_distress),
            turns_since_loss: since(heard.loss, self.turns_since_loss),
            turns_since_asked: since(false, self.turns_since_asked).filter(|_| !denied),
        }
    }
}

/// What this turn holds that counts in a conversation only.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    low: bool,
    low_by_rule: bool,
    loss: bool,
    means_place: bool,
    calm: bool,
    distress: bool,
    of_another: bool,
}

impl Heard {
    fn of(findings: &Findings) -> Self {
        let named = |rule: &str| {
            findings.signs().iter().any(|sign| {
                sign.scope().is_none() && sign.rule().as_str().split_once('.').is_some_and(|(_, r)| r == rule)
            })
        };
        let suicidal = |category| {
            matches!(category, Category::SuicidePassive | Category::SuicideActive | Category::SuicideHigh)
        };
        Self {
            low: findings.level() > RiskLevel::None,
            low_by_rule: findings
                .signs()
                .iter()
                .any(|sign| sign.level() > RiskLevel::None && !sign.rule().as_str().starts_with(MODEL)),
            loss: named("context.loss"),
            means_place: named("context.means_place"),
            calm: named("context.calm"),
            distress: named("context.distress") || findings.level() > RiskLevel::None,
            of_another: findings.signs().iter().any(|sign| {
                sign.whose() == Attribution::OtherPerson
                    && sign.scope() == Some(ScopeReason::ThirdPerson)
                    && suicidal(sign.category())
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(reply: &str, answer: &str) -> RiskLevel {
        let talk = Talk::built_in().unwrap();
        let mut dialogue = Dialogue::default();
        dialogue.note_question(&talk, reply, RiskLevel::None);
        let mut findings = Findings::new();
        dialogue.after(&talk, answer, RiskLevel::None, &mut findings);
        findings.level()
    }

    #[test]
    fn an_answer_is_read_with_its_question() {
        use RiskLevel::{High, Low, Moderate, None};
        for (reply, answer, expected) in [
            ("I hear you. Are you thinking about suicide?", "yes", Moderate),
            ("Do you have a plan to kill yourself?", "yeah", High),
            ("Do you ever wish you were dead?", "most nights", Low),
            ("Do you want to be alive right now?", "not really", Low),
            ("Do you want to be alive right now?", "yes, I do", None),
            ("Are you thinking about suicide?", "no", None),
            ("Are you thinking about suicide?", "no, not yet", Low),
            ("Are you thinking about suicide?", "idk", Low),
            (
                "You said that you think about suicide. Do you have a plan for how you would do it?",
                "yeah",
                High,
            ),
            ("Du denkst an Suizid. Hast du einen Plan?", "ja", High),
            ("Do you intend to act on these thoughts?", "yes", High),
            ("Are you in a safe place right now?", "no, not tonight", Moderate),
            ("Are you in a safe place right now?", "yes", None),
            ("Bist du gerade an einem sicheren Ort?", "nein", Moderate),
            ("Do you have a plan for the weekend?", "Yes", None),
            ("Do you plan to take a note with you?", "Yes", None),
            ("Do you have access to the printer?", "yes", None),
            ("Are you ending things with him?", "yes", None),
            ("Hast du schon Pläne für das Wochenende?", "Ja", None),
            ("Hast du vor, das Projekt zu beenden?", "ja", None),
            ("Hast du Zugang zu dem Konto?", "ja", None),
            ("Do you have a plan for the days when you feel hopeless?", "yes", Low),
            ("Has somebody been hurting you?", "sometimes", Moderate),
            ("Denkst du daran, dir das Leben zu nehmen?", "Ja, manchmal", Moderate),
            ("Hast du einen Plan?", "nein", None),
            ("Would you like some tea?", "yes", None),
            ("Suicide is a hard topic. Shall we talk about lunch?", "yes", None),
        ] {
            assert_eq!(level(reply, answer), expected, "{reply} {answer}");
        }
    }

    /// The highest level of a talk: what was asked, and what was said to it.
    fn talk_level(turns: &[(&str, &str)], standing: RiskLevel) -> RiskLevel {
        let talk = Talk::built_in().unwrap();
        let mut dialogue = Dialogue::default();
        let mut level = RiskLevel::None;
        for (asked, said) in turns {
            dialogue.note_question(&talk, asked, standing);
            let mut findings = Findings::new();
            dialogue = dialogue.after(&talk, said, standing, &mut findings);
            level = level.max(findings.level());
        }
        level
    }

    #[test]
    fn a_plan_is_one_for_a_danger_that_the_talk_is_about() {
        let (en, de) = ("Do you have a plan?", "Hast du einen Plan?");
        let (asked, gefragt) = ("Are you thinking about suicide?", "Denkst du an Suizid?");
        for (talk, standing, expected) in [
            (&[(en, "yes")][..], RiskLevel::None, RiskLevel::None),
            (&[(de, "ja")], RiskLevel::None, RiskLevel::None),
            (&[(en, "yes")], RiskLevel::Moderate, RiskLevel::High),
            (&[(de, "ja")], RiskLevel::Moderate, RiskLevel::High),
            (&[(asked, "It is what it is."), (en, "yes")], RiskLevel::None, RiskLevel::High),
            (&[(gefragt, "Es ist, wie es ist."), (de, "ja")], RiskLevel::None, RiskLevel::High),
            (&[(asked, "No."), (en, "yes")], RiskLevel::None, RiskLevel::None),
            (&[(gefragt, "Nein."), (de, "ja")], RiskLevel::None, RiskLevel::None),
        ] {
            assert_eq!(talk_level(talk, standing), expected, "{talk:?} {standing}");
        }
    }

    #[test]
    fn every_question_of_the_plan_binds_to_itself() {
        let talk = Talk::built_in().unwrap();
        for locale in Locale::ALL {
            let texts = crate::crisis::Texts::built_in(locale).unwrap();
            let pathway = &texts.pathway;
            for (asks, expected) in [
                (&pathway.ask_intent, Some("intent")),
                (&pathway.ask_safe_place, Some("safe_place")),
                (&pathway.ask_support, None),
                (&texts.low.ask, Some("ideation")),
                (&vec![texts.check_in.low.clone()], Some("ideation")),
            ] {
                for ask in asks {
                    for in_context in [false, true] {
                        assert_eq!(talk.question(ask, in_context), expected, "{ask}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_clear_answer_to_a_question_is_its_level_and_nothing_is_lowered() {
        let talk = Talk::built_in().unwrap();
        for file in &talk.files {
            for question in &file.questions {
                for phrase in question.phrases.iter().chain(&question.in_context) {
                    let asked = format!("{}?", phrase.trim());
                    let mut dialogue = Dialogue::default();
                    dialogue.note_question(&talk, &asked, RiskLevel::Moderate);
                    let bound = dialogue.question.as_deref().and_then(|id| talk.named(id)).unwrap();
                    assert!(bound.reversed || bound.level >= question.level, "{asked}");
                    let affirms = if bound.reversed { &file.no } else { &file.yes };
                    for said in affirms {
                        for (before, cautious) in
                            [(RiskLevel::None, false), (RiskLevel::None, true), (RiskLevel::High, true)]
                        {
                            let mut findings = Findings::new();
                            if cautious {
                                findings.mark_unavailable(crate::Part::Detector(0));
                            }
                            findings.raise(Finding::new(RuleId::new("x.y"), Category::Other, before));
                            dialogue.after(&talk, said.trim(), RiskLevel::None, &mut findings);
                            assert!(findings.level() >= bound.level.max(before), "{asked} {said}");
                        }
                    }
                }
            }
        }
    }

    /// What is left behind and heard after a turn with one sign.
    fn turn_by(rule: &'static str, dialogue: &Dialogue, sign: RiskLevel) -> (Dialogue, RiskLevel) {
        let mut findings = Findings::new();
        findings.raise(Finding::new(RuleId::new(rule), Category::SuicidePassive, sign));
        let next = dialogue.after(&Talk::built_in().unwrap(), "", RiskLevel::Low, &mut findings);
        (next, findings.level())
    }

    #[test]
    fn low_signs_add_up_and_fade() {
        let turn = |dialogue: &Dialogue, sign| turn_by("x.y", dialogue, sign);
        let (one, _) = turn(&Dialogue::default(), RiskLevel::Low);
        let (two, level) = turn(&one, RiskLevel::Low);
        assert_eq!(level, RiskLevel::Low);
        assert_eq!(turn(&two, RiskLevel::Low).1, RiskLevel::Moderate);
        let faded = (0..FADES).fold(two, |dialogue, _| turn(&dialogue, RiskLevel::None).0);
        assert_eq!(turn(&faded, RiskLevel::Low).1, RiskLevel::Low);
    }

    #[test]
    fn what_the_model_hears_adds_up_with_a_rule_only() {
        let low = RiskLevel::Low;
        let heard = |rules: &[&'static str]| {
            rules.iter().fold((Dialogue::default(), RiskLevel::None), |(dialogue, _), rule| {
                turn_by(rule, &dialogue, low)
            })
        };
        assert_eq!(heard(&["model.low"; 8]).1, low);
        assert_eq!(heard(&["model.low", "x.y", "model.low"]).1, RiskLevel::Moderate);
        assert_eq!(heard(&["model.low", "model.low", "x.y"]).1, RiskLevel::Moderate);
    }
}
