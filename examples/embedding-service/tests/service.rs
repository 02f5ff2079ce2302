//! The service over a real socket.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    backends::Reflective,
    safety::Locale,
    testing::{ScriptedBackend, Step},
};
use common::*;
use embedding_service::Service;
use serde_json::{Value, json};

const FIRST: &str = "That sounds like a long night.";

/// Says one sentence and the beginning of another, and then nothing more.
fn hangs_in_the_middle() -> ScriptedBackend {
    let words = [format!("{FIRST} "), "What was it ".into()];
    ScriptedBackend::new().steps(words.map(Step::Words).into_iter().chain([Step::Hang]))
}

fn kinds(events: &[(String, Value)]) -> Vec<&str> {
    events.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[tokio::test]
async fn a_turn_streams_and_the_same_id_gives_the_same_answer() {
    let backend = ScriptedBackend::replies(["That sounds like a long night. What was on your mind?"]);
    let service = Running::start(&folder(), backend.clone()).await;
    let person = service.person().await;
    person.agree().await;
    let first = person.say(1, "I could not sleep again.").await;
    assert_eq!(kinds(&first)[..2], ["words", "words"], "sentence by sentence");
    assert_eq!(kinds(&first)[2..], ["offers", "done"]);
    assert_eq!(words(&first), "That sounds like a long night. What was on your mind?");
    assert_eq!((&done(&first)["stored"], &done(&first)["repeated"]), (&json!(true), &json!(false)));
    let again = person.say(1, "I could not sleep again.").await;
    assert_eq!(words(&again), words(&first));
    assert_eq!((&done(&again)["repeated"], backend.calls()), (&json!(true), 1), "no second effect");
    service.stop().await;
}

#[tokio::test]
async fn a_crisis_needs_no_model_and_names_the_number() {
    let service = Running::start(&folder(), ScriptedBackend::new().always_hang()).await;
    let person = service.person().await;
    let events = person.say(1, "I want to kill myself.").await;
    assert_eq!(kinds(&events)[0], "crisis");
    assert!(words(&events).contains("911") && words(&events).contains("988"));
    // The button needs no message, and no free slot.
    let _hanging = person.begin(2, "Hello.").await;
    let sos = person.post("/turn", &json!({ "sos": true })).await.events();
    assert!(kinds(&sos).contains(&"crisis") && words(&sos).contains("911"));
    service.stop().await;
}

#[tokio::test]
async fn a_second_turn_beside_the_first_is_a_conflict() {
    let service = Running::start(&folder(), hangs_in_the_middle()).await;
    let person = service.person().await;
    let _running = person.begin(1, "I could not sleep again.").await;
    let refused = person.post("/turn", &json!({ "turn": uuid::Uuid::from_u128(2), "message": "Hm." })).await;
    assert_eq!(
        (refused.status, refused.json()),
        (409, json!({ "error": "busy", "turn": uuid::Uuid::from_u128(1) }))
    );
    // Somebody else is not kept waiting, and a danger waits for nobody.
    let other = service.person().await;
    assert_eq!(done(&other.say(3, "I want to kill myself.").await)["whole"], true);
    assert_eq!(kinds(&person.say(4, "I want to kill myself.").await)[0], "crisis");
    service.stop().await;
}

#[tokio::test]
async fn a_dropped_connection_leaves_what_was_shown_as_stored() {
    let service = Running::start(&folder(), hangs_in_the_middle()).await;
    let person = service.person().await;
    person.agree().await;
    let mut running = person.begin(1, "I could not sleep again.").await;
    let (kind, data) = running.event().await.unwrap();
    assert_eq!((kind.as_str(), data["text"].as_str().unwrap().trim()), ("words", FIRST));
    drop(running);
    // The break is noticed when the system tells of it. Until then the person is busy.
    let again = soon(async {
        loop {
            let body = json!({ "turn": uuid::Uuid::from_u128(1), "message": "I could not sleep again." });
            let answer = person.post("/turn", &body).await;
            if answer.status != 409 {
                return answer.events();
            }
        }
    })
    .await;
    assert_eq!(words(&again).trim(), FIRST);
    assert_eq!((&done(&again)["repeated"], &done(&again)["whole"]), (&json!(true), &json!(false)));
    service.stop().await;
}

#[tokio::test]
async fn a_stop_ends_turns_with_what_was_shown_and_writes_it() {
    let folder = folder();
    let service = Running::start(&folder, hangs_in_the_middle()).await;
    let person = service.person().await;
    person.agree().await;
    let mut running = person.begin(1, "I could not sleep again.").await;
    let shown = running.event().await.unwrap();
    service.stop().await;
    let mut events = vec![shown];
    events.extend(running.rest().await);
    assert_eq!(done(&events)["whole"], false);
    let service = Running::start(&folder, Reflective::new()).await;
    let person = Person { address: service.address, ..person };
    let again = person.say(1, "I could not sleep again.").await;
    assert_eq!((words(&again), &done(&again)["repeated"]), (words(&events), &json!(true)));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stopped_it_can_start_it_again_at_once() {
    let folder = folder();
    for _ in 0..20 {
        let service = Running::start(&folder, Reflective::new()).await;
        let person = service.person().await;
        person.agree().await;
        assert_eq!(done(&person.say(1, "I could not sleep again.").await)["stored"], true);
        service.stop().await;
    }
}

#[tokio::test]
async fn no_more_sessions_are_kept_than_a_host_wants_and_none_goes_while_its_turn_runs() {
    let backend = hangs_in_the_middle().always("I hear you.");
    let service = Service::open(&folder(), backend, Locale::En, None).await.unwrap();
    service.keep_at_most(2);
    let service = Running::start_of(service).await;
    let [busy, first, second, third] =
        [service.person().await, service.person().await, service.person().await, service.person().await];
    let repeated =
        async |person: &Person| done(&person.say(1, "I could not sleep again.").await)["repeated"] == true;
    let mut running = busy.begin(1, "I could not sleep again.").await;
    assert_eq!(running.event().await.unwrap().0, "words");
    // Nothing is written of them without a yes, so whether it counts as said shows whether they are kept.
    assert!(!repeated(&first).await && repeated(&first).await);
    // Whoever only looks, known or not, displaces nobody.
    for _ in 0..5 {
        assert_eq!(service.person().await.get("/").await.status, 200);
    }
    assert!(repeated(&first).await);
    assert!(!repeated(&second).await && !repeated(&third).await && repeated(&third).await);
    assert!(!repeated(&first).await, "it was used least recently");
    // Its turn still runs, and it is still the same session.
    let refused = busy.post("/turn", &json!({ "turn": uuid::Uuid::from_u128(2), "message": "Hm." })).await;
    assert_eq!(refused.status, 409);
    drop(running);
    service.stop().await;
}

#[tokio::test]
async fn nothing_is_kept_before_a_yes_and_nothing_after_an_erasure() {
    let folder = folder();
    let service = Running::start(&folder, Reflective::new()).await;
    let [silent, open, erased] = [service.person().await, service.person().await, service.person().await];
    assert!(silent.get("/").await.body.contains("data-kept=\"false\""));
    for person in [&open, &erased] {
        person.agree().await;
    }
    for person in [&silent, &open, &erased] {
        person.say(1, "I could not sleep again.").await;
    }
    let gone = erased.post("/consent", &json!({ "choice": "erased" })).await;
    assert_eq!(gone.json(), json!({ "kept": false, "written": true }));
    service.stop().await;

    let service = Running::start(&folder, Reflective::new()).await;
    for (person, kept) in [(silent, false), (open, true), (erased, false)] {
        let person = Person { address: service.address, ..person };
        assert!(person.get("/").await.body.contains(&format!("data-kept=\"{kept}\"")));
        let events = person.say(1, "I could not sleep again.").await;
        assert_eq!(done(&events)["repeated"], kept);
    }
    service.stop().await;
}

#[tokio::test]
async fn an_exercise_begins_by_what_its_button_says() {
    for locale in Locale::ALL {
        let service = Running::start_in(&folder(), Reflective::new(), locale).await;
        let person = service.person().await;
        let page = person.get("/").await.body;
        let words = page.split("data-start=\"").nth(1).unwrap().split('"').next().unwrap();
        let events = person.say(1, "Hello.").await;
        let (_, offers) = events.iter().find(|(kind, _)| kind == "offers").unwrap();
        let offers = offers["exercises"].as_array().unwrap();
        assert!(!offers.is_empty());
        for offer in offers {
            let title = offer["title"].as_str().unwrap();
            let person = service.person().await;
            let events = person.say(2, &words.replace("{}", title)).await;
            assert!(kinds(&events).contains(&"step"), "{title}");
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_without_its_words() {
    const SAID: &str = "zanzibarquokka";
    let service = Running::start(&folder(), Reflective::new()).await;
    let person = service.person().await;
    let turn = uuid::Uuid::from_u128(1);
    let long =
        |bytes: usize| json!({ "turn": turn, "message": format!("{SAID}{}", "a".repeat(bytes)) }).to_string();
    let json = "application/json";
    let cases = [
        (json, format!("{{\"message\": \"{SAID}"), 400, "bad_json"),
        (json, format!("{{\"{SAID}\": 1}}"), 400, "bad_json"),
        (json, format!("{{\"turn\": \"{SAID}\"}}"), 400, "bad_json"),
        (json, format!("\"{SAID}\""), 400, "bad_json"),
        ("text/plain", SAID.to_owned(), 415, "not_json"),
        (json, json!({ "message": SAID }).to_string(), 422, "unclear"),
        (json, json!({ "turn": turn, "message": "  " }).to_string(), 422, "empty"),
        (json, json!({ "turn": turn, "message": SAID, "sos": true }).to_string(), 422, "unclear"),
        (json, long(64 * 1024), 413, "too_long"),
        (json, long(200 * 1024), 413, "too_long"),
    ];
    for (kind, body, status, error) in cases {
        let answer = person.post_text("/turn", kind, &body).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)));
        assert!(!answer.body.contains(SAID) && !answer.head.contains(SAID), "{error}");
    }
    let answer = person.post("/consent", &json!({ "choice": SAID })).await;
    assert_eq!(answer.status, 400);
    assert!(!answer.body.contains(SAID));
    let stranger = Person { cookie: Some(format!("person={SAID}")), ..person.clone() };
    let answer = stranger.post("/turn", &json!({ "turn": turn, "message": SAID })).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("unknown_person")));
    assert_eq!(person.get("/elsewhere").await.status, 404);
    assert_eq!(person.get("/turn").await.status, 405);
    service.stop().await;
}

