//! The laws: what each numbered clause of a contract means, as a function that panics where it is broken.
//!
//! The macros name one test for each of them. A message says which clause is broken and what was expected,
//! and never what anybody said.

pub mod backend;
mod capture;
pub mod consolidate;
pub mod embedder;
pub mod protocol;
pub mod store;

use std::fmt;

/// Fails the running test unless the clause holds.
#[track_caller]
fn holds(clause: &'static str, condition: bool, expected: &str) {
    assert!(condition, "{clause}: {expected}");
}

/// What a call gave, or the running test fails. Errors of the contracts hold no words.
#[track_caller]
fn done<T, E: fmt::Display>(clause: &'static str, outcome: Result<T, E>, expected: &str) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => broken(clause, format_args!("{expected}, but: {error}")),
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a law is the body of a test")]
fn broken(clause: &'static str, expected: fmt::Arguments<'_>) -> ! {
    panic!("{clause}: {expected}")
}
