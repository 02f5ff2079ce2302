//! What the backends over HTTP send, how they read what comes, and what they never let out.
#![cfg(all(feature = "openai", feature = "anthropic", feature = "ollama"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use alliance_backends::{
    Anthropic, ApiKey, HttpFailure, HttpOptions, Ollama, OpenAiCompatible, SetupError,
    read::{ReadLimits, ReplyReader, Wire},
};
use alliance_core::{
    backend::{BackendErrorKind, Chunk, LlmBackend, StopReason, Usage},
    prompt::AnswerSchema,
    testing::{block_on, prompt, prompt_with, screened},
};
use common::{KEY, WIRES, end, events, failure, good, outcome, served, sse};
use faults::server::{Act, Answer, STREAM, Server, chunk};
use futures::StreamExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn words_stop_and_cost_arrive() {
    for wire in WIRES {
        for (reason, stop) in [("stop", StopReason::Complete), ("length", StopReason::Length)] {
            let reply = [events(wire, &["That sounds ", "tiring. ü🙂"]), end(wire, reason)].concat();
            let served = served(wire, move |_| Answer::streamed(&reply));
            let (words, ended) = outcome(&served, prompt("hello"));
            assert_eq!(words, "That sounds tiring. ü🙂");
            assert_eq!(ended.unwrap(), Chunk::End { stop, usage: Some(Usage::of_call(11, 7)) }, "{wire:?}");
        }
    }
    for wire in [Wire::OpenAi, Wire::Anthropic] {
        let reply = [events(wire, &["I "]), end(wire, "content_filter")].concat();
        let served = served(wire, move |_| Answer::streamed(&reply));
        assert!(matches!(
            outcome(&served, prompt("hello")).1,
            Ok(Chunk::End { stop: StopReason::Filtered, .. })
        ));
    }
}

