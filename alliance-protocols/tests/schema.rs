//! The JSON Schema that is kept beside the code is the one of the code.
#![cfg(feature = "schema")]
#![allow(clippy::unwrap_used, reason = "tests")]

#[test]
fn the_kept_schema_is_the_one_of_the_code() {
    let kept = include_str!("../schema/protocol.schema.json");
    let schema = alliance_protocols::schema();
    assert!(serde_json::from_str::<serde_json::Value>(&schema).unwrap().is_object());
    assert_eq!(kept.trim_end(), schema, "write it anew with the example `protocol_schema`");
}
