//! Watching the stages of a turn that run without waiting, for traces.

use std::fmt;

/// A stage of a turn that computes and waits for nothing. Stages that wait are calls of a backend, a store or a recaller, and
/// whoever watches those wraps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Protocols take in what was said and decide what comes next.
    Protocol,
    /// A model's reply is reviewed, from its first piece to its end.
    Review,
}

/// Is told when a stage begins. It learns that it began and nothing of what is in it; it must neither wait nor panic, because the
/// reply waits for it.
pub trait StageObserver: fmt::Debug + Send + Sync {
    /// A stage begins. It ends when what this gives is dropped.
    fn begin(&self, stage: Stage) -> Box<dyn StageScope>;
}

/// A stage that runs, perhaps in several pieces.
pub trait StageScope: fmt::Debug + Send {
    /// A piece of it begins.
    fn enter(&self);

    /// The piece ends.
    fn leave(&self);
}

/// Does a piece of a stage. A panic in it leaves it too.
pub(crate) fn within<T>(scope: Option<&dyn StageScope>, work: impl FnOnce() -> T) -> T {
    struct Inside<'a>(&'a dyn StageScope);
    impl Drop for Inside<'_> {
        fn drop(&mut self) {
            self.0.leave();
        }
    }
    let _inside = scope.map(|scope| {
        scope.enter();
        Inside(scope)
    });
    work()
}
