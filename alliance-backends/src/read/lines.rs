//! Lines of text out of bytes: newline-delimited JSON, and what server-sent events are made of.

use std::fmt;

use crate::http::HttpFailure;

/// Cuts bytes into lines of text. A line ends with LF, CR or both; where characters and line ends are split across
/// calls does not matter. Also a line that is not UTF-8, or longer than the limit, is an error.
pub struct LineReader {
    line: Vec<u8>,
    max: usize,
    /// The last byte was a CR, so that an LF right after it ends no second line.
    after_cr: bool,
    /// Nothing was read yet, so that a byte-order mark may come.
    at_start: bool,
}

impl LineReader {
    /// A reader of lines of at most `max` bytes.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        Self { line: Vec::new(), max, after_cr: false, at_start: true }
    }

    /// Takes bytes and gives each line that they complete, without its end.
    ///
    /// # Errors
    ///
    /// [`HttpFailure::TooLarge`] for a line beyond the limit, [`HttpFailure::NotText`] for one that is not UTF-8, and
    /// whatever `each` gives. The reader is of no use after an error.
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(&str) -> Result<(), HttpFailure>,
    ) -> Result<(), HttpFailure> {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                return self.hold(rest);
            };
            let (line, after) = rest.split_at(end);
            self.after_cr = after.first() == Some(&b'\r');
            rest = after.get(1..).unwrap_or_default();
            // What came in one piece needs no copy.
            if self.line.is_empty() {
                self.within(line.len())?;
                let start = std::mem::take(&mut self.at_start);
                each(text(line, start)?)?;
            } else {
                self.hold(line)?;
                let start = std::mem::take(&mut self.at_start);
                each(text(&self.line, start)?)?;
                self.line.clear();
            }
        }
        Ok(())
    }

    /// What came after the last line end.
    ///
    /// # Errors
    ///
    /// [`HttpFailure::NotText`] where it is not UTF-8.
    pub fn rest(&self) -> Result<&str, HttpFailure> {
        text(&self.line, self.at_start)
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), HttpFailure> {
        self.within(self.line.len().saturating_add(bytes.len()))?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    const fn within(&self, length: usize) -> Result<(), HttpFailure> {
        if length > self.max { Err(HttpFailure::TooLarge) } else { Ok(()) }
    }
}

fn text(line: &[u8], at_start: bool) -> Result<&str, HttpFailure> {
    let line = std::str::from_utf8(line).map_err(|_| HttpFailure::NotText)?;
    Ok(if at_start { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line })
}

impl fmt::Debug for LineReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LineReader({} bytes held)", self.line.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]], max: usize) -> Result<(Vec<String>, String), HttpFailure> {
        let mut reader = LineReader::new(max);
        let mut found = Vec::new();
        for piece in pieces {
            reader.push(piece, |line| {
                found.push(line.to_owned());
                Ok(())
            })?;
        }
        Ok((found, reader.rest()?.to_owned()))
    }

    #[test]
    fn every_cut_gives_the_same_lines() {
        let bytes = "\u{feff}eins\r\nzwei ü🙂\rdrei\n\n\r\nrest".as_bytes();
        let whole = lines(&[bytes], 64).unwrap();
        assert_eq!(whole.0, ["eins", "zwei ü🙂", "drei", "", ""]);
        assert_eq!(whole.1, "rest");
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(lines(&pieces, 64).unwrap(), whole);
            }
        }
    }

    #[test]
    fn a_line_has_a_limit() {
        assert_eq!(lines(&[b"12345\n"], 5).unwrap().0, ["12345"]);
        assert_eq!(lines(&[b"123456\n"], 5), Err(HttpFailure::TooLarge));
        assert_eq!(lines(&[b"123", b"456"], 5), Err(HttpFailure::TooLarge));
        assert_eq!(lines(&[b"123", b"456\n"], 5), Err(HttpFailure::TooLarge));
    }

    #[test]
    fn what_is_not_text_is_an_error() {
        assert_eq!(lines(&[b"a\xff\n"], 9), Err(HttpFailure::NotText));
        assert_eq!(lines(&[b"\xe2\x82"], 9), Err(HttpFailure::NotText));
        assert_eq!(lines(&[b"\xed\xa0\x80\n"], 9), Err(HttpFailure::NotText));
    }
}
