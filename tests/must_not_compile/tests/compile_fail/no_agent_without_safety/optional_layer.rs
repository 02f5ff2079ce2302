//! The safety layer is not optional.
use alliance::{agent::Agent, backend::LlmBackend, escalation::Escalation, safety::SafetyLayer};

pub fn build(safety: SafetyLayer, backend: impl LlmBackend + 'static) {
    let (_safety, nobody) = (&safety.clone(), Escalation::none("a case"));
    let _ = Agent::builder(None, backend, nobody);
}

fn main() {}
