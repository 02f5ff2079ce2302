//! Every typed event as one JSON object a line.

use alliance::{
    safety::RiskLevel,
    turn::{EscalationStatus, Summary, Trouble, TurnEvent},
};
use serde_json::{Value, json};

/// One event. Words are in it, because whoever asked for events asked for them.
pub(crate) fn event(event: &TurnEvent) -> Value {
    match event {
        TurnEvent::Accepted { turn } => json!({ "event": "accepted", "turn": turn.to_string() }),
        TurnEvent::Risk { level, standing, category, cautious } => json!({
            "event": "risk",
            "level": level.as_str(),
            "standing": standing.as_str(),
            "category": category.map(alliance::safety::Category::as_str),
            "cautious": cautious,
        }),
        TurnEvent::StepEntered { protocol, step } => {
            json!({ "event": "step", "protocol": protocol.to_string(), "step": &**step })
        }
        TurnEvent::ProtocolSuspended { protocol } => {
            json!({ "event": "suspended", "protocol": protocol.to_string() })
        }
        TurnEvent::ProtocolPaused { protocol } => {
            json!({ "event": "paused", "protocol": protocol.to_string() })
        }
        TurnEvent::ProtocolEnded { protocol, outcome } => {
            json!({ "event": "ended", "protocol": protocol.to_string(), "outcome": outcome })
        }
        TurnEvent::Worse { protocol } => json!({ "event": "worse", "protocol": protocol.to_string() }),
        TurnEvent::TimerSet { due } => json!({ "event": "timer", "due": due.to_string() }),
        TurnEvent::MemoryUsed { memories } => json!({
            "event": "memory",
            "records": memories.iter().map(|(record, _)| record.to_string()).collect::<Vec<_>>(),
        }),
        TurnEvent::Words(words) => json!({ "event": "released", "text": words.as_str() }),
        TurnEvent::Withheld { bytes, category, replaced } => json!({
            "event": "withheld", "bytes": bytes, "category": category.as_str(), "replaced": replaced,
        }),
        TurnEvent::Escalation(status) => json!({ "event": "escalation", "status": escalation(*status) }),
        TurnEvent::Trouble(trouble) => json!({ "event": "trouble", "part": part(*trouble) }),
        TurnEvent::HumanHasFloor => json!({ "event": "human_has_floor" }),
        TurnEvent::Interrupted => json!({ "event": "interrupted" }),
        TurnEvent::Done(summary) => done(summary),
        _ => json!({ "event": "other" }),
    }
}

/// The whole reply, once it is done, and how long the person waited for it.
pub(crate) fn reply(text: &str, standing: RiskLevel, micros: u128) -> Value {
    json!({ "event": "reply", "text": text, "standing": standing.as_str(), "micros": micros })
}

/// Words that stand outside a turn, and what is known beside them.
pub(crate) fn words(kind: &str, text: &str, more: Value) -> Value {
    let mut event = json!({ "event": kind, "text": text });
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more);
    }
    event
}

fn done(summary: &Summary) -> Value {
    json!({
        "event": "done",
        "turn": summary.turn.to_string(),
        "outcome": summary.outcome,
        "stored": summary.stored,
        "standing": summary.standing.as_str(),
        "repeated": summary.repeated,
    })
}

const fn escalation(status: EscalationStatus) -> &'static str {
    match status {
        EscalationStatus::BeingTold => "being_told",
        EscalationStatus::Told => "told",
        _ => "not_yet",
    }
}

const fn part(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Store(_) => "store",
        Trouble::Backend(_) => "backend",
        Trouble::Recall(_) => "recall",
        Trouble::Classifier(_) => "classifier",
        Trouble::Detector(_) => "detector",
        Trouble::Baseline => "baseline",
        Trouble::ProtocolText => "protocol",
        Trouble::Audit => "audit",
        _ => "other",
    }
}
