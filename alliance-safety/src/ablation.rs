//! Stages of screening that a measurement takes out, to see what each is worth.

/// A stage of screening, for [`SafetyLayer::level_without`](crate::SafetyLayer::level_without).
#[cfg_attr(
    not(feature = "testing"),
    allow(dead_code, unreachable_pub, reason = "nothing is taken out but in a measurement")
)]
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Cutting of text without spaces, and mending of misspelled words.
    Mending,
    /// Who, when, and whether it is meant.
    Scope,
    /// Rules of languages that are not promised.
    Experimental,
    /// The small model.
    Model,
    /// What earlier turns add.
    Dialogue,
}

/// The stage that is left out: none, wherever a person is listened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Without(Option<Stage>);

impl Without {
    #[cfg(feature = "testing")]
    pub(crate) const fn stage(stage: Option<Stage>) -> Self {
        Self(stage)
    }

    pub(crate) fn has(self, stage: Stage) -> bool {
        self.0 != Some(stage)
    }
}
