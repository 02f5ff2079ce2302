//! Wraps words at a width as they come in, and never inside a word or a phone number.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// Takes in text piece by piece and writes lines.
#[derive(Debug)]
pub(crate) struct Wrap {
    width: usize,
    /// What is shown in bold where it stands as a word of its own.
    bold: Option<(String, Style)>,
    column: usize,
    /// Columns that lines which go on are moved in by.
    indent: usize,
    /// Nothing that may be broken after stands in the line yet.
    fresh: bool,
    /// What is written next as a whole, and the spaces before it.
    unit: String,
    unit_gap: usize,
    word: String,
    gap: usize,
}

impl Wrap {
    /// Lines of at most `width` columns; the first has `column` of them taken already.
    pub(crate) fn new(width: usize, column: usize) -> Self {
        Self {
            width,
            bold: None,
            column,
            indent: 0,
            fresh: true,
            unit: String::new(),
            unit_gap: 0,
            word: String::new(),
            gap: 0,
        }
    }

    /// Shows `word` in `style` wherever it stands alone.
    pub(crate) fn bold(mut self, word: Option<&str>, style: Style) -> Self {
        self.bold = word.map(|word| (word.to_owned(), style));
        self
    }

    /// Takes in a piece. A piece ends with a whole word, so that all of it can be shown at once.
    pub(crate) fn push(&mut self, text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                '\n' => {
                    self.flush(&mut out);
                    out.push('\n');
                    (self.column, self.indent, self.gap, self.fresh) = (0, 0, 0, true);
                }
                // A no-break space holds words together, in this program as everywhere.
                c if c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}' => {
                    self.end_word(&mut out);
                    self.gap += 1;
                }
                c => self.word.push(c),
            }
        }
        self.flush(&mut out);
        out
    }

    /// The word is whole: it joins a number that it belongs to, or what came before it is written.
    fn end_word(&mut self, out: &mut String) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let gap = std::mem::take(&mut self.gap);
        let last = self.unit.rsplit(' ').next().unwrap_or_default();
        if !self.unit.is_empty() && is_number(last) && starts_number(&word) {
            self.unit.extend(std::iter::repeat_n(' ', gap));
            self.unit.push_str(&word);
            return;
        }
        self.write_unit(out);
        (self.unit, self.unit_gap) = (word, gap);
    }

    fn flush(&mut self, out: &mut String) {
        self.end_word(out);
        self.write_unit(out);
    }

    fn write_unit(&mut self, out: &mut String) {
        if self.unit.is_empty() {
            return;
        }
        let unit = std::mem::take(&mut self.unit);
        let wide = unit.width();
        let at_start = self.fresh && self.column == 0;
        if at_start {
            self.indent = self.unit_gap.min(self.width / 2);
        }
        // A word without a space before it goes on with the word that was shown last.
        if !self.fresh && self.unit_gap > 0 && self.column + self.unit_gap + wide > self.width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', self.indent));
            self.column = self.indent;
        } else {
            let gap = if at_start { self.indent } else { self.unit_gap };
            out.extend(std::iter::repeat_n(' ', gap));
            self.column += gap;
        }
        match &self.bold {
            Some((word, style)) if unit.trim_matches(|c: char| !c.is_ascii_digit()) == word => {
                out.push_str(&unit.replace(word, &format!("{style}{word}{style:#}")));
            }
            _ => out.push_str(&unit),
        }
        self.column += wide;
        self.fresh = at_start && is_marker(&unit);
        if self.fresh {
            self.indent = self.column + 1;
        }
    }
}

/// The mark before an item of a list: `-`, `*`, `3.`
fn is_marker(unit: &str) -> bool {
    matches!(unit, "-" | "*" | "•")
        || unit.strip_suffix('.').is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
}

/// Part of a phone number to which more may follow.
fn is_number(word: &str) -> bool {
    let inner = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '/' | '(' | ')' | '‑');
    word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(inner)
}

/// Begins as part of a phone number does; a comma or a full stop may follow it.
fn starts_number(word: &str) -> bool {
    is_number(word.trim_end_matches([',', '.', ';', ':', '?', '”', '“']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_is_too_long(
            pieces in prop::collection::vec("([a-zäß😀日0-9+-]{1,9}[ \n]{1,2}){1,6}", 1..5),
            width in 20_usize..81,
        ) {
            let mut wrap = Wrap::new(width, 0);
            let out: String = pieces.iter().map(|piece| wrap.push(piece)).collect();
            let said = pieces.concat();
            prop_assert!(out.split_whitespace().eq(said.split_whitespace()));
            for line in out.lines().filter(|line| line.width() > width) {
                // Only what must not be broken: numbers behind each other.
                let mut words = line.split_whitespace().skip_while(|word| is_marker(word));
                prop_assert!(words.all(is_number), "{line}");
            }
        }
    }

    fn wrapped(width: usize, text: &str) -> String {
        Wrap::new(width, 0).push(text)
    }

    #[test]
    fn lines_break_between_words_only() {
        assert_eq!(wrapped(10, "one two three four"), "one two\nthree four");
        assert_eq!(wrapped(10, "a\n\nb c"), "a\n\nb c");
        let address = "https://example.org/a/very/long/address";
        assert_eq!(wrapped(10, &format!("see {address} now")), format!("see\n{address}\nnow"));
        let long = "x".repeat(300);
        assert_eq!(wrapped(20, &long), long);
    }

    #[test]
    fn width_is_what_is_seen() {
        // Eight columns each, though their bytes differ.
        assert_eq!(wrapped(8, "für Öl ß"), "für Öl ß");
        assert_eq!(wrapped(8, "größere Übung"), "größere\nÜbung");
        assert_eq!(wrapped(6, "😀 😀 😀"), "😀 😀\n😀");
        assert_eq!(wrapped(6, "日本 日本"), "日本\n日本");
    }

    #[test]
    fn phone_numbers_stay_whole() {
        assert_eq!(wrapped(20, "Please call 0800 111 0 111, now"), "Please call\n0800 111 0 111, now");
        assert_eq!(wrapped(14, "call +49 (30) 123-45 today"), "call\n+49 (30) 123-45\ntoday");
        // Two numbers of two sentences are not one.
        assert_eq!(wrapped(9, "call 112. 988 too"), "call 112.\n988 too");
    }

    #[test]
    fn items_of_a_list_hang_behind_their_mark() {
        assert_eq!(wrapped(10, "- one two three"), "- one two\n  three");
        assert_eq!(wrapped(10, "- averylongword x"), "- averylongword\n  x");
        assert_eq!(wrapped(10, "12. one two"), "12. one\n    two");
        assert_eq!(wrapped(10, "  one two three"), "  one two\n  three");
    }

    #[test]
    fn pieces_come_out_as_they_come_in() {
        let mut wrap = Wrap::new(12, 0);
        assert_eq!(wrap.push("one two. "), "one two.");
        assert_eq!(wrap.push("three four"), "\nthree four");
        assert_eq!(wrap.push("."), ".");
        assert_eq!(wrap.push(" Five"), "\nFive");
    }

    #[test]
    fn a_label_takes_room_and_is_never_left_alone() {
        assert_eq!(Wrap::new(10, 5).push("one two"), "one\ntwo");
        assert_eq!(Wrap::new(10, 5).push("averylongword"), "averylongword");
    }

    #[test]
    fn bold_takes_no_room() {
        let mut wrap = Wrap::new(13, 0).bold(Some("112"), Style::new().bold());
        assert_eq!(wrap.push("now call 112, 1123"), "now call \u{1b}[1m112\u{1b}[0m,\n1123");
    }
}
