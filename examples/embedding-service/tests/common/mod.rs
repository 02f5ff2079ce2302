//! A service on a real socket, and a client that speaks HTTP/1.0, in which an answer ends with its connection.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, reason = "each test file uses some of it")]

use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use alliance::{backend::LlmBackend, safety::Locale};
use embedding_service::{Service, serve};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// Long enough for a busy machine; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap()
}

/// A folder that no other test has.
pub(crate) fn folder() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("service-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Running {
    pub(crate) async fn start(folder: &Path, backend: impl LlmBackend + 'static) -> Self {
        Self::start_in(folder, backend, Locale::En).await
    }

    pub(crate) async fn start_in(folder: &Path, backend: impl LlmBackend + 'static, locale: Locale) -> Self {
        let region = Some("US".parse().unwrap());
        Self::start_of(Service::open(folder, backend, locale, region).await.unwrap()).await
    }

    pub(crate) async fn start_of(service: Service) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, service, async { stopped.await.unwrap_or(()) }));
        Self { address, stop, served }
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        soon(self.served).await.unwrap().unwrap();
    }

    /// Somebody who has opened the page.
    pub(crate) async fn person(&self) -> Person {
        let nobody = Person { address: self.address, cookie: None };
        let page = nobody.get("/").await;
        let cookie = page.header("set-cookie").unwrap();
        Person { cookie: cookie.split(';').next().map(str::to_owned), ..nobody }
    }
}

#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) address: SocketAddr,
    pub(crate) cookie: Option<String>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn events(&self) -> Vec<(String, Value)> {
        self.body.split("\n\n").filter_map(event).collect()
    }
}

fn event(text: &str) -> Option<(String, Value)> {
    let kind = text.lines().find_map(|line| line.strip_prefix("event: "))?;
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    Some((kind.to_owned(), serde_json::from_str(data).unwrap()))
}

/// All words of a turn together.
pub(crate) fn words(events: &[(String, Value)]) -> String {
    let words = events.iter().filter(|(kind, _)| kind == "words");
    words.map(|(_, data)| data["text"].as_str().unwrap()).collect()
}

/// What the turn came to.
pub(crate) fn done(events: &[(String, Value)]) -> &Value {
    let (kind, data) = events.last().unwrap();
    assert_eq!(kind, "done");
    data
}

impl Person {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(&format!("GET {path} HTTP/1.0\r\n"), "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, "application/json", &body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, kind: &str, body: &str) -> Answer {
        self.request(&format!("POST {path} HTTP/1.0\r\nContent-Type: {kind}\r\n"), body).await
    }

    /// A whole turn.
    pub(crate) async fn say(&self, turn: u128, message: &str) -> Vec<(String, Value)> {
        let answer = self.post("/turn", &said(turn, message)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
        answer.events()
    }

    pub(crate) async fn agree(&self) {
        let answer = self.post("/consent", &json!({ "choice": "given" })).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "kept": true, "written": true })));
    }

    /// A turn whose answer is read bit by bit. It has begun.
    pub(crate) async fn begin(&self, turn: u128, message: &str) -> Stream {
        let head = "POST /turn HTTP/1.0\r\nContent-Type: application/json\r\n";
        let mut stream = Stream(self.send(head, &said(turn, message).to_string()).await);
        assert!(stream.line().await.unwrap().contains("200"));
        while !stream.line().await.unwrap().is_empty() {}
        stream
    }

    async fn request(&self, head: &str, body: &str) -> Answer {
        let mut connection = self.send(head, body).await;
        let mut text = String::new();
        soon(connection.read_to_string(&mut text)).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    async fn send(&self, head: &str, body: &str) -> BufReader<TcpStream> {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        let cookie = self.cookie.as_ref().map_or(String::new(), |cookie| format!("Cookie: {cookie}\r\n"));
        let request = format!("{head}{cookie}Content-Length: {}\r\n\r\n{body}", body.len());
        connection.write_all(request.as_bytes()).await.unwrap();
        BufReader::new(connection)
    }
}

fn said(turn: u128, message: &str) -> Value {
    json!({ "turn": uuid::Uuid::from_u128(turn), "message": message })
}

/// An answer on its way. Dropped, the connection breaks.
pub(crate) struct Stream(BufReader<TcpStream>);

impl Stream {
    /// The next event. None at the end of the connection.
    pub(crate) async fn event(&mut self) -> Option<(String, Value)> {
        let mut text = String::new();
        loop {
            match self.line().await {
                None => return None,
                Some(line) if line.is_empty() && text.contains("event: ") => return event(&text),
                Some(line) => text = format!("{text}{line}\n"),
            }
        }
    }

    pub(crate) async fn rest(mut self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            events.push(event);
        }
        events
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = soon(self.0.read_line(&mut line)).await.unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }
}
