//! The exercises that the program has.

use std::error::Error;

use alliance::{agent::AgentBuilder, protocols::Library, safety::SafetyLayer};

/// Adds every exercise of the library.
pub(crate) fn add(builder: AgentBuilder, safety: &SafetyLayer) -> Result<AgentBuilder, Box<dyn Error>> {
    Ok(Library::built_in(safety)?.into_iter().fold(builder, AgentBuilder::with_protocol))
}
