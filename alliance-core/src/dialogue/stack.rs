//! The protocols of a session, one above the other, and how they stand.

use std::time::Duration;

use alliance_safety::Timestamp;

use crate::{
    id::RecordId,
    protocol::ProtocolId,
    record::{Begun, Frame, ProgressRecord, ProgressState},
};

/// Protocols that may stand above each other: a session, an exercise in it, and one digression.
pub(crate) const DEPTH: usize = 3;

/// A gap after which it is said where things stood, and no timer rings any more.
pub(crate) const SILENT: Duration = Duration::from_secs(30 * 60);
/// A gap after which a paused protocol is offered only when asked for.
const OFFERED: Duration = Duration::from_secs(24 * 60 * 60);
/// A gap after which the person is asked whether to go on at all.
const ASKED: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A gap after which a protocol has lapsed.
const LAPSED: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The protocols of a session: the last frame is the one that speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) frames: Vec<Frame>,
    pub(crate) state: ProgressState,
    /// When a timer of the top frame is due.
    pub(crate) due: Option<Timestamp>,
}

/// What is said about protocols when a session is opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reopened {
    /// They go on where they stood, and that is said.
    Recap,
    /// The person is asked whether to go on, start again or leave it.
    Ask,
    /// They are paused, and may be taken up.
    Paused,
}

impl Stack {
    /// The protocol that speaks.
    pub(crate) fn top(&self) -> Option<&Frame> {
        self.frames.last()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether what the person says next is for a protocol.
    pub(crate) fn runs(&self) -> bool {
        !self.is_empty() && self.state == ProgressState::Running
    }

    /// Whether one more may begin above the others: no more than three, and no digression from a digression.
    pub(crate) fn has_room(&self) -> bool {
        let digresses = self.frames.iter().any(|frame| frame.begun == Begun::Digression);
        self.is_empty() || (self.frames.len() < DEPTH && !digresses)
    }

    /// A crisis sets everything aside, and lets go of what was gathered. Returns what it set aside.
    pub(crate) fn suspend(&mut self) -> Vec<ProtocolId> {
        if self.is_empty() || self.state == ProgressState::Suspended {
            return Vec::new();
        }
        self.state = ProgressState::Suspended;
        self.due = None;
        for frame in &mut self.frames {
            frame.progress = frame.progress.without_content();
            frame.rests_on.clear();
        }
        self.frames.iter().map(|frame| frame.progress.protocol.clone()).collect()
    }

    /// Words that were due were not seen: they are said again, and the next message is no answer to them.
    pub(crate) fn unsay(&mut self) {
        if let Some(top) = self.frames.last_mut() {
            top.said = false;
        }
    }

    /// Puts a protocol on top. A timer of the one below does not ring into it.
    pub(crate) fn push(&mut self, frame: Frame) {
        self.frames.push(frame);
        self.state = ProgressState::Running;
        self.due = None;
    }

    /// Whether anything that it holds was made from one of these records.
    /// The turns whose answers protocols hold.
    pub(crate) fn rests_on(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.frames.iter().flat_map(|frame| frame.rests_on.iter().copied())
    }

    pub(crate) fn rests_on_any(&self, records: &[RecordId]) -> bool {
        self.frames.iter().any(|frame| frame.rests_on.iter().any(|id| records.contains(id)))
    }

    /// What is stored.
    pub(crate) fn record(&self) -> ProgressRecord {
        let mut record = ProgressRecord::new(self.frames.clone(), self.state);
        record.due = self.due;
        record
    }

    /// What stands of a record that was written `gap` ago, and what is said about it.
    pub(crate) fn reopened(record: &ProgressRecord, gap: Duration) -> (Self, Option<Reopened>) {
        let mut stack = Self { frames: record.frames.clone(), state: record.state, due: record.due };
        if stack.is_empty() || (gap > LAPSED && stack.state != ProgressState::Suspended) {
            return (Self::default(), None);
        }
        let said = match stack.state {
            ProgressState::Suspended => None,
            ProgressState::Paused => (gap <= OFFERED).then_some(Reopened::Paused),
            _ if gap > ASKED => Some(Reopened::Ask),
            ProgressState::Asked => Some(Reopened::Paused),
            ProgressState::Running => (gap >= SILENT).then_some(Reopened::Recap),
        };
        if said.is_some() || !stack.runs() {
            stack.due = None;
        }
        match said {
            Some(Reopened::Ask) => stack.state = ProgressState::Asked,
            Some(Reopened::Paused) => stack.state = ProgressState::Paused,
            _ => {}
        }
        (stack, said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Progress;

    fn record(state: ProgressState) -> ProgressRecord {
        let progress = Progress::at(ProtocolId::new("worry", 1), "ask");
        ProgressRecord::new(vec![Frame::new(progress, Begun::Asked)], state)
    }

    #[test]
    fn a_gap_decides_what_is_said() {
        use ProgressState::{Paused, Running};
        let table = [
            (Running, 60, None, true),
            (Running, 31 * 60, Some(Reopened::Recap), true),
            (Running, 8 * 86_400, Some(Reopened::Ask), true),
            (Running, 15 * 86_400, None, false),
            (Paused, 3_600, Some(Reopened::Paused), true),
            (Paused, 2 * 86_400, None, true),
            (Paused, 15 * 86_400, None, false),
        ];
        for (state, seconds, said, stands) in table {
            let (stack, found) = Stack::reopened(&record(state), Duration::from_secs(seconds));
            assert_eq!((found, !stack.is_empty()), (said, stands), "{state:?} after {seconds} s");
        }
    }

    #[test]
    fn a_crisis_sets_everything_aside_once_and_keeps_no_content() {
        let mut stack = Stack::reopened(&record(ProgressState::Running), Duration::ZERO).0;
        stack.frames[0].progress.slots.insert("worry".into(), crate::protocol::SlotValue::Number(3));
        assert_eq!(stack.suspend().len(), 1);
        assert!(stack.suspend().is_empty() && stack.frames[0].progress.slots.is_empty());
    }
}
