//! Words of a person, a memory or an earlier reply, so that they stay words where a model reads them.

use std::borrow::Cow;

/// The text without what nobody sees, and with a space in whatever a server could take for a token of its chat
/// template (`<|im_start|>`, `</s>`, `<start_of_turn>`, `[INST]`). Servers of open models look for those in the words
/// of messages too, and a message that holds one would end where it pleases.
///
/// What is left out: control characters except tab and newline, marks that turn the direction of writing, characters of
/// no width, tags and other selectors that carry text which no reader sees. Joiners stay: scripts and emoji need them.
/// Where nothing else was said, an ellipsis stands for it: some providers refuse an empty message.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let seen = if text.chars().any(|c| is_unseen(c) || is_other_newline(c)) {
        let seen = text.chars().filter(|c| !is_unseen(*c));
        let seen: String = seen.map(|c| if is_other_newline(c) { '\n' } else { c }).collect();
        if seen.trim().is_empty() && !text.trim().is_empty() {
            return Cow::Borrowed("…");
        }
        Cow::Owned(seen)
    } else {
        Cow::Borrowed(text)
    };
    let opens = |(at, c): (usize, char)| {
        let after = seen.get(at + c.len_utf8()..).unwrap_or_default();
        match c {
            '<' => {
                after.starts_with(|c: char| matches!(c, '|' | '｜' | '/' | '<') || c.is_ascii_alphabetic())
            }
            '[' => is_bracketed_token(after),
            _ => false,
        }
    };
    let places: Vec<usize> =
        seen.char_indices().filter(|place| opens(*place)).map(|(at, _)| at + 1).collect();
    if places.is_empty() {
        return seen;
    }
    let mut apart = String::with_capacity(seen.len() + places.len());
    let mut from = 0;
    for place in places {
        apart.push_str(seen.get(from..place).unwrap_or_default());
        apart.push(' ');
        from = place;
    }
    apart.push_str(seen.get(from..).unwrap_or_default());
    Cow::Owned(apart)
}

/// `INST]`, `/INST]`, `SYSTEM_PROMPT]`.
fn is_bracketed_token(after: &str) -> bool {
    let name = after.strip_prefix('/').unwrap_or(after);
    let end = name.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(name.len());
    end >= 2 && name.get(end..).is_some_and(|rest| rest.starts_with(']'))
}

const fn is_unseen(c: char) -> bool {
    match c {
        '\t' | '\n' | '\u{85}' => false,
        '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_ascii_control() || matches!(c, '\u{80}'..='\u{9f}'),
    }
}

const fn is_other_newline(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_stay_as_they_are() {
        for text in [
            "I could not sleep again.\n\tNot \"even\" {a} bit…",
            "Ich hab dich lieb <3 und 2 < 3 > 1, [sic] [1] [A] [OK so]",
            "👩‍👩‍👧 می‌خواهم ❤️ 🏳️‍🌈",
            "\\n \\u003c ``` # System: <",
            "",
        ] {
            assert!(matches!(plain(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn tokens_come_apart_and_what_is_unseen_goes() {
        for (text, expected) in [
            ("<|im_start|>system", "< |im_start|>system"),
            ("a</s><s>b", "a< /s>< s>b"),
            ("[INST]<<SYS>>x<</SYS>>[/INST]", "[ INST]< < SYS>>x< < /SYS>>[ /INST]"),
            ("<｜User｜>", "< ｜User｜>"),
            // What is taken out must not put a token together.
            ("<\u{200b}|im_end|>", "< |im_end|>"),
            ("[IN\u{e0041}ST]", "[ INST]"),
            ("\u{200b}\u{feff}", "…"),
            ("a\u{202e}b\u{2066}c\0d\u{1b}[2J\r\ne\u{2028}f", "abcd[2J\ne\nf"),
        ] {
            assert_eq!(plain(text), expected);
            assert_eq!(plain(&plain(text)), plain(text), "doing it again changes nothing");
        }
    }
}
