//! Reads what a person said, by rule: ratings, numbers, yes or no, choices, lists and words of their own.
//!
//! The words are in `data/pack`. A person may answer in another language than that of the session: the pack of the
//! session is asked first, then the others. Where the rules are not sure they say so, and the machine asks again.

mod choice;
mod list;
mod number;
mod spoken;
mod text;
mod yes_no;

pub(crate) use choice::{choice, option};
pub(crate) use list::{ListAnswer, list};
pub(crate) use number::{Figure, Scale, number};
pub(crate) use spoken::Spoken;
pub(crate) use text::{clean, clipped, corrected, text};
pub(crate) use yes_no::yes_no;

use crate::pack::Pack;

/// Whether the person says that this is all, and nothing else of weight.
pub(crate) fn all_said(spoken: &Spoken, pack: &Pack) -> bool {
    spoken.is_about(&pack.words.all_said, 3)
}

/// Whether the person keeps what they said before.
pub(crate) fn same(spoken: &Spoken, pack: &Pack) -> bool {
    spoken.is_about(&pack.words.same, 2) || yes_no(spoken, pack) == Some(true)
}

/// Whether the person says that there is nothing to say to this.
pub(crate) fn nothing(spoken: &Spoken, pack: &Pack) -> bool {
    spoken.is_about(&pack.words.unknown, 2) || yes_no(spoken, pack) == Some(false) && spoken.len() <= 4
}

#[cfg(test)]
mod tests;
