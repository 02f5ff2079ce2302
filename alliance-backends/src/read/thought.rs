//! What a model thinks aloud before its reply.

use std::{borrow::Cow, mem};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// The most white space before a block, in bytes. A reply with more of it has none.
const WHITE: usize = 64;

/// Leaves out a block of thinking that a reply begins with, where a server sends it as words. Nobody is to read it. It
/// may be cut anywhere, and what looks like one later in a reply is the reply's own.
#[derive(Debug)]
pub(super) enum Thought {
    /// All so far: white space, and perhaps the beginning of a block.
    Start(String),
    /// Within the block, with so many bytes of its end.
    Inside(usize),
    /// Behind it, where white space belongs to nothing.
    After,
    /// Nothing more is left out.
    Over,
}

impl Thought {
    pub(super) const fn new() -> Self {
        Self::Start(String::new())
    }

    /// What of `words` is of the reply, with what was held before.
    pub(super) fn pass<'a>(&mut self, words: &'a str) -> Cow<'a, str> {
        let mut words = words;
        loop {
            match self {
                Self::Start(held) => {
                    held.push_str(words);
                    let begun = held.trim_start();
                    if let Some(rest) = begun.strip_prefix(OPEN) {
                        words = words.get(words.len() - rest.len()..).unwrap_or_default();
                        *self = Self::Inside(0);
                    } else if OPEN.starts_with(begun) && held.len() - begun.len() <= WHITE {
                        return Cow::Borrowed("");
                    } else {
                        let held = mem::take(held);
                        *self = Self::Over;
                        return Cow::Owned(held);
                    }
                }
                Self::Inside(seen) => {
                    // A byte that does not go on can only begin anew.
                    let end = words.bytes().position(|byte| {
                        let goes_on = CLOSE.as_bytes().get(*seen) == Some(&byte);
                        *seen = if goes_on { *seen + 1 } else { usize::from(byte == b'<') };
                        *seen == CLOSE.len()
                    });
                    let Some(end) = end else { return Cow::Borrowed("") };
                    words = words.get(end + 1..).unwrap_or_default();
                    *self = Self::After;
                }
                Self::After => {
                    words = words.trim_start();
                    if !words.is_empty() {
                        *self = Self::Over;
                    }
                    return Cow::Borrowed(words);
                }
                Self::Over => return Cow::Borrowed(words),
            }
        }
    }

    /// There are no more words: what was held is of the reply. None where a block was not closed.
    pub(super) fn rest(&mut self) -> Option<String> {
        match mem::replace(self, Self::Over) {
            Self::Start(held) => Some(held),
            Self::Inside(_) => None,
            Self::After | Self::Over => Some(String::new()),
        }
    }
}
