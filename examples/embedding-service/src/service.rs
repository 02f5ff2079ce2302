//! The agent, and the sessions of the people who are here.

use std::{
    collections::HashMap,
    error::Error,
    fs::DirBuilder,
    io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use alliance::{
    agent::{Agent, OpenError, SessionChoice, WhenBusy},
    backend::LlmBackend,
    clock::{Clock, SystemClock, Timestamp, TokioTimer},
    consent::Purpose,
    escalation::Escalation,
    id::UserId,
    memory::{FileKeys, MasterKey, MasterKeyError, Recall, SqliteStore},
    protocols::Library,
    record::ConsentChoice,
    safety::{CrisisPlan, Locale, Region, Resources, SafetyLayer},
    session::Session,
    store::{Forget, StoreError, StoreErrorKind},
};

use crate::page::Texts;

/// Somebody who was away for so long finds their session in the store, if they agreed to keep it.
const AWAY: Duration = Duration::from_secs(30 * 60);

/// How many sessions are kept while nothing runs in them.
const KEPT: usize = 1_000;

/// How many due items are worked off at a time.
const DUE: usize = 100;

/// The agent, and the sessions of the people who are here. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    agent: Agent,
    safety: SafetyLayer,
    locale: Locale,
    region: Option<Region>,
    texts: Texts,
    open: Mutex<HashMap<UserId, Open>>,
    most: AtomicUsize,
}

#[derive(Debug)]
struct Open {
    /// In use while somebody else has it too.
    session: Arc<Session>,
    used: Timestamp,
}

impl Service {
    /// A service whose people are kept in `folder`, each in an encrypted file, and whose words come from `backend`.
    ///
    /// # Errors
    ///
    /// Where the folder or its keys cannot be used, or a built-in text does not load.
    pub async fn open(
        folder: &Path,
        backend: impl LlmBackend + 'static,
        locale: Locale,
        region: Option<Region>,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let people = folder.join("people");
        let keys = FileKeys::open(folder.join("keys"), master(folder, &people)?)?;
        let store = SqliteStore::open(people, keys.clone()).await?;
        let safety = SafetyLayer::new(CrisisPlan::built_in())?;
        // A real service names its people on duty here: `Escalation::to(sink).from_moderate()`.
        let escalation = Escalation::none("a demonstration has nobody on duty");
        let builder = Agent::builder(safety.clone(), backend, escalation)
            .store(store)
            .keys(keys)
            .recaller(Recall::new())
            .timer(TokioTimer)
            .locale(locale)
            .when_busy(WhenBusy::Refuse);
        let exercises = Library::built_in(&safety)?;
        let agent = exercises.into_iter().fold(builder, |builder, one| builder.with_protocol(one)).build()?;
        let texts = Texts::load(locale)?;
        let (open, most) = (Mutex::default(), AtomicUsize::new(KEPT));
        Ok(Self(Arc::new(Inner { agent, safety, locale, region, texts, open, most })))
    }

    /// Sets how many sessions are kept while nothing runs in them. Default 1,000. The one that was used least recently
    /// is let go of first; without consent, what was said in it goes with it.
    pub fn keep_at_most(&self, sessions: usize) {
        self.0.most.store(sessions, Ordering::Relaxed);
    }

    /// The person's session, which all their connections share. It is kept, and in use as long as somebody has it.
    ///
    /// # Errors
    ///
    /// Where the agent cannot open it. A store in trouble is no error: that session is degraded.
    pub async fn session(&self, user: UserId) -> Result<Arc<Session>, OpenError> {
        if let Some(session) = self.kept(user) {
            return Ok(session);
        }
        let session = self.open_anew(user).await?;
        let session = {
            // Of two connections that open it at once, both go on with the one that was first.
            let mut sessions = self.open_sessions();
            let open = sessions.entry(user).or_insert(Open { session, used: SystemClock.now() });
            open.session.clone()
        };
        self.make_room().await;
        Ok(session)
    }

    /// The person's session to look at. Whoever only looks, which takes no more than a made-up cookie, has nothing kept
    /// and displaces nobody.
    ///
    /// # Errors
    ///
    /// As [`session`](Self::session).
    pub async fn look(&self, user: UserId) -> Result<Arc<Session>, OpenError> {
        match self.kept(user) {
            Some(session) => Ok(session),
            None => self.open_anew(user).await,
        }
    }

    fn kept(&self, user: UserId) -> Option<Arc<Session>> {
        let mut sessions = self.open_sessions();
        let open = sessions.get_mut(&user)?;
        open.used = SystemClock.now();
        Some(open.session.clone())
    }

