//! Fails the disk under a store, or spoils its files, and looks whether anything is lost in silence.
//!
//! - **call** – an error at every call of the file layer, once and from there on;
//! - **full** – a disk that is full at the beginning, in the middle and before the end of every write;
//! - **flip** – a flipped bit in every page of every file; **cut** – every file cut, at every page and around it, and at random.
//!
//! A failed disk heals, the same work is offered again, and everything has to be there: in the store that went through it,
//! and after a crash. A spoiled file has to be noticed, or what is read has to be all of it.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use alliance::{
    memory::SqliteStore,
    store::{MemoryStore, StoreError, StoreErrorKind},
};
use faults::Fault;

use super::workload::{Dice, Expected, Place, Seen, look, open, perform, step};

/// Pieces of work in each run.
const PIECES: u64 = 14;
const PAGE: u64 = 2048;

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    pub(crate) full: u64,
    pub(crate) flips: u64,
    pub(crate) cuts: u64,
    /// Failed disks after which the store had to be opened anew, because it took a failure for damage.
    pub(crate) reopened: u64,
    /// Spoiled files that were noticed.
    pub(crate) noticed: u64,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Does `runs` points of each kind, or every point where `runs` is 0.
pub(crate) fn run(seed: u64, runs: u64, under: &Path) -> Outcome<Counts> {
    let _alone = faults::alone();
    faults::install();
    let mut counts = Counts::default();
    let mut dice = Dice::new(seed);
    let (whole, _) = failing(seed, under, None)?;
    let calls: Vec<Fault> =
        (1..=whole.calls).flat_map(|call| [Fault::Once(call), Fault::From(call)]).collect();
    for fault in chosen(calls, runs, &mut dice) {
        let (_, reopened) =
            failing(seed, under, Some(fault)).map_err(|error| format!("seed {seed}, {fault:?}: {error}"))?;
        counts.reopened += u64::from(reopened);
        counts.calls += 1;
    }
    // What is written at once is written in pages and in headers: each of these lengths, at every place.
    let places: Vec<Fault> = (0..=whole.bytes / 24).map(|part| Fault::Full(part * 24)).collect();
    let places = if runs == 0 { places.into_iter().step_by(7).collect() } else { places };
    for fault in chosen(places, runs, &mut dice) {
        let (_, reopened) =
            failing(seed, under, Some(fault)).map_err(|error| format!("seed {seed}, {fault:?}: {error}"))?;
        counts.reopened += u64::from(reopened);
        counts.full += 1;
    }
    spoil(seed, runs, under, &mut dice, &mut counts)?;
    Ok(counts)
}

fn chosen<T>(mut points: Vec<T>, runs: u64, dice: &mut Dice) -> Vec<T> {
    if runs == 0 {
        return points;
    }
    let mut chosen = Vec::new();
    while !points.is_empty() && (chosen.len() as u64) < runs {
        let at = dice.below(points.len() as u64);
        chosen.push(points.swap_remove(usize::try_from(at).unwrap_or_default()));
    }
    chosen
}

/// Does the work while `fault` is under it, heals the disk, offers again what failed, and compares.
fn failing(seed: u64, under: &Path, fault: Option<Fault>) -> Outcome<(faults::Counted, bool)> {
    let place = Place::new(under, "faults")?;
    let mut expected = Expected::new(seed);
    faults::arm(fault);
    let opened = open(&place.0);
    let mut store = match opened {
        Ok(store) => store,
        Err(error) => {
            is_of_the_disk(&error)?;
            faults::heal();
            open(&place.0)?
        }
    };
    let (mut counted, mut reopened) = (None, false);
    for number in 0..PIECES {
        let Err(error) = perform(&store, &step(seed, number)) else { continue };
        is_of_the_disk(&error)?;
        counted = counted.or(Some(faults::heal()));
        // Nothing of it, or all of it; then all of it.
        let seen = see(&store).or_else(|_| again(&mut store, &place.0, &mut reopened))?;
        if seen != expected.after(number)? && seen != expected.after(number + 1)? {
            return Err(format!("after piece {number} failed: neither nothing nor all of it").into());
        }
        if perform(&store, &step(seed, number)).is_err() {
            again(&mut store, &place.0, &mut reopened)?;
            perform(&store, &step(seed, number))?;
        }
    }
    let counted = counted.unwrap_or_else(faults::heal);
    let wanted = expected.after(PIECES)?;
    if see(&store).or_else(|_| again(&mut store, &place.0, &mut reopened))? != wanted {
        return Err("in the store that went through it".into());
    }
    let copy = Place::new(under, "faults-crash")?;
    copy_all(&place.0, &copy.0)?;
    if look(&open(&copy.0)?)? != wanted {
        return Err("after a crash".into());
    }
    drop(store);
    if look(&open(&place.0)?)? != wanted {
        return Err("after a clean end".into());
    }
    Ok((counted, reopened))
}

