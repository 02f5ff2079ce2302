//! How a person's words go, and the person.

use alliance_core::{
    id::{RecordId, UserId},
    store::{ErasureReceipt, Forget, Revision, StoreError, Stored},
};

use super::{Ground, Halt, Slot, is_beyond_reading, mark};
use crate::sqlite::{
    index::{self, Entry, State, Sync},
    witness::Witness,
};

impl Slot {
    pub(in crate::sqlite) fn forget(
        &mut self,
        ground: &Ground,
        what: &Forget,
    ) -> Result<ErasureReceipt, Halt> {
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
        // From here on the journal holds both what goes and that it goes. Whoever is marked is opened with the store
        // after a crash, and that writes the journal back.
        mark(ground, held)?;
        let receipt = held.erase(&doomed)?;
        if !handled.is_empty() {
            let user = self.user;
            let closed = ground.index().change(Sync::Now, |change| index::close(change, user, &handled));
            if let Err(error) = closed {
                self.doubt(ground);
                return Err(error.into());
            }
        }
        #[cfg(test)]
        crate::sqlite::killed::before_writing_back();
        held.write_back()?;
        Ok(receipt)
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
        ground.folder.note_erasing(user)?;
        ground.index().change(Sync::Now, |change| {
            index::set_person(change, user, &left)?;
            index::bury(change, user, &tombstones)?;
            index::close_all(change, user)?;
            index::settled(change, user)
        })?;
        self.file = None;
        Ok(receipt)
    }

    /// Says again of a person whom the index lost that they are being erased.
    pub(super) fn forget_lost(&self, ground: &Ground) -> Result<(), StoreError> {
        let entry = Entry { state: State::Erasing, ..self.unread(ground)? };
        let user = self.user;
        ground.index().change(Sync::Now, |change| index::set_person(change, user, &entry))
    }

    /// What is known of a person whose file cannot be read.
    fn unread(&self, ground: &Ground) -> Result<Entry, StoreError> {
        let found = ground.index().person(self.user)?;
        let (head, erasures) = found.map_or((0, 0), |entry| (entry.head, entry.erasures));
        let head = head.max(Witness::look(&ground.folder.witness(self.user)));
        Ok(Entry { state: State::Live, key_check: Vec::new(), head: head + 1, erasures })
    }

    pub(in crate::sqlite) fn is_erasing(&self, ground: &Ground) -> Result<bool, StoreError> {
        Ok(ground.index().person(self.user)?.is_some_and(|entry| entry.state == State::Erasing))
    }

    /// Removes what is left, once the key is destroyed.
    pub(in crate::sqlite) fn finish_erasing(&mut self, ground: &Ground) -> Result<(), StoreError> {
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
