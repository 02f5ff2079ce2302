//! Screening any text: the body of the property tests, driven by coverage.
#![no_main]

#[path = "../../alliance-safety/examples/shared/bodies.rs"]
#[allow(dead_code)]
mod bodies;

libfuzzer_sys::fuzz_target!(|text: &str| bodies::screening(text));
