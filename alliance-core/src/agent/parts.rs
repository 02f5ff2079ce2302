//! What an agent is made of.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use alliance_safety::{Locale, Region, SafetyLayer, Script, SealKey, Standing, Timestamp};

use crate::{
    backend::LlmBackend,
    classifier::RiskClassifier,
    clock::{Clock, Timer},
    consent::Draft,
    consolidate::Consolidator,
    dialogue::Lines,
    escalation::Escalation,
    host::{AuditSink, DirectoryProvider, KeyStore},
    id::IdSource,
    protocol::{About, Protocol, ProtocolId},
    recall::Recaller,
    record::{ConsentChoice, ConsentRecord},
    session::Shared,
    stage::{Stage, StageObserver, StageScope},
    store::MemoryStore,
    token::TokenCounter,
};

/// Everything that an agent is made of. Shared by its sessions.
pub(crate) struct Parts {
    pub(crate) safety: SafetyLayer,
    pub(crate) backend: Arc<dyn LlmBackend>,
    /// Reads answers that the rules of a protocol could not.
    pub(crate) answer_reader: Option<Arc<dyn LlmBackend>>,
    pub(crate) escalation: Escalation,
    pub(crate) store: Arc<dyn MemoryStore>,
    pub(crate) recaller: Option<Arc<dyn Recaller>>,
    pub(crate) consolidator: Option<Arc<dyn Consolidator>>,
    pub(crate) classifiers: Vec<Arc<dyn RiskClassifier>>,
    pub(crate) protocols: BTreeMap<ProtocolId, LoadedProtocol>,
    pub(crate) directory: Option<Arc<dyn DirectoryProvider>>,
    pub(crate) audit: Option<Arc<dyn AuditSink>>,
    pub(crate) stages: Option<Arc<dyn StageObserver>>,
    pub(crate) keys: Option<Arc<dyn KeyStore>>,
    /// The key for seals and hashes of people whose host keeps no keys: it lives as long as the agent.
    pub(crate) own_key: SealKey,
    pub(crate) counter: Arc<dyn TokenCounter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) locale: Locale,
    pub(crate) region: Option<Region>,
    pub(crate) lines: Lines,
    pub(crate) limits: Limits,
    pub(crate) when_busy: WhenBusy,
    /// Sessions that are alive, so that `run_due` can write what they still hold and a danger reaches all of a person.
    pub(crate) open: Mutex<Vec<Weak<Shared>>>,
    /// Held while a person is erased: nobody may destroy the key that was made after it.
    pub(crate) erasing: futures::lock::Mutex<()>,
}

impl Parts {
    /// A stage begins, where somebody watches.
    pub(crate) fn begin(&self, stage: Stage) -> Option<Box<dyn StageScope>> {
        self.stages.as_ref().map(|stages| stages.begin(stage))
    }

    pub(crate) fn sessions(&self) -> Vec<Arc<Shared>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().filter_map(Weak::upgrade).collect()
    }

    /// Decisions of a session's person that are still to be written: its own, and what was taken back in others.
    pub(crate) fn unwritten_decisions(&self, of: &Shared) -> Vec<ConsentRecord> {
        let mut found = Vec::new();
        for other in self.sessions().iter().filter(|other| other.user == of.user && other.id != of.id) {
            let conversation = other.conversation();
            let decisions = conversation.outgoing.iter().flat_map(Draft::decisions);
            found.extend(decisions.filter(|made| made.choice == ConsentChoice::Withdrawn).cloned());
        }
        found.extend(of.conversation().outgoing.iter().flat_map(Draft::decisions).cloned());
        found
    }

    /// Takes a danger that stands in one session into the person's others.
    pub(crate) fn unsettle_others(&self, of: &Shared, standing: &Standing, now: Timestamp) {
        for other in self.sessions().iter().filter(|other| other.user == of.user && other.id != of.id) {
            other.conversation().unsettle(standing, now);
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("safety", &self.safety)
            .field("backend", &self.backend)
            .field("escalation", &self.escalation)
            .field("store", &self.store)
            .field("protocols", &self.protocols.keys())
            .finish_non_exhaustive()
    }
}

/// A protocol with its texts as review let them through.
pub(crate) struct LoadedProtocol {
    pub(crate) protocol: Arc<dyn Protocol>,
    pub(crate) about: About,
    pub(crate) scripts: HashMap<(Arc<str>, Locale), Script>,
}

impl LoadedProtocol {
    pub(crate) fn script(&self, key: &Arc<str>, locale: Locale) -> Option<&Script> {
        self.scripts.get(&(key.clone(), locale))
    }

    /// Its name as a person reads it.
    pub(crate) fn title(&self, locale: Locale) -> String {
        let script = self.about.title.as_ref().and_then(|key| self.script(key, locale));
        let title = script.and_then(Script::fixed).map(|words| words.as_str().to_owned());
        title.unwrap_or_else(|| self.protocol.id().name().replace('_', " "))
    }
}

/// How long parts may take and how much goes into a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The whole turn. Default 30 s.
    pub turn: Duration,
    /// One call of the store. Default 2 s.
    pub store: Duration,
    /// Everything that is read when a session opens. Default 1 s.
    pub opening: Duration,
    /// All second opinions. Default 2 s.
    pub classifier: Duration,
    /// A model's one reflection before fixed words that are due. Default 2 s.
    pub reflection: Duration,
    /// A model's reading of one answer, with the attempt to mend it. Default 2 s.
    pub reading: Duration,
    /// Making memories of one session. Default 60 s.
    pub consolidation: Duration,
    /// One delivery to a human. Default 10 s.
    pub delivery: Duration,
    /// How long a crisis reply, once shown, waits for store and sink before it is done. Default 1 ms.
    pub crisis_grace: Duration,
    /// The prompt, in tokens. Default 6,000.
    pub prompt_tokens: usize,
    /// All memories in the prompt, in tokens. Default 500.
    pub memory_tokens: usize,
    /// What the last session was about, in the prompt, in tokens. Default 200.
    pub summary_tokens: usize,
    /// A reply, in tokens. Default 400.
    pub reply_tokens: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turn: Duration::from_secs(30),
            store: Duration::from_secs(2),
            opening: Duration::from_secs(1),
            classifier: Duration::from_secs(2),
            reflection: Duration::from_secs(2),
            reading: Duration::from_secs(2),
            consolidation: Duration::from_secs(60),
            delivery: Duration::from_secs(10),
            crisis_grace: Duration::from_millis(1),
            prompt_tokens: 6000,
            memory_tokens: 500,
            summary_tokens: 200,
            reply_tokens: 400,
        }
    }
}

/// What happens to a second turn while one runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it waits or it does not")]
pub enum WhenBusy {
    /// It waits for its turn.
    #[default]
    Wait,
    /// It is refused with the id of the running one.
    Refuse,
}
