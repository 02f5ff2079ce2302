//! What the service and the engine trace holds no words of a conversation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{
    io,
    sync::{Arc, Mutex},
};

use alliance::{backend::BackendErrorKind, testing::ScriptedBackend};
use common::*;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

/// Stands nowhere but in what is said here.
const CANARY: &str = "zanzibarquokka";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_words_in_logs() {
    let written = Written::default();
    tracing_subscriber::fmt().with_writer(written.clone()).with_max_level(tracing::Level::TRACE).init();
    let backend = ScriptedBackend::replies([format!("The {CANARY} matters to you.")])
        .reply(format!("So the {CANARY} was there."))
        .then_fail(BackendErrorKind::Malformed);
    let service = Running::start(&folder(), backend).await;
    let person = service.person().await;
    person.agree().await;
    let said = format!("My {CANARY} is gone.");
    assert!(words(&person.say(1, &said).await).contains(CANARY), "it is really said");
    person.say(2, &said).await;
    person.say(3, &format!("I want to kill myself, {CANARY}.")).await;
    person.post_text("/turn", "application/json", &format!("{{\"{CANARY}\"")).await;
    person.post(&format!("/{CANARY}"), &json!({})).await;
    service.stop().await;
    let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(
        written.contains("turn over") && written.contains("did not do its work"),
        "there is something to look at"
    );
    assert!(!written.contains(CANARY));
}
