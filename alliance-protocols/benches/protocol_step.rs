//! What a step of the interpreter costs, and what loading the definitions costs.
fn main() {}
