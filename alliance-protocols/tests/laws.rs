//! The clauses of `Protocol` on the protocols of this crate.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use alliance_core::testing::safety_layer;
use alliance_protocols::{Definition, grounding_54321};

fn grounding() -> Definition {
    grounding_54321(&safety_layer()).unwrap()
}

mod grounding_laws {
    alliance_core::protocol_laws!(super::grounding);
}
