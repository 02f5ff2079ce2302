//! Stages of a turn that wait for nothing.

use alliance_core::stage::{Stage, StageObserver, StageScope};
use tracing::{Span, info_span};

/// A span around each stage of a turn that waits for nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ObservedStages;

impl ObservedStages {
    /// Observes the agent's turns: for `AgentBuilder::stages`.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl StageObserver for ObservedStages {
    fn begin(&self, stage: Stage) -> Box<dyn StageScope> {
        Box::new(Scope(match stage {
            Stage::Protocol => info_span!("protocol"),
            Stage::Review => info_span!("review"),
            _ => info_span!("stage"),
        }))
    }
}

#[derive(Debug)]
struct Scope(Span);

impl StageScope for Scope {
    fn enter(&self) {
        self.0.with_subscriber(|(id, dispatch)| dispatch.enter(id));
    }

    fn leave(&self) {
        self.0.with_subscriber(|(id, dispatch)| dispatch.exit(id));
    }
}
