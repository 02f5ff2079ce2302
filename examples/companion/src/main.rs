//! A conversation in the terminal.
fn main() {}
