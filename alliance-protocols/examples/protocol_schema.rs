//! Prints the JSON Schema of the definition format, for editors.
//!
//! `cargo run -p alliance-protocols --features schema --example protocol_schema > schema/protocol.schema.json`
#![allow(clippy::print_stdout, reason = "this is what it is for")]

fn main() {
    println!("{}", alliance_protocols::schema());
}
