//! Cutting any reply anywhere: the body of the property tests, driven by coverage.
#![no_main]

#[path = "../../alliance-safety/examples/shared/bodies.rs"]
#[allow(dead_code)]
mod bodies;

libfuzzer_sys::fuzz_target!(|case: (&str, [u8; 4])| bodies::review_splits(case.0, &case.1));
