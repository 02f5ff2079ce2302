//! As much of JSON Schema 2020-12 as the project's own schemas use. A word of a schema that is not known here fails.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use serde_json::Value;

/// Whether a value is of this schema; where it is not, the place and the word that it breaks.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    at(schema, schema, value, "")
}

fn at(root: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let fields = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Object(fields) => fields,
        _ => return Err(format!("{place}: no schema")),
    };
    for (word, wanted) in fields {
        let holds = match word.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "then" => Ok(true),
            "$ref" => {
                let path = wanted.as_str().unwrap().trim_start_matches('#');
                let target = root.pointer(path).unwrap_or_else(|| panic!("{path} is not defined"));
                at(root, target, value, place).map(|()| true)
            }
            "type" => Ok(match wanted {
                Value::Array(types) => types.iter().any(|wanted| is_of(wanted, value)),
                one => is_of(one, value),
            }),
            "const" => Ok(wanted == value),
            "enum" => Ok(wanted.as_array().unwrap().contains(value)),
            "minimum" => Ok(value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap())),
            "maximum" => Ok(value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap())),
            "format" => Ok(value.as_str().is_none_or(|text| is_in_form(wanted.as_str().unwrap(), text))),
            "pattern" => Ok(value.as_str().is_none_or(|text| fits(wanted.as_str().unwrap(), text))),
            "required" => {
                let names = wanted.as_array().unwrap();
                Ok(!value.is_object() || names.iter().all(|name| value.get(name.as_str().unwrap()).is_some()))
            }
            "additionalProperties" => {
                let known = fields.get("properties").and_then(Value::as_object).unwrap();
                assert_eq!(wanted, &Value::Bool(false));
                Ok(value.as_object().is_none_or(|value| value.keys().all(|name| known.contains_key(name))))
            }
            "properties" => {
                for (name, wanted) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        at(root, wanted, value, &format!("{place}/{name}"))?;
                    }
                }
                Ok(true)
            }
            "items" => {
                for (number, value) in value.as_array().into_iter().flatten().enumerate() {
                    at(root, wanted, value, &format!("{place}/{number}"))?;
                }
                Ok(true)
            }
            "anyOf" => Ok(wanted.as_array().unwrap().iter().any(|one| at(root, one, value, place).is_ok())),
            "allOf" => wanted
                .as_array()
                .unwrap()
                .iter()
                .try_for_each(|one| at(root, one, value, place))
                .map(|()| true),
            "if" => match at(root, wanted, value, place) {
                Ok(()) => at(root, &fields["then"], value, place).map(|()| true),
                Err(_) => Ok(true),
            },
            other => panic!("`{other}` is not known to this test"),
        };
        if !holds? {
            return Err(format!("{place}: {word}"));
        }
    }
    Ok(())
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    match wanted.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type `{other}` is not known to this test"),
    }
}

fn is_in_form(form: &str, text: &str) -> bool {
    match form {
        "uuid" => uuid::Uuid::parse_str(text).is_ok(),
        "date-time" => text.parse::<alliance::clock::Timestamp>().is_ok(),
        other => panic!("the form `{other}` is not known to this test"),
    }
}

/// The patterns of these schemas: hexadecimal digits in groups of a length, `^[0-9a-f]{8}-[0-9a-f]{4}$`.
fn fits(pattern: &str, text: &str) -> bool {
    let inner = pattern.trim_start_matches('^').trim_end_matches('$').replace("[0-9a-f]", "");
    let lengths: Vec<usize> =
        inner.split('-').map(|group| group.trim_matches(['{', '}']).parse().unwrap()).collect();
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| part.len() == length && is_hex(part))
}
