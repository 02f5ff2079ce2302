//! Spans: one for a turn and one for each stage in it, with the names of the conventions, and without words.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use alliance::{
    agent::AgentBuilder,
    backend::BackendErrorKind,
    memory::InMemoryStore,
    observe::{self, ObservedBackend, ObservedRecaller, ObservedStages, ObservedStore},
    protocols::Library,
    recall::{Cue, RecallReason, Recalled, Recaller},
    store::{MemoryStore, StoreError},
    testing::{ScriptedBackend, block_on, safety_layer},
};
use common::*;
use futures::StreamExt as _;
use tracing::{
    Event, Id, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Record},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    registry::{LookupSpan, Registry},
};

const SAID: &str = "Zanzibarquokka told me a secret.";
const REPLY: &str = "That sounds like Quetzalfrost.";
const MEMORY: &str = "The wobblemarmot lives in Hamburg.";
const CANARIES: [&str; 3] = ["zanzibarquokka", "quetzalfrost", "wobblemarmot"];
const CONTENT: [&str; 3] = ["gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages"];

#[derive(Clone, Debug, Default)]
struct Seen {
    name: String,
    parent: Option<String>,
    fields: BTreeMap<String, String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

/// Everything that was traced: spans by their id, and events.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Traced>>);

#[derive(Default)]
struct Traced {
    spans: BTreeMap<u64, Seen>,
    rest: Vec<Seen>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Capture {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let parent = span.parent().map(|parent| parent.name().to_owned());
        let mut seen = Seen { name: span.name().to_owned(), parent, ..Seen::default() };
        attributes.record(&mut seen);
        // The registry gives an id again once its span is closed.
        let mut all = self.0.lock().unwrap();
        if let Some(old) = all.spans.insert(id.into_u64(), seen) {
            all.rest.push(old);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(self.0.lock().unwrap().spans.get_mut(&id.into_u64()).unwrap());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut seen = Seen { name: "event".into(), ..Seen::default() };
        event.record(&mut seen);
        self.0.lock().unwrap().rest.push(seen);
    }
}

impl Capture {
    fn all(&self) -> Vec<Seen> {
        let all = self.0.lock().unwrap();
        all.spans.values().chain(&all.rest).cloned().collect()
    }
}

#[derive(Debug)]
struct Remembers;

#[async_trait::async_trait]
impl Recaller for Remembers {
    async fn recall(
        &self,
        _: &dyn MemoryStore,
        _: alliance::id::UserId,
        _: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        let id = alliance::id::RecordId::new(uuid::Uuid::nil());
        Ok(vec![Recalled::new(id, MEMORY, 1.0, RecallReason::Words)])
    }
}

/// A whole turn, one that breaks off, and one in a crisis.
fn traced(
    observed: impl FnOnce(ObservedBackend<ScriptedBackend>) -> ObservedBackend<ScriptedBackend>,
) -> Vec<Seen> {
    let capture = Capture::default();
    let subscriber = Registry::default().with(capture.clone());
    tracing::subscriber::with_default(subscriber, || {
        let script = ScriptedBackend::replies([REPLY]).fail_before(BackendErrorKind::TimedOut);
        let backend = observed(ObservedBackend::new(script, "openai", "model-1"));
        let agent = builder(backend)
            .store(ObservedStore::new(InMemoryStore::new()))
            .recaller(ObservedRecaller::new(Remembers))
            .stages(ObservedStages::new());
        let agent =
            Library::built_in(&safety_layer()).unwrap().into_iter().fold(agent, AgentBuilder::with_protocol);
        let agent = agent.build().unwrap();
        let session = session(&agent);
        let crisis = "I want to kill myself, Zanzibarquokka.";
        for said in [SAID, SAID, "start grounding with your senses", "yes", crisis] {
            let turn = block_on(observe::turn(&session, said)).unwrap();
            let events: Vec<_> = block_on(turn.collect());
            assert!(!events.is_empty());
        }
    });
    capture.all()
}

fn find<'a>(all: &'a [Seen], name: &str, field: &str, value: &str) -> &'a Seen {
    let found =
        all.iter().find(|seen| seen.name == name && seen.fields.get(field).is_some_and(|v| v == value));
    found.unwrap_or_else(|| panic!("no `{name}` with {field} = {value}"))
}

fn holds_words(text: &str) -> bool {
    let text = text.to_lowercase();
    CANARIES.iter().any(|canary| text.contains(canary))
}

#[test]
fn a_turn_and_its_stages_have_spans_without_words() {
    let all = traced(|backend| backend);
    let chat = find(&all, "chat", "gen_ai.response.finish_reasons", "[\"stop\"]");
    for (field, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "model-1"),
        ("gen_ai.request.max_tokens", "400"),
        ("otel.name", "chat model-1"),
        ("otel.kind", "client"),
    ] {
        assert_eq!(chat.fields.get(field).map(String::as_str), Some(value), "{field}");
    }
    assert_eq!(chat.parent.as_deref(), Some("invoke_agent"));
    find(&all, "chat", "error.type", "TimedOut");
    let turn = find(&all, "invoke_agent", "alliance.outcome", "Whole");
    assert_eq!(turn.fields["alliance.risk"], "none");
    assert!(turn.fields.contains_key("alliance.turn") && turn.fields.contains_key("gen_ai.conversation.id"));
    find(&all, "invoke_agent", "alliance.outcome", "Crisis");
    assert_eq!(find(&all, "recall", "alliance.memories", "1").parent.as_deref(), Some("invoke_agent"));
    let appends = all.iter().filter(|seen| {
        seen.name == "store"
            && seen.parent.as_deref() == Some("invoke_agent")
            && seen.fields["alliance.call"] == "append"
    });
    assert!(appends.count() >= 4, "two a turn");
    assert_eq!(all.iter().filter(|seen| seen.name == "screen").count(), 5);
    for stage in ["protocol", "review"] {
        let seen = all.iter().find(|seen| seen.name == stage).unwrap_or_else(|| panic!("no `{stage}`"));
        assert_eq!(seen.parent.as_deref(), Some("invoke_agent"), "{stage}");
    }
    for seen in &all {
        for (field, value) in &seen.fields {
            assert!(!holds_words(value) && !CONTENT.contains(&&**field), "{} in {}", field, seen.name);
        }
    }
}

#[test]
fn words_are_where_they_were_asked_for_and_nowhere_else() {
    let all = traced(ObservedBackend::record_words_of_conversations);
    let chat = find(&all, "chat", "gen_ai.response.finish_reasons", "[\"stop\"]");
    for field in &CONTENT[1..] {
        assert!(holds_words(&chat.fields[*field]), "{field}");
        assert!(serde_json::from_str::<serde_json::Value>(&chat.fields[*field]).unwrap().is_array());
    }
    assert!(chat.fields[CONTENT[0]].contains("You are a program that listens"));
    for seen in &all {
        for (field, value) in seen.fields.iter().filter(|(field, _)| !CONTENT.contains(&&***field)) {
            assert!(!holds_words(value), "{} in {}", field, seen.name);
        }
    }
}