#[tokio::test]
async fn the_page_calls_the_routes_that_there_are_and_shows_whom_to_call() {
    let service = Running::start(&folder(), Reflective::new()).await;
    let person = service.person().await;
    let page = person.get("/").await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-") && !policy.contains("unsafe"));
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(page.body.matches(&format!(" nonce=\"{nonce}\">")).count(), 2);
    assert_ne!(person.get("/").await.header("content-security-policy"), Some(policy), "a new one each time");
    for (name, choices) in [("turn", vec![json!({ "sos": true })]), ("consent", data_choices(&page.body))] {
        let path = page.body.split(&format!("data-{name}=\"")).nth(1).unwrap().split('"').next().unwrap();
        assert!(!choices.is_empty());
        for body in choices {
            assert_eq!(person.post(path, &body).await.status, 200, "{path}");
        }
    }
    // An id as the script draws it.
    let id = "0123456789abcdef".repeat(2);
    assert_eq!(person.post("/turn", &json!({ "turn": id, "message": "Hello." })).await.status, 200);
    // What the script does not know, it would not show.
    for kind in ["words", "crisis", "offers", "done"] {
        assert!(page.body.contains(&format!("kind === \"{kind}\"")), "{kind}");
    }
    for text in ["href=\"tel:911\"", "href=\"tel:988\"", "<noscript>", "not a person, not a therapist"] {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(!page.body.contains("{{"), "everything is filled in");
    service.stop().await;
}

fn data_choices(page: &str) -> Vec<Value> {
    let choices = page.split("data-choice=\"").skip(1).map(|piece| piece.split('"').next().unwrap());
    choices.map(|choice| json!({ "choice": choice })).collect()
}
