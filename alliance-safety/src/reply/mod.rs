//! The judge behind the review of replies: is this sentence, or this reply, one that a person may see?
//!
//! Topic is easy, stance is hard: "you are a burden" and "you are not a burden" share their words. So words find, and
//! scopes (denial, report, question, condition) decide. The rules are data: `data/reply/*.toml`, three files a language.

mod asked;
mod category;
mod fold;
mod frame;
mod language;
mod number;
mod rules;
mod sentence;

use std::{cell::OnceCell, fmt, ops::Range};

pub use category::ReplyCategory;
pub(crate) use number::numbers;
pub use rules::RulesError;
pub(crate) use sentence::next_boundary;

use self::{
    fold::Words,
    frame::{Frame, Indexed, Match},
    rules::{Action, Rule, Rules},
};
use crate::{Locale, RiskLevel, RuleId};

/// How many words of the sentence before are kept as context.
const CONTEXT_WORDS: usize = 12;
/// How many bytes of the person's turn are read. Its end counts most.
const USER_BYTES: usize = 2000;

/// What a reply answers.
#[derive(Clone, Copy)]
pub(crate) struct ReplyContext<'a> {
    /// The person's last turn.
    pub(crate) user: &'a str,
    /// The standing level.
    pub(crate) level: RiskLevel,
    /// The language that the person chose.
    pub(crate) locale: Locale,
}

/// What happens to a sentence or a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// May be shown.
    Pass,
    /// Is dropped, and a reviewed sentence takes its place.
    Repair(ReplyCategory, RuleId),
    /// The whole reply gives way to a reviewed one.
    Replace(ReplyCategory, RuleId),
}

/// The compiled rules. Costly to make, cheap to ask.
pub(crate) struct Judge {
    rules: Rules,
}

