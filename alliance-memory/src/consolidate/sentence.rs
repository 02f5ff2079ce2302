//! From what was said to sentences, clauses and words.

/// A sentence of the person.
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    pub(super) asks: bool,
    pub(super) words: Vec<Word<'a>>,
}

/// A word as it was written and as it is compared.
pub(super) struct Word<'a> {
    pub(super) written: &'a str,
    /// In lower case, with a plain apostrophe.
    pub(super) plain: String,
    /// Whether a clause ends after it.
    pub(super) ends_clause: bool,
}

impl Word<'_> {
    pub(super) fn is_capitalised(&self) -> bool {
        self.written.chars().next().is_some_and(char::is_uppercase) && self.written.chars().count() > 1
    }
}

/// The sentences of a text. An empty one is left out.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = Sentence<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let trimmed = rest.trim_start();
            if trimmed.is_empty() {
                return None;
            }
            let end = end_of_sentence(trimmed);
            let (sentence, after) = trimmed.split_at(end);
            rest = after;
            let words = words(sentence);
            if !words.is_empty() {
                let sentence = sentence.trim();
                return Some(Sentence { text: sentence, asks: sentence.ends_with('?'), words });
            }
        }
    })
}

/// A sentence ends at a mark that is followed by a space or the end, or at a line break.
fn end_of_sentence(text: &str) -> usize {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let end = at + letter.len_utf8();
        match letter {
            '\n' => return end,
            '.' | '!' | '?' | '…' if letters.peek().is_none_or(|(_, next)| next.is_whitespace()) => {
                return end;
            }
            _ => {}
        }
    }
    text.len()
}

fn words(sentence: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    for piece in sentence.split_whitespace() {
        let inner = |letter: char| letter.is_alphanumeric();
        let (Some(start), Some(last)) = (piece.find(inner), piece.rfind(inner)) else {
            // A dash that stands alone.
            if let Some(before) = words.last_mut() {
                before.ends_clause = true;
            }
            continue;
        };
        let end = last + piece.get(last..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        if start > 0
            && let Some(before) = words.last_mut()
        {
            before.ends_clause |= piece.starts_with(['(', '"', '„', '“', '«', '»']);
        }
        let written = piece.get(start..end).unwrap_or_default();
        words.push(Word {
            written,
            plain: written.to_lowercase().replace('’', "'"),
            ends_clause: end < piece.len() && !piece.ends_with('\''),
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_marks_and_lines() {
        let texts: Vec<&str> =
            sentences("I slept. At 3.5 I woke!\nWhy? ... ok").map(|found| found.text).collect();
        assert_eq!(texts, ["I slept.", "At 3.5 I woke!", "Why?", "ok"]);
    }

    #[test]
    fn words_know_where_a_clause_ends() {
        let sentence = sentences("My sister (Anna), she’s here – now.").next().unwrap();
        let words: Vec<(&str, bool)> =
            sentence.words.iter().map(|word| (word.plain.as_str(), word.ends_clause)).collect();
        let expected = [
            ("my", false),
            ("sister", true),
            ("anna", true),
            ("she's", false),
            ("here", true),
            ("now", true),
        ];
        assert_eq!(words, expected);
    }
}
