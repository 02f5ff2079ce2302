//! Putting an agent together.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex},
};

use alliance_safety::{Locale, Region, SafetyLayer, ScriptError, SealKey};

use super::{Agent, Limits, LoadedProtocol, Parts, WhenBusy};
use crate::{
    backend::LlmBackend,
    classifier::RiskClassifier,
    clock::{Clock, SystemClock, ThreadTimer, Timer},
    consolidate::Consolidator,
    dialogue::{LineError, Lines},
    escalation::Escalation,
    host::{AuditSink, DirectoryProvider, KeyStore},
    id::{IdSource, RandomIds},
    protocol::{Protocol, ProtocolId},
    recall::Recaller,
    stage::StageObserver,
    store::MemoryStore,
    token::{ByteEstimate, TokenCounter},
};

/// Puts an agent together. What is mandatory was given to [`Agent::builder`]; the store is the one more
/// thing that has no default, because where a conversation is kept has to be a choice.
#[must_use = "an agent is made by `build`"]
pub struct AgentBuilder {
    safety: SafetyLayer,
    backend: Arc<dyn LlmBackend>,
    answer_reader: Option<Arc<dyn LlmBackend>>,
    escalation: Escalation,
    store: Option<Arc<dyn MemoryStore>>,
    recaller: Option<Arc<dyn Recaller>>,
    consolidator: Option<Arc<dyn Consolidator>>,
    classifiers: Vec<Arc<dyn RiskClassifier>>,
    protocols: Vec<Arc<dyn Protocol>>,
    directory: Option<Arc<dyn DirectoryProvider>>,
    audit: Option<Arc<dyn AuditSink>>,
    stages: Option<Arc<dyn StageObserver>>,
    keys: Option<Arc<dyn KeyStore>>,
    counter: Arc<dyn TokenCounter>,
    clock: Arc<dyn Clock>,
    timer: Arc<dyn Timer>,
    ids: Arc<dyn IdSource>,
    locale: Locale,
    region: Option<Region>,
    limits: Limits,
    when_busy: WhenBusy,
}

/// An agent that cannot be built: what is missing or wrong, and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no store.
    #[error("an agent needs a memory store: call `.store(…)`, for example with `InMemoryStore::new()`")]
    NoStore,
    /// Two protocols have the same name and version.
    #[error("the protocol `{0}` was given twice: give each version once")]
    ProtocolTwice(ProtocolId),
    /// The engine's own texts do not load.
    #[error("the engine's own texts do not load")]
    Lines(#[from] LineError),
    /// A protocol hands over to one that the agent does not have.
    #[error("the protocol `{protocol}` hands over to `{child}`, which the agent does not have: add it")]
    NoSuchChild {
        /// The protocol.
        protocol: ProtocolId,
        /// The name of the missing one.
        child: String,
    },
    /// Review would stop a text of a protocol, so it does not load.
    #[error("the text `{key}` ({locale}) of the protocol `{protocol}` does not load: mend its words")]
    ProtocolText {
        /// The protocol.
        protocol: ProtocolId,
        /// The text.
        key: String,
        /// Its language.
        locale: Locale,
        /// Why it does not load.
        source: ScriptError,
    },
}

impl AgentBuilder {
    pub(crate) fn new(safety: SafetyLayer, backend: Arc<dyn LlmBackend>, escalation: Escalation) -> Self {
        Self {
            safety,
            backend,
            answer_reader: None,
            escalation,
            store: None,
            recaller: None,
            consolidator: None,
            classifiers: Vec::new(),
            protocols: Vec::new(),
            directory: None,
            audit: None,
            stages: None,
            keys: None,
            counter: Arc::new(ByteEstimate),
            clock: Arc::new(SystemClock),
            timer: Arc::new(ThreadTimer),
            ids: Arc::new(RandomIds),
            locale: Locale::En,
            region: None,
            limits: Limits::default(),
            when_busy: WhenBusy::default(),
        }
    }