    async fn open_anew(&self, user: UserId) -> Result<Arc<Session>, OpenError> {
        let session = self.0.agent.open(user, SessionChoice::Resume).await?;
        session.locate(self.0.locale, self.0.region);
        Ok(Arc::new(session))
    }

    /// Lets go of what was used least recently, as far as there are too many and nobody uses it.
    async fn make_room(&self) {
        let leaving: Vec<_> = {
            let open = self.open_sessions();
            let too_many = open.len().saturating_sub(self.0.most.load(Ordering::Relaxed));
            if too_many == 0 {
                return;
            }
            let mut idle: Vec<_> =
                open.values().filter(|open| Arc::strong_count(&open.session) == 1).collect();
            idle.sort_unstable_by_key(|open| open.used);
            idle.into_iter().take(too_many).map(|open| open.session.clone()).collect()
        };
        // One of them is in use again where somebody beside this has it.
        self.let_go(leaving, |open| Arc::strong_count(&open.session) == 2).await;
    }

    /// Takes in what the person decided about keeping the conversation, on the text that the page shows.
    ///
    /// # Errors
    ///
    /// What the store says. The decision counts all the same, and is written later.
    pub async fn decide(&self, session: &Session, choice: ConsentChoice) -> Result<(), StoreErrorKind> {
        let texts = self.texts();
        session.decide(Purpose::Conversation, choice, texts.version(), texts.consent()).await
    }

    /// Erases everything that is kept of the person.
    ///
    /// # Errors
    ///
    /// What the store says. It may be erased or not, so it has to be asked for again.
    pub async fn erase(&self, session: &Session) -> Result<(), StoreError> {
        session.interrupt();
        self.0.agent.forget(session.user(), &Forget::Everything).await.map(|_receipt| ())
    }

    /// Does what is due: writes that a store in trouble did not take, turns that a crash cut off, notices.
    pub async fn work_off(&self) {
        loop {
            match self.0.agent.run_due(SystemClock.now(), DUE).await {
                Ok(report) if report.more => {}
                Ok(report) => return tracing::debug!(?report, "worked off what was due"),
                Err(error) => return tracing::warn!(kind = ?error.kind, "could not work off what is due"),
            }
        }
    }

    /// Lets go of the sessions of people who left, and of those whose store was in trouble, so that they open anew.
    pub async fn tidy(&self) {
        let now = SystemClock.now();
        let left = |open: &Open| open.session.is_degraded() || now.since(open.used) > AWAY;
        let leaving: Vec<_> = {
            let open = self.open_sessions();
            open.values().filter(|open| left(open)).map(|open| open.session.clone()).collect()
        };
        self.let_go(leaving, left).await;
    }

    async fn let_go(&self, leaving: Vec<Arc<Session>>, still: impl Fn(&Open) -> bool) {
        for session in leaving {
            // What the store has not taken yet lives in the session only.
            if session.settle().await {
                let mut open = self.open_sessions();
                if open.get(&session.user()).is_some_and(&still) {
                    open.remove(&session.user());
                }
            }
        }
    }

    /// Cuts off what runs: those turns end at once, with what was shown.
    pub fn interrupt_all(&self) {
        self.open_sessions().values().for_each(|open| open.session.interrupt());
    }

    /// Writes what is still queued. Returns how many sessions the store did not take.
    pub async fn settle_all(&self) -> usize {
        let sessions: Vec<_> = self.open_sessions().values().map(|open| open.session.clone()).collect();
        let mut unwritten = 0;
        for session in sessions {
            unwritten += usize::from(!session.settle().await);
        }
        unwritten
    }

    /// Whom to call, in the place of this service.
    pub(crate) fn resources(&self) -> Resources {
        self.0.safety.directory().resources(self.0.region, SystemClock.now())
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.0.texts
    }

    fn open_sessions(&self) -> MutexGuard<'_, HashMap<UserId, Open>> {
        // Nothing is left half-changed where a holder panics.
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key over all keys: from the environment, or from a file that is made with the folder.
fn master(folder: &Path, people: &Path) -> Result<MasterKey, Box<dyn Error + Send + Sync>> {
    const VARIABLE: &str = "ALLIANCE_MASTER_KEY";
    make_private(folder)?;
    if std::env::var_os(VARIABLE).is_some() {
        return Ok(MasterKey::from_env(VARIABLE)?);
    }
    let file = folder.join("master");
    match MasterKey::from_file(&file) {
        Err(MasterKeyError::Unreachable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            // A new key for what an older one wrote would only hide that it is lost.
            if people.join("store.lock").exists() {
                return Err("the master key is missing; without it, what is kept cannot be read".into());
            }
            Ok(MasterKey::create_file(&file)?)
        }
        other => Ok(other?),
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
