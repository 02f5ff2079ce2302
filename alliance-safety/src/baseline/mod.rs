//! The built-in detector: normaliser, phrase lexicon, scope rules.

mod cut;
mod error;
mod lexicon;
mod mend;
mod model;
mod rules;
mod scope;
mod search;
#[cfg(feature = "training")]
pub mod training;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;

pub use error::{RulesError, RulesProblem};
use lexicon::{Lexicon, Plane};
use model::Model;
use scope::{Scope, Verdict};
use words::Vocabulary;

use crate::{
    Attribution, Category, Finding, Findings, RiskLevel, RuleId,
    ablation::{Stage, Without},
    normalise::Normalised,
};

/// The rules files of the crate, by name.
macro_rules! files {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../../data/lexicon/", $name)))),+] };
}

const FILES: &[(&str, &str)] = files![
    "en/words.toml",
    "en/scope.toml",
    "en/suicide_passive.toml",
    "en/hopeless.toml",
    "en/burden.toml",
    "en/suicide_active.toml",
    "en/suicide_high.toml",
    "en/self_harm.toml",
    "en/harm_others.toml",
    "en/abuse.toml",
    "en/psychosis.toml",
    "en/eating_disorder.toml",
    "en/medical_emergency.toml",
    "en/third_person.toml",
    "en/veiled.toml",
    "en/frames.toml",
    "en/ordinary.toml",
    "de/words.toml",
    "de/scope.toml",
    "de/suicide_passive.toml",
    "de/hopeless.toml",
    "de/burden.toml",
    "de/suicide_active.toml",
    "de/suicide_high.toml",
    "de/self_harm.toml",
    "de/harm_others.toml",
    "de/abuse.toml",
    "de/psychosis.toml",
    "de/eating_disorder.toml",
    "de/medical_emergency.toml",
    "de/third_person.toml",
    "de/frames.toml",
    "de/ordinary.toml",
    "experimental/es.toml",
    "experimental/fr.toml",
    "experimental/ru.toml",
    "experimental/uk.toml",
    "experimental/pt.toml",
    "experimental/it.toml",
    "experimental/pl.toml",
    "experimental/tr.toml",
    "experimental/zh.toml",
    "experimental/ja.toml",
    "experimental/kk.toml",
    "experimental/any.toml",
];

/// Files that a rules file of a host may rest on.
const SHARED: [&str; 3] = ["/words.toml", "/scope.toml", "/ordinary.toml"];

/// The rule that notes a text in a language without rules; screened by what is the same in every language.
const UNSUPPORTED: &str = "language.unsupported";
/// Words from which on a language can be told, and of how many one at least must be a frequent one.
const ENOUGH: usize = 4;
const FEW: usize = 6;

/// The rules of this crate, compiled. Cheap to share, costly to build.
pub(crate) struct Baseline {
    lexicon: Lexicon,
    vocabulary: Vocabulary,
    model: Model,
}

impl Baseline {
    /// Compiles the rules that come with the crate.
    pub(crate) fn built_in() -> Result<Self, RulesError> {
        Self::compile(FILES)
    }

    /// Compiles a rules file of a host, with the word sets and the scope words of the promised languages. Apart from
    /// the rules of the crate, so that nothing in it can lower what those find.
    pub(crate) fn of_host(text: &str) -> Result<Self, RulesError> {
        let shared = FILES.iter().filter(|(name, _)| SHARED.iter().any(|shared| name.ends_with(shared)));
        Self::compile(&shared.copied().chain([("rules of the host", text)]).collect::<Vec<_>>())
    }

    /// Adds what the rules of a host find.
    pub(crate) fn hear(&self, text: &Normalised, out: &mut Findings) {
        let mut found = Findings::new();
        self.listen(text, Without::default(), &mut found);
        let signs = found.signs().iter().filter(|sign| sign.rule().as_str() != UNSUPPORTED);
        signs.for_each(|sign| out.raise(sign.clone()));
    }

