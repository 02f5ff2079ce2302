//! The safety layer: the one part of an agent that cannot be left out or replaced.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use crate::{
    Category, ClearedText, CrisisPlan, Detector, Directory, Finding, Findings, LeftOut, Locale, Part, Probe,
    ProbeAnswer, Region, Rehearsal, Release, Review, RiskLevel, RuleId, RulesVersion, SafetyError,
    ScreenContext, ScreenInput, Screening, ScriptError, Seal, SealKey, Source, Standing, Stopwatch,
    SystemStopwatch, Timestamp,
    ablation::{Stage, Without},
    baseline::Baseline,
    crisis::{Answers, Texts},
    dialogue::{Dialogue, Talk},
    reply::{Judge, numbers},
    screening::Screened,
    tuning::Tuning,
};

/// The version of the built-in rules. Raised with every change that judges differently, so that replies
/// sealed under older rules are reviewed again.
pub const RULES: RulesVersion = RulesVersion(3);

/// How long a host's detector may take.
pub const DETECTOR_BUDGET: Duration = Duration::from_millis(5);

/// Screens what a person says and reviews what is about to be said. Cheap to clone.
///
/// It is a struct and not a trait on purpose: a trait could be implemented by nothing in one line. A host
/// adds detectors, and levels join by `max`, so an addition can only raise. There is no switch that turns
/// any of it off.
#[derive(Clone)]
pub struct SafetyLayer(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    baseline: Arc<Baseline>,
    judge: Arc<Judge>,
    texts: Arc<[Texts]>,
    answers: Arc<[Answers]>,
    talk: Arc<Talk>,
    directory: Directory,
    detectors: Vec<Arc<dyn Detector>>,
    tuning: Tuning,
    stopwatch: Arc<dyn Stopwatch>,
    #[cfg(feature = "testing")]
    broken_baseline: bool,
}

impl SafetyLayer {
    /// Compiles the rules and loads the texts of `plan`. Every text is reviewed here: one that would be
    /// stopped does not load. Takes some milliseconds; build it once and clone it.
    ///
    /// # Errors
    ///
    /// [`SafetyError`] names the file, line and column of what is wrong, and no layer is built.
    pub fn new(plan: CrisisPlan) -> Result<Self, SafetyError> {
        let layer = Self::with_unreviewed_texts(plan)?;
        let stopped = layer.stopped_texts().next();
        stopped.map_or(Ok(layer), Err)
    }

    fn with_unreviewed_texts(plan: CrisisPlan) -> Result<Self, SafetyError> {
        let (texts, answers, directory) = plan.load()?;
        Ok(Self(Arc::new(Inner {
            baseline: Arc::new(Baseline::built_in()?),
            judge: Arc::new(Judge::built_in()?),
            texts: texts.into(),
            answers: answers.into(),
            talk: Arc::new(Talk::built_in()?),
            directory,
            detectors: Vec::new(),
            tuning: Tuning::default(),
            stopwatch: Arc::new(SystemStopwatch),
            #[cfg(feature = "testing")]
            broken_baseline: false,
        })))
    }

    /// Adds an extra pair of eyes.
    ///
    /// # Errors
    ///
    /// [`SafetyError::PanicAborts`] where the program is built with `panic = "abort"`: a detector that
    /// panics could then not be told apart from the end of the conversation.
    pub fn with_detector(mut self, detector: impl Detector + 'static) -> Result<Self, SafetyError> {
        if cfg!(panic = "abort") {
            return Err(SafetyError::PanicAborts);
        }
        Arc::make_mut(&mut self.0).detectors.push(Arc::new(detector));
        Ok(self)
    }

    /// Adds rules of the host, written like the files in `data/lexicon/`. They find on their own: nothing in `text` can
    /// lower what the rules of the crate find. Its frames may name the word sets of `words.toml` and `scope.toml` of
    /// its language. `name` is what errors call the file.
    ///
    /// # Errors
    ///
    /// [`SafetyError::HostRules`] with line and column of what is wrong, and no layer is built.
    pub fn with_rules(mut self, name: impl Into<String>, text: &str) -> Result<Self, SafetyError> {
        let added = Arc::make_mut(&mut self.0).tuning.add_rules(text);
        added.map_err(|source| SafetyError::HostRules { name: name.into(), source })?;
        Ok(self)
    }

