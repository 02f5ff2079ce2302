//! One person, and what is done to them: the only code that touches their file and their lines in the index.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use alliance_core::{
    consent::Batch,
    id::{RecordId, UserId},
    store::{
        ErasureReceipt, Expect, Forget, Handle, Page, Revision, Selection, StoreError, StoreErrorKind, Stored,
    },
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
}

impl Ground {
    // A change of the index is a transaction: what a panic left behind is rolled back.
    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.recover();
        index
    }

    pub(super) fn doubted(&self) -> MutexGuard<'_, BTreeSet<UserId>> {
        self.doubted.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// another.
    pub(super) fn note_damage(&mut self) {
        self.file = None;
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

    pub(super) fn forget(&mut self, ground: &Ground, what: &Forget) -> Result<ErasureReceipt, Halt> {
        ground.writable()?;
        if matches!(what, Forget::Everything) {
            return self.forget_everything(ground);
        }
        self.sound()?;
        let entry = self.look(ground)?;
        let Some(held) = &mut self.file else {
            return Ok(refuse_from_now_on(ground, self.user, &entry, what)?);
        };
        let doomed = held.meant(what)?;
        let handled = held.handled(&doomed)?;
        if !handled.is_empty() {
            mark(ground, held)?;
        }
        let receipt = held.erase(&doomed)?;
        if !handled.is_empty() {
            let user = self.user;
            let closed = ground.index().change(Sync::Now, |change| index::close(change, user, &handled));
            if let Err(error) = closed {
                self.doubt(ground);
                return Err(error.into());
            }
        }
        held.write_back()?;
        Ok(receipt)
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
            Given::Key(key) => Ok(key.clone()),
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
            // The index lost its line: the file says whose it is.
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
        let held = PersonFile::open(&ground.folder, self.user, &key)?;
        if ground.folder.writes() {
            let handles = held.handles()?;
            ground.index().settle(self.user, &handles)?;
            ground.doubted().remove(&self.user);
        }
        self.file = Some(held);
        Ok(())
    }

    /// Says in the index that there is a file, and with which key.
    fn enter(&self, ground: &Ground, state: State) -> Result<(), StoreError> {
        let (Given::Key(key), true) = (&self.given, ground.folder.writes()) else { return Ok(()) };
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
            Given::Key(key) => key.clone(),
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

    /// Goes on until key and file are gone: each step is durable before the next, and may be repeated.
    fn forget_everything(&mut self, ground: &Ground) -> Result<ErasureReceipt, Halt> {
        // Whoever cannot be read any more can be erased all the same.
        let entry = match self.look(ground) {
            Ok(entry) => entry,
            Err(Halt::Failed(error)) if is_beyond_reading(&error) => self.unread(ground)?,
            Err(halt) => return Err(halt),
        };
        let mut receipt = ErasureReceipt::new(Revision::new(entry.head));
        let mut tombstones: Vec<RecordId> = Vec::new();
        let listed = self.file.as_ref().map(|held| Ok::<_, StoreError>((held.everything()?, held.buried()?)));
        match listed {
            Some(Ok((records, buried))) => {
                for (id, kind) in records {
                    *receipt.erased.entry(kind).or_default() += 1;
                    tombstones.push(id);
                }
                tombstones.extend(buried);
            }
            None if entry.state != State::Live => return Ok(receipt),
            // Of what cannot be listed, the ids that can still be read are refused from now on.
            _ => {
                self.file = None;
                for Stored { record, .. } in
                    self.salvage(ground).map_or_else(|_| Vec::new(), |left| left.records)
                {
                    receipt.count(&record.kind());
                    tombstones.push(record.id);
                }
            }
        }
        let erased = receipt.total();
        let left = Entry {
            state: State::Erasing,
            key_check: Vec::new(),
            head: entry.head + erased,
            erasures: entry.erasures + u64::from(erased > 0 || self.file.is_none()),
        };
        receipt.revision = Revision::new(left.head);
        let user = self.user;
        ground.index().change(Sync::Now, |change| {
            index::set_person(change, user, &left)?;
            index::bury(change, user, &tombstones)?;
            index::close_all(change, user)?;
            index::settled(change, user)
        })?;
        self.file = None;
        Ok(receipt)
    }

    /// What is known of a person whose file cannot be read.
    fn unread(&self, ground: &Ground) -> Result<Entry, StoreError> {
        let found = ground.index().person(self.user)?;
        let (head, erasures) = found.map_or((0, 0), |entry| (entry.head, entry.erasures));
        let head = head.max(Witness::look(&ground.folder.witness(self.user)));
        Ok(Entry { state: State::Live, key_check: Vec::new(), head: head + 1, erasures })
    }

    pub(super) fn is_erasing(&self, ground: &Ground) -> Result<bool, StoreError> {
        Ok(ground.index().person(self.user)?.is_some_and(|entry| entry.state == State::Erasing))
    }

    /// Removes what is left, once the key is destroyed.
    pub(super) fn finish_erasing(&mut self, ground: &Ground) -> Result<(), StoreError> {
        let user = self.user;
        let Some(entry) = ground.index().person(user)? else { return Ok(()) };
        (self.file, self.is_damaged) = (None, false);
        ground.folder.remove(user)?;
        let gone = Entry { state: State::Gone, ..entry };
        let mut index = ground.index();
        index.change(Sync::Now, |change| index::set_person(change, user, &gone))?;
        // Nothing of the person is left in the journal either.
        index.write_back()
    }
}

const fn of_file(held: &PersonFile) -> Entry {
    Entry { state: State::Live, key_check: Vec::new(), head: held.head, erasures: held.erasures }
}

/// Ids that are named of a person without a file are kept in the index.
fn refuse_from_now_on(
    ground: &Ground,
    user: UserId,
    entry: &Entry,
    what: &Forget,
) -> Result<ErasureReceipt, StoreError> {
    if let Forget::Records(named) = what {
        let entry = Entry { state: State::Gone, ..entry.clone() };
        ground.index().change(Sync::Now, |change| {
            index::set_person(change, user, &entry)?;
            index::bury(change, user, named)
        })?;
    }
    Ok(ErasureReceipt::new(Revision::new(entry.head)))
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