fn see(store: &SqliteStore) -> Result<Seen, StoreError> {
    look(store as &dyn MemoryStore)
}

/// Opens the store anew, as a host does that sees it damaged.
fn again(store: &mut SqliteStore, root: &Path, reopened: &mut bool) -> Outcome<Seen> {
    *reopened = true;
    // The folder is given back before it can be taken.
    let spare = Place::new(&std::env::temp_dir(), "spare")?;
    drop(std::mem::replace(store, open(&spare.0)?));
    *store = open(root)?;
    Ok(see(store)?)
}

/// A failed disk is told as what it is.
fn is_of_the_disk(error: &StoreError) -> Outcome<()> {
    match error.kind {
        StoreErrorKind::Unavailable | StoreErrorKind::Full | StoreErrorKind::Damaged => Ok(()),
        kind => Err(format!("a failed disk was told as {kind:?}").into()),
    }
}

/// Spoils copies of two stores: one that ended cleanly, one that crashed.
fn spoil(seed: u64, runs: u64, under: &Path, dice: &mut Dice, counts: &mut Counts) -> Outcome<()> {
    let (clean, crashed) = (Place::new(under, "clean")?, Place::new(under, "crashed")?);
    let store = open(&clean.0)?;
    for number in 0..PIECES * 4 {
        perform(&store, &step(seed, number))?;
    }
    copy_all(&clean.0, &crashed.0)?;
    drop(store);
    let wanted = Expected::new(seed).after(PIECES * 4)?;
    for place in [&clean, &crashed] {
        let mut points = Vec::new();
        for path in files(&place.0)? {
            let length = fs::metadata(&path)?.len();
            let inside = path.strip_prefix(&place.0)?.to_owned();
            let pages = length.div_ceil(PAGE);
            points.extend((0..pages).map(|page| {
                (inside.clone(), Some(page * PAGE + dice.below((length - page * PAGE).min(PAGE))), None)
            }));
            let edges =
                (0..=pages).flat_map(|page| [page * PAGE, page * PAGE + 1, (page * PAGE).saturating_sub(1)]);
            let random: Vec<u64> = (0..pages * 4).map(|_| dice.below(length.max(1))).collect();
            let short = if length < 512 { 0..length } else { 0..0 };
            points.extend(
                edges
                    .chain(random)
                    .chain(short)
                    .filter(|cut| *cut < length)
                    .map(|cut| (inside.clone(), None, Some(cut))),
            );
        }
        for (inside, flip, cut) in chosen(points, runs, dice) {
            let copy = Place::new(under, "spoiled")?;
            copy_all(&place.0, &copy.0)?;
            let path = copy.0.join(&inside);
            if let Some(at) = flip {
                let mut bytes = fs::read(&path)?;
                if let Some(byte) = bytes.get_mut(usize::try_from(at)?) {
                    *byte ^= 1 << dice.below(8);
                }
                fs::write(&path, bytes)?;
                counts.flips += 1;
            } else if let Some(length) = cut {
                fs::OpenOptions::new().write(true).open(&path)?.set_len(length)?;
                counts.cuts += 1;
            }
            counts.noticed +=
                u64::from(is_noticed(&copy.0, &wanted).map_err(|error| {
                    format!("seed {seed}, {} {flip:?} {cut:?}: {error}", inside.display())
                })?);
        }
    }
    Ok(())
}

/// Whether the store says that something is wrong; if it does not, everything has to be there.
fn is_noticed(root: &Path, wanted: &Seen) -> Outcome<bool> {
    let seen = open(root).and_then(|store| see(&store));
    match seen {
        Ok(seen) if seen == *wanted => Ok(false),
        Ok(_) => Err("less is read than there was, and nothing is said".into()),
        Err(error)
            if matches!(
                error.kind,
                StoreErrorKind::Damaged | StoreErrorKind::Key | StoreErrorKind::Newer
            ) =>
        {
            Ok(true)
        }
        Err(error) => Err(format!("told as {:?}", error.kind).into()),
    }
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&to)?;
            copy_all(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
