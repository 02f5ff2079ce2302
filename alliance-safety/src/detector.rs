//! The host's own detectors: an extra pair of eyes that can raise and never lower.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Findings, Locale, RiskLevel};

/// What a detector gets to see.
#[derive(Clone, Copy)]
pub struct ScreenInput<'a> {
    text: &'a str,
    locale: Locale,
    standing: RiskLevel,
}

impl<'a> ScreenInput<'a> {
    pub(crate) const fn new(text: &'a str, locale: Locale, standing: RiskLevel) -> Self {
        Self { text, locale, standing }
    }

    /// What the person said.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The language of the session, not necessarily of the text.
    #[must_use]
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// The standing level before this text.
    #[must_use]
    pub const fn standing(&self) -> RiskLevel {
        self.standing
    }
}

impl fmt::Debug for ScreenInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScreenInput({} bytes, {}, standing {})", self.text.len(), self.locale, self.standing)
    }
}

/// An extra pair of eyes; can raise, never lower.
///
/// Synchronous and pure: what may wait is a classifier of the engine. It cannot be stopped from outside, so one that
/// hangs blocks the turn. It is not asked where the rules and the conversation already give high. Clauses:
///
/// - **D1 raises only** – levels join by `max`, so nothing it adds can lower what others found.
/// - **D2 in time** – over 5 ms it counts as unavailable: its finding becomes
///   [`Unavailable`](crate::Unavailable), and it is left out for the rest of the session.
/// - **D3 does not panic** – a panic is caught and counts as unavailable. Where panics abort the
///   process, adding a detector is a construction error.
/// - **D4 keeps quiet** – it writes no words of the text anywhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a detector",
    note = "implement `Detector::assess`, which adds findings and returns nothing"
)]
pub trait Detector: fmt::Debug + Send + Sync {
    /// Looks at `input` and adds what it finds to `out`.
    fn assess(&self, input: &ScreenInput<'_>, out: &mut Findings);
}

impl<D: Detector + ?Sized> Detector for Arc<D> {
    fn assess(&self, input: &ScreenInput<'_>, out: &mut Findings) {
        (**self).assess(input, out);
    }
}

impl<D: Detector + ?Sized> Detector for Box<D> {
    fn assess(&self, input: &ScreenInput<'_>, out: &mut Findings) {
        (**self).assess(input, out);
    }
}

/// The detectors that failed in this session and are not asked again in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeftOut(Vec<usize>);

impl LeftOut {
    /// Whether the detector at `index` is left out.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.0.contains(&index)
    }

    /// How many are left out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all are still asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, index: usize) {
        if !self.contains(index) {
            self.0.push(index);
        }
    }
}
