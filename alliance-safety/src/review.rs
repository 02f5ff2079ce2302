//! The hold-back between a model and the person.

use std::{fmt, ops::Range};

use crate::{
    ClearedText, Disposition, RiskLevel, RuleId, SafetyLayer, Screening, Source,
    reply::{ReplyCategory, ReplyContext, Verdict, next_boundary},
};

/// The most that a reply may hold, in bytes. What is longer is replaced.
pub const MAX_REPLY: usize = 64 * 1024;

/// Sentences that may be repaired in one reply before the rest is replaced.
const MAX_REPAIRS: usize = 2;

/// What review lets out. After [`Release::Replace`] nothing follows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever shows words has to know every way they come")]
pub enum Release {
    /// Words to show after what was shown before.
    Show(ClearedText),
    /// Words to show in which something was dropped and a reviewed sentence may stand instead.
    Repair {
        /// The words to show. May be empty where nothing takes the place of what was dropped.
        shown: ClearedText,
        /// What was dropped, without its words.
        dropped: Dropped,
    },
    /// A reviewed text to show; the rest of the reply is withheld.
    Replace {
        /// The words to show.
        shown: ClearedText,
        /// What was withheld, without its words.
        dropped: Dropped,
    },
}

impl Release {
    /// The words to show.
    #[must_use]
    pub const fn shown(&self) -> &ClearedText {
        match self {
            Self::Show(shown) | Self::Repair { shown, .. } | Self::Replace { shown, .. } => shown,
        }
    }

    /// What was dropped, if anything was.
    #[must_use]
    pub const fn dropped(&self) -> Option<&Dropped> {
        match self {
            Self::Show(_) => None,
            Self::Repair { dropped, .. } | Self::Replace { dropped, .. } => Some(dropped),
        }
    }
}

/// What review dropped: how much, of which kind, by which rule. Never the words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Bytes that were not shown. For a replacement: of the sentence or reply that was judged.
    pub bytes: usize,
    /// The kind of the first fault found.
    pub category: ReplyCategory,
    /// The rule that found it.
    pub rule: RuleId,
}

/// What review would say to a whole reply, without releasing a word of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rehearsal {
    /// Every word would be shown.
    Show,
    /// Sentences would be dropped; the first fault.
    Repair(Dropped),
    /// A reviewed text would take the place of the reply.
    Replace(Dropped),
}

/// The hold-back between a model and the person: words go in, releases come out.
///
/// Push and pull are apart because one chunk can hold several sentences: judging chunks would let a
/// backend's cutting decide what is judged together. How a reply is cut changes neither the decisions nor
/// the words. The unit held back is a sentence while nothing stands; the whole reply from low on, and
/// whenever a part was unavailable. At high, and wherever only the plan may speak, every reply is replaced.
pub struct Review {
    layer: SafetyLayer,
    screening: Screening,
    hold: Hold,
    text: String,
    judged: usize,
    /// Start of the sentence before the one to be judged: context against phrases cut by a full stop.
    before: usize,
    repairs: Vec<ReplyCategory>,
    overlong: bool,
    closed: bool,
    finished: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Sentence,
    Whole,
    Everything,
}

/// The outcome of judging one sentence.
enum Judged {
    Pass,
    Repair(Dropped),
    Replace(Dropped),
}

impl Review {
    pub(crate) fn new(layer: SafetyLayer, screening: Screening) -> Self {
        let hold = match screening.disposition() {
            Disposition::Sentences => Hold::Sentence,
            Disposition::Whole | Disposition::ReflectThenPlan => Hold::Whole,
            Disposition::PlanOnly | Disposition::StaticOnly => Hold::Everything,
        };
        Self {
            layer,
            screening,
            hold,
            text: String::new(),
            judged: 0,
            before: 0,
            repairs: Vec::new(),
            overlong: false,
            closed: false,
            finished: false,
        }
    }