    /// Keeps what outlives a turn.
    pub fn store(mut self, store: impl MemoryStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Looks for memories in each turn. Without it, none are looked for.
    pub fn recaller(mut self, recaller: impl Recaller + 'static) -> Self {
        self.recaller = Some(Arc::new(recaller));
        self
    }

    /// Makes memories of sessions that are over, as [`Agent::run_due`] and
    /// [`Session::conclude`](crate::session::Session::conclude) ask for it. Without it, turns are kept and nothing is
    /// made of them.
    pub fn consolidator(mut self, consolidator: impl Consolidator + 'static) -> Self {
        self.consolidator = Some(Arc::new(consolidator));
        self
    }

    /// Has a model read an answer to a protocol where its rules read none and its definition allows it, before the
    /// reply: a form, never words that are shown. Without it, the person is asked again.
    pub fn answer_reader(mut self, backend: impl LlmBackend + 'static) -> Self {
        self.answer_reader = Some(Arc::new(backend));
        self
    }

    /// Adds a second opinion on risk. It can only raise.
    pub fn with_classifier(mut self, classifier: impl RiskClassifier + 'static) -> Self {
        self.classifiers.push(Arc::new(classifier));
        self
    }

    /// Adds a protocol. Its texts are reviewed by [`build`](Self::build).
    pub fn with_protocol(mut self, protocol: impl Protocol + 'static) -> Self {
        self.protocols.push(Arc::new(protocol));
        self
    }

    /// Asks for live crisis services when a session opens.
    pub fn directory(mut self, provider: impl DirectoryProvider + 'static) -> Self {
        self.directory = Some(Arc::new(provider));
        self
    }

    /// Keeps the audit chain. Without it, decisions are not kept beyond the risk records.
    pub fn audit(mut self, sink: impl AuditSink + 'static) -> Self {
        self.audit = Some(Arc::new(sink));
        self
    }

    /// Tells `observer` of the stages of a turn that wait for nothing, for traces.
    pub fn stages(mut self, observer: impl StageObserver + 'static) -> Self {
        self.stages = Some(Arc::new(observer));
        self
    }

    /// Takes people's keys from here. Without it, seals last as long as the agent, and stored replies are
    /// reviewed again after that.
    pub fn keys(mut self, keys: impl KeyStore + 'static) -> Self {
        self.keys = Some(Arc::new(keys));
        self
    }

    /// Counts tokens. Default: an estimate by bytes.
    pub fn token_counter(mut self, counter: impl TokenCounter + 'static) -> Self {
        self.counter = Arc::new(counter);
        self
    }

    /// Tells the time. Default: the machine's clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Waits. Default: one helper thread, under any executor.
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Draws ids. Default: random ones.
    pub fn ids(mut self, ids: impl IdSource + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// The language where a session names none. Default: English.
    pub const fn locale(mut self, locale: Locale) -> Self {
        self.locale = locale;
        self
    }

    /// The place whose crisis services are meant where a session names none. Default: unknown, which gives
    /// the international directories.
    pub const fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// How long parts may take and how much goes into a prompt.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What happens to a second turn while one runs. Default: it waits.
    pub const fn when_busy(mut self, when_busy: WhenBusy) -> Self {
        self.when_busy = when_busy;
        self
    }

    /// Puts the agent together and reviews the texts of its protocols.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names what is missing or wrong, and the call that mends it.
    pub fn build(self) -> Result<Agent, BuildError> {
        let store = self.store.ok_or(BuildError::NoStore)?;
        let mut protocols = BTreeMap::new();
        for protocol in self.protocols {
            let id = protocol.id().clone();
            let loaded = load(&self.safety, protocol)?;
            if protocols.insert(id.clone(), loaded).is_some() {
                return Err(BuildError::ProtocolTwice(id));
            }
        }
        for loaded in protocols.values() {
            check_children(loaded, &protocols)?;
        }
        let lines = Lines::load(&self.safety)?;
        let mut own_key = [0; 32];
        own_key[..16].copy_from_slice(self.ids.next_id().as_bytes());
        own_key[16..].copy_from_slice(self.ids.next_id().as_bytes());
        let parts = Parts {
            safety: self.safety,
            backend: self.backend,
            answer_reader: self.answer_reader,
            escalation: self.escalation,
            store,
            recaller: self.recaller,
            consolidator: self.consolidator,
            classifiers: self.classifiers,
            protocols,
            directory: self.directory,
            audit: self.audit,
            stages: self.stages,
            keys: self.keys,
            own_key: SealKey::taking(&mut own_key),
            counter: self.counter,
            clock: self.clock,
            timer: self.timer,
            ids: self.ids,
            locale: self.locale,
            region: self.region,
            lines,
            limits: self.limits,
            when_busy: self.when_busy,
            open: Mutex::default(),
            erasing: futures::lock::Mutex::new(()),
        };
        Ok(Agent { parts: Arc::new(parts) })
    }
}

impl fmt::Debug for AgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentBuilder")
            .field("backend", &self.backend)
            .field("escalation", &self.escalation)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

fn load(safety: &SafetyLayer, protocol: Arc<dyn Protocol>) -> Result<LoadedProtocol, BuildError> {
    let mut scripts = HashMap::new();
    for text in protocol.texts() {
        let script =
            safety.admit_script(&text.text, text.locale).map_err(|source| BuildError::ProtocolText {
                protocol: protocol.id().clone(),
                key: text.key.to_string(),
                locale: text.locale,
                source,
            })?;
        scripts.insert((text.key.clone(), text.locale), script);
    }
    let about = protocol.about();
    Ok(LoadedProtocol { protocol, about, scripts })
}

fn check_children(
    loaded: &LoadedProtocol,
    protocols: &BTreeMap<ProtocolId, LoadedProtocol>,
) -> Result<(), BuildError> {
    let known = |name: &str| protocols.keys().any(|id| id.name() == name);
    match loaded.about.children.iter().find(|child| !known(child)) {
        None => Ok(()),
        Some(child) => {
            Err(BuildError::NoSuchChild { protocol: loaded.protocol.id().clone(), child: child.to_string() })
        }
    }
}
