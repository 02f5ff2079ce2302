//! The agent of the program, and what the program holds of it.

use std::{error::Error, pin::pin, sync::Arc, sync::mpsc, time::Duration};

use alliance::{
    agent::{Agent, AgentBuilder, Limits},
    backends::Reflective,
    clock::{Clock, SystemClock, ThreadTimer, Timer},
    escalation::Escalation,
    memory::{InMemoryStore, Recall, RuleConsolidator},
    safety::{CrisisPlan, SafetyLayer},
    store::MemoryStore,
};
use futures::{
    executor::block_on,
    future::{Either, select},
};

use crate::{
    args::{Args, Place},
    data::{Data, Trouble, platform_folder},
    hanging::Hanging,
    model::{self, LastFault},
    protocols,
    texts::{Texts, fill},
};

/// How many due items the helper thread works off at a time.
const DUE: usize = 16;

/// Memory answers at once: what does not answer soon will not answer.
const PATIENCE: Duration = Duration::from_millis(300);

/// A disk may be asleep, or full of other work.
const PATIENCE_WITH_DISKS: Duration = Duration::from_secs(3);

/// An agent and its parts.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) agent: Agent,
    pub(crate) store: Arc<dyn MemoryStore>,
    pub(crate) safety: SafetyLayer,
    /// What is on the disk. None where everything is in memory.
    pub(crate) data: Option<Data>,
    /// Why nothing is on the disk, though nobody asked for that.
    pub(crate) trouble: Option<Trouble>,
    /// Whether the exercises could be loaded.
    pub(crate) has_exercises: bool,
    /// What went wrong last with a model. None where there is no model.
    pub(crate) fault: Option<Arc<dyn LastFault>>,
    patience: Duration,
}

impl Parts {
    /// # Errors
    ///
    /// Where the folder that was named cannot be used, in the words of `texts`. Where nobody named one, whoever needs
    /// to talk can, and is told that nothing is kept.
    pub(crate) fn new(args: &Args, texts: &Texts) -> Result<Self, Box<dyn Error>> {
        let (data, trouble) = match &args.place {
            _ if args.hang.store => (None, None),
            Place::Memory => (None, None),
            Place::Folder(folder) => match Data::open(folder) {
                Ok(data) => (Some(data), None),
                Err(trouble) => {
                    let reason = trouble.text(&texts.store);
                    return Err(fill(&texts.store.refused, &[("reason", reason)]).into());
                }
            },
            Place::Platform => match platform_folder().and_then(|folder| Data::open(&folder)) {
                Ok(data) => (Some(data), None),
                Err(trouble) => (None, Some(trouble)),
            },
        };
        let safety = SafetyLayer::new(CrisisPlan::built_in())?;
        let escalation = if args.hang.sink {
            Escalation::to(Hanging)
        } else {
            Escalation::none("a program on one machine has nobody to tell")
        };
        let talking = args.model.as_ref().map(|model| model::talking(model, &texts.models)).transpose()?;
        let (talking, fault) = talking.unzip();
        let builder: AgentBuilder = match talking {
            _ if args.hang.backend => Agent::builder(safety.clone(), Hanging, escalation),
            Some(model) => Agent::builder(safety.clone(), model.clone(), escalation).answer_reader(model),
            None => Agent::builder(safety.clone(), Reflective::new(), escalation),
        };
        let store: Arc<dyn MemoryStore> = match &data {
            Some(data) => Arc::new(data.store.clone()),
            None if args.hang.store => Arc::new(Hanging),
            None => Arc::new(InMemoryStore::new()),
        };
        let mut limits = Limits::default();
        // A model may take its time; rules never do.
        if fault.is_none() {
            limits.turn = Duration::from_secs(5);
        }
        let patience = if data.is_some() { PATIENCE_WITH_DISKS } else { PATIENCE };
        limits.opening = patience;
        if data.is_none() {
            limits.store = Duration::from_millis(200);
        }
        let builder = match &data {
            Some(data) => builder.keys(data.keys.clone()),
            None => builder,
        };
        let builder = builder.store(store.clone()).recaller(Recall::new()).locale(args.locale).limits(limits);
        let builder = builder.consolidator(RuleConsolidator::built_in()?);
        let (builder, has_exercises) = protocols::add(builder, protocols::built_in(&safety));
        let agent = builder.build()?;
        Ok(Self { agent, store, safety, data, trouble, has_exercises, fault, patience })
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

    /// What comes of `work`, if it comes soon.
    pub(crate) async fn soon<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        match select(pin!(work), ThreadTimer.sleep(self.patience)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}
