//! Patterns over the words of a clause.

use super::sentence::Word;

/// The most words of a value. What is longer is a story and no value.
const MOST: usize = 8;

/// A pattern as it stands in a data file; `en.toml` says how it is written.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Debug)]
enum Token {
    /// One of these words.
    Word(Vec<String>),
    /// One of these words, or none.
    Maybe(Vec<String>),
    /// One of these words, which belongs to the value.
    Kept(Vec<String>),
    Value,
    Name,
    /// One or two names that do not belong to the value, or none.
    MaybeName,
    Kin,
    Number,
}

/// What a pattern found: places of words in the sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) value: Option<(usize, usize)>,
    /// Where the value begins without the words that the pattern itself keeps.
    pub(super) free: Option<usize>,
    pub(super) kin: Option<usize>,
    /// The name beside it, where the pattern has one that is not the value.
    pub(super) name: Option<(usize, usize)>,
}

/// The words of a language that a pattern refers to.
#[derive(Clone, Copy)]
pub(super) struct Lists<'a> {
    pub(super) kin: &'a [String],
    pub(super) clause_ends: &'a [String],
    pub(super) no_names: &'a [String],
}

impl Pattern {
    /// Reads a pattern. `None` where it is empty or a brace stays open.
    pub(super) fn read(text: &str) -> Option<Self> {
        let words = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        let token = |token: &str| match token {
            "{value}" => Some(Token::Value),
            "{name}" => Some(Token::Name),
            "?{name}" => Some(Token::MaybeName),
            "{kin}" => Some(Token::Kin),
            "{number}" => Some(Token::Number),
            _ => match (token.strip_prefix('{'), token.strip_prefix('?')) {
                (Some(kept), _) => kept.strip_suffix('}').map(|kept| Token::Kept(words(kept))),
                (_, Some(maybe)) => Some(Token::Maybe(words(maybe))),
                _ => Some(Token::Word(words(token))),
            },
        };
        // "{kin}'s" is the word of a relative with an ending.
        let text = text.replace("{kin}'s", "{kin}");
        let tokens: Option<Vec<Token>> = text.split_whitespace().map(token).collect();
        tokens.filter(|tokens| !tokens.is_empty()).map(Self)
    }