    /// Lets every sign of `category` count as `floor` at least. Signs that scope took back stay taken back.
    ///
    /// # Errors
    ///
    /// [`SafetyError::WouldLower`] where the rules of the crate, or a floor set before, already give more.
    pub fn raise_floor(mut self, category: Category, floor: RiskLevel) -> Result<Self, SafetyError> {
        let stands = self.0.tuning.floor(category);
        if floor < stands {
            return Err(SafetyError::WouldLower { category, floor: stands, asked: floor });
        }
        Arc::make_mut(&mut self.0).tuning.raise(category, floor);
        Ok(self)
    }

    /// Takes elapsed time for the detectors' budget from `stopwatch` instead of the machine.
    #[must_use]
    pub fn stopwatch(mut self, stopwatch: impl Stopwatch + 'static) -> Self {
        Arc::make_mut(&mut self.0).stopwatch = Arc::new(stopwatch);
        self
    }

    /// A layer whose baseline panics at every text, for tests of what follows: caution, and a static reply.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_broken_baseline(mut self) -> Self {
        Arc::make_mut(&mut self.0).broken_baseline = true;
        self
    }

    /// The services whom a person can call.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// Looks at what a person said. Linear in its length; a part that fails is noted as unavailable.
    #[must_use]
    pub fn screen(&self, text: impl Into<Arc<str>>, context: &ScreenContext) -> Screening {
        self.look(text.into(), context, Without::default())
    }

    /// The level of a text, and the standing after it, as they would be without one stage of screening. For
    /// measurements: no screening comes of it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn level_without(
        &self,
        text: &str,
        context: &ScreenContext,
        stage: Option<crate::Stage>,
    ) -> (RiskLevel, Standing) {
        let screening = self.look(text.into(), context, Without::stage(stage));
        (screening.level(), screening.standing().clone())
    }

    fn look(&self, text: Arc<str>, context: &ScreenContext, without: Without) -> Screening {
        let mut left_out = context.left_out.clone();
        let mut findings = self.baseline_findings(&text, without);
        if context.standing_unknown {
            findings.mark_unavailable(Part::Standing);
        }
        if is_sos(&text) {
            findings.raise(sos_sign());
        }
        if self.0.detectors.is_empty() {
            let (findings, heard) = self.conclude(findings, &text, context, without);
            return screening(text, context, findings, heard, left_out);
        }
        // Nothing can be added to high, so the words of a crisis do not wait for code of the host.
        let asks = self.conclude(findings.clone(), &text, context, without).0.level() < RiskLevel::High;
        let input = ScreenInput::new(&text, context.locale, context.standing.level());
        for (index, detector) in self.0.detectors.iter().enumerate() {
            let in_time = !left_out.contains(index) && (!asks || self.ask(detector, &input, &mut findings));
            if !in_time {
                left_out.add(index);
                findings.mark_unavailable(Part::Detector(index));
            }
        }
        let (findings, heard) = self.conclude(findings, &text, context, without);
        screening(text, context, findings, heard, left_out)
    }

    /// Adds to what was found in `text` what the conversation makes of it, and the floors of the host.
    fn conclude(
        &self,
        mut findings: Findings,
        text: &str,
        context: &ScreenContext,
        without: Without,
    ) -> (Findings, (ProbeAnswer, Dialogue)) {
        let answer = self.read_answer(text, context, &mut findings);
        let dialogue = if without.has(Stage::Dialogue) {
            let before = context.standing.level();
            context.standing.dialogue().after(&self.0.talk, text, before, &mut findings)
        } else {
            Dialogue::default()
        };
        self.0.tuning.lift(&mut findings);
        (findings, (answer, dialogue))
    }

    /// The person called for help without words: an empty screening at moderate or more.
    #[must_use]
    pub fn sos(&self, context: &ScreenContext) -> Screening {
        let mut findings = Findings::new();
        findings.raise(sos_sign());
        self.0.tuning.lift(&mut findings);
        let dialogue = context.standing.dialogue().clone();
        screening(Arc::from(""), context, findings, (ProbeAnswer::Open, dialogue), context.left_out.clone())
    }

    /// The standing after `reply` was shown: a question about a danger that it ends with is kept, so that a bare
    /// "yes" in the next turn is read as the answer to it. Only which question is kept, never its words; the
    /// level stays as it is.
    #[must_use]
    pub fn after_reply(&self, standing: &Standing, reply: &str) -> Standing {
        let mut next = standing.clone();
        let level = standing.level();
        next.dialogue_mut().note_question(&self.0.talk, reply, level);
        next
    }

    /// Nobody spoke: a protocol begins, or a timer is due. An empty screening that leaves the standing as it is:
    /// it counts no quiet turn and answers no question.
    #[must_use]
    pub fn unspoken(&self, context: &ScreenContext) -> Screening {
        let mut findings = Findings::new();
        if context.standing_unknown {
            findings.mark_unavailable(Part::Standing);
        }
        let (left_out, dialogue) = (context.left_out.clone(), context.standing.dialogue().clone());
        let answer = (ProbeAnswer::Open, dialogue);
        let mut unspoken = screening(Arc::from(""), context, findings, answer, left_out);
        let screened = Arc::make_mut(&mut unspoken.0);
        screened.standing = context.standing.clone();
        screened.changes.clear();
        unspoken
    }

    /// Adds what a second opinion found. The level can only rise.
    #[must_use]
    pub fn join(&self, mut screening: Screening, findings: Findings) -> Screening {
        let screened = Arc::make_mut(&mut screening.0);
        screened.findings.join(findings);
        self.0.tuning.lift(&mut screened.findings);
        Screening::settle(screened);
        screening
    }

    /// Starts the review of a reply to what was screened.
    #[must_use]
    pub fn review(&self, screening: &Screening) -> Review {
        Review::new(self.clone(), screening.clone())
    }

    /// Says what review thinks of `reply` to what was screened, as if a model might speak, also where only the crisis
    /// plan does. For measuring rules, models and prompts: no word is released.
    #[must_use]
    pub fn rehearse(&self, screening: &Screening, reply: &str) -> Rehearsal {
        Review::rehearse(self.clone(), screening.clone(), reply)
    }

    /// Seals words that were shown, so that they can be shown again from a store. `place` binds the seal to
    /// one place in one conversation, for example the bytes of a turn's id.
    #[must_use]
    pub fn seal(&self, shown: &[ClearedText], key: &SealKey, place: &[u8]) -> Seal {
        let text: String = shown.iter().map(ClearedText::as_str).collect();
        Seal::over(&text, RULES, key, place)
    }

    /// Admits a stored reply. If the seal holds and the rules are the same, the words come back as they
    /// are; otherwise they are reviewed again, as a reply to `screening`.
    #[must_use]
    pub fn readmit(
        &self,
        stored: &str,
        seal: Option<&Seal>,
        key: &SealKey,
        place: &[u8],
        screening: &Screening,
    ) -> Vec<ClearedText> {
        if seal.is_some_and(|seal| seal.rules() == RULES && seal.holds(stored, key, place)) {
            return vec![ClearedText::new(stored, Source::Readmitted)];
        }
        let mut review = self.review(screening);
        review.push(stored);
        review.close();
        std::iter::from_fn(|| review.next_release()).map(|release: Release| release.shown().clone()).collect()
    }

    pub(crate) fn judge(&self) -> &Judge {
        &self.0.judge
    }

    pub(crate) fn texts(&self, locale: Locale) -> &Texts {
        // One entry for each shipped locale, in the order of `Locale::ALL`: see `CrisisPlan::load`.
        &self.0.texts[locale as usize]
    }

    /// Whether `sentence` holds a phone number that the directory does not list: for `region` where it is known and the
    /// directory has an entry for it, else for any country.
    pub(crate) fn names_unknown_number(&self, before: &str, sentence: &str, region: Option<Region>) -> bool {
        let both = [before, sentence].concat();
        // Which numbers there are does not depend on the time; only what is said beside a stale entry does.
        let here = self.0.directory.resources(region, Timestamp::UNIX_EPOCH);
        let listed = |number: &str| {
            if here.is_known() { here.lists_number(number) } else { self.0.directory.lists_number(number) }
        };
        numbers(&both).any(|place| place.end > before.len() && !listed(&both[place]))
    }

    /// The texts of the plan that review would stop. Slots are filled from the directory, so what is
    /// reviewed is the words around them.
    fn stopped_texts(&self) -> impl Iterator<Item = SafetyError> {
        let texts = Locale::ALL
            .into_iter()
            .flat_map(|locale| Texts::each(locale).into_iter().map(move |(key, text)| (locale, key, text)));
        texts.filter_map(|(locale, key, text)| match self.admit_script(&text, locale) {
            Err(ScriptError::Stopped { category, .. }) => {
                Some(SafetyError::TextStopped { key, locale, category })
            }
            _ => None,
        })
    }

    fn baseline_findings(&self, text: &str, without: Without) -> Findings {
        let looked = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "testing")]
            #[expect(clippy::panic, reason = "the failure that the tests ask for")]
            if self.0.broken_baseline {
                panic!("the baseline fails because a test asked for it");
            }
            let mut findings = Findings::new();
            self.0.baseline.assess(text, without, &mut findings);
            self.0.tuning.listen(text, &mut findings);
            findings
        }));
        looked.unwrap_or_else(|_| {
            let mut findings = Findings::new();
            findings.mark_unavailable(Part::Baseline);
            findings
        })
    }

    /// Asks a detector and joins what it found. False where it panicked or took too long: what a late one
    /// did find still counts, only its silence must not.
    fn ask(&self, detector: &Arc<dyn Detector>, input: &ScreenInput<'_>, out: &mut Findings) -> bool {
        let start = self.0.stopwatch.elapsed();
        let found = catch_unwind(AssertUnwindSafe(|| {
            let mut findings = Findings::new();
            detector.assess(input, &mut findings);
            findings
        }));
        let late = self.0.stopwatch.elapsed().saturating_sub(start) > DETECTOR_BUDGET;
        match found {
            Ok(findings) => {
                out.join(findings);
                !late
            }
            Err(_) => false,
        }
    }

    /// Reads the answer to a pending question of the crisis pathway. A yes to a question about thoughts or intent is a
    /// sign, and so is a no to the one about a safe place, whatever else the text holds and whoever could not look.
    /// A safe answer counts only where nothing was found and nobody is missing without whom "no sign" cannot be said.
    fn read_answer(&self, text: &str, context: &ScreenContext, findings: &mut Findings) -> ProbeAnswer {
        let standing = &context.standing;
        let Some(probe) = standing.asked() else { return ProbeAnswer::Open };
        let answer = self.0.answers[context.locale as usize].read(probe, text);
        let unclear = findings.level() > RiskLevel::None || findings.unseen();
        if answer == ProbeAnswer::Safe && unclear {
            return ProbeAnswer::Open;
        }
        let sign = match probe {
            Probe::Intent => Some(("pathway.intent.affirmed", Category::SuicideHigh, RiskLevel::High)),
            Probe::Ideation => {
                Some(("pathway.ideation.affirmed", Category::SuicideActive, RiskLevel::Moderate))
            }
            Probe::SafePlace => {
                let spoken_for = standing.spoken_for().unwrap_or(Category::SuicideActive);
                Some(("pathway.safe_place.denied", spoken_for, RiskLevel::Moderate))
            }
            Probe::Support => None,
        };
        if let (ProbeAnswer::Unsafe, Some((rule, category, level))) = (answer, sign) {
            findings.raise(Finding::new(RuleId::new(rule), category, level));
        }
        answer
    }
}