impl Judge {
    /// Compiles the rules of this crate.
    pub(crate) fn built_in() -> Result<Self, RulesError> {
        let files: [&[(&'static str, &str)]; 2] = [
            &[
                ("data/reply/en.toml", include_str!("../../data/reply/en.toml")),
                ("data/reply/en_danger.toml", include_str!("../../data/reply/en_danger.toml")),
                ("data/reply/en_conduct.toml", include_str!("../../data/reply/en_conduct.toml")),
                ("data/reply/en_tone.toml", include_str!("../../data/reply/en_tone.toml")),
                ("data/reply/en_stance.toml", include_str!("../../data/reply/en_stance.toml")),
                (
                    "data/reply/en_stance_conduct.toml",
                    include_str!("../../data/reply/en_stance_conduct.toml"),
                ),
                ("data/reply/en_further.toml", include_str!("../../data/reply/en_further.toml")),
            ],
            &[
                ("data/reply/de.toml", include_str!("../../data/reply/de.toml")),
                ("data/reply/de_danger.toml", include_str!("../../data/reply/de_danger.toml")),
                ("data/reply/de_conduct.toml", include_str!("../../data/reply/de_conduct.toml")),
                ("data/reply/de_tone.toml", include_str!("../../data/reply/de_tone.toml")),
                ("data/reply/de_stance.toml", include_str!("../../data/reply/de_stance.toml")),
                ("data/reply/de_further.toml", include_str!("../../data/reply/de_further.toml")),
            ],
        ];
        Ok(Self { rules: Rules::compile(&files)? })
    }

    /// Judges one sentence. `before` is what stands right before it, so that a full stop does not hide a phrase.
    pub(crate) fn sentence(&self, before: &str, sentence: &str, context: &ReplyContext<'_>) -> Verdict {
        self.sentences(before, sentence, context.level, &Turn::new(self, context.user))
    }

    /// Judges a whole reply: each sentence, and what only shows on the whole.
    pub(crate) fn whole(&self, reply: &str, context: &ReplyContext<'_>) -> Verdict {
        let turn = Turn::new(self, context.user);
        worse(self.sentences("", reply, context.level, &turn), self.acknowledged(reply, context, &turn))
    }

    /// Judges every sentence of `text`; none is longer than [`sentence::MAX_SENTENCE`], which keeps the work linear.
    fn sentences(&self, before: &str, text: &str, level: RiskLevel, turn: &Turn<'_>) -> Verdict {
        let (mut worst, mut before, mut rest) = (Verdict::Pass, before, text);
        while let Some(end) = next_boundary(rest, true) {
            let (sentence, tail) = rest.split_at(end);
            worst = worse(worst, self.judge(before, sentence, level, turn));
            if matches!(worst, Verdict::Replace(..)) {
                break;
            }
            (before, rest) = (sentence, tail);
        }
        worst
    }

    fn judge(&self, before: &str, sentence: &str, level: RiskLevel, turn: &Turn<'_>) -> Verdict {
        let text = self.index(before, sentence);
        if language::is_uncovered(&text.words, text.border, &self.rules.function_words) {
            return Verdict::Replace(
                ReplyCategory::UncoveredLanguage,
                RuleId::new("reply.uncovered_language"),
            );
        }
        let scene = Scene { text: &text, question: ends_as_question(sentence), agrees: OnceCell::new() };
        let mut candidates: Vec<((usize, usize), usize)> = Vec::new();
        for (word, id) in text.hits() {
            let frames = self.rules.by_word.get(id).into_iter().flatten();
            candidates.extend(frames.map(|&frame| (frame, word)));
        }
        candidates.sort_unstable();
        let mut worst = Verdict::Pass;
        for places in candidates.chunk_by(|one, other| one.0 == other.0) {
            let Some(&((rule, frame), _)) = places.first() else { continue };
            let Some(rule) = self.rules.rules.get(rule) else { continue };
            let Some(frame) = rule.frames.get(frame) else { continue };
            if weighs(&worst) >= weight(rule, level) {
                continue;
            }
            let mut tried = 0;
            let starts = places.iter().flat_map(|&(_, word)| {
                let starts = frame.starts(word);
                let fresh = starts.start.max(tried)..starts.end;
                tried = tried.max(starts.end);
                fresh
            });
            if starts
                .filter_map(|start| frame.at(&text, start))
                .any(|found| found.words.end > text.border && !self.taken_back(rule, &found, &scene))
                && (rule.user.is_empty() || turn.has_any(&rule.user))
                && (rule.user_not.is_empty() || !turn.has_any(&rule.user_not))
            {
                worst = match weight(rule, level) {
                    2 => Verdict::Replace(rule.category, rule.id.clone()),
                    _ => Verdict::Repair(rule.category, rule.id.clone()),
                };
            }
        }
        worst
    }

    /// The words of `sentence` with the last ones of `before` in front.
    fn index(&self, before: &str, sentence: &str) -> Indexed {
        let mut words = Words::default();
        let context = tail(before, USER_BYTES);
        if !context.is_empty() {
            let all = Words::of(context);
            for index in all.len().saturating_sub(CONTEXT_WORDS)..all.len() {
                words.line.push(' ');
                words.starts.push(words.line.len());
                words.opens.push(all.opens.get(index).copied().unwrap_or_default());
                words.quoted.push(all.quoted.get(index).copied().unwrap_or_default());
                words.line.push_str(all.word(index));
            }
        }
        let border = words.len();
        let own = Words::of(sentence);
        let shift = words.line.len();
        words.line.push_str(&own.line);
        words.starts.extend(own.starts.iter().map(|start| start + shift));
        words.opens.extend(own.opens);
        words.quoted.extend(own.quoted);
        Indexed::new(words, border, &self.rules.automaton)
    }

    /// Whether a scope of the rule takes the match back.
    fn taken_back(&self, rule: &Rule, found: &Match, scene: &Scene<'_>) -> bool {
        let text = scene.text;
        if rule.unless_question
            && scene.question
            && asked::is_asked(text, &found.words, rule.category.is_grave() && rule.action == Action::Replace)
        {
            return true;
        }
        let agrees = scene.agrees.get_or_init(|| self.cues("agrees", text).map(|cue| cue.words).collect());
        let in_agreement = |cue: &Match| {
            // What is told back of a feeling is no claim; what is grave is one however it is told.
            rule.category.is_grave()
                && agrees.iter().any(|words| words.start <= cue.words.start && cue.words.end <= words.end)
        };
        let quoted = |word: usize| text.words.quoted.get(word) == Some(&true);
        // Quoted words are somebody's where the sentence says whose; alone between marks they are said.
        if rule.unless_quoted
            && found.words.clone().all(quoted)
            && self
                .cues("attributes", text)
                .any(|cue| cue.words.start >= text.border && !quoted(cue.words.start) && !in_agreement(&cue))
        {
            return true;
        }
        rule.unless.iter().filter_map(|&scope| self.rules.scopes.get(scope)).any(|scope| {
            let mut from = found.words.start.saturating_sub(scope.before);
            let mut to = (found.words.end + scope.after).min(text.words.len());
            if found.words.start >= text.border {
                from = from.max(text.border);
            }
            if scope.clause {
                let opens = |word: usize| text.words.opens.get(word) == Some(&true);
                from = (from..=found.words.start).rev().find(|&word| opens(word)).unwrap_or(from);
                to = (found.words.end..to).find(|&word| opens(word)).unwrap_or(to);
            }
            scope.frames.iter().flat_map(|frame| frame.find(text)).any(|cue| {
                let (start, end) = (cue.words.start, cue.words.end);
                let stands = (start >= from && end <= found.words.start)
                    || (start >= found.words.end
                        && end <= to
                        && !(scene.question && asked::is_tag(text, start)))
                    || found.fillers.contains(&start);
                stands && !in_agreement(&cue)
            })
        })
    }

    /// Where the cue of this name stands.
    fn cues<'a>(&'a self, name: &str, text: &'a Indexed) -> impl Iterator<Item = Match> + 'a {
        let frames = self.rules.cues.get(name).into_iter().flatten();
        frames.flat_map(move |frame| frame.find(text))
    }

    /// From moderate on, whatever this turn was about, an answer must be addressed to the person and must not be merry.
    /// Where the turn speaks of danger, a clause has to take that up.
    fn acknowledged(&self, reply: &str, context: &ReplyContext<'_>, turn: &Turn<'_>) -> Verdict {
        if context.level < RiskLevel::Moderate {
            return Verdict::Pass;
        }
        let text = self.index("", reply);
        let cue = |name: &str| self.cues(name, &text).next().is_some();
        let (danger, acknowledges) = (turn.has("danger"), cue("acknowledges"));
        // Where nothing in the turn asks for it, words to the person are enough, and so is a step of an exercise.
        let id = if !acknowledges && (danger || !cue("addresses")) {
            "reply.no_acknowledgement"
        } else if cue("merry") && (danger || !acknowledges) && !turn.has("reached_out") {
            "reply.merry_answer"
        } else {
            return Verdict::Pass;
        };
        Verdict::Replace(ReplyCategory::Minimising, RuleId::new(id))
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").field("rules", &self.rules.rules.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ReplyContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyContext")
            .field("user_bytes", &self.user.len())
            .field("level", &self.level)
            .field("locale", &self.locale)
            .finish()
    }
}

/// The person's turn, indexed only when a rule asks for it.
struct Turn<'a> {
    judge: &'a Judge,
    user: &'a str,
    text: OnceCell<Indexed>,
}

