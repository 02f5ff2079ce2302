//! `--backend`: what is said through a model, and where there is none.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::run;
#[cfg(feature = "models")]
use common::{last, of_kind, text};

#[test]
fn a_model_that_cannot_be_named_is_refused() {
    for model in ["llama", "openai:http://127.0.0.1:1", "another:m", "anthropic:"] {
        let output = run(&["--backend", model], b"Hello.\n");
        assert_eq!(output.status.code(), Some(2), "{model}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("openai:URL#MODEL"));
    }
}

#[cfg(not(feature = "models"))]
#[test]
fn without_the_feature_it_says_how_to_have_it() {
    let output = run(&["--backend", "ollama:m"], b"Hello.\n");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--features models"));
}

#[cfg(feature = "models")]
mod with_models {
    use std::{io::Write, process::Stdio};

    use super::*;
    use faults::server::{Answer, Server};

    fn talk(model: &str, key: Option<(&str, &str)>, said: &str) -> std::process::Output {
        let mut command = common::command(&["--events", "json", "--backend", model]);
        command.env_remove("OPENAI_API_KEY").env_remove("ANTHROPIC_API_KEY").envs(key);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses its model ends before it reads.
        let _ = child.stdin.take().unwrap().write_all(said.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn answering(status: u16) -> Server {
        Server::start(move |request| Answer::whole(status, "", &format!("quillwort {}", request.text())))
            .unwrap()
    }

    fn named(server: &Server) -> String {
        format!("openai:{}/v1#m", server.url())
    }

    #[test]
    fn words_of_a_model_are_shown() {
        let chunk = r#"data: {"choices":[{"delta":{"content":"Soup can be nice. What was in it?"}}]}"#;
        let end = r#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#;
        let reply = format!("{chunk}\n\n{end}\n\ndata: [DONE]\n\n");
        let server = Server::start(move |_| Answer::streamed([&reply])).unwrap();
        let output = talk(&named(&server), Some(("OPENAI_API_KEY", "sk-quillwort")), "I had soup.\n");
        let events = common::events(&output);
        assert_eq!(text(last(&events, "reply")).trim(), "Soup can be nice. What was in it?");
        assert!(of_kind(&events, "model").is_empty());
        let asked = server.requests();
        assert!(asked.iter().any(|request| request.header("authorization") == Some("Bearer sk-quillwort")));
    }

    #[test]
    fn what_is_wrong_is_said_in_our_words() {
        let nobody = format!("openai:{}/v1#m", answering(200).url());
        let servers =
            [(401, "did not take the key"), (404, "does not know the model"), (400, "as it should")];
        let servers = servers.map(|(status, said)| (answering(status), said));
        let cases = servers.iter().map(|(server, said)| (named(server), *said));
        for (model, said) in cases.chain([(nobody, "Is the server running?")]) {
            let output = talk(&model, None, "I had soup.\n");
            assert!(output.status.success());
            let events = common::events(&output);
            assert!(text(last(&events, "model")).contains(said), "{said}");
            assert!(!text(last(&events, "reply")).is_empty());
            assert!(!String::from_utf8_lossy(&output.stdout).contains("quillwort"));
        }
    }

    #[test]
    fn a_key_that_is_missing_and_an_address_in_the_clear_are_refused() {
        for (model, said) in [
            ("anthropic:m", "ANTHROPIC_API_KEY"),
            ("openai:http://models.example/v1#m", "Use one with encryption"),
            ("openai:nowhere#m", "address of the model"),
        ] {
            let output = talk(model, None, "Hello.\n");
            assert!(!output.status.success());
            assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{model}");
        }
    }

    #[test]
    fn a_crisis_asks_no_model() {
        let server = answering(500);
        let output = talk(&named(&server), None, "I am going to end my life tonight.\n");
        assert!(text(last(&common::events(&output), "reply")).len() > 50);
        assert!(server.requests().is_empty());
    }
}