fn screening(
    text: Arc<str>,
    context: &ScreenContext,
    findings: Findings,
    (answer, dialogue): (ProbeAnswer, Dialogue),
    left_out: LeftOut,
) -> Screening {
    let mut screened = Screened {
        text,
        locale: context.locale,
        region: context.region,
        findings,
        before: context.standing.clone(),
        standing: context.standing.clone(),
        answer,
        dialogue,
        changes: Vec::new(),
        left_out,
    };
    Screening::settle(&mut screened);
    Screening(Arc::new(screened))
}

fn sos_sign() -> Finding {
    Finding::new(RuleId::new("signal.sos"), Category::Sos, RiskLevel::Moderate)
}

/// A call for help that was typed: nothing but SOS, however it is written.
fn is_sos(text: &str) -> bool {
    let letters: String = text.chars().take(16).filter(|c| c.is_alphanumeric()).collect();
    text.len() <= 16 && letters.eq_ignore_ascii_case("sos")
}

impl fmt::Debug for SafetyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafetyLayer")
            .field("rules", &RULES)
            .field("detectors", &self.0.detectors)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What review of replies judges by, and the version under which it was pinned.
    const PINNED: (u32, &str) = (3, "26827f8b4833134b");

    #[test]
    fn the_version_of_the_rules_is_that_of_what_they_judge_by() {
        use sha2::{Digest, Sha256};
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files: Vec<_> = ["data/reply", "src/reply"]
            .into_iter()
            .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .collect();
        files.sort_unstable();
        let mut hash = Sha256::new();
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
            hash.update(file.file_name().unwrap().as_encoded_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
        }
        let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            (RULES.0, hash.as_str()),
            PINNED,
            "data/reply or src/reply changed: where it judges differently, raise RULES by one; then set PINNED to what stands left"
        );
    }

    #[test]
    fn every_text_of_the_built_in_plan_passes_its_own_review() {
        let layer = SafetyLayer::with_unreviewed_texts(CrisisPlan::built_in()).unwrap();
        let stopped: Vec<String> = layer.stopped_texts().map(|stopped| stopped.to_string()).collect();
        assert!(stopped.is_empty(), "{stopped:#?}");
    }
}