impl<'a> Turn<'a> {
    const fn new(judge: &'a Judge, user: &'a str) -> Self {
        Self { judge, user, text: OnceCell::new() }
    }

    fn has_any(&self, topics: &[String]) -> bool {
        topics.iter().any(|topic| self.has(topic))
    }

    fn has(&self, topic: &str) -> bool {
        let text = self.text.get_or_init(|| self.judge.index("", tail(self.user, USER_BYTES)));
        let has = |frames: &Vec<Frame>| frames.iter().any(|frame| frame.find(text).next().is_some());
        self.judge.rules.topics.get(topic).is_some_and(has)
    }
}

/// A sentence under judgement.
struct Scene<'a> {
    text: &'a Indexed,
    /// Whether it ends with a question mark.
    question: bool,
    /// Words of agreement: "as you said", "it sounds like".
    agrees: OnceCell<Vec<Range<usize>>>,
}

/// Two for a rule that replaces at this level, one for a rule that repairs.
fn weight(rule: &Rule, level: RiskLevel) -> u8 {
    if rule.action == Action::Replace && level >= rule.replace_from { 2 } else { 1 }
}

const fn weighs(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Repair(..) => 1,
        Verdict::Replace(..) => 2,
    }
}

fn worse(one: Verdict, other: Verdict) -> Verdict {
    if weighs(&other) > weighs(&one) { other } else { one }
}

fn ends_as_question(sentence: &str) -> bool {
    let end =
        sentence.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '“' | ')' | '\''));
    end.ends_with(['?', '？'])
}

/// At most the last `limit` bytes of `text`, cut between characters.
fn tail(text: &str, limit: usize) -> &str {
    let mut from = text.len().saturating_sub(limit);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
