//! The counters of a progress: their names, and what is read from them.

use alliance_core::protocol::Progress;

/// How often a state was entered.
pub(crate) const VISITS: &str = "visits";
/// How many answers to a slot were not understood since it was asked.
pub(crate) const ASKED: &str = "asked";
/// Whether a list is still being gathered, and how often it was asked for more.
pub(crate) const OPEN: &str = "open";
/// How often a state was said again on request.
pub(crate) const REPEATED: &str = "repeated";
/// How often a pack text was said, so that the next one is another.
pub(crate) const SAID: &str = "said";
/// Whether the last answer did not move it on, so that a model has nothing new to reflect.
pub(crate) const QUIET: &str = "quiet";
/// The step from which it went back, so that what lies between is passed again.
const RETURNED: &str = "returned/";
/// Whether the last answer was out of range.
pub(crate) const RANGE: &str = "range";
/// Whether the person said that this is all.
pub(crate) const DONE: &str = "done";
/// Whether the person last spoke German.
pub(crate) const GERMAN: &str = "german";

/// Seconds that were spent on it.
const SPENT: &str = "spent";
/// When the last event came, in seconds since it began.
const LAST: &str = "last";
/// The longest time between two events that counts, in seconds: whoever is away for longer is not at it.
const MOST_GAP: u32 = 600;

/// What a counter stands at, 0 where it was never used.
pub(crate) fn of(progress: &Progress, kind: &str, name: &str) -> u32 {
    progress.counts.get(&*key(kind, name)).copied().unwrap_or(0)
}

/// Sets a counter; 0 takes it away.
pub(crate) fn set(progress: &mut Progress, kind: &str, name: &str, value: u32) {
    let key = key(kind, name).into_owned();
    if value == 0 {
        progress.counts.remove(&key);
    } else {
        progress.counts.insert(key, value);
    }
}

/// Adds one.
pub(crate) fn add(progress: &mut Progress, kind: &str, name: &str) {
    let value = of(progress, kind, name).saturating_add(1);
    set(progress, kind, name, value);
}

/// Notes that it goes back from where it is to `step`. What was noted first counts, until it is there again.
pub(crate) fn came_from(progress: &mut Progress, step: &str) {
    if returns_to(progress).is_none() && progress.step != step {
        progress.counts.insert(format!("{RETURNED}{}", progress.step), 1);
    }
}

/// The step from which it went back.
pub(crate) fn returns_to(progress: &Progress) -> Option<&str> {
    progress.counts.keys().find_map(|key| key.strip_prefix(RETURNED))
}

/// It is where it was before it went back, or on another way.
pub(crate) fn returned(progress: &mut Progress) {
    progress.counts.retain(|key, _| !key.starts_with(RETURNED));
}

/// Whether a slot holds a value that is complete. A stale one does.
pub(crate) fn filled(progress: &Progress, slot: &str) -> bool {
    progress.slots.contains_key(slot) && of(progress, OPEN, slot) == 0
}

/// Notes the time since the event before: all of it up to [`MOST_GAP`], and nothing where it comes back from a pause.
pub(crate) fn spend(progress: &mut Progress, paused: bool) {
    let Some((started, now)) = progress.started.zip(progress.now) else { return };
    let at = now.as_millis().saturating_sub(started.as_millis()) / 1_000;
    let at = u32::try_from(at.max(0)).unwrap_or(u32::MAX);
    let gap = at.saturating_sub(of(progress, LAST, ""));
    let spent = of(progress, SPENT, "").saturating_add(if paused { 0 } else { gap.min(MOST_GAP) });
    set(progress, SPENT, "", spent);
    set(progress, LAST, "", at);
}

/// Whole minutes that were spent on it, where the engine wrote down when it began.
pub(crate) fn minutes(progress: &Progress) -> Option<i64> {
    progress.started.and(progress.now)?;
    Some(i64::from(of(progress, SPENT, "") / 60))
}

fn key<'a>(kind: &'a str, name: &str) -> std::borrow::Cow<'a, str> {
    if name.is_empty() { kind.into() } else { format!("{kind}/{name}").into() }
}
