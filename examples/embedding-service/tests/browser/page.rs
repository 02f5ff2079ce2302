//! What somebody does on the page, and what they see of it.

use std::{path::PathBuf, sync::Mutex, time::Duration};

use alliance::{
    clock::{Timer, TokioTimer},
    safety::Locale,
};
use fantoccini::{Client, Locator, elements::Element, key::Key};
use serde_json::Value;

use crate::common::{self, Running};

/// How long something may take to appear.
const SOON: Duration = Duration::from_secs(20);

/// How often it is looked for.
const AGAIN: Duration = Duration::from_millis(20);

/// A language, the place, and what somebody there says and is shown.
pub(crate) struct Place {
    pub(crate) locale: Locale,
    pub(crate) region: &'static str,
    pub(crate) emergency: &'static str,
    pub(crate) program: &'static str,
    pub(crate) welcome_back: &'static str,
    pub(crate) ordinary: &'static str,
    pub(crate) danger: &'static str,
    texts: &'static str,
}

pub(crate) const PLACES: [Place; 2] = [
    Place {
        locale: Locale::En,
        region: "US",
        emergency: "911",
        program: "computer program",
        welcome_back: "Welcome back",
        ordinary: "I could not sleep again.",
        danger: "I want to kill myself.",
        texts: include_str!("../../page/en.toml"),
    },
    Place {
        locale: Locale::De,
        region: "DE",
        emergency: "112",
        program: "Computerprogramm",
        welcome_back: "Schön, dass du wieder da bist",
        ordinary: "Ich konnte wieder nicht schlafen.",
        danger: "Ich will mich umbringen.",
        texts: include_str!("../../page/de.toml"),
    },
];

impl Place {
    /// What the page itself says.
    pub(crate) fn text(&self, key: &str) -> String {
        let texts: toml::Table = self.texts.parse().unwrap();
        texts[key].as_str().unwrap().to_owned()
    }
}

/// The browser, and who sits in front of it. Where it fails it names what was waited for, and no words of the page.
pub(crate) struct Page(Client, Mutex<Vec<PathBuf>>);

impl Page {
    pub(crate) const fn new(client: Client) -> Self {
        Self(client, Mutex::new(Vec::new()))
    }

    /// A folder for a service, which is removed with the browser.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = common::folder();
        self.1.lock().unwrap().push(folder.clone());
        folder
    }

    pub(crate) fn remove_folders(&self) {
        for folder in self.1.lock().unwrap().drain(..) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }

    /// The page for somebody whom nobody knows.
    pub(crate) async fn open_anew(&self, service: &Running) {
        self.open(service).await;
        self.0.delete_all_cookies().await.unwrap();
        self.open(service).await;
    }

    /// The page for whoever was here before; a cookie holds for every port of a host.
    pub(crate) async fn open(&self, service: &Running) {
        self.0.goto(&format!("http://{}/", service.address)).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.0.refresh().await.unwrap();
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        self.0.find(Locator::Css(css)).await.unwrap_or_else(|_| panic!("there is no {css}"))
    }

    /// The text as it is shown: nothing of what is hidden.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    pub(crate) async fn shown(&self, css: &str) -> bool {
        self.find(css).await.is_displayed().await.unwrap()
    }

    pub(crate) async fn focused(&self, css: &str) -> bool {
        self.js(&format!("return document.activeElement === document.querySelector({css:?});")).await == true
    }

    /// Whether somebody sees it without scrolling, and nothing lies over it.
    pub(crate) async fn in_view(&self, css: &str) -> bool {
        let script = "const e = document.querySelector(CSS), b = e.getBoundingClientRect();
            const at = document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2);
            return at !== null && (e.contains(at) || at.contains(e) && at !== document.body && at !== document.documentElement);";
        self.js(&script.replace("CSS", &format!("{css:?}"))).await == true
    }

    /// Waits until it is so.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                TokioTimer.sleep(AGAIN).await;
            }
        };
        tokio::time::timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("waited for: {what}"));
    }

    /// Waits until these words are to be seen.
    pub(crate) async fn sees(&self, css: &str, words: &str) {
        self.until(&format!("`{words}` in {css}"), async || self.text(css).await.contains(words)).await;
    }

    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|_| panic!("{css} cannot be clicked"));
    }

    /// Types into whatever has the focus.
    pub(crate) async fn press(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    pub(crate) async fn keys(&self, keys: &str) {
        self.0.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    pub(crate) async fn write(&self, words: &str) {
        self.find("#message").await.send_keys(words).await.unwrap();
    }

    pub(crate) async fn send(&self, words: &str) {
        self.write(words).await;
        self.click("#send").await;
    }

    /// What stands in the box.
    pub(crate) async fn draft(&self) -> String {
        self.find("#message").await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Sends, and waits until the answer is there in full.
    pub(crate) async fn say(&self, place: &Place, words: &str) -> String {
        let before = self.answers(place).await.len();
        self.send(words).await;
        self.sees("#status", &place.text("done")).await;
        let answers = self.answers(place).await;
        assert_eq!(answers.len(), before + 1, "one answer, shown once");
        answers.into_iter().next_back().unwrap()
    }

    /// Each line of the conversation as it is shown.
    pub(crate) async fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for line in self.0.find_all(Locator::Css("#log > p")).await.unwrap() {
            lines.push(line.text().await.unwrap());
        }
        lines
    }

    pub(crate) async fn answers(&self, place: &Place) -> Vec<String> {
        self.lines_of(&place.text("agent")).await
    }

    pub(crate) async fn lines_of(&self, who: &str) -> Vec<String> {
        let who = format!("{who}: ");
        // A line without words yet ends with the colon.
        let lines = self.lines().await.into_iter().map(|line| line + " ");
        lines.filter_map(|line| line.strip_prefix(&who).map(|words| words.trim().to_owned())).collect()
    }

    pub(crate) async fn js(&self, script: &str) -> Value {
        self.0.execute(script, Vec::new()).await.unwrap()
    }
}