    /// Judges `reply` as if a model might speak, also where only the plan does: as a whole from low on.
    pub(crate) fn rehearse(layer: SafetyLayer, screening: Screening, reply: &str) -> Rehearsal {
        let mut review = Self::new(layer, screening);
        let stands = review.context().level > RiskLevel::None;
        if review.hold == Hold::Everything {
            review.hold = if stands { Hold::Whole } else { Hold::Sentence };
        }
        review.push(reply);
        review.close();
        let mut said = Rehearsal::Show;
        while let Some(release) = review.next_release() {
            match release {
                Release::Replace { dropped, .. } => return Rehearsal::Replace(dropped),
                Release::Repair { dropped, .. } if said == Rehearsal::Show => {
                    said = Rehearsal::Repair(dropped)
                }
                _ => {}
            }
        }
        said
    }

    /// Takes more of the reply. Does nothing after [`Review::close`].
    pub fn push(&mut self, words: &str) {
        if self.closed || self.overlong {
            return;
        }
        let mut room = MAX_REPLY - self.text.len();
        if words.len() > room {
            self.overlong = true;
            while !words.is_char_boundary(room) {
                room -= 1;
            }
            self.text.push_str(&words[..room]);
        } else {
            self.text.push_str(words);
        }
    }

    /// Says that the reply is complete.
    pub const fn close(&mut self) {
        self.closed = true;
    }

    /// Says that the reply was cut off where it had grown too long: what its last sentence would have been is dropped,
    /// and the sentences before it are the reply.
    pub fn close_cut(&mut self) {
        let mut whole = self.judged;
        while let Some(length) = next_boundary(&self.text[whole..], false) {
            whole += length;
        }
        // A sentence that is complete may stand at the very end, where more could still have followed.
        let last = self.text[whole..].trim_end();
        if !last.trim_end_matches(['"', '\'', ')', '”', '“', '’', '»', '«']).ends_with(['.', '!', '?', '…'])
        {
            self.text.truncate(whole);
        }
        self.closed = true;
    }

    /// The next words that may be shown, if there are any yet.
    pub fn next_release(&mut self) -> Option<Release> {
        if self.finished {
            return None;
        }
        match self.hold {
            // Nothing was read, so nothing is counted: how much had arrived depends on how it was cut.
            Hold::Everything => {
                let rule = RuleId::new("review.no_model_now");
                Some(self.replace(self.dropped(0, ReplyCategory::NotNow, rule)))
            }
            Hold::Whole => self.closed.then(|| self.release_whole()).flatten(),
            Hold::Sentence => self.release_sentence(),
        }
    }

