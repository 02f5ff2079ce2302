//! What a conversation adds to a single message: answers bound to the question asked, signs that add up over
//! turns, calm after distress, means after a loss, a friend who is nobody else.

use serde::{Deserialize, Serialize};

use crate::{
    Attribution, Category, Finding, Findings, Locale, RiskLevel, RuleId, ScopeReason, normalise::fold_pattern,
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
    phrases: Vec<String>,
}

/// How an answer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
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

    /// The question with which `reply` ends, if it asks about a danger.
    pub(crate) fn question(&self, reply: &str) -> Option<&str> {
        let end = reply.len().saturating_sub(QUESTION_END);
        let start = (end..=reply.len()).find(|&at| reply.is_char_boundary(at))?;
        let tail = reply.get(start..)?.trim_end();
        let asked = tail.rfind('?').and_then(|mark| tail.get(..mark))?;
        let from = asked.rfind(['.', '!', '?', '\n']).map_or(0, |at| at + 1);
        let asked = format!(" {} ", fold_pattern(asked.get(from..)?));
        let questions = self.files.iter().flat_map(|file| &file.questions);
        // The gravest that is named: "any thoughts of suicide, or a plan?"
        let named =
            questions.filter(|question| question.phrases.iter().any(|phrase| asked.contains(&**phrase)));
        named.max_by_key(|question| (question.reversed, question.level)).map(|question| &*question.id)
    }

    /// Adds what `text` says as an answer to the question that was asked.
    fn answer(&self, asked: &str, text: &str, out: &mut Findings) {
        let Some(answer) = self.read(text) else { return };
        let question = self.files.iter().flat_map(|file| &file.questions).find(|q| &*q.id == asked);
        let Some(question) = question else { return };
        let level = match (answer, question.reversed) {
            (Answer::Yes, false) | (Answer::No, true) => question.level,
            (Answer::Unsure, _) => RiskLevel::Low,
            _ => return,
        };
        let rule = RuleId::new(format!("dialogue.{asked}.affirmed"));
        out.raise(Finding::new(rule, question.category, level));
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
            Answer::No if turned.into_iter().any(|phrase| whole.contains(&**phrase)) => Some(Answer::Unsure),
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
        self.questions.iter_mut().for_each(|question| fold(&mut question.phrases));
        self
    }
}

impl Dialogue {
    /// Notes the question with which a reply ended.
    pub(crate) fn note_question(&mut self, question: Option<&str>) {
        self.question = question.map(Into::into);
    }

    /// Adds what the conversation makes of this turn, and says what it leaves behind.
    pub(crate) fn after(
        &self,
        talk: &Talk,
        text: &str,
        standing: RiskLevel,
        findings: &mut Findings,
    ) -> Self {
        if let Some(asked) = &self.question {
            talk.answer(asked, text, findings);
        }
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
        dialogue.note_question(talk.question(reply));
        let mut findings = Findings::new();
        dialogue.after(&talk, answer, RiskLevel::None, &mut findings);
        findings.level()
    }

    #[test]
    fn an_answer_is_read_with_its_question() {
        use RiskLevel::{High, Low, Moderate, None};
        for (reply, answer, expected) in [
            ("I hear you. Are you thinking about suicide?", "yes", Moderate),
            ("Do you have a plan for how you would do it?", "yeah", High),
            ("Do you ever wish you were dead?", "most nights", Low),
            ("Do you want to be alive right now?", "not really", Low),
            ("Do you want to be alive right now?", "yes, I do", None),
            ("Are you thinking about suicide?", "no", None),
            ("Are you thinking about suicide?", "no, not yet", Low),
            ("Are you thinking about suicide?", "idk", Low),
            ("Has somebody been hurting you?", "sometimes", Moderate),
            ("Denkst du daran, dir das Leben zu nehmen?", "Ja, manchmal", Moderate),
            ("Hast du einen Plan?", "nein", None),
            ("Would you like some tea?", "yes", None),
            ("Suicide is a hard topic. Shall we talk about lunch?", "yes", None),
        ] {
            assert_eq!(level(reply, answer), expected, "{reply} {answer}");
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
