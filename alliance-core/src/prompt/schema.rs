//! The form that a reply has to have, for replies that a program reads.

use std::{fmt, sync::Arc};

/// The longest name of a schema, in characters: what the providers take.
const MAX_NAME: usize = 64;

/// A JSON schema that a reply has to follow, with a name. Written by a programmer, and no place for anybody's
/// words. What a backend makes of it is still only text: whoever asks for it checks what comes.
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerSchema {
    name: Arc<str>,
    json: Arc<str>,
}

/// A text that is no schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The name is not made of 1 to 64 ASCII letters, digits, `-` and `_`.
    #[error("the name of a schema has 1 to {MAX_NAME} of letters, digits, `-` and `_`")]
    Name,
    /// The text is not a JSON object.
    #[error("a schema is a JSON object")]
    Json,
}

impl AnswerSchema {
    /// A schema from its JSON text.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] says what is wrong with the name or the text.
    pub fn new(name: &str, json: &str) -> Result<Self, SchemaError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) {
            return Err(SchemaError::Name);
        }
        match serde_json::from_str(json) {
            Ok(serde_json::Value::Object(_)) => Ok(Self { name: name.into(), json: json.into() }),
            _ => Err(SchemaError::Json),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its JSON text: an object.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

impl fmt::Debug for AnswerSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnswerSchema({}, {} bytes)", self.name, self.json.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_an_object_with_a_plain_name() {
        assert!(AnswerSchema::new("facts", r#"{"type":"object"}"#).is_ok());
        assert_eq!(AnswerSchema::new("", "{}"), Err(SchemaError::Name));
        assert_eq!(AnswerSchema::new("two words", "{}"), Err(SchemaError::Name));
        assert_eq!(AnswerSchema::new("facts", "[1]"), Err(SchemaError::Json));
        assert_eq!(AnswerSchema::new("facts", "{"), Err(SchemaError::Json));
    }
}