    /// The first place in the sentence at which it matches.
    pub(super) fn find(&self, words: &[Word<'_>], lists: Lists<'_>) -> Option<Found> {
        (0..words.len()).find_map(|start| {
            let found = Found { start, end: start, ..Found::default() };
            step(&self.0, words, start, found, lists)
        })
    }
}

/// Whether the tokens match from `at` on. Words of one pattern stand in one clause.
fn step(tokens: &[Token], words: &[Word<'_>], at: usize, found: Found, lists: Lists<'_>) -> Option<Found> {
    let Some((token, rest)) = tokens.split_first() else { return Some(Found { end: at, ..found }) };
    let word = words.get(at);
    // A clause that ended before this word ends the pattern too, unless nothing was matched yet.
    let broken =
        at > found.start && at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|w| w.ends_clause);
    let word = word.filter(|_| !broken);
    let one_of = |list: &[String]| word.is_some_and(|word| list.contains(&word.plain));
    match token {
        Token::Word(list) => one_of(list).then(|| step(rest, words, at + 1, found, lists))?,
        Token::Maybe(list) => {
            let with = one_of(list).then(|| step(rest, words, at + 1, found, lists)).flatten();
            with.or_else(|| step(rest, words, at, found, lists))
        }
        Token::Kept(list) => {
            one_of(list).then(|| step(rest, words, at + 1, extend(found, at, at + 1), lists))?
        }
        Token::Number => {
            let number = word?.plain.parse::<u8>().is_ok();
            number.then(|| step(rest, words, at + 1, extend(found, at, at + 1), lists))?
        }
        Token::MaybeName => {
            let names =
                (0..2).map_while(|next| words.get(at + next).filter(|word| is_name(word, lists))).count();
            (0..=names).rev().find_map(|names| {
                let name = (names > 0).then_some((at, at + names));
                step(rest, words, at + names, Found { name, ..found }, lists)
            })
        }
        Token::Kin => {
            let plain = word?.plain.as_str();
            let kin = plain.strip_suffix("'s").unwrap_or(plain);
            let kin = lists.kin.iter().any(|known| known == kin);
            let found = Found { kin: Some(at), ..found };
            kin.then(|| step(rest, words, at + 1, found, lists))?
        }
        Token::Name => {
            word.filter(|word| is_name(word, lists))?;
            let two = words
                .get(at + 1)
                .filter(|next| is_name(next, lists) && !words.get(at).is_some_and(|w| w.ends_clause));
            let end = if two.is_some() { at + 2 } else { at + 1 };
            step(rest, words, end, free(found, at, end), lists)
        }
        Token::Value if rest.is_empty() => {
            word?;
            let end = value_end(words, at, lists)?;
            Some(Found { end, ..free(found, at, end) })
        }
        Token::Value => (1..=MOST)
            .map_while(|length| {
                // The value may not run over the end of a clause.
                let inside = words.get(at..at + length)?;
                let before = inside.split_last().map_or(&[][..], |(_, before)| before);
                let whole = word.is_some() && !before.iter().any(|word| ends(word, lists));
                whole.then(|| step(rest, words, at + length, free(found, at, at + length), lists))
            })
            .find_map(|found| found),
    }
}

fn extend(found: Found, start: usize, end: usize) -> Found {
    let start = found.value.map_or(start, |(known, _)| known);
    Found { value: Some((start, end)), ..found }
}

/// The same for words that the pattern does not keep itself.
fn free(found: Found, start: usize, end: usize) -> Found {
    Found { free: found.free.or(Some(start)), ..extend(found, start, end) }
}

fn is_name(word: &Word<'_>, lists: Lists<'_>) -> bool {
    word.is_capitalised()
        && !lists.no_names.contains(&word.plain)
        && !word.plain.starts_with("i'")
        && word.plain.chars().all(|c| c.is_alphabetic() || c == '-')
}

fn ends(word: &Word<'_>, lists: Lists<'_>) -> bool {
    word.ends_clause || lists.clause_ends.contains(&word.plain)
}

/// Where a value that runs to the end of its clause ends. `None` where it is empty or longer than a value is.
fn value_end(words: &[Word<'_>], start: usize, lists: Lists<'_>) -> Option<usize> {
    let mut end = start;
    for word in words.get(start..).unwrap_or_default() {
        if lists.clause_ends.contains(&word.plain) {
            break;
        }
        end += 1;
        if word.ends_clause {
            break;
        }
    }
    (end > start && end - start <= MOST).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::{super::sentence::sentences, *};

    fn find(pattern: &str, text: &str) -> Option<String> {
        let kin = ["sister".to_owned()];
        let clause_ends = ["and".to_owned()];
        let sentence = sentences(text).next()?;
        let no_names = ["monday".to_owned()];
        let lists = Lists { kin: &kin, clause_ends: &clause_ends, no_names: &no_names };
        let found = Pattern::read(pattern)?.find(&sentence.words, lists)?;
        let (start, end) = found.value.unwrap_or((found.start, found.end));
        let words: Vec<&str> = sentence.words.get(start..end)?.iter().map(|word| word.written).collect();
        Some(words.join(" "))
    }

    #[test]
    fn a_value_ends_with_its_clause() {
        let table = [
            ("i live in {value}", "Well, I live in New Orleans and work.", Some("New Orleans")),
            ("i live in {value}", "I live in Bonn, near the river", Some("Bonn")),
            ("i live in {value}", "I live. In Bonn.", None),
            ("i live in {value}", "I live in one two three four five six seven eight nine", None),
            ("i work {as|at} {value}", "I work as a nurse.", Some("as a nurse")),
            ("{value} ?really helped me", "Walking by the sea really helped me.", Some("Walking by the sea")),
            ("{value} ?really helped me", "I cried, walking helped me", Some("walking")),
            ("my {kin} {name}", "I met my sister Anna Maria today", Some("Anna Maria")),
            ("my {kin} {name}", "my sister, Anna", None),
            ("my {kin} {name}", "I told my sister Monday", None),
            ("my {kin}'s name is {name}", "My sister's name is Anna", Some("Anna")),
            ("i'm {number} years old", "I'm 34 years old", Some("34")),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(find(pattern, text).as_deref(), expected, "{pattern}: {text}");
        }
    }

    #[test]
    fn an_open_brace_is_no_pattern() {
        assert!(Pattern::read("i live in {value").is_none());
        assert!(Pattern::read(" ").is_none());
    }
}
