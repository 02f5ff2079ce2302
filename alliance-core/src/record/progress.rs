//! Where the protocols of a session stand, as a record.

use alliance_safety::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::RecordId, protocol::Progress};

/// Where the protocols of a session stand: the last one is the one that speaks, and each below it waits for
/// the one above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProgressRecord {
    /// The protocols, the outermost first. Empty where none runs any more.
    pub frames: Vec<Frame>,
    /// How they stand.
    #[serde(default)]
    pub state: ProgressState,
    /// When a timer of the protocol that speaks is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

impl ProgressRecord {
    /// Where protocols stand.
    #[must_use]
    pub const fn new(frames: Vec<Frame>, state: ProgressState) -> Self {
        Self { frames, state, due: None }
    }

    /// Sets everything aside, and lets go of what was gathered.
    pub(crate) fn suspend(&mut self) {
        if self.frames.is_empty() {
            return;
        }
        self.state = ProgressState::Suspended;
        self.due = None;
        for frame in &mut self.frames {
            frame.progress = frame.progress.without_content();
            frame.rests_on.clear();
        }
    }
}

/// One protocol on the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Frame {
    /// The progress as the protocol keeps it.
    pub progress: Progress,
    /// How it came to stand where it does.
    pub begun: Begun,
    /// Whether the words of its step were said, so that what comes next is an answer to them.
    pub said: bool,
    /// The accepted turns that it was moved by: what it holds was made from them, and goes with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<RecordId>,
}

impl Frame {
    /// A protocol that has said nothing yet.
    #[must_use]
    pub const fn new(progress: Progress, begun: Begun) -> Self {
        Self { progress, begun, said: false, rests_on: Vec::new() }
    }
}

/// How a protocol came to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Begun {
    /// The person or the host began it.
    Asked,
    /// The protocol below it handed over to it, and hears how it ended.
    Child,
    /// The person began it in the middle of the one below, which waits and asks whether to go on.
    Digression,
}

/// How the protocols of a session stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProgressState {
    /// The next thing that the person says is for them.
    #[default]
    Running,
    /// The person paused them, or talks about something else meanwhile.
    Paused,
    /// The person was asked whether to go on or to leave it.
    Asked,
    /// A crisis set them aside. They do not go on by themselves, and nothing that was gathered is kept.
    Suspended,
}
