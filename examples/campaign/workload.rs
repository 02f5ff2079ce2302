//! Work for a store that a seed decides, and the reference store beside it that says what must come of it.

use std::{fs, path::Path};

use alliance::{
    consent::{ConsentLedger, Draft, Purpose},
    id::{RecordId, SessionId, UserId},
    memory::{FileKeys, InMemoryStore, MasterKey, SqliteStore},
    record::{Body, ConsentChoice, ConsentRecord, EpisodeRecord, Record, RecordKind, TimerRecord},
    safety::Timestamp,
    store::{Expect, Forget, Handle, HandleKind, HandleQuery, MemoryStore, Page, Selection, StoreError},
};
use futures::executor::block_on;
use uuid::Uuid;

/// Whom the work is about.
pub(crate) const PEOPLE: u64 = 3;

/// Numbers that look random and are decided by a seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

/// One piece of work.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Append(UserId, Draft),
    Forget(UserId, Forget),
}

/// The `number`-th piece of work of a seed. Does not depend on what came before, so that work can go on anywhere.
pub(crate) fn step(seed: u64, number: u64) -> Step {
    let mut dice = Dice::new(seed ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93));
    let user = user(dice.below(PEOPLE));
    let earlier = |dice: &mut Dice| record_id(number.saturating_sub(1 + dice.below(12)), 0);
    match dice.below(40) {
        0 => Step::Forget(user, Forget::Everything),
        1 => Step::Forget(user, Forget::Session(session(dice.below(4)))),
        2 => Step::Forget(user, Forget::Kind(RecordKind::Timer)),
        3..6 => Step::Forget(user, Forget::Records(vec![earlier(&mut dice), earlier(&mut dice)])),
        _ => Step::Append(user, draft(&mut dice, user, number)),
    }
}

fn draft(dice: &mut Dice, user: UserId, number: u64) -> Draft {
    let mut draft = Draft::new();
    for place in 0..=dice.below(3) {
        let id = record_id(number, place);
        let body = if dice.below(4) == 0 {
            Body::Timer(TimerRecord::new("homework", Timestamp::UNIX_EPOCH))
        } else {
            let words = usize::try_from(dice.below(200)).unwrap_or_default();
            Body::Episode(EpisodeRecord::new("word ".repeat(words)))
        };
        let at = Timestamp::from_millis(i64::try_from(number).unwrap_or(i64::MAX));
        let mut record = Record::new(id, at, body).session(session(dice.below(4)));
        if dice.below(3) == 0 {
            record = record.derived_from([record_id(number.saturating_sub(1 + dice.below(6)), 0)]);
        }
        draft = draft.record(record);
        if dice.below(3) == 0 {
            draft = draft.open(Handle::new(user, id, HandleKind::Timer, at));
        }
    }
    for _ in 0..dice.below(3) {
        draft = draft.close(record_id(number.saturating_sub(1 + dice.below(6)), 0));
    }
    draft
}

pub(crate) fn user(number: u64) -> UserId {
    UserId::new(Uuid::from_u128(0xa_0000_0000 + u128::from(number)))
}

pub(crate) fn session(number: u64) -> SessionId {
    SessionId::new(Uuid::from_u128(0xb_0000_0000 + u128::from(number)))
}

pub(crate) fn record_id(number: u64, place: u64) -> RecordId {
    RecordId::new(Uuid::from_u64_pair(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number * 8 + place))
}

/// Does a piece of work. What the contract refuses (an id that was erased) is done too: nothing is to be changed.
///
/// # Errors
///
/// Where the store could not do it.
pub(crate) fn perform(store: &dyn MemoryStore, step: &Step) -> Result<(), StoreError> {
    use alliance::store::StoreErrorKind::{Conflict, Erased, IdReused};
    match step {
        Step::Append(user, draft) => {
            let given =
                Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
            let Ok(batch) = ConsentLedger::folded(&given).admit(draft.clone()) else { return Ok(()) };
            match block_on(store.append(*user, Expect::Any, batch)) {
                Err(error) if matches!(error.kind, Conflict | Erased | IdReused) => Ok(()),
                done => done.map(drop),
            }
        }
        Step::Forget(user, what) => block_on(store.forget(*user, what)).map(drop),
    }
}

/// Everything that can be seen of a store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pages: Vec<Page>,
    handles: Vec<Handle>,
}

/// Looks at everything.
///
/// # Errors
///
/// Where the store cannot be read.
pub(crate) fn look(store: &dyn MemoryStore) -> Result<Seen, StoreError> {
    let mut pages = Vec::new();
    for number in 0..PEOPLE {
        let mut selection = Selection::all();
        loop {
            let page = block_on(store.read(user(number), &selection))?;
            let next = page.next;
            pages.push(page);
            let Some(next) = next else { break };
            selection = selection.after(next);
        }
    }
    let far = Timestamp::from_millis(i64::MAX);
    let handles = block_on(store.handles(&HandleQuery::due(far, Selection::MAX)))?.handles;
    Ok(Seen { pages, handles })
}

/// What must be seen after the first `done` pieces of work of a seed.
#[derive(Debug)]
pub(crate) struct Expected {
    store: InMemoryStore,
    seed: u64,
    done: u64,
}

impl Expected {
    pub(crate) fn new(seed: u64) -> Self {
        Self { store: InMemoryStore::new(), seed, done: 0 }
    }

    pub(crate) const fn done(&self) -> u64 {
        self.done
    }

    /// Goes on to `done` pieces of work, and gives what must be seen.
    pub(crate) fn after(&mut self, done: u64) -> Result<Seen, StoreError> {
        while self.done < done {
            perform(&self.store, &step(self.seed, self.done))?;
            self.done += 1;
        }
        look(&self.store)
    }
}

/// Opens the store under `root`.
///
/// # Errors
///
/// What the store says.
pub(crate) fn open(root: &Path) -> Result<SqliteStore, StoreError> {
    let keys = FileKeys::open(root.join("keys"), MasterKey::new([7; 32]))
        .map_err(|error| StoreError::new(alliance::store::StoreErrorKind::Key).source(error))?;
    block_on(SqliteStore::open(root.join("store"), keys))
}

/// A folder of its own, which goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(pub(crate) std::path::PathBuf);

impl Place {
    /// # Errors
    ///
    /// Where it cannot be made.
    pub(crate) fn new(under: &Path, name: &str) -> std::io::Result<Self> {
        let path = under.join(format!("alliance-campaign-{}-{name}", std::process::id()));
        let _gone = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
