//! Lines of the person, read beside the conversation so that a timer can come first.

use std::{
    io::{self, BufRead},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

/// A line of the person, or that there are none any more.
#[derive(Debug)]
pub(crate) enum Line {
    Text(String),
    NotUtf8,
    End,
    Failed(io::Error),
}

#[derive(Debug)]
pub(crate) struct Input(Receiver<Line>);

impl Input {
    /// Begins to read. The reader waits for each line to be taken, and ends with the program.
    pub(crate) fn new() -> Self {
        let (lines, input) = sync_channel(0);
        thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            while lines.send(read(&mut stdin)).is_ok() {}
        });
        Self(input)
    }

    /// The next line. None where none came within `patience`.
    pub(crate) fn next(&self, patience: Option<Duration>) -> Option<Line> {
        match patience {
            None => Some(self.0.recv().unwrap_or(Line::End)),
            Some(patience) => match self.0.recv_timeout(patience) {
                Ok(line) => Some(line),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Line::End),
            },
        }
    }
}

fn read(stdin: &mut impl BufRead) -> Line {
    let mut line = Vec::new();
    match stdin.read_until(b'\n', &mut line) {
        Ok(0) => Line::End,
        Ok(_) => String::from_utf8(line).map_or(Line::NotUtf8, Line::Text),
        Err(error) => Line::Failed(error),
    }
}
