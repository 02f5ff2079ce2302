//! The agent of the program, and what the program holds of it.

use std::{error::Error, pin::pin, sync::Arc, sync::mpsc, time::Duration};

use alliance::{
    agent::{Agent, AgentBuilder, Limits},
    backends::Reflective,
    clock::{Clock, SystemClock, ThreadTimer, Timer},
    escalation::Escalation,
    memory::{InMemoryStore, Recall},
    safety::{CrisisPlan, SafetyLayer},
    store::MemoryStore,
};
use futures::{
    executor::block_on,
    future::{Either, select},
};

use crate::{args::Args, hanging::Hanging, protocols};

/// How many due items the helper thread works off at a time.
const DUE: usize = 16;

/// Everything is on this machine: what does not answer soon will not answer.
pub(crate) const PATIENCE: Duration = Duration::from_millis(300);

/// An agent and its parts.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) agent: Agent,
    pub(crate) store: Arc<dyn MemoryStore>,
    pub(crate) safety: SafetyLayer,
}

impl Parts {
    pub(crate) fn new(args: &Args) -> Result<Self, Box<dyn Error>> {
        let safety = SafetyLayer::new(CrisisPlan::built_in())?;
        let escalation = if args.hang.sink {
            Escalation::to(Hanging)
        } else {
            Escalation::none("a program on one machine has nobody to tell")
        };
        let builder: AgentBuilder = if args.hang.backend {
            Agent::builder(safety.clone(), Hanging, escalation)
        } else {
            Agent::builder(safety.clone(), Reflective::new(), escalation)
        };
        let store: Arc<dyn MemoryStore> =
            if args.hang.store { Arc::new(Hanging) } else { Arc::new(InMemoryStore::new()) };
        let mut limits = Limits::default();
        limits.turn = Duration::from_secs(5);
        limits.store = Duration::from_millis(200);
        limits.opening = PATIENCE;
        let builder = builder.store(store.clone()).recaller(Recall::new()).locale(args.locale).limits(limits);
        let agent = protocols::add(builder, &safety)?.build()?;
        Ok(Self { agent, store, safety })
    }

    /// Works off beside the conversation what turns left behind.
    pub(crate) fn work_off(&self, turns: &mpsc::Receiver<()>) {
        while turns.recv().is_ok() {
            // However many turns ended meanwhile, one look is enough.
            while turns.try_recv().is_ok() {}
            // A store in trouble is asked again after the next turn.
            let _ = block_on(self.agent.run_due(SystemClock.now(), DUE));
        }
    }
}

/// What comes of `work`, if it comes soon.
pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), ThreadTimer.sleep(PATIENCE)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
