//! Fixed and templated texts: reviewed when they load, so that they may be shown without waiting.

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{
    ClearedText, Locale, Release, RiskLevel, RuleId, SafetyLayer, Screening, Source,
    reply::{ReplyCategory, ReplyContext, Verdict, next_boundary},
};

/// A fixed or templated text that review let through. Slots are written `{name}`.
#[derive(Clone)]
pub struct Script {
    text: Arc<str>,
    slots: Arc<BTreeSet<String>>,
}

/// A text that does not load.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// There are no words in it.
    #[error("a script holds no words")]
    Empty,
    /// A brace is not closed, or a slot has no name of letters, digits and underscores.
    #[error("a slot at byte {at} is not written `{{name}}`")]
    Slot {
        /// Where the brace stands.
        at: usize,
    },
    /// Review would stop it.
    #[error("review stops the sentence at byte {at} as {category:?} (rule {rule})")]
    Stopped {
        /// Where the sentence starts.
        at: usize,
        /// What review says that it is.
        category: ReplyCategory,
        /// The rule that stops it.
        rule: RuleId,
    },
}

impl Script {
    /// The words, where there is nothing to fill in.
    #[must_use]
    pub fn fixed(&self) -> Option<ClearedText> {
        self.slots.is_empty().then(|| ClearedText::new(self.text.clone(), Source::Script))
    }

    /// The names of the slots.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(String::as_str)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script({} bytes, slots {:?})", self.text.len(), self.slots)
    }
}

impl SafetyLayer {
    /// Reviews a fixed or templated text when it loads.
    ///
    /// # Errors
    ///
    /// [`ScriptError`] says where and why a text does not load.
    pub fn admit_script(&self, text: &str, locale: Locale) -> Result<Script, ScriptError> {
        if text.trim().is_empty() {
            return Err(ScriptError::Empty);
        }
        let slots = slots(text)?;
        let context = ReplyContext { user: "", level: RiskLevel::None, locale };
        let (mut before, mut start) = (0, 0);
        while let Some(length) = next_boundary(&text[start..], true) {
            let (previous, sentence) = (&text[before..start], &text[start..start + length]);
            let stopped = match self.judge().sentence(previous, sentence, &context) {
                Verdict::Pass if !self.names_unknown_number(previous, sentence, None) => None,
                Verdict::Pass => Some((ReplyCategory::UnknownNumber, RuleId::new("review.unknown_number"))),
                Verdict::Repair(category, rule) | Verdict::Replace(category, rule) => Some((category, rule)),
            };
            if let Some((category, rule)) = stopped {
                return Err(ScriptError::Stopped { at: start, category, rule });
            }
            before = start;
            start += length;
        }
        Ok(Script { text: text.into(), slots: Arc::new(slots) })
    }

    /// Fills a template and reviews the outcome as a reply to `screening`, since what is filled in may be
    /// anybody's words. A slot without a value is left out.
    #[must_use]
    pub fn fill(&self, script: &Script, values: &[(&str, &str)], screening: &Screening) -> Vec<ClearedText> {
        self.releases(script, values, screening).map(|release| release.shown().clone()).collect()
    }

    /// The same, where review lets all of it through. `None` where it would drop or replace anything: the host
    /// can then fill in something else.
    #[must_use]
    pub fn fill_unchanged(
        &self,
        script: &Script,
        values: &[(&str, &str)],
        screening: &Screening,
    ) -> Option<Vec<ClearedText>> {
        let releases = self.releases(script, values, screening);
        releases.map(|release| release.dropped().is_none().then(|| release.shown().clone())).collect()
    }

    fn releases(
        &self,
        script: &Script,
        values: &[(&str, &str)],
        screening: &Screening,
    ) -> impl Iterator<Item = Release> + use<> {
        let mut filled = String::with_capacity(script.text.len());
        let mut rest = &*script.text;
        while let Some((words, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').unwrap_or((tail, ""));
            filled.push_str(words);
            filled.extend(values.iter().find(|(slot, _)| *slot == name).map(|(_, value)| *value));
            rest = tail;
        }
        filled.push_str(rest);
        let mut review = self.review(screening);
        review.push(&filled);
        review.close();
        std::iter::from_fn(move || review.next_release())
    }
}

fn slots(text: &str) -> Result<BTreeSet<String>, ScriptError> {
    let mut found = BTreeSet::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['{', '}']) {
        let open = at + offset;
        let error = ScriptError::Slot { at: open };
        let Some(rest) = text[open..].strip_prefix('{') else { return Err(error) };
        let Some((name, _)) = rest.split_once('}') else { return Err(error) };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(error);
        }
        found.insert(name.to_owned());
        at = open + name.len() + 2;
    }
    Ok(found)
}
