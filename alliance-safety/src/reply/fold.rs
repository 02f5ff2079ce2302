//! One spelling for what looks the same, and the words of a text.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use crate::normalise::{is_ignored, look_alike};

/// The words of a text, folded, and where clauses begin. Short forms are written out ("don't" is two words).
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// Every word with one space before it, and a space at the end.
    pub(crate) line: String,
    /// Byte in `line` at which each word begins.
    pub(crate) starts: Vec<usize>,
    /// Whether punctuation, or the beginning of the text, stands before the word.
    pub(crate) opens: Vec<bool>,
    /// Whether the word stands between quotation marks.
    pub(crate) quoted: Vec<bool>,
}

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self { line: String::with_capacity(text.len() + 8), ..Self::default() };
        let folded = fold(text);
        let mut opens = true;
        let mut quoted = false;
        let mut quote_start = 0;
        let mut word_start = None;
        for (at, c) in folded.char_indices() {
            if c.is_alphanumeric() || c == '\'' {
                word_start.get_or_insert(at);
                continue;
            }
            if let Some(start) = word_start.take() {
                words.push(folded.get(start..at).unwrap_or_default(), &mut opens, quoted);
            }
            if matches!(c, '"' | '“' | '”' | '„' | '«' | '»') {
                quoted = !quoted;
                quote_start = words.len();
            }
            opens |= !c.is_whitespace() && c != '-';
        }
        if let Some(start) = word_start {
            words.push(folded.get(start..).unwrap_or_default(), &mut opens, quoted);
        }
        // A mark that is never closed quotes nothing.
        if quoted {
            words.quoted.iter_mut().skip(quote_start).for_each(|word| *word = false);
        }
        words.line.push(' ');
        words
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The word at `index`, or nothing.
    pub(crate) fn word(&self, index: usize) -> &str {
        let Some(&start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index + 1).map_or(self.line.len(), |&next| next) - 1;
        self.line.get(start..end).unwrap_or_default()
    }

    fn push(&mut self, raw: &str, opens: &mut bool, quoted: bool) {
        let raw = raw.trim_matches('\'');
        let (stem, tail) = raw.split_once('\'').unwrap_or((raw, ""));
        match (stem, tail) {
            ("", _) => return,
            ("can", "t") | ("cannot" | "cant", "") => self.add_all(&["can", "not"], *opens),
            ("won", "t") => self.add_all(&["will", "not"], *opens),
            ("dont", "") => self.add_all(&["do", "not"], *opens),
            ("youre", "") => self.add_all(&["you", "are"], *opens),
            ("let", "s") => self.add_all(&["let", "us"], *opens),
            (_, "t") if stem.ends_with('n') => {
                self.add_all(&[stem.trim_end_matches('n'), "not"], *opens);
            }
            (_, "m") => self.add_all(&[stem, "am"], *opens),
            (_, "re") => self.add_all(&[stem, "are"], *opens),
            (_, "ve") => self.add_all(&[stem, "have"], *opens),
            (_, "ll") => self.add_all(&[stem, "will"], *opens),
            (_, "d") => self.add_all(&[stem, "would"], *opens),
            ("it" | "that" | "he" | "she" | "there" | "what" | "who" | "here", "s") => {
                self.add_all(&[stem, "is"], *opens);
            }
            (_, "") => self.add_all(&[stem], *opens),
            _ => self.add_all(&[stem, tail], *opens),
        }
        self.quoted.resize(self.starts.len(), quoted);
        *opens = false;
    }

    fn add_all(&mut self, parts: &[&str], opens: bool) {
        for (n, part) in parts.iter().filter(|part| !part.is_empty()).enumerate() {
            self.line.push(' ');
            self.starts.push(self.line.len());
            self.opens.push(opens && n == 0);
            self.line.push_str(part);
        }
    }
}

/// NFKC, lower case, invisible characters and stray marks off, one apostrophe. German umlauts stay: they change words.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let mut out = String::with_capacity(composed.len());
    let mut buffer = [0; 4];
    for c in composed.chars().flat_map(char::to_lowercase) {
        match c {
            _ if !c.is_ascii() && is_ignored(c) => {}
            '\u{300}'..='\u{36f}' => {}
            '’' | '‘' | '‛' | '´' | '`' | 'ʼ' | '′' => out.push('\''),
            'ß' => out.push_str("ss"),
            'ä' | 'ö' | 'ü' => out.push(c),
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                let plain = DecomposingNormalizerBorrowed::new_nfd().normalize(c.encode_utf8(&mut buffer));
                out.extend(plain.chars().filter(|m| !('\u{300}'..='\u{36f}').contains(m)));
            }
            _ => out.push(c),
        }
    }
    if out.is_ascii() { out } else { unmask(out) }
}

/// Letters of other scripts that look like Latin ones become those where the word has Latin letters too, or the other
/// words of the text do and none is truly of the other script.
fn unmask(text: String) -> String {
    let latin = |c: char| c.is_ascii_lowercase() || matches!(c, 'ä' | 'ö' | 'ü');
    if !text.chars().any(|c| !latin(c) && look_alike(c).is_some()) {
        return text;
    }
    let words = || text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let among_latin = words().any(|word| word.chars().any(latin))
        && !words().any(|word| !word.chars().any(latin) && word.chars().any(|c| look_alike(c).is_none()));
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        if among_latin || part.chars().any(latin) {
            out.extend(part.chars().map(|c| if latin(c) { c } else { look_alike(c).unwrap_or(c) }));
        } else {
            out.push_str(part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_looks_the_same_and_keeps_umlauts() {
        assert_eq!(Words::of("Ｉ can’t, re\u{200b}ally").line, " i can not really ");
        assert_eq!(
            Words::of("Du bist SCHÖN groß, scho\u{308}n cafe\u{301}").line,
            " du bist schön gross schön cafe "
        );
    }

    #[test]
    fn knows_where_clauses_begin() {
        let words = Words::of("Well, stop it. Don't");
        assert_eq!(words.opens, [true, true, false, true, false]);
        assert_eq!((words.word(1), words.word(4), words.word(5)), ("stop", "not", ""));
    }
}
