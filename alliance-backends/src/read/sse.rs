//! Server-sent events, as the HTML standard reads them.

use std::fmt;

use super::LineReader;
use crate::http::HttpFailure;

/// Reads server-sent events out of bytes.
///
/// Follows section 9.2.6 of the HTML standard (comments, `data` over several lines, unknown fields, one space after
/// the colon), with two differences: bytes that are not UTF-8 are an error instead of a replacement character, and an
/// event whose last line was complete counts also without the blank line behind it, where the stream ends.
pub struct SseReader {
    lines: LineReader,
    event: Pending,
}

/// One event.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SseEvent<'a> {
    /// Its name; empty where it has none.
    pub name: &'a str,
    /// Its data, with a line feed between lines.
    pub data: &'a str,
}

struct Pending {
    name: String,
    data: String,
    lines: usize,
    max: usize,
}

impl SseReader {
    /// A reader of lines, and of data of one event, of at most `max` bytes.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        let event = Pending { name: String::new(), data: String::new(), lines: 0, max };
        Self { lines: LineReader::new(max), event }
    }

    /// Takes bytes and gives each event that they complete.
    ///
    /// # Errors
    ///
    /// As [`LineReader::push`]; [`HttpFailure::TooLarge`] also where the data of one event goes beyond the limit.
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(SseEvent<'_>) -> Result<(), HttpFailure>,
    ) -> Result<(), HttpFailure> {
        let Self { lines, event } = self;
        lines.push(bytes, |line| event.take(line, &mut each))
    }

    /// The stream ended: gives the event that was complete but for its blank line. Half a line is dropped.
    ///
    /// # Errors
    ///
    /// Whatever `each` gives.
    pub fn close(
        &mut self,
        mut each: impl FnMut(SseEvent<'_>) -> Result<(), HttpFailure>,
    ) -> Result<(), HttpFailure> {
        self.event.dispatch(&mut each)
    }
}

impl Pending {
    fn take(
        &mut self,
        line: &str,
        each: &mut impl FnMut(SseEvent<'_>) -> Result<(), HttpFailure>,
    ) -> Result<(), HttpFailure> {
        if line.is_empty() {
            return self.dispatch(each);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.data.len().saturating_add(value.len()) >= self.max {
                    return Err(HttpFailure::TooLarge);
                }
                if self.lines > 0 {
                    self.data.push('\n');
                }
                self.data.push_str(value);
                self.lines += 1;
            }
            "event" => value.clone_into(&mut self.name),
            // A comment, an id, a wait before reconnecting, or what the standard does not know.
            _ => {}
        }
        Ok(())
    }

    fn dispatch(
        &mut self,
        each: &mut impl FnMut(SseEvent<'_>) -> Result<(), HttpFailure>,
    ) -> Result<(), HttpFailure> {
        let done =
            if self.lines > 0 { each(SseEvent { name: &self.name, data: &self.data }) } else { Ok(()) };
        self.name.clear();
        self.data.clear();
        self.lines = 0;
        done
    }
}

impl fmt::Debug for SseReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SseReader({:?}, {} bytes of an event)", self.lines, self.event.data.len())
    }
}

impl fmt::Debug for SseEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SseEvent({} bytes)", self.data.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]], max: usize) -> Result<Vec<(String, String)>, HttpFailure> {
        let mut reader = SseReader::new(max);
        let mut found = Vec::new();
        let mut each = |event: SseEvent<'_>| {
            found.push((event.name.to_owned(), event.data.to_owned()));
            Ok(())
        };
        for piece in pieces {
            reader.push(piece, &mut each)?;
        }
        reader.close(each)?;
        Ok(found)
    }

    fn named(events: &[(&str, &str)]) -> Vec<(String, String)> {
        events.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect()
    }

    #[test]
    fn reads_what_the_standard_reads() {
        let stream = "\u{feff}: hello\n\ndata: one\n\nevent: two\r\ndata:2a\r\ndata: 2b\r\ndata\r\n\r\n\
                      event: nothing\n\nid: 7\nretry: 10\nother: x\ndata:  space\n\n\n\ndata: last\n";
        let expected = named(&[("", "one"), ("two", "2a\n2b\n"), ("", " space"), ("", "last")]);
        assert_eq!(events(&[stream.as_bytes()], 64).unwrap(), expected);
        for cut in 0..=stream.len() {
            let (a, b) = stream.as_bytes().split_at(cut);
            assert_eq!(events(&[a, b], 64).unwrap(), expected);
        }
    }

    #[test]
    fn half_a_line_is_no_event() {
        assert_eq!(events(&[b"data: one\n\ndata: tw"], 64).unwrap(), named(&[("", "one")]));
    }

    #[test]
    fn an_event_has_a_limit() {
        assert!(events(&[b"data: 123456\n"], 64).is_ok());
        assert_eq!(events(&[b"data: 1234\ndata: 56789\ndata: 1234567\n"], 16), Err(HttpFailure::TooLarge));
    }
}
