//! Words of the person's own.

use super::Spoken;
use crate::pack::Pack;

/// The most of an answer that is kept, in characters.
pub(crate) const MOST_CHARS: usize = 2_000;
/// Up to this many words, a question or a "don't know" is no answer.
const SHORT: usize = 8;

/// The answer in the person's words; nothing where it is none: a "don't know", a yes, a greeting, a question back.
pub(crate) fn text(said: &str, spoken: &Spoken, pack: &Pack) -> Option<String> {
    (!empty(spoken, pack)).then(|| clipped(&clean(said), MOST_CHARS))
}

/// Whether there is nothing in it that answers an open question.
pub(super) fn empty(spoken: &Spoken, pack: &Pack) -> bool {
    let words = &pack.words;
    let filler = |word: &str| words.filler.iter().any(|filler| filler == word);
    let real = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !filler(word);
    let asks = || spoken.words().next().is_some_and(|word| words.question.iter().any(|known| known == word));
    !spoken.words().any(real)
        || spoken.is_about(&words.unknown, 1)
        || spoken.question() && spoken.len() <= SHORT && asks()
}

/// The words without what is not to be seen: control characters, marks that turn the direction of writing.
pub(crate) fn clean(said: &str) -> String {
    let unseen = |c: &char| {
        c.is_control() && *c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    said.chars().filter(|c| !unseen(c)).collect::<String>().trim().to_owned()
}

/// At most so many characters, cut at a word where there is one, with a mark that something was cut.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let Some((short, _)) = text.char_indices().nth(most.saturating_sub(1)) else { return text.to_owned() };
    let head = &text[..short];
    // The cut falls between words already where the next character is a space.
    let whole = if text[short..end].starts_with(char::is_whitespace) { head.len() } else { 0 };
    let cut = whole.max(head.rfind(char::is_whitespace).unwrap_or(0));
    let cut = if cut * 2 < head.len() { head.len() } else { cut };
    format!("{}…", head[..cut].trim_end())
}

/// What is left of a correction without its opening words: "no, I meant 4" is "4".
pub(crate) fn corrected<'a>(said: &'a str, pack: &Pack) -> &'a str {
    let edge = |c: char| !c.is_alphanumeric() && !matches!(c, '-' | '“' | '„' | '"' | '\'');
    let mut rest = said.trim_start_matches(edge);
    loop {
        let after = |phrase: &String| {
            let head = rest.get(..phrase.len())?;
            let tail = &rest[phrase.len()..];
            let ends = !tail.starts_with(|c: char| c.is_alphanumeric() || c == '\'');
            (ends && head.replace('’', "'").to_lowercase() == *phrase).then(|| tail.trim_start_matches(edge))
        };
        match pack.words.correcting.iter().filter_map(after).min_by_key(|tail| tail.len()) {
            Some(tail) => rest = tail,
            None => return rest,
        }
    }
}
