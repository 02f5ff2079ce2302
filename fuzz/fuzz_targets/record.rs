//! The record decoder, for any bytes.
#![no_main]

#[path = "../../alliance-memory/examples/shared/record.rs"]
mod record;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = record::check(bytes) {
        panic!("{broken}");
    }
});
