//! An agent is not built without a safety layer.
use alliance::{
    agent::{Agent, AgentBuilder},
    backend::LlmBackend,
    escalation::Escalation,
    safety::SafetyLayer,
};

type Backend = Box<dyn LlmBackend>;

pub fn build(layer: SafetyLayer) {
    let _layer = layer;
    let _: fn(SafetyLayer, Backend, Escalation) -> AgentBuilder = Agent::builder;
}

fn main() {}
