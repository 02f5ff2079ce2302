//! Ids and citations: short texts that are never empty.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::SpecError;

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $rule:path, $broken:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text after checking its form.
            ///
            /// # Errors
            /// [`SpecError::Invalid`] for text of another form.
            pub fn new(text: &str) -> Result<Self, SpecError> {
                if $rule(text) { Ok(Self(text.into())) } else { Err(SpecError::Invalid($broken)) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = SpecError;

            fn try_from(text: String) -> Result<Self, SpecError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.as_str().to_owned()
            }
        }
    };
}

short_text! {
    /// The id of an instrument: lower-case letters, digits and hyphens, for example `phq-4`.
    InstrumentId, is_kebab, "an id has lower-case letters, digits and hyphens only"
}

short_text! {
    /// The id of a subscale: lower-case letters, digits and hyphens, but not `total`.
    SubscaleId, is_part, "a subscale id has lower-case letters, digits and hyphens only and is not `total`"
}

short_text! {
    /// Where a number or a rule comes from: a publication, or `proposal` and a reason.
    Citation, is_filled, "a citation is not empty"
}

/// The number of an item, counted from 1 as on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemNumber(u8);

impl ItemNumber {
    /// The item with this number; whether it exists is the instrument's to say.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// The number, counted from 1.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.0
    }
}

impl fmt::Display for ItemNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

fn is_kebab(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_part(text: &str) -> bool {
    is_kebab(text) && text != "total"
}

fn is_filled(text: &str) -> bool {
    !text.trim().is_empty()
}
