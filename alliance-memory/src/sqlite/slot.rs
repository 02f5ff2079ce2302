//! One person, and what is done to them: the only code that touches their file and their lines in the index.

mod forget;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use alliance_core::{
    consent::Batch,
    id::UserId,
    store::{Expect, Handle, Page, Revision, Selection, Snapshot, StoreError, StoreErrorKind},
};

use super::{
    append::{Admission, Nobody, admit},
    connect::FileKey,
    error::unsound,
    folder::Folder,
    index::{self, Entry, Index, State, Sync},
    person::{PersonFile, holds_something},
    salvage::{Salvage, salvage},
    witness::Witness,
};

/// What every person's work needs.
pub(super) struct Ground {
    pub(super) folder: Folder,
    pub(super) index: Mutex<Index>,
    /// Whose handles the index could not be given after a failure. Asked for again before handles are listed.
    pub(super) doubted: Mutex<BTreeSet<UserId>>,
    /// How many people's keys were destroyed. A key that was asked for before one was may be the one that is gone.
    pub(super) destroyed: AtomicU64,
}

impl Ground {
    pub(super) fn new(folder: Folder, index: Index) -> Self {
        Self { folder, index: Mutex::new(index), doubted: Mutex::default(), destroyed: AtomicU64::new(0) }
    }

    pub(super) fn destroyed(&self) -> u64 {
        self.destroyed.load(Ordering::Acquire)
    }

    pub(super) fn count_destroyed(&self) {
        self.destroyed.fetch_add(1, Ordering::AcqRel);
    }

    // A change of the index is a transaction: what a panic left behind is rolled back.
    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.recover();
        index
    }

    pub(super) fn doubted(&self) -> MutexGuard<'_, BTreeSet<UserId>> {
        self.doubted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A person could not be opened now: they are asked again before handles are listed, and when the store is opened next.
    pub(super) fn doubt(&self, user: UserId) -> Result<(), StoreError> {
        self.doubted().insert(user);
        self.index().change(Sync::Now, |change| index::mark_unsettled(change, user))
    }

    fn writable(&self) -> Result<(), StoreError> {
        if self.folder.writes() { Ok(()) } else { Err(StoreError::new(StoreErrorKind::ReadOnly)) }
    }
}

/// What has to be had from the key store before work can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The key that there is.
    Held,
    /// The key, made where there is none.
    Made,
    /// That the key is destroyed, and the erasure brought to its end.
    Erased,
}

/// What was had from it.
pub(super) enum Given {
    Nothing,
    Key(FileKey),
    /// A key for a new file, and how many were destroyed when it was asked for.
    Made(FileKey, u64),
    /// There is no key.
    NoKey,
}

