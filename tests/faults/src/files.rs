//! A file layer under SQLite that fails where it is told to, over real files.
//!
//! [`install`] makes it the layer of every connection that is opened from then on in this process. Until [`arm`] says
//! otherwise it passes everything on. Failures are of the whole process, so whoever arms one holds [`alone`].

mod layer;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use layer::install;

/// Where and how calls fail. Calls are counted from [`arm`] on: opening, reading, writing, cutting, syncing, removing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// This call fails, and no other.
    Once(u64),
    /// This call and every later one fail, as when a disk goes away. A write is half done.
    From(u64),
    /// So many bytes can be written, and not one more.
    Full(u64),
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    fault: Option<Fault>,
    calls: u64,
    bytes: u64,
    fired: bool,
}

static STATE: Mutex<State> = Mutex::new(State { fault: None, calls: 0, bytes: 0, fired: false });

static ALONE: Mutex<()> = Mutex::new(());

/// What was counted since [`arm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counted {
    /// Calls that can fail.
    pub calls: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// Whether anything failed.
    pub fired: bool,
}

/// Waits until nobody else arms failures in this process.
pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts from 0, and fails as `fault` says. `None` only counts.
pub fn arm(fault: Option<Fault>) {
    *state() = State { fault, ..State::default() };
}

/// Nothing fails any more. Gives what was counted.
pub fn heal() -> Counted {
    let State { calls, bytes, fired, .. } = std::mem::take(&mut *state());
    Counted { calls, bytes, fired }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What becomes of a call.
enum Verdict {
    Pass,
    Fail,
}

fn judge() -> Verdict {
    let mut state = state();
    state.calls += 1;
    let fails = match state.fault {
        Some(Fault::Once(at)) => state.calls == at,
        Some(Fault::From(at)) => state.calls >= at,
        _ => false,
    };
    state.fired |= fails;
    if fails { Verdict::Fail } else { Verdict::Pass }
}

/// What becomes of a write of `length` bytes: how many of them, and why not all.
enum Written {
    All,
    Some(usize, Reason),
}

enum Reason {
    Io,
    Full,
}

fn judge_write(length: usize) -> Written {
    if matches!(judge(), Verdict::Fail) {
        return Written::Some(length / 2, Reason::Io);
    }
    let mut state = state();
    let room = match state.fault {
        Some(Fault::Full(room)) => room.saturating_sub(state.bytes),
        _ => u64::MAX,
    };
    let written = room.min(length as u64);
    state.bytes += written;
    if written == length as u64 {
        return Written::All;
    }
    state.fired = true;
    Written::Some(written as usize, Reason::Full)
}