    fn compile(files: &[(&'static str, &str)]) -> Result<Self, RulesError> {
        let (lexicon, vocabulary) = Lexicon::compile(files)?;
        Ok(Self { lexicon, vocabulary, model: Model::built_in() })
    }

    /// Looks at `text` and adds what it finds. Linear in the length of the text.
    ///
    /// The rules of every language apply in every session: people mix languages, and a wrong guess
    /// would cost the sign. Of each rule the first place per outcome is reported.
    pub(crate) fn assess(&self, text: &str, without: Without, out: &mut Findings) {
        let text = Normalised::new(text);
        self.listen(&text, without, out);
        if without.has(Stage::Model) {
            self.model.assess(&text, out);
        }
    }

    /// Adds what the lexicon finds.
    fn listen(&self, text: &Normalised, without: Without, out: &mut Findings) {
        let reading = self.vocabulary.read(text, without.has(Stage::Mending));
        let found = self.lexicon.search(&reading);
        if text.words().len() >= ENOUGH && reading.function_words() * FEW <= text.words().len() {
            let note = RuleId::new(UNSUPPORTED);
            out.raise(Finding::new(note, Category::Other, RiskLevel::None).experimental());
        }
        let mut reported = vec![0_u32; self.lexicon.rules.len()];
        if !found.hits.is_empty() {
            let scopes =
                [Plane::Promised, Plane::Experimental].map(|plane| Scope::new(&found, &reading, plane));
            for &hit in &found.hits {
                let Some(rule) = self.lexicon.rules.get(usize::from(hit.rule)) else { continue };
                if rule.whole && (hit.first != 0 || (hit.end as usize) < reading.words().len()) {
                    continue;
                }
                let [promised, experimental] = &scopes;
                // One word alone may be the same in English: "anorexia".
                let shared = reading.words().get(hit.first as usize).is_some_and(|word| word.promised);
                let borrowed = shared && hit.end - hit.first == 1 && reading.is_promised();
                if rule.experimental && (borrowed || !without.has(Stage::Experimental)) {
                    continue;
                }
                let verdict = if rule.experimental { experimental } else { promised }.judge(hit, rule);
                let verdict = if without.has(Stage::Scope) { verdict } else { Verdict::default() };
                if !is_new(&mut reported, hit.rule, outcome(verdict)) {
                    continue;
                }
                let (first, last) = (hit.first as usize, (hit.end as usize).saturating_sub(1));
                let span = text.origin(reading.origin(first), reading.origin(last));
                let finding = Finding::new(rule.id.clone(), rule.category, rule.level);
                let finding = finding.attribution(verdict.whose).span(span);
                let finding = if rule.experimental { finding.experimental() } else { finding };
                out.raise(match verdict.lowered {
                    Some((level, reason)) => finding.lowered(level, reason),
                    None => finding,
                });
            }
        }
    }
}

/// Says nothing of the text; the rules are public, but long.
impl fmt::Debug for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Baseline").field("rules", &self.lexicon.rules.len()).finish_non_exhaustive()
    }
}

/// A small number for each outcome, so that a text of a thousand equal signs gives one finding.
fn outcome(verdict: Verdict) -> u32 {
    let whose = match verdict.whose {
        Attribution::Own => 0,
        Attribution::Dependent => 1,
        _ => 2,
    };
    let level = match verdict.lowered {
        None => 0,
        Some((RiskLevel::None, _)) => 1,
        Some((RiskLevel::Low, _)) => 2,
        Some(_) => 3,
    };
    whose * 4 + level
}

fn is_new(reported: &mut [u32], rule: u16, outcome: u32) -> bool {
    let Some(seen) = reported.get_mut(usize::from(rule)) else { return false };
    let new = *seen & (1 << outcome) == 0;
    *seen |= 1 << outcome;
    new
}
