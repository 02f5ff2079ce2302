//! What is wrong with a definition, and where.

use std::{fmt, ops::Range, sync::Arc};

/// Everything that is wrong with a definition. `Display` writes one fault a line.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct DefinitionError {
    faults: Vec<Fault>,
}

impl DefinitionError {
    /// The faults in the order of the file; at least one.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Everything that is wrong with several definitions. Empty only where a caller made it so.
    pub(crate) const fn of(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// A file whose form could not be read, without more to say.
    pub(crate) fn unread(file: &str) -> Self {
        let message = "the file cannot be read".to_owned();
        Self { faults: vec![Fault { file: file.into(), line: 1, column: 1, message }] }
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{fault}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DefinitionError({self})")
    }
}

/// One thing that is wrong with a definition. `Display` writes `file:line:column: what, and how to mend it`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Fault {
    /// The name under which the definition was loaded.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// Gathers what is wrong with one file.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    file: Arc<str>,
    text: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(crate) fn new(file: &str, text: &'a str) -> Self {
        Self { file: file.into(), text, found: Vec::new() }
    }

    /// Notes something wrong at the start of `span`.
    pub(crate) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        let (line, column) = place(self.text, span.start);
        let fault = Fault { file: Arc::clone(&self.file), line, column, message: message.into() };
        if !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    /// Notes something wrong inside a string, `offset` bytes into it.
    pub(crate) fn add_inside(
        &mut self,
        span: Range<usize>,
        value: &str,
        offset: usize,
        message: impl Into<String>,
    ) {
        let inner = self.text.get(span.clone()).and_then(|raw| raw.find(value));
        let start = inner.map_or(span.start, |at| span.start + at + offset);
        self.add(start..span.end, message);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Where something in the file stands, for faults that only show beside other files.
    pub(crate) fn place(&self, span: Range<usize>) -> Fault {
        let (line, column) = place(self.text, span.start);
        Fault { file: Arc::clone(&self.file), line, column, message: String::new() }
    }

    /// Nothing, or everything that was found, in the order of the file.
    pub(crate) fn finish(mut self) -> Result<(), DefinitionError> {
        self.found.sort();
        if self.found.is_empty() { Ok(()) } else { Err(DefinitionError { faults: self.found }) }
    }
}

fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Ends a message that a name does not exist with the closest name that does.
pub(crate) fn closest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    let near = |known: &&str| {
        let distance = strsim::damerau_levenshtein(name, known);
        (distance <= 1.max(name.chars().count() / 3)).then_some(distance)
    };
    let names: Vec<&str> = names.into_iter().collect();
    match names.iter().filter_map(|known| near(known).map(|far| (far, *known))).min() {
        Some((_, known)) => format!("; did you mean `{known}`?"),
        None if names.is_empty() => String::new(),
        None if names.len() <= 14 => format!("; there is {}", listed(&names)),
        None => String::new(),
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
