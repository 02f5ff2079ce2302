//! A short run of the fuzzer; the long one is the example `fuzz`.
#![cfg(all(feature = "openai", feature = "anthropic", feature = "ollama"))]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests")]

#[path = "../examples/shared/reply.rs"]
mod reply;
#[path = "../examples/shared/spoil.rs"]
mod spoil;

#[test]
fn whatever_is_read_ends_once_and_the_same_wherever_it_is_cut() {
    assert!(spoil::run(7, 3_000).unwrap() > 300);
}
