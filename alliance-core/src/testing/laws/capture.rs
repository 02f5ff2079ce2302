//! What is written to `tracing` while a law runs.

use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Keeps every field of every span and event of this thread, as text.
#[derive(Clone, Default)]
pub(super) struct Captured(Arc<Mutex<String>>);

impl Captured {
    /// Runs `work` and gives what it wrote besides what it returned.
    pub(super) fn during<T>(work: impl FnOnce() -> T) -> (T, String) {
        let captured = Self::default();
        let output = tracing::subscriber::with_default(captured.clone(), work);
        let text = captured.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (output, text)
    }

    fn line(&self) -> Line {
        Line { text: String::new(), to: self.clone() }
    }
}

impl Subscriber for Captured {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.line());
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        values.record(&mut self.line());
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.line());
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

struct Line {
    text: String,
    to: Captured,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail; a value whose own Debug fails has shown what it shows.
        let _ = writeln!(self.text, "{field}={value:?}");
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.to.0.lock().unwrap_or_else(PoisonError::into_inner).push_str(&self.text);
    }
}
