//! Where a sentence ends, decided by the words alone and never by how they arrived.

/// Longest sentence in bytes. What is longer is cut at the last space before.
pub(crate) const MAX_SENTENCE: usize = 400;

/// Short forms after which a full stop does not end a sentence. Lower case, without the last full stop.
const SHORT_FORMS: [&str; 40] = [
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "e.g", "i.e", "approx", "no", "nr", "hr", "fr", "z", "z.b",
    "d", "d.h", "u", "u.a", "bzw", "ca", "evtl", "ggf", "inkl", "max", "min", "o", "o.ä", "s", "s.o", "sog",
    "str", "tel", "usf", "vgl", "a", "i", "v", "zzgl",
];

/// Short forms of two words, with a space between them.
const SHORT_PAIRS: [&str; 6] = ["z. b", "d. h", "u. a", "s. o", "o. ä", "i. d. r"];

/// Byte length of the first complete sentence of `buffer` with the white space after it, or nothing while more text could
/// still change the answer. When `closed`, no more text comes, and what is left is a sentence.
///
/// A pure function of the content: a boundary is told only when no continuation could move it.
pub(crate) fn next_boundary(buffer: &str, closed: bool) -> Option<usize> {
    let mut space = None;
    let mut run_end = 0;
    for (at, c) in buffer.char_indices() {
        let after = at + c.len_utf8();
        if after > MAX_SENTENCE {
            return Some(space.filter(|&cut| cut > 0).unwrap_or(at.max(c.len_utf8())));
        }
        if c.is_whitespace() && c != '\n' {
            space = Some(after);
        }
        // A run of terminators that ends no sentence is looked at once.
        if !is_end(c) || (at < run_end && !is_wide(c)) {
            continue;
        }
        match end_after(buffer, at, c) {
            End::At(end) if end <= MAX_SENTENCE => return Some(end),
            End::At(_) => {}
            End::Inside(end) => run_end = end,
            End::Unknown if closed => return Some(buffer.len()),
            End::Unknown => return None,
        }
    }
    (closed && !buffer.is_empty()).then_some(buffer.len())
}

#[derive(Clone, Copy)]
enum End {
    At(usize),
    Inside(usize),
    Unknown,
}

/// What the terminator `c` at byte `at` means, by what follows it.
fn end_after(buffer: &str, at: usize, c: char) -> End {
    let mut end = at + c.len_utf8();
    let rest = buffer.get(end..).unwrap_or_default();
    let mut chars = rest.chars().peekable();
    if c != '\n' {
        while let Some(next) = chars.next_if(|&n| is_closing(n) || (n != '\n' && is_end(n))) {
            end += next.len_utf8();
            if end > MAX_SENTENCE {
                return End::Inside(end);
            }
        }
        match chars.peek() {
            None => return End::Unknown,
            Some(next) if !next.is_whitespace() && !is_wide(c) => return End::Inside(end),
            Some(_) => {}
        }
        if c == '.' && end == at + 1 && is_short_form(buffer.get(..at).unwrap_or_default()) {
            return End::Inside(end);
        }
    }
    while let Some(next) = chars.next_if(|n| n.is_whitespace()) {
        end += next.len_utf8();
        if end > MAX_SENTENCE {
            return End::At(end - next.len_utf8());
        }
    }
    if chars.peek().is_some() { End::At(end) } else { End::Unknown }
}

const fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '\n') || is_wide(c)
}

/// Terminators of scripts that put no space between sentences.
const fn is_wide(c: char) -> bool {
    matches!(c, '。' | '！' | '？')
}

const fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '“' | '’' | '»' | '«' | '‹' | '›' | ')' | ']' | '*' | '_')
}

/// Whether the words before a full stop end in a short form, or in a number ("am 3. Mai").
fn is_short_form(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '„' | '“'))
        .next()
        .unwrap_or_default();
    if word.is_empty() {
        return false;
    }
    // "In 2019." may end a sentence; one or two digits are an ordinal in German, and waiting does no harm in English.
    let tail: String = before.chars().rev().take(7).collect::<Vec<_>>().into_iter().rev().collect();
    if SHORT_PAIRS.iter().any(|pair| tail.to_lowercase().ends_with(pair)) {
        return true;
    }
    let ordinal = word.len() <= 2 && word.chars().all(|c| c.is_ascii_digit());
    ordinal || (word.len() <= 8 && SHORT_FORMS.contains(&word.to_lowercase().as_str()) && word != "I")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stream<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let (mut buffer, mut out) = (String::new(), Vec::new());
        for piece in pieces {
            buffer.push_str(piece);
            while let Some(end) = next_boundary(&buffer, false) {
                out.push(buffer.drain(..end).collect());
            }
        }
        while let Some(end) = next_boundary(&buffer, true) {
            out.push(buffer.drain(..end).collect());
        }
        out
    }

    #[test]
    fn splits_as_a_reader_would() {
        let cases: [(&str, &[&str]); 6] = [
            ("One. Two? Three!", &["One. ", "Two? ", "Three!"]),
            ("Dr. Who came, e.g. today. Fine.", &["Dr. Who came, e.g. today. ", "Fine."]),
            (
                "Das geht, z. B. am 3. Mai, d. h. bald. Gut.",
                &["Das geht, z. B. am 3. Mai, d. h. bald. ", "Gut."],
            ),
            ("It is 2.5 times... well... ok.\nNext", &["It is 2.5 times... ", "well... ", "ok.\n", "Next"]),
            ("(Yes.) \"Really?!\" He did.", &["(Yes.) ", "\"Really?!\" ", "He did."]),
            ("So was I. Then", &["So was I. ", "Then"]),
        ];
        for (text, expected) in cases {
            assert_eq!(stream([text]), expected, "{text}");
        }
    }

    #[test]
    fn cuts_what_never_ends() {
        let long = "word ".repeat(300);
        let parts = stream([long.as_str()]);
        assert!(parts.iter().all(|part| part.len() <= MAX_SENTENCE));
        assert_eq!(parts.concat(), long);
        let solid = "ü".repeat(1000);
        assert!(stream([solid.as_str()]).iter().all(|part| part.len() <= MAX_SENTENCE));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn split_anywhere(text in "([a-zA-ZüßΩ漢.!?…\"') \n0-9]|\\. |z\\. B\\. |Dr\\. |word ){0,120}", long in any::<bool>()) {
            let text = if long { text.repeat(4) } else { text };
            let whole = stream([text.as_str()]);
            prop_assert_eq!(whole.concat(), text.clone());
            let letters: Vec<String> = text.chars().map(String::from).collect();
            prop_assert_eq!(&stream(letters.iter().map(String::as_str)), &whole);
            for (cut, _) in text.char_indices() {
                prop_assert_eq!(&stream([&text[..cut], &text[cut..]]), &whole);
            }
        }

        #[test]
        fn any_text_comes_back_whole(text in any::<String>()) {
            prop_assert_eq!(stream([text.as_str()]).concat(), text);
        }
    }
}
