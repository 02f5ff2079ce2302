//! The page in a real browser: Debian's Chromium, driven through ChromeDriver, against the service on a port of its own.
//!
//! That needs more than the README asks of a machine, so these tests are run by `.ci/run`, which installs the packages
//! `chromium` and `chromium-driver`, and by `cargo test -p embedding-service --test browser -- --ignored --nocapture`.
//! They fail unless the browser ran; only `ALLIANCE_NO_BROWSER=1` skips them, with a line that says so.
//!
//! What is checked is what somebody sees: text as it is shown, and what has the focus. Nothing of it is kept, and no
//! picture is made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;

#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/page.rs"]
mod page;

use std::{path::Path, sync::Arc};

use alliance::{
    backend::{BackendError, Chunk, ChunkStream, LlmBackend, StopReason},
    backends::Reflective,
    prompt::Prompt,
    safety::Locale,
    testing::ScriptedBackend,
};
use async_trait::async_trait;
use common::Running;
use driver::in_browser;
use embedding_service::Service;
use fantoccini::key::Key;
use futures::{StreamExt, stream};
use page::{PLACES, Page, Place};
use tokio::sync::Semaphore;

async fn start(place: &Place, folder: &Path, backend: impl LlmBackend + 'static) -> Running {
    let region = Some(place.region.parse().unwrap());
    Running::start_of(Service::open(folder, backend, place.locale, region).await.unwrap()).await
}

/// The service again, on another port.
async fn restart(service: Running, place: &Place, folder: &Path) -> Running {
    service.stop().await;
    start(place, folder, Reflective::new()).await
}

/// Says a sentence and the beginning of another, and the rest once it may.
#[derive(Clone, Debug)]
struct InTwoParts {
    parts: [&'static str; 3],
    may: Arc<Semaphore>,
}

impl InTwoParts {
    fn new(place: &Place) -> Self {
        let parts = match place.locale {
            Locale::De => ["Das klingt nach einer langen Nacht. ", "Was ging ", "dir durch den Kopf?"],
            _ => ["That sounds like a long night. ", "What was ", "on your mind?"],
        };
        Self { parts, may: Arc::new(Semaphore::new(0)) }
    }

    fn whole(&self) -> String {
        self.parts.concat()
    }

    /// What can be shown before it may go on.
    fn first(&self) -> &'static str {
        self.parts[0].trim()
    }

    fn go_on(&self) {
        self.may.add_permits(1);
    }
}

