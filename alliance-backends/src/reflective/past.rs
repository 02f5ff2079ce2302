//! What was said before, as far as the prompt shows it.

use std::cell::OnceCell;

use alliance_core::prompt::{Prompt, Role};

use super::{
    book::{Book, Phrase, Pool},
    hear::Heard,
};

/// Replies that a phrase is not said again in.
const REPLIES: usize = 10;

/// The fewest bytes by which a phrase can be told from others.
const LEAST_ANCHOR: usize = 4;

/// Bytes of one earlier reply that are looked at. Its own replies are far shorter.
const MOST_BYTES: usize = 700;

/// The earlier parts of a conversation.
#[derive(Debug)]
pub(crate) struct Past<'a> {
    /// The last replies, the newest first.
    replies: Vec<&'a str>,
    /// All of them in one, to look through at once.
    joined: String,
    /// The person's messages, the newest first, without the one to be answered.
    pub(crate) messages: Vec<&'a str>,
    /// What was heard in them, as far as it was needed.
    heard: Vec<OnceCell<Heard<'a>>>,
    /// Memories, written as JSON strings.
    pub(crate) memories: Vec<&'a str>,
}

impl<'a> Past<'a> {
    /// What `prompt` shows of it.
    pub(crate) fn of(prompt: &'a Prompt) -> Self {
        let parts = prompt.parts();
        let of = |role| parts.iter().rev().filter(move |part| part.role == role).map(|part| &*part.text);
        let replies: Vec<&str> = of(Role::Agent).take(REPLIES).map(start).collect();
        let joined = replies.join("\n");
        let messages: Vec<&str> = of(Role::Person).skip(1).collect();
        Self {
            replies,
            joined,
            heard: messages.iter().map(|_| OnceCell::new()).collect(),
            messages,
            memories: of(Role::Memory).collect(),
        }
    }

    /// What is in the last messages, at most `most`, the newest first.
    pub(crate) fn heard(&self, book: &'a Book, most: usize) -> impl DoubleEndedIterator<Item = &Heard<'a>> {
        let last = self.messages.iter().zip(&self.heard).take(most);
        last.map(move |(message, cell)| cell.get_or_init(|| Heard::recall(book, message)))
    }

    /// Whether a phrase is in one of the last replies. One that is hardly more than what it is filled with is
    /// known by its whole text.
    pub(crate) fn holds(&self, phrase: &Phrase, text: &str) -> bool {
        self.joined.contains(if phrase.anchor.len() < LEAST_ANCHOR { text } else { &phrase.anchor })
    }

    /// How many replies ago it was said, from 0; the most there can be where it was not.
    pub(crate) fn age(&self, phrase: &Phrase) -> usize {
        self.replies.iter().position(|reply| reply.contains(&phrase.anchor)).unwrap_or(REPLIES)
    }

    /// Whether any phrase of a pool is in one of the last `replies`.
    pub(crate) fn lately(&self, pool: &Pool, replies: usize) -> bool {
        let within: Vec<&&str> = self.replies.iter().take(replies).collect();
        pool.iter().any(|phrase| within.iter().any(|reply| reply.contains(&phrase.anchor)))
    }

    /// Whether this very reply was given.
    pub(crate) fn said(&self, reply: &str) -> bool {
        self.replies.contains(&reply)
    }

    /// Whether nothing was said yet.
    pub(crate) fn is_new(&self) -> bool {
        self.replies.is_empty()
    }

    /// Whether the last reply asked something.
    pub(crate) fn asked(&self) -> bool {
        self.questions_in_a_row() > 0
    }

    /// How many of the last replies in a row asked something.
    pub(crate) fn questions_in_a_row(&self) -> usize {
        self.replies.iter().take_while(|reply| reply.contains('?')).count()
    }
}

fn start(text: &str) -> &str {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