    /// Whether a replacement was released, so that nothing follows.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    fn release_sentence(&mut self) -> Option<Release> {
        let Some(end) = self.next_end() else {
            return self.overlong.then(|| self.replace_overlong());
        };
        let (start, judged) = (self.judged, self.judge_to(end));
        Some(match judged {
            Judged::Pass => Release::Show(self.cleared(self.text[start..end].to_owned())),
            Judged::Repair(dropped) => {
                let shown = self.repair_for(dropped.category, start..end);
                Release::Repair { shown: self.cleared(shown), dropped }
            }
            Judged::Replace(dropped) => self.replace(dropped),
        })
    }

    fn release_whole(&mut self) -> Option<Release> {
        if self.overlong {
            return Some(self.replace_overlong());
        }
        if self.text.trim().is_empty() {
            self.finished = true;
            return None;
        }
        let verdict = self.layer.judge().whole(&self.text, &self.context());
        if let Verdict::Replace(category, rule) = verdict {
            return Some(self.replace(self.dropped(self.text.len(), category, rule)));
        }
        let mut shown = String::new();
        let mut first: Option<Dropped> = None;
        while let Some(end) = self.next_end() {
            let (start, judged) = (self.judged, self.judge_to(end));
            match judged {
                Judged::Pass => shown.push_str(&self.text[start..end]),
                Judged::Repair(dropped) => {
                    shown.push_str(&self.repair_for(dropped.category, start..end));
                    match &mut first {
                        Some(first) => first.bytes += dropped.bytes,
                        None => first = Some(dropped),
                    }
                }
                Judged::Replace(dropped) => return Some(self.replace(dropped)),
            }
        }
        if let (None, Verdict::Repair(category, rule)) = (&first, verdict) {
            // A fault that shows only on the whole cannot be mended by dropping a part of it.
            return Some(self.replace(self.dropped(self.text.len(), category, rule)));
        }
        self.finished = true;
        let shown = self.cleared(shown);
        Some(match first {
            Some(dropped) => Release::Repair { shown, dropped },
            None => Release::Show(shown),
        })
    }

    /// Where the next sentence ends, if enough is there to tell.
    fn next_end(&self) -> Option<usize> {
        // Past the limit more text would only be dropped, so what is there is all there is to know.
        let rest = &self.text[self.judged..];
        next_boundary(rest, self.closed && !self.overlong).map(|length| self.judged + length)
    }

    /// Judges the sentence up to `end` and moves past it.
    fn judge_to(&mut self, end: usize) -> Judged {
        let (before, sentence) = (&self.text[self.before..self.judged], &self.text[self.judged..end]);
        let mut verdict = self.layer.judge().sentence(before, sentence, &self.context());
        if matches!(verdict, Verdict::Pass)
            && self.layer.names_unknown_number(before, sentence, self.screening.region())
        {
            verdict = Verdict::Repair(ReplyCategory::UnknownNumber, RuleId::new("review.unknown_number"));
        }
        let judged = match verdict {
            Verdict::Pass => Judged::Pass,
            Verdict::Repair(category, rule) if self.repairs.len() < MAX_REPAIRS => {
                Judged::Repair(self.dropped(sentence.len(), category, rule))
            }
            Verdict::Repair(category, rule) | Verdict::Replace(category, rule) => {
                Judged::Replace(self.dropped(sentence.len(), category, rule))
            }
        };
        self.before = self.judged;
        self.judged = end;
        judged
    }

    /// The reviewed sentence in place of a dropped one; nothing where the same kind was repaired already.
    fn repair_for(&mut self, category: ReplyCategory, dropped: Range<usize>) -> String {
        let repeated = self.repairs.contains(&category);
        self.repairs.push(category);
        if repeated {
            return String::new();
        }
        let dropped = &self.text[dropped];
        let space = &dropped[dropped.trim_end().len()..];
        let mut sentence = self.layer.texts(self.screening.locale()).repair(category).to_owned();
        sentence.push_str(space);
        sentence
    }

    fn replace(&mut self, dropped: Dropped) -> Release {
        self.finished = true;
        let text = self.layer.texts(self.screening.locale()).replacement(dropped.category).to_owned();
        Release::Replace { shown: self.cleared(text), dropped }
    }

    fn replace_overlong(&mut self) -> Release {
        let rule = RuleId::new("review.overlong");
        self.replace(self.dropped(self.text.len(), ReplyCategory::Overlong, rule))
    }

    const fn dropped(&self, bytes: usize, category: ReplyCategory, rule: RuleId) -> Dropped {
        Dropped { bytes, category, rule }
    }

    fn cleared(&self, text: String) -> ClearedText {
        ClearedText::new(text, Source::Review)
    }

    fn context(&self) -> ReplyContext<'_> {
        let level: RiskLevel = self.screening.standing().level().max(self.screening.level());
        ReplyContext { user: self.screening.text(), level, locale: self.screening.locale() }
    }
}

impl fmt::Debug for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Review")
            .field("hold", &self.hold)
            .field("bytes", &self.text.len())
            .field("judged", &self.judged)
            .field("closed", &self.closed)
            .field("finished", &self.finished)
            .finish_non_exhaustive()
    }
}