#[async_trait]
impl LlmBackend for InTwoParts {
    async fn generate(&self, _prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let [first, second, third] = self.parts.map(|part| Chunk::Words(part.to_owned()));
        let may = self.may.clone();
        let rest = stream::once(async move {
            may.acquire().await.unwrap().forget();
            third
        });
        let end = Chunk::End { stop: StopReason::Complete, usage: None };
        Ok(stream::iter([first, second]).chain(rest).chain(stream::iter([end])).map(Ok).boxed())
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn it_says_what_it_is_and_whom_to_call_and_asks_nobody_else() {
    in_browser("says that it is a program, whom to call, and loads nothing from elsewhere", async |page| {
        for place in &PLACES {
            let service = start(place, &page.folder(), Reflective::new()).await;
            page.open_anew(&service).await;
            page.sees("h1", &place.text("title")).await;
            let lang = page.find("html").await.attr("lang").await.unwrap();
            assert_eq!(lang.unwrap(), place.text("lang"));
            // The page says so, and the program itself before anything else.
            assert!(page.text("section").await.contains(&place.text("what")));
            assert!(place.text("what").contains(place.program));
            assert!(page.text("#log > p").await.contains(place.program));
            let call = format!("#help a[href='tel:{}']", place.emergency);
            assert_eq!(page.text(&call).await, place.emergency);
            // What is said later is read aloud: a log and a status are live regions.
            for (css, role) in [("#log", "log"), ("#status", "status"), ("#kept", "status")] {
                assert_eq!(page.find(css).await.attr("role").await.unwrap().as_deref(), Some(role));
            }
            page.say(place, place.ordinary).await;
            let from = format!("http://{}/", service.address);
            let names = "return performance.getEntries().map((entry) => entry.name)
                .filter((name) => name.includes(':') && !name.startsWith(FROM));";
            let names = page.js(&names.replace("FROM", &format!("{from:?}"))).await;
            assert_eq!(names, serde_json::json!([]), "from elsewhere");
            // The policy holds: what is asked for from elsewhere is refused before it leaves.
            let asks = "return fetch('http://elsewhere.invalid/').then(() => 'answered', () => 'refused');";
            assert_eq!(page.js(asks).await, "refused");
            service.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn a_no_a_yes_and_an_erasure_hold_over_a_reload_and_a_restart() {
    in_browser("asks for consent; a no, a yes and an erasure hold", async |page| {
        const YES: &str = "[data-choice=given]";
        const NO: &str = "[data-choice=withdrawn]";
        const ERASE: &str = "[data-choice=erased]";
        for place in &PLACES {
            let folder = page.folder();
            let service = start(place, &folder, Reflective::new()).await;
            page.open_anew(&service).await;
            page.sees("#question", &place.text("consent_question")).await;
            page.sees("#kept", &place.text("not_kept_now")).await;
            // Both can be said.
            assert_eq!(page.text(YES).await, place.text("keep_yes"));
            assert_eq!(page.text(NO).await, place.text("say_no"));
            page.click(NO).await;
            page.sees("#kept", &place.text("said_no")).await;
            assert!(page.shown(YES).await, "a no can be changed");
            page.say(place, place.ordinary).await;
            let service = restart(service, place, &folder).await;
            page.open(&service).await;
            page.sees("#kept", &place.text("not_kept_now")).await;
            assert!(!page.lines().await.concat().contains(place.welcome_back), "nobody was here before");
            // By keyboard the focus goes on from where it was, though the button goes.
            page.click(YES).await;
            page.sees("#kept", &place.text("kept_now")).await;
            page.until("the yes is gone", async || !page.shown(YES).await).await;
            page.until("the focus is where it says so", async || page.focused("#kept").await).await;
            assert_eq!(page.text(NO).await, place.text("keep_no"));
            page.reload().await;
            page.sees("#kept", &place.text("kept_now")).await;
            page.say(place, place.ordinary).await;
            let service = restart(service, place, &folder).await;
            page.open(&service).await;
            page.sees("#kept", &place.text("kept_now")).await;
            page.sees("#log", place.welcome_back).await;
            page.click(ERASE).await;
            page.sees("#kept", &place.text("erased")).await;
            page.reload().await;
            page.sees("#kept", &place.text("not_kept_now")).await;
            let service = restart(service, place, &folder).await;
            page.open(&service).await;
            assert!(!page.lines().await.concat().contains(place.welcome_back), "erased");
            service.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn an_answer_grows_and_stands_there_once() {
    in_browser("an answer grows while it is on its way, and stands there once", async |page| {
        for place in &PLACES {
            let backend = InTwoParts::new(place);
            let service = start(place, &page.folder(), backend.clone()).await;
            page.open_anew(&service).await;
            let first = backend.first();
            page.send(place.ordinary).await;
            page.until("the first sentence alone", async || page.answers(place).await == [first]).await;
            assert_eq!(page.text("#status").await, "", "it is still on its way");
            // Sent again by a second click while it is on its way, it is still the same message.
            page.click("#send").await;
            // What is written meanwhile is the next message.
            page.find("#message").await.clear().await.unwrap();
            page.write("And").await;
            page.until("no word of another try", async || page.text("#status").await.is_empty()).await;
            page.press(Key::Tab).await;
            backend.go_on();
            page.sees("#status", &place.text("done")).await;
            assert_eq!(page.answers(place).await, [backend.whole()]);
            assert_eq!(page.lines_of(&place.text("you")).await, [place.ordinary]);
            assert_eq!(page.draft().await, "And");
            assert!(page.focused("#send").await, "nobody is taken away from where they went");
            // Another one that comes too early is said to be so, stays in the box, and can be sent.
            page.find("#message").await.clear().await.unwrap();
            page.send(place.ordinary).await;
            page.until("the next answer", async || page.answers(place).await.len() == 2).await;
            page.find("#message").await.clear().await.unwrap();
            page.send("Hm.").await;
            page.sees("#status", &place.text("busy")).await;
            backend.go_on();
            page.until("it is whole", async || page.answers(place).await.pop() == Some(backend.whole()))
                .await;
            backend.go_on();
            page.until("it is no longer busy", async || {
                page.click("#send").await;
                page.text("#status").await == place.text("done")
            })
            .await;
            assert_eq!(page.answers(place).await.len(), 3);
            assert_eq!(page.lines_of(&place.text("you")).await, [place.ordinary, place.ordinary, "Hm."]);
            assert_eq!(page.draft().await, "");
            service.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn the_number_to_call_is_shown_and_stays() {
    in_browser("a danger shows the number of the place, and it stays", async |page| {
        for place in &PLACES {
            let service = start(place, &page.folder(), Reflective::new()).await;
            page.open_anew(&service).await;
            page.send(place.danger).await;
            page.sees("#status", &place.text("heavy")).await;
            page.until("the crisis reply", async || page.answers(place).await.len() == 1).await;
            page.until("the box is empty", async || page.draft().await.is_empty()).await;
            let reply = page.answers(place).await.remove(0);
            assert!(reply.contains(place.emergency));
            assert!(reply.lines().count() > 3, "its lines are lines");
            assert!(number_in_view(page, place).await, "nobody has to look for the number");
            page.send(place.ordinary).await;
            page.until("the next answer", async || page.answers(place).await.len() == 2).await;
            assert_eq!(page.answers(place).await[0], reply, "it stays");
            assert!(page.shown("#help").await);
            service.stop().await;
        }
    })
    .await;
}

/// Whether the number in the last answer is to be seen without scrolling.
async fn number_in_view(page: &Page, place: &Place) -> bool {
    let script = "const text = document.querySelector('#log > p:last-child').lastChild.parentNode;
        const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
        for (let node; (node = walk.nextNode());) {
          const at = node.data.indexOf(NUMBER);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + NUMBER.length);
          const box = range.getBoundingClientRect();
          return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) === text;
        }
        return false;";
    page.js(&script.replace("NUMBER", &format!("{:?}", place.emergency))).await == true
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn help_comes_beside_an_answer_that_hangs_and_what_was_shown_stays() {
    in_browser("help comes beside an answer that hangs; what was shown stays", async |page| {
        for place in &PLACES {
            let backend = InTwoParts::new(place);
            let service = start(place, &page.folder(), backend.clone()).await;
            page.open_anew(&service).await;
            let first = backend.first();
            page.send(place.ordinary).await;
            page.until("the first sentence", async || page.answers(place).await == [first]).await;
            page.click("#sos").await;
            page.until("the focus is on whom to call", async || page.focused("#help").await).await;
            assert!(page.in_view(&format!("#help a[href='tel:{}']", place.emergency)).await);
            let answers = page.answers(place).await;
            assert!(answers.iter().any(|answer| answer.contains(place.emergency)));
            assert!(answers[0].starts_with(first), "what was shown stays");
            backend.go_on();
            page.until("the answer ends", async || page.draft().await.is_empty()).await;
            assert!(page.answers(place).await[0].starts_with(first));
            service.stop().await;
            // Words of danger are no less.
            let backend = InTwoParts::new(place);
            let service = start(place, &page.folder(), backend.clone()).await;
            page.open_anew(&service).await;
            page.send(place.ordinary).await;
            page.until("the first sentence", async || page.answers(place).await == [first]).await;
            page.find("#message").await.clear().await.unwrap();
            page.send(place.danger).await;
            page.sees("#log", place.emergency).await;
            page.until("the number", async || {
                page.answers(place).await.last().is_some_and(|answer| answer.contains(place.emergency))
            })
            .await;
            backend.go_on();
            service.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn an_answer_that_is_cut_off_says_so_and_a_message_that_does_not_arrive_is_not_lost() {
    in_browser("a cut answer says so; a message that does not arrive stays", async |page| {
        for place in &PLACES {
            let backend = InTwoParts::new(place);
            let service = start(place, &page.folder(), backend.clone()).await;
            page.open_anew(&service).await;
            let first = backend.first();
            page.send(place.ordinary).await;
            page.until("the first sentence", async || page.answers(place).await == [first]).await;
            service.stop().await;
            let cut = format!("{first} ({})", place.text("cut_off"));
            page.until("it says that it was cut", async || page.answers(place).await == [cut.clone()]).await;
            page.until("the box is empty", async || page.draft().await.is_empty()).await;
            page.send(place.ordinary).await;
            page.sees("#status", &place.text("failed")).await;
            assert_eq!(page.draft().await, place.ordinary);
            assert!(page.shown("#help").await);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn what_is_said_is_text_and_runs_nothing() {
    in_browser("what is said is shown as text and runs nothing", async |page| {
        /// Ways in which words could become part of a page.
        const SAID: [&str; 4] = [
            "<img src=x onerror=\"window.ran = true\">",
            "<script>window.ran = true</script>",
            "<b onmouseover='window.ran = true'>bold</b>",
            "</p></div><iframe srcdoc='<script>parent.ran = true</script>'></iframe>{{what}}",
        ];
        for place in &PLACES {
            let service = start(place, &page.folder(), Reflective::new()).await;
            page.open_anew(&service).await;
            page.click("[data-choice=given]").await;
            page.sees("#kept", &place.text("kept_now")).await;
            for said in SAID {
                let said = format!("{} {said}", place.ordinary);
                page.say(place, &said).await;
                assert_eq!(page.lines_of(&place.text("you")).await.pop().unwrap(), said, "to the letter");
            }
            assert_eq!(page.js("return document.querySelectorAll('#log :not(p, strong)').length;").await, 0);
            assert_eq!(
                page.js("return document.querySelectorAll('img, iframe, main script').length;").await,
                0
            );
            assert_eq!(page.js("return window.ran === undefined;").await, true);
            service.stop().await;
            // The words of a model are no more than text either.
            let heard = InTwoParts::new(place);
            let reply = format!("{} {} {}{}", heard.first(), SAID[0], heard.parts[1], heard.parts[2]);
            let model = ScriptedBackend::new().always(reply.as_str());
            let service = start(place, &page.folder(), model).await;
            page.open_anew(&service).await;
            assert_eq!(page.say(place, place.ordinary).await, reply);
            assert_eq!(page.js("return window.ran === undefined;").await, true);
            service.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Debian's chromium and chromium-driver; .ci/run has them"]
async fn the_keyboard_is_enough() {
    in_browser("everything can be reached and done by the keyboard", async |page| {
        for place in &PLACES {
            let service = start(place, &page.folder(), Reflective::new()).await;
            page.open_anew(&service).await;
            // The first stop leads past everything to the conversation.
            page.press(Key::Tab).await;
            assert!(page.focused(".skip").await && page.in_view(".skip").await);
            page.press(Key::Enter).await;
            page.press(Key::Tab).await;
            page.until("the box", async || page.focused("#message").await).await;
            page.keys(place.ordinary).await;
            page.press(Key::Tab).await;
            assert!(page.focused("#send").await);
            page.press(Key::Enter).await;
            page.sees("#status", &place.text("done")).await;
            assert_eq!(page.answers(place).await.len(), 1);
            assert!(page.focused("#message").await, "ready for the next one");
            // And help, and consent.
            page.reload().await;
            for stop in [".skip", "header a", "#sos"] {
                page.press(Key::Tab).await;
                assert!(page.focused(stop).await, "{stop}");
            }
            page.press(Key::Tab).await;
            assert!(page.focused("[data-choice=given]").await);
            page.press(Key::Enter).await;
            page.sees("#kept", &place.text("kept_now")).await;
            page.until("the focus stays here", async || page.focused("#kept").await).await;
            page.press(Key::Tab).await;
            assert!(page.focused("[data-choice=withdrawn]").await);
            service.stop().await;
        }
    })
    .await;
}
