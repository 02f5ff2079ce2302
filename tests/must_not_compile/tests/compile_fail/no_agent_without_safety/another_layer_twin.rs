//! Nothing of a host takes the place of the safety layer.
use alliance::{agent::Agent, backend::LlmBackend, escalation::Escalation, safety::SafetyLayer};

pub struct Harmless;

pub fn build(safety: SafetyLayer, backend: impl LlmBackend + 'static) {
    let (_safety, nobody) = (&safety.clone(), Escalation::none("a case"));
    let _ = Agent::builder(safety, backend, nobody);
}

fn main() {}