#[test]
fn parts_of_a_prompt_keep_their_places() {
    let schema = AnswerSchema::new("facts", r#"{"type":"object","properties":{}}"#).unwrap();
    let asked = || {
        prompt_with("now", |builder| {
            builder
                .instruction("rules")
                .memory(screened("a \"quoted\" memory"))
                .memory(screened("another"))
                .exchange(screened("before"), vec![])
                .max_reply_tokens(33)
                .answer_schema(schema.clone())
        })
    };
    let sent = |wire| {
        let served = served(wire, move |_| Answer::streamed(good(wire, &["{}"])));
        outcome(&served, asked()).1.unwrap();
        let request = served.server.requests().remove(0);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        (request, body)
    };
    let memories = r#"{"memories":["a \"quoted\" memory","another"]}"#;
    let text = |text: &str| json!({ "type": "text", "text": text });
    let data = json!([text(memories), text("before"), text("now")]);

    let (request, body) = sent(Wire::OpenAi);
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(
        body["messages"],
        json!([{ "role": "system", "content": "rules" }, { "role": "user", "content": data }])
    );
    assert_eq!(
        (&body["model"], &body["stream"], &body["max_tokens"]),
        (&json!("model-1"), &json!(true), &json!(33))
    );
    assert_eq!(body["stream_options"], json!({ "include_usage": true }));
    assert_eq!(
        body["response_format"],
        json!({ "type": "json_schema", "json_schema": {
            "name": "facts", "strict": true, "schema": { "type": "object", "properties": {} }
        } })
    );

    let (request, body) = sent(Wire::Anthropic);
    assert_eq!(request.path, "/v1/messages");
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(body["system"], json!([text("rules")]));
    assert_eq!(body["messages"], json!([{ "role": "user", "content": data }]));
    assert_eq!((&body["max_tokens"], &body["stream"]), (&json!(33), &json!(true)));
    assert_eq!(body["tools"][0]["input_schema"], json!({ "type": "object", "properties": {} }));
    assert_eq!(body["tool_choice"], json!({ "type": "tool", "name": "facts" }));

    let (request, body) = sent(Wire::Ollama);
    assert_eq!(request.path, "/api/chat");
    assert_eq!(body["messages"][0], json!({ "role": "system", "content": "rules" }));
    assert_eq!(body["messages"][1]["content"], json!(format!("{memories}\n\nbefore\n\nnow")));
    assert_eq!(body["options"], json!({ "num_ctx": 8192, "num_predict": 33 }));
    assert_eq!(body["truncate"], json!(false));
    assert_eq!(body["format"], json!({ "type": "object", "properties": {} }));
}

#[test]
fn a_prompt_has_room_in_the_context_that_is_asked_for() {
    let server = Server::start(|_| Answer::streamed(good(Wire::Ollama, &["I hear you."]))).unwrap();
    let ollama = || Ollama::new("m").base(server.url());
    let asked = |exchanges: usize, room: usize| {
        prompt_with("now", |builder| {
            let builder = builder.instruction("rules").safety_plan(screened("my plan"));
            let builder = builder.max_tokens(100_000).max_reply_tokens(room);
            (0..exchanges)
                .fold(builder, |builder, n| builder.exchange(screened(&format!("said {n}")), vec![]))
        })
    };
    let sent = |backend: Ollama, exchanges| {
        outcome(&backend, asked(exchanges, 100)).1.unwrap();
        let body: Value = serde_json::from_slice(&server.requests().last().unwrap().body).unwrap();
        let words = body["messages"][1]["content"].as_str().unwrap().to_owned();
        (body["options"]["num_ctx"].as_u64().unwrap(), words)
    };
    let plan = r#"{"memories":["my plan"]}"#;
    // A prompt as long as an agent makes it goes as it is.
    let (context, words) = sent(ollama().build().unwrap(), 500);
    assert_eq!((context, words.matches("said").count()), (8192, 500));
    // Otherwise the oldest exchanges go here, and not a safety plan there.
    for (backend, size) in [
        (ollama().context(512), 512),
        (ollama().options(r#"{"num_ctx":512}"#), 512),
        (ollama().context(9000).options(r#"{"num_ctx":512}"#), 512),
    ] {
        let (context, words) = sent(backend.build().unwrap(), 500);
        assert_eq!(context, size);
        assert!(words.starts_with(plan) && words.ends_with("said 499\n\nnow"), "{words}");
        // Each with what a template puts around it.
        assert!((30..41).contains(&words.matches("said").count()), "{words}");
    }
    // What has no room even so is refused, and nothing is sent.
    let requests = server.requests().len();
    for room in [490, 512, 9000] {
        let backend = ollama().context(512).build().unwrap();
        let error = outcome(&backend, asked(0, room)).1.unwrap_err();
        assert_eq!((error.kind, failure(&error)), (BackendErrorKind::Rejected, HttpFailure::PromptTooLong));
    }
    assert_eq!(server.requests().len(), requests);
    for wrong in [r#"{"num_ctx":0}"#, r#"{"num_ctx":-1}"#, r#"{"num_ctx":"8192"}"#, r#"{"num_ctx":null}"#] {
        assert_eq!(ollama().options(wrong).build().err(), Some(SetupError::Options), "{wrong}");
    }
    assert_eq!(ollama().context(0).build().err(), Some(SetupError::Options));
}

#[test]
fn the_answer_to_a_schema_comes_as_words() {
    let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#;
    let more = delta.replace(r#"{\"a\":"#, "1}");
    let reply = [
        events(Wire::Anthropic, &["Here it is:"]),
        vec![sse("content_block_delta", delta), sse("content_block_delta", &more)],
        end(Wire::Anthropic, "tool_use"),
    ]
    .concat();
    let served = served(Wire::Anthropic, move |_| Answer::streamed(&reply));
    let schema = AnswerSchema::new("a", "{}").unwrap();
    let asked = prompt_with("hello", |builder| builder.answer_schema(schema));
    assert_eq!(outcome(&served, asked).0, r#"{"a":1}"#);
    // Nobody asked for that: its input is nothing to show.
    let (words, ended) = outcome(&served, prompt("hello"));
    assert_eq!((&*words, failure(&ended.unwrap_err())), ("Here it is:", HttpFailure::NotTheFormat));
}

#[test]
fn a_call_of_a_tool_that_nobody_asked_for_is_no_reply() {
    for (wire, reason) in [(Wire::OpenAi, "tool_calls"), (Wire::Anthropic, "tool_use")] {
        let reply = [events(wire, &["I "]), end(wire, reason)].concat();
        let served = served(wire, move |_| Answer::streamed(&reply));
        let error = outcome(&served, prompt("hello")).1.unwrap_err();
        assert_eq!(failure(&error), HttpFailure::NotTheFormat, "{wire:?}");
    }
}

#[test]
fn a_status_is_an_error_of_a_kind_and_shows_no_words() {
    use BackendErrorKind as Kind;
    for (status, kind) in [
        (302, Kind::Rejected),
        (400, Kind::Rejected),
        (401, Kind::Rejected),
        (404, Kind::Rejected),
        (408, Kind::TimedOut),
        (429, Kind::RateLimited),
        (500, Kind::Unavailable),
        (503, Kind::Unavailable),
        (529, Kind::Unavailable),
    ] {
        for wire in WIRES {
            let headers = "retry-after: 3\r\nlocation: /elsewhere\r\n";
            let served = served(wire, move |request| Answer::whole(status, headers, &request.text()));
            let error = outcome(&served, prompt("quillwort")).1.unwrap_err();
            assert_eq!((error.kind, failure(&error)), (kind, HttpFailure::Status(status)));
            assert_eq!(error.retry_after, error.is_transient().then_some(Duration::from_secs(3)));
            let shown = format!("{error} {error:?} {:?} {:#?}", served.backend, served.backend);
            assert!(!shown.contains("quillwort"), "{shown}");
            assert_eq!(
                served.server.requests().len(),
                1,
                "a redirect is not followed, nothing is asked twice"
            );
        }
    }
}

#[test]
fn an_error_inside_the_stream_is_no_text() {
    use BackendErrorKind as Kind;
    let cases = [
        (
            Wire::OpenAi,
            sse("", r#"{"error":{"message":"quillwort","type":"server_error","code":null}}"#),
            Kind::Unavailable,
        ),
        (
            Wire::OpenAi,
            sse("", r#"{"error":{"message":"quillwort","type":"x","code":429}}"#),
            Kind::RateLimited,
        ),
        (Wire::OpenAi, sse("", r#"{"error":"quillwort"}"#), Kind::Unavailable),
        (
            Wire::Anthropic,
            sse("error", r#"{"type":"error","error":{"type":"overloaded_error","message":"quillwort"}}"#),
            Kind::Unavailable,
        ),
        (
            Wire::Anthropic,
            sse(
                "error",
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"quillwort"}}"#,
            ),
            Kind::Rejected,
        ),
        (Wire::Ollama, "{\"error\":\"quillwort\"}\n".to_owned(), Kind::Unavailable),
    ];
    for (wire, event, kind) in cases {
        let reply = [events(wire, &["So far. "]), vec![event], end(wire, "stop")].concat();
        let served = served(wire, move |_| Answer::streamed(&reply));
        let (words, ended) = outcome(&served, prompt("hello"));
        let error = ended.unwrap_err();
        assert_eq!((&*words, error.kind), ("So far. ", kind), "{wire:?}");
        assert!(!format!("{error} {error:?}").contains("quillwort"));
    }
}

#[test]
fn what_is_cut_or_garbled_is_malformed() {
    for wire in WIRES {
        let begun = events(wire, &["So far. "]).concat();
        let cases: [(Vec<u8>, HttpFailure); 4] = [
            (b"".to_vec(), HttpFailure::Cut),
            (b"data: {\"id\":\"x\",\"choi\n\n{".to_vec(), HttpFailure::NotTheFormat),
            (b"data: \xff\xfe\n\n".to_vec(), HttpFailure::NotText),
            (vec![b'x'; 300 * 1024], HttpFailure::TooLarge),
        ];
        for (after, expected) in cases {
            let body = [begun.as_bytes(), &after].concat();
            let whole = body.clone();
            let ended_well = served(wire, move |_| Answer::streamed([&whole]));
            let cut = served(wire, move |_| {
                Answer::acts([
                    Act::Bytes(STREAM.into()),
                    Act::Bytes(chunk(&body)),
                    Act::Bytes(b"7ffff\r\n".to_vec()),
                ])
            });
            for served in [ended_well, cut] {
                let (words, ended) = outcome(&served, prompt("hello"));
                let error = ended.unwrap_err();
                assert_eq!((&*words, error.kind), ("So far. ", BackendErrorKind::Malformed), "{wire:?}");
                assert_eq!(failure(&error), expected, "{wire:?}");
            }
        }
    }
}

#[test]
fn a_reply_that_was_whole_stays_whole_when_its_formal_end_is_missing() {
    let reply =
        [events(Wire::OpenAi, &["All of it."]), vec![end(Wire::OpenAi, "stop").remove(0)]].concat().concat();
    let served = served(Wire::OpenAi, move |_| {
        Answer::acts([Act::Bytes(STREAM.into()), Act::Bytes(chunk(reply.as_bytes()))])
    });
    let (words, ended) = outcome(&served, prompt("hello"));
    assert_eq!(words, "All of it.");
    assert_eq!(ended.unwrap(), Chunk::End { stop: StopReason::Complete, usage: Some(Usage::of_call(0, 0)) });
}

#[test]
fn a_reply_without_end_is_cut_at_the_limits() {
    let limits = || {
        let mut limits = ReadLimits::default();
        limits.words = 1000;
        limits.total = 100_000;
        HttpOptions::new().limits(limits)
    };
    // A hundred megabytes of words end as a reply that reached its limit of length.
    let piece = chunk(sse("", r#"{"choices":[{"index":0,"delta":{"content":"wördy wördy "}}]}"#).as_bytes());
    let server = Server::start(move |_| {
        Answer::acts([Act::Bytes(STREAM.into()), Act::Repeat(piece.clone(), 1_500_000)])
    })
    .unwrap();
    let backend = OpenAiCompatible::new(server.url(), "m").http(limits()).build().unwrap();
    let (words, ended) = outcome(&backend, prompt("hello"));
    assert!((998..=1000).contains(&words.len()), "{}", words.len());
    assert!(matches!(ended, Ok(Chunk::End { stop: StopReason::Length, .. })));
    assert!(server.left(1, PATIENCE), "the rest is not fetched");
    // A hundred megabytes of anything else are an error.
    let piece = chunk(b": nothing but comments, on and on and on\n");
    let server = Server::start(move |_| {
        Answer::acts([Act::Bytes(STREAM.into()), Act::Repeat(piece.clone(), 2_500_000)])
    })
    .unwrap();
    let backend = OpenAiCompatible::new(server.url(), "m").http(limits()).build().unwrap();
    let (_, ended) = outcome(&backend, prompt("hello"));
    assert_eq!(failure(&ended.unwrap_err()), HttpFailure::TooLarge);
    assert!(server.left(1, PATIENCE), "the rest is not fetched");
}

#[test]
fn dropping_a_reply_closes_its_connection() {
    for wire in WIRES {
        let head = events(wire, &["So far. "]).concat();
        let served = served(wire, move |_| {
            Answer::acts([Act::Bytes(STREAM.into()), Act::Bytes(chunk(head.as_bytes())), Act::Hang])
        });
        let mut stream = block_on(served.generate(prompt("hello"))).unwrap();
        assert!(matches!(block_on(stream.next()), Some(Ok(Chunk::Words(_)))));
        assert!(!served.server.left(1, Duration::ZERO));
        drop(stream);
        assert!(served.server.left(1, PATIENCE), "{wire:?}");
    }
}

#[test]
fn a_connection_is_used_again_after_a_whole_reply() {
    let served = served(Wire::OpenAi, |_| Answer::streamed(good(Wire::OpenAi, &["Whole."])));
    // What is left of a reply is read beside: until that is done the next one takes a connection of its own.
    let used_again = (0..1000).any(|_| {
        outcome(&served, prompt("hello")).1.unwrap();
        served.server.connections() < served.server.requests().len()
    });
    assert!(used_again);
}

#[test]
fn nobody_there_and_no_tls_say_so() {
    let nobody = {
        let server = Server::start(|_| Answer::whole(200, "", "")).unwrap();
        server.url()
    };
    for wire in WIRES {
        let error = outcome(&common::backend(wire, &nobody), prompt("hello")).1.unwrap_err();
        assert_eq!((error.kind, failure(&error)), (BackendErrorKind::Unavailable, HttpFailure::NoConnection));
    }
    // It answers in the clear to whoever begins with TLS.
    let server = Server::start(|_| Answer::whole(200, "", "")).unwrap();
    let url = server.url().replace("http:", "https:");
    let backend = OpenAiCompatible::new(url, "m").build().unwrap();
    let error = outcome(&backend, prompt("hello")).1.unwrap_err();
    assert!(matches!(failure(&error), HttpFailure::Tls | HttpFailure::NoConnection), "{error:?}");
    assert!(server.requests().iter().all(|request| request.body.is_empty()));
}

#[test]
fn what_cannot_be_used_is_refused_before_anything_is_sent() {
    let build = |url: &str| OpenAiCompatible::new(url, "m").build().map(|_| ());
    assert_eq!(build("http://models.example/v1"), Err(SetupError::PlainHttp));
    assert_eq!(build("http://user:pass@127.0.0.1/v1"), Err(SetupError::KeyInUrl));
    assert_eq!(build("ftp://127.0.0.1/"), Err(SetupError::Url));
    assert_eq!(build("not a url"), Err(SetupError::Url));
    for url in ["http://localhost:1/v1", "http://127.0.0.9:1", "http://[::1]:1", "https://models.example/v1"]
    {
        assert_eq!(build(url), Ok(()), "{url}");
    }
    let open = HttpOptions::new().plain_http();
    assert!(OpenAiCompatible::new("http://models.example/v1", "m").http(open).build().is_ok());
    let key = |key: &str| Anthropic::new("m").key(ApiKey::new(key)).build().map(|_| ());
    assert_eq!(key(" \n"), Err(SetupError::Key));
    assert_eq!(key("two\nlines"), Err(SetupError::Key));
    assert_eq!(key(" sk-1 \n"), Ok(()));
    let options = |json: &str| Ollama::new("m").options(json).build().map(|_| ());
    assert_eq!(options(r#"{"temperature":0.3}"#), Ok(()));
    assert_eq!(options("[]"), Err(SetupError::Options));
    assert_eq!(options(r#"{"num_predict":9}"#), Err(SetupError::Options));
}

#[test]
fn keys_show_nowhere() {
    let key = ApiKey::new(KEY);
    let builders = [
        format!("{key:?}"),
        format!("{:?}", OpenAiCompatible::new("http://127.0.0.1:1", "m").key(key.clone())),
        format!("{:#?}", Anthropic::new("m").key(key.clone()).build().unwrap()),
        format!("{:#?}", Ollama::new("m").key(key)),
    ];
    assert!(builders.iter().all(|shown| !shown.contains(KEY)));
}

#[test]
fn of_an_address_only_the_host_shows_and_of_options_nothing() {
    for base in [
        "https://user:quillwort@models.example/v1",
        "https://models.example/quillwort/v1?key=quillwort#quillwort",
        "https://quillwort@models.example/",
    ] {
        let options = r#"{"user":"quillwort"}"#;
        let shown = [
            format!("{:?}", OpenAiCompatible::new(base, "model-1").options(options)),
            format!("{:#?}", Anthropic::new("model-1").base(base).options(options)),
            format!("{:?}", Ollama::new("model-1").base(base).options(options)),
        ];
        for shown in shown {
            assert!(shown.contains("models.example") && shown.contains("model-1"), "{shown}");
            assert!(!shown.contains("quillwort"), "{shown}");
        }
    }
    let options = r#"{"user":"quillwort"}"#;
    let made = OpenAiCompatible::new("https://models.example/quillwort?key=quillwort", "m").options(options);
    assert!(!format!("{:#?}", made.build().unwrap()).contains("quillwort"));
    for base in ["quillwort", "user:quillwort@models.example", "https://"] {
        let shown = format!("{:?}", Ollama::new("m").base(base));
        assert!(shown.contains("no host") && !shown.contains("quillwort"), "{shown}");
    }
}

/// Runs the test below in a process of its own, whose environment names a proxy.
#[test]
fn proxies_of_the_environment_are_left_alone() {
    let proxy = Server::start(|_| Answer::whole(418, "", "")).unwrap();
    let run = |test: &str| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored"])
            .env("http_proxy", proxy.url())
            .env("HTTP_PROXY", proxy.url())
            .env("ALL_PROXY", proxy.url())
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(run("under_a_proxy"));
    assert_eq!(proxy.requests().len(), 1, "only the one that asked for it, and is of another machine");
}

#[test]
#[ignore = "run by `proxies_of_the_environment_are_left_alone`"]
fn under_a_proxy() {
    let server = Server::start(|_| Answer::whole(204, "", "")).unwrap();
    let direct = OpenAiCompatible::new(server.url(), "m").build().unwrap();
    assert_eq!(failure(&outcome(&direct, prompt("hello")).1.unwrap_err()), HttpFailure::Cut);
    let asked = || HttpOptions::new().environment_proxies().plain_http();
    let port = server.url().rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "127.0.0.9", "[::1]", "[::ffff:127.0.0.1]"] {
        let local =
            OpenAiCompatible::new(format!("http://{host}:{port}"), "m").http(asked()).build().unwrap();
        let failure = failure(&outcome(&local, prompt("hello")).1.unwrap_err());
        assert!(matches!(failure, HttpFailure::Cut | HttpFailure::NoConnection), "{host}: {failure:?}");
    }
    let proxied = OpenAiCompatible::new("http://models.invalid", "m").http(asked()).build().unwrap();
    assert_eq!(failure(&outcome(&proxied, prompt("hello")).1.unwrap_err()), HttpFailure::Status(418));
}

/// All that a reader makes of bytes in these pieces, words joined.
fn read(wire: Wire, pieces: &[&[u8]]) -> (String, Option<String>) {
    let mut reader = ReplyReader::new(wire, ReadLimits::default());
    pieces.iter().for_each(|piece| reader.push(piece));
    reader.close();
    let (mut words, mut ended) = (String::new(), None);
    while let Some(chunk) = reader.next_chunk() {
        assert!(ended.is_none(), "something came after the end");
        match chunk {
            Ok(Chunk::Words(more)) => words.push_str(&more),
            other => ended = Some(format!("{other:?}")),
        }
    }
    (words, ended)
}

#[test]
fn what_a_model_thinks_aloud_before_its_reply_is_left_out() {
    let long = format!("<think>{}", "</thin quillwort < ".repeat(9_000)) + "</think>I hear you.";
    let cases = [
        ("<think>quillwort</think>I hear you.", "I hear you."),
        ("\n <think>\nquillwort ü🙂</\n<</think>\n\nI hear you.\n", "I hear you.\n"),
        ("<think></think>\n\nI <think>hear</think> you.", "I <think>hear</think> you."),
        ("<think>quillwort</think>", ""),
        (&long, "I hear you."),
        // No block of it at the beginning.
        ("I hear <think>you.</think>", "I hear <think>you.</think>"),
        (" <thin> ice", " <thin> ice"),
        ("<thinking", "<thinking"),
        (" \n<thin", " \n<thin"),
        (" \n", " \n"),
        ("{\"a\":1}", "{\"a\":1}"),
    ];
    for wire in WIRES {
        for (said, shown) in cases {
            let places: Vec<usize> = said.char_indices().map(|(place, _)| place).take(60).collect();
            let in_two = places.iter().map(|place| said.split_at(*place)).map(|(a, b)| vec![a, b]);
            let one_by_one = said.split("").filter(|piece| !piece.is_empty()).collect();
            let pieces = in_two.chain([vec![said]]).chain((said.len() < 99).then_some(one_by_one));
            for pieces in pieces {
                let reply = good(wire, &pieces).concat();
                let (words, ended) = read(wire, &[reply.as_bytes()]);
                assert_eq!(words, shown, "{wire:?}");
                assert!(ended.unwrap().contains("Complete"));
            }
        }
        for open in ["<think>quillwort", " <think>", "<think>quillwort</think"] {
            let reply = good(wire, &[open]).concat();
            let (words, ended) = read(wire, &[reply.as_bytes()]);
            let ended = ended.unwrap();
            assert!(
                words.is_empty() && ended.contains("Malformed") && !ended.contains("quillwort"),
                "{ended}"
            );
            // The limit was reached within it, which is as it would be were it sent apart.
            let reply = [events(wire, &[open]), end(wire, "length")].concat().concat();
            let (words, ended) = read(wire, &[reply.as_bytes()]);
            assert!(words.is_empty() && ended.unwrap().contains("Length"));
        }
    }
}

proptest! {
    /// Wherever a reply is cut into pieces and wherever it stops, it reads the same and ends once.
    #[test]
    fn cuts_change_nothing(
        wire in prop::sample::select(&WIRES[..]),
        words in prop::collection::vec("[a-zäß🙂 .\\n\"\\\\]{0,9}", 0..5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        until in any::<prop::sample::Index>(),
        whole in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut reply = good(wire, &words).concat();
        if crlf {
            reply = reply.replace('\n', "\r\n");
        }
        let bytes = reply.as_bytes();
        let bytes = if whole { bytes } else { &bytes[..until.index(bytes.len())] };
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let one = read(wire, &[bytes]);
        prop_assert_eq!(&read(wire, &pieces), &one);
        prop_assert!(one.1.is_some());
        if whole {
            prop_assert_eq!(one.0, words.concat());
            prop_assert!(one.1.is_some_and(|end| end.contains("Complete")));
        } else {
            prop_assert!(words.concat().starts_with(&one.0));
        }
    }
}