/// Why work stopped.
pub(super) enum Halt {
    Need(Need),
    Failed(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// A person of whom work is done, one piece after the other.
pub(super) struct Slot {
    user: UserId,
    file: Option<PersonFile>,
    /// Something did not hold: nothing is written until the person was closed.
    is_damaged: bool,
    pub(super) given: Given,
}

impl Slot {
    pub(super) const fn new(user: UserId) -> Self {
        Self { user, file: None, is_damaged: false, given: Given::Nothing }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.file.is_some() || self.is_damaged
    }

    /// After a page that does not hold, the engine answers nothing on this connection: the next piece of work has
    /// another. The journal stays as it is: what is wrong in it must not be written over a page that holds.
    pub(super) fn note_damage(&mut self) {
        if let Some(held) = self.file.take() {
            held.leave_journal();
        }
        self.is_damaged = true;
    }

    /// What is done after the answer.
    pub(super) fn tidy(&mut self) {
        if let Some(held) = &mut self.file {
            held.tidy();
        }
    }

    fn sound(&self) -> Result<(), StoreError> {
        if self.is_damaged { Err(unsound("the person's file is damaged, and only read")) } else { Ok(()) }
    }

    pub(super) fn append(
        &mut self,
        ground: &Ground,
        expect: Expect,
        batch: &Batch,
    ) -> Result<Revision, Halt> {
        self.sound()?;
        let entry = self.look(ground)?;
        let Some(held) = &self.file else { return self.append_first(ground, &entry, expect, batch) };
        match admit(held, expect, batch.records())? {
            Admission::Repeated(revision) => Ok(revision),
            Admission::New(bytes) => self.write(ground, &bytes, batch),
        }
    }

    pub(super) fn read(&mut self, ground: &Ground, selection: &Selection) -> Result<Page, Halt> {
        let entry = self.look(ground)?;
        let Some(held) = &self.file else {
            return Ok(Page::new(Vec::new(), Revision::new(entry.head), entry.erasures));
        };
        Ok(held.page(selection)?)
    }

    /// Keeps a snapshot. Where the person has no file, or it is only read, none is kept.
    pub(super) fn keep_snapshot(&mut self, ground: &Ground, snapshot: &Snapshot) -> Result<(), Halt> {
        self.sound()?;
        self.look(ground)?;
        let Some(held) = &mut self.file else { return Ok(()) };
        if !ground.folder.writes() {
            return Ok(());
        }
        match held.keep_snapshot(snapshot) {
            // The one before may lie on a page that does not hold. The log is none the worse for it.
            Err(error) if error.kind == StoreErrorKind::Damaged => {
                Err(StoreError::new(StoreErrorKind::Unavailable).source(error).into())
            }
            kept => Ok(kept?),
        }
    }

    pub(super) fn snapshot(&mut self, ground: &Ground, name: &'static str) -> Result<Option<Snapshot>, Halt> {
        self.look(ground)?;
        let Some(held) = &self.file else { return Ok(None) };
        match held.snapshot(name) {
            // It can be computed again. After a page that does not hold, the next piece of work has another connection.
            Err(error) if error.kind == StoreErrorKind::Damaged => {
                self.drop_file();
                Ok(None)
            }
            found => Ok(found?),
        }
    }

    /// What the index says of the person's handles may be other than their file says: both are compared when the
    /// person is opened next, at the latest before handles are listed.
    fn doubt(&mut self, ground: &Ground) {
        self.file = None;
        ground.doubted().insert(self.user);
    }

    /// Compares the person's handles with what the index says of them.
    pub(super) fn settle(&mut self, ground: &Ground) -> Result<(), Halt> {
        self.look(ground)?;
        Ok(())
    }

    /// Reads what is sound, whatever else is not.
    pub(super) fn salvage(&mut self, ground: &Ground) -> Result<Salvage, Halt> {
        if !holds_something(&ground.folder.person(self.user))? {
            let page = self.read(ground, &Selection::all().limit(0))?;
            return Ok(Salvage::nothing(page.revision));
        }
        let key = self.held_key()?;
        if ground.index().person(self.user)?.is_some_and(|entry| !entry.takes(&key)) {
            return Err(StoreError::new(StoreErrorKind::Key).into());
        }
        // The engine lets one connection at a time have the file.
        self.file = None;
        Ok(salvage(&ground.folder, self.user, &key)?)
    }

    /// Looks at every page and every record.
    pub(super) fn check(&mut self, ground: &Ground) -> Result<(), Halt> {
        self.look(ground)?;
        if let Some(held) = &mut self.file {
            held.check(ground.folder.writes())?;
        }
        Ok(self.sound()?)
    }

    fn held_key(&self) -> Result<FileKey, Halt> {
        match &self.given {
            Given::Key(key) | Given::Made(key, _) => Ok(key.clone()),
            Given::NoKey => Err(missing_key().into()),
            Given::Nothing => Err(Halt::Need(Need::Held)),
        }
    }

    /// Lets go of the file. What cannot be settled now is when the person is opened next.
    pub(super) fn close(&mut self, ground: &Ground) {
        self.is_damaged = false;
        let Some(held) = self.file.take() else { return };
        if held.is_marked {
            let user = self.user;
            let _later = ground.index().change(Sync::Soon, |change| index::settled(change, user));
        }
    }

    /// Lets go of the file after a failure, without saying that all is well with it.
    pub(super) fn drop_file(&mut self) {
        self.file = None;
    }

    /// Opens the person's file where there is one. Without one, gives what is left of them.
    fn look(&mut self, ground: &Ground) -> Result<Entry, Halt> {
        if let Some(held) = &self.file {
            return Ok(of_file(held));
        }
        let found = ground.index().person(self.user)?;
        let has_file = holds_something(&ground.folder.person(self.user))?;
        let Some(entry) = found else {
            // The index lost its line: the file says whose it is, and a note beside it that it is to go.
            if has_file && ground.folder.writes() && ground.folder.erasing(self.user).exists() {
                self.forget_lost(ground)?;
                return Err(Halt::Need(Need::Erased));
            }
            if has_file {
                self.take_in(ground, None)?;
            }
            let nobody = Entry { state: State::Gone, key_check: Vec::new(), head: 0, erasures: 0 };
            return Ok(self.file.as_ref().map_or(nobody, of_file));
        };
        match entry.state {
            State::Gone if has_file => self.take_in(ground, None)?,
            State::Gone => {}
            State::Live => self.open(ground, Some(&entry.key_check))?,
            // Who only reads brings nothing to its end: the person is gone for everybody already.
            State::Erasing if !ground.folder.writes() => {}
            State::Erasing => return Err(Halt::Need(Need::Erased)),
            State::Creating => {
                let acknowledged = Witness::look(&ground.folder.witness(self.user)) > entry.head;
                match self.take_in(ground, Some(&entry.key_check)) {
                    // Not all of it was there yet, and so nothing in it was promised to anybody.
                    Err(Halt::Failed(error)) if is_beyond_reading(&error) && !acknowledged => {}
                    done => done?,
                }
            }
        }
        // What the file says of itself is newer than what the index says.
        Ok(self.file.as_ref().map_or(entry, of_file))
    }

    /// Opens a file that the index does not call live, and says so there.
    fn take_in(&mut self, ground: &Ground, check: Option<&[u8]>) -> Result<(), Halt> {
        self.open(ground, check)?;
        Ok(self.enter(ground, State::Live)?)
    }

    fn open(&mut self, ground: &Ground, check: Option<&[u8]>) -> Result<(), Halt> {
        if !holds_something(&ground.folder.person(self.user))? {
            return Err(unsound("the person's file is not there, or is empty").into());
        }
        let key = self.held_key()?;
        if check.is_some_and(|check| check != key.check()) {
            return Err(StoreError::new(StoreErrorKind::Key).into());
        }
        let mut held = PersonFile::open(&ground.folder, self.user, &key)?;
        if self.is_damaged {
            held.leave_journal();
        } else if ground.folder.writes() {
            // What was erased may still stand in a journal that a crash left. Where that cannot be written back now, the
            // person stays marked.
            let is_left_over = held.has_left_over && held.write_back().is_err();
            let handles = held.handles()?;
            ground.index().settle(self.user, &handles)?;
            ground.doubted().remove(&self.user);
            if is_left_over {
                mark(ground, &mut held)?;
            }
        }
        self.file = Some(held);
        Ok(())
    }

    /// Says in the index that there is a file, and with which key.
    fn enter(&self, ground: &Ground, state: State) -> Result<(), StoreError> {
        let (Given::Key(key) | Given::Made(key, _), true) = (&self.given, ground.folder.writes()) else {
            return Ok(());
        };
        let left = ground.index().person(self.user)?;
        let (head, erasures) = left.map_or((0, 0), |left| (left.head, left.erasures));
        let entry = Entry { state, key_check: key.check().to_vec(), head, erasures };
        let user = self.user;
        ground.index().change(Sync::Now, |change| index::set_person(change, user, &entry))
    }

    fn append_first(
        &mut self,
        ground: &Ground,
        left: &Entry,
        expect: Expect,
        batch: &Batch,
    ) -> Result<Revision, Halt> {
        let tombstones = ground.index().tombstones(self.user)?;
        let nobody = Nobody { head: left.head, tombstones: &tombstones };
        let Admission::New(bytes) = admit(&nobody, expect, batch.records())? else {
            return Err(unsound("a record of nobody").into());
        };
        if batch.records().is_empty() {
            // Nobody has no handles either.
            return Ok(Revision::new(left.head));
        }
        ground.writable()?;
        let key = match &self.given {
            Given::Made(key, destroyed) if *destroyed == ground.destroyed() => key.clone(),
            _ => return Err(Halt::Need(Need::Made)),
        };
        self.enter(ground, State::Creating)?;
        self.file = Some(PersonFile::create(&ground.folder, self.user, &key, left, &tombstones)?);
        self.enter(ground, State::Live)?;
        self.write(ground, &bytes, batch)
    }

    /// The index first, then the file: a handle exists no later than its record.
    fn write(&mut self, ground: &Ground, bytes: &[Vec<u8>], batch: &Batch) -> Result<Revision, Halt> {
        ground.writable()?;
        let user = self.user;
        let Some(held) = &mut self.file else { return Err(unsound("a file that was closed").into()) };
        let closes = held.handled(batch.closes())?;
        let opens: Vec<Handle> = batch.opens().iter().map(|handle| of(user, handle)).collect();
        let moves_handles = !(closes.is_empty() && opens.is_empty());
        if batch.records().is_empty() && !moves_handles {
            return Ok(held.revision());
        }
        if moves_handles {
            mark(ground, held)?;
            ground.index().change(Sync::Soon, |change| {
                index::close(change, user, &closes)?;
                opens.iter().try_for_each(|handle| index::open(change, user, handle))
            })?;
        }
        if let Err(error) = held.push(batch.records(), bytes, &opens, &closes) {
            if moves_handles {
                self.put_back(ground);
            }
            return Err(error.into());
        }
        held.acknowledge();
        Ok(held.revision())
    }

    /// After a commit that failed: the index says again what the file says. Where that fails too, the person stays
    /// marked, and is compared when they are opened next.
    fn put_back(&mut self, ground: &Ground) {
        let Some(held) = &mut self.file else { return };
        let settled = held.handles().and_then(|handles| ground.index().settle(self.user, &handles));
        match settled {
            // Comparing took the mark away.
            Ok(()) => held.is_marked = false,
            Err(_) => self.doubt(ground),
        }
    }
}

const fn of_file(held: &PersonFile) -> Entry {
    Entry { state: State::Live, key_check: Vec::new(), head: held.head, erasures: held.erasures }
}

/// Says durably that what the index holds of a person's handles may be changing. Once for each opening.
fn mark(ground: &Ground, held: &mut PersonFile) -> Result<(), StoreError> {
    if !held.is_marked {
        let user = held.user;
        ground.index().change(Sync::Now, |change| index::mark_unsettled(change, user))?;
        held.is_marked = true;
    }
    Ok(())
}

fn of(user: UserId, handle: &Handle) -> Handle {
    let mut handle = handle.clone();
    // A handle belongs to the person whose log the batch goes to, whatever person it names.
    handle.user = user;
    handle
}

pub(super) const fn is_beyond_reading(error: &StoreError) -> bool {
    matches!(error.kind, StoreErrorKind::Damaged | StoreErrorKind::Key)
}

fn missing_key() -> StoreError {
    let source = super::error::SqliteError::Unsound("the person has a file and no key");
    StoreError::new(StoreErrorKind::Key).source(source)
}
