//! The readers of the three wires, for any bytes.
#![no_main]

#[path = "../../alliance-backends/examples/shared/reply.rs"]
mod reply;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = reply::check(bytes) {
        panic!("{broken}");
    }
});
