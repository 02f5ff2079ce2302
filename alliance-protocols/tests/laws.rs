//! The clauses of `Protocol` on the protocols of this crate.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::LazyLock;

use alliance_core::testing::safety_layer;
use alliance_protocols::{Definition, Library};

// The laws make thousands of instances. A definition never changes, so that a clone is as good as a new one.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in(&safety_layer()).unwrap());

// It has what the library does not use: an instrument, a timer.
static GOOD: LazyLock<Definition> = LazyLock::new(|| {
    Definition::load("good.toml", include_str!("broken/good.toml"), &safety_layer()).unwrap()
});

fn made(name: &str) -> Definition {
    LIBRARY.get(name).unwrap().clone()
}

mod grounding_54321_laws {
    alliance_core::protocol_laws!(|| super::made("grounding_54321"));
}

mod thought_record_laws {
    alliance_core::protocol_laws!(|| super::made("thought_record"));
}

mod session_laws {
    alliance_core::protocol_laws!(|| super::made("session"));
}

mod good_laws {
    alliance_core::protocol_laws!(|| super::GOOD.clone());
}
