//! What must hold of the record decoder for any bytes.

use alliance_core::record::Record;

/// Records as a store writes them.
#[allow(dead_code, reason = "the target of `fuzz/` finds its own")]
pub(crate) const SEEDS: [&str; 6] = [
    r#"{"id":"00000000-0000-0000-0000-000000000001","session":null,"turn":null,"at":"1970-01-01T00:00:00Z","derived_from":[],"kind":"timer","data":{"name":"canaryword","due":"2026-01-01T00:00:00.5Z"}}"#,
    r#"{"id":"00000000-0000-0000-0000-000000000002","session":"00000000-0000-0000-0000-000000000003","turn":null,"at":"2026-11-25T12:00:00Z","derived_from":["00000000-0000-0000-0000-000000000001"],"kind":"turn_accepted","data":{"text":"canaryword","locale":"en","level":"none"}}"#,
    r#"{"id":"00000000-0000-0000-0000-000000000004","at":"2026-11-25T12:00:00Z","kind":"fact","data":{"subject":"canaryword","predicate":"lives in","value":"canaryword"}}"#,
    r#"{"id":"00000000-0000-0000-0000-000000000005","at":"2026-11-25T12:00:00Z","kind":"safety_plan","data":{"steps":[["canaryword"],[]]}}"#,
    r#"{"id":"00000000-0000-0000-0000-000000000006","at":"2026-11-25T12:00:00Z","kind":"consent","data":{"purpose":"long_term","choice":"given","text_version":"1","text_hash":"canaryword"}}"#,
    r#"{"id":"00000000-0000-0000-0000-000000000007","at":"2026-11-25T12:00:00Z","kind":"dream","data":{"share":0.1,"canaryword":[1e300,null,-0.0,{"a":18446744073709551615}]}}"#,
];

/// What the format has a meaning for.
#[allow(dead_code, reason = "the target of `fuzz/` finds its own")]
pub(crate) const PIECES: [&str; 16] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "\\u0000",
    "\\ud800",
    "1e999",
    "-0",
    "\"kind\":",
    "\"data\":",
    "\u{feff}",
    "😀",
];

/// Whether the bytes are a record. Where something does not hold that must, says what.
pub(crate) fn check(bytes: &[u8]) -> Result<bool, &'static str> {
    match serde_json::from_slice::<Record>(bytes) {
        Ok(record) => {
            let written =
                serde_json::to_vec(&record).map_err(|_| "a record that was read cannot be written")?;
            let again =
                serde_json::from_slice::<Record>(&written).map_err(|_| "what was written cannot be read")?;
            let twice = serde_json::to_vec(&again).map_err(|_| "a record that was read cannot be written")?;
            if again == record && twice == written { Ok(true) } else { Err("a record is not read as itself") }
        }
        Err(error) if error.to_string().contains("canaryword") => Err("an error quotes what it read"),
        Err(_) => Ok(false),
    }
}
