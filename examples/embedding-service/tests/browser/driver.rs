//! Chromium under ChromeDriver, for one test: in a folder of its own, and gone with it, also where the test fails.

use std::{
    io::{BufRead, BufReader, Read},
    panic::{AssertUnwindSafe, resume_unwind},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fantoccini::{Client, ClientBuilder};
use futures::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader as AsyncBufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::page::Page;

/// How long one test may take, on a busy machine.
const LIMIT: Duration = Duration::from_secs(180);

/// How long a browser may take to begin and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `test` with a browser of its own. Fails unless the browser ran; only `ALLIANCE_NO_BROWSER=1` skips it.
pub(crate) async fn in_browser(shows: &str, test: impl AsyncFnOnce(&Page)) {
    if std::env::var("ALLIANCE_NO_BROWSER").is_ok_and(|value| value == "1") {
        println!("browser: SKIPPED, because ALLIANCE_NO_BROWSER=1. No browser ran: {shows}");
        return;
    }
    let driver = Driver::start();
    let elsewhere = Elsewhere::listen().await;
    let client = tokio::time::timeout(PATIENCE, driver.browser(&elsewhere)).await;
    let client = client.expect("a browser begins in time").expect("chromedriver starts chromium");
    let browser = client.capabilities().map_or(String::new(), |known| {
        let of = |key: &str| known.get(key).and_then(|value| value.as_str()).unwrap_or("?").to_owned();
        format!("{} {}", of("browserName"), of("browserVersion"))
    });
    let page = Page::new(client.clone());
    let ran = AssertUnwindSafe(tokio::time::timeout(LIMIT, test(&page))).catch_unwind().await;
    page.remove_folders();
    let closed = tokio::time::timeout(PATIENCE, client.close()).await;
    let asked = elsewhere.asked();
    let folder = driver.folder.clone();
    drop(driver);
    match ran {
        Err(panic) => resume_unwind(panic),
        Ok(in_time) => in_time.expect("the test ends in time"),
    }
    closed.expect("the browser ends in time").expect("the browser ends");
    let asked: Vec<_> = asked.iter().filter(|host| !is_its_maker(host)).collect();
    assert!(asked.is_empty(), "asked for from another host: {asked:?}");
    assert!(!folder.exists() && processes_of(&folder).is_empty(), "something of the browser is left");
    println!("browser: {browser}: {shows}");
}

/// Whether a browser asks there for itself, as it does whatever page it shows.
fn is_its_maker(host: &str) -> bool {
    [".google.com", ".googleapis.com", ".gvt1.com"].iter().any(|maker| host.ends_with(maker))
}

/// ChromeDriver, and the folder in which it and its browsers keep everything.
struct Driver {
    child: Child,
    /// Held open, so that it can go on writing.
    _out: BufReader<ChildStdout>,
    port: u16,
    folder: PathBuf,
}

impl Driver {
    fn start() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // Short, since sockets are in there.
        let name =
            format!("alliance-browser-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .envs(["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"].map(|name| (name, &folder)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else {
            let _ = std::fs::remove_dir_all(&folder);
            panic!("there is no chromedriver: install Debian's packages chromium and chromium-driver");
        };
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut driver = Self { child, _out: out, port: 0, folder };
        let lines = driver._out.by_ref().lines().map_while(Result::ok);
        let port = lines.filter_map(|line| {
            line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok()
        });
        driver.port = { port }.next().expect("chromedriver tells its port");
        driver
    }

    /// A browser that has never been anywhere, and reaches nothing but this machine.
    async fn browser(&self, elsewhere: &Elsewhere) -> Result<Client, fantoccini::error::NewSessionError> {
        let options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=800,600",
        ];
        let mut options: Vec<String> = options.map(str::to_owned).into();
        options.push(format!("--user-data-dir={}", self.folder.join("data").display()));
        // What is not on this machine is asked for there, and not found.
        options.push(format!("--proxy-server=127.0.0.1:{}", elsewhere.port));
        let chrome = json!({ "args": options, "binary": chromium() });
        let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": chrome });
        let driver = format!("http://127.0.0.1:{}", self.port);
        let mut client = ClientBuilder::new(HttpConnector::new());
        client.capabilities(wanted.as_object().cloned().unwrap()).connect(&driver).await
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A browser outlives its driver. Its other processes end with the first one.
        for _ in 0..50 {
            let left = processes_of(&self.folder);
            if left.is_empty() {
                break;
            }
            let _ = Command::new("kill").arg("-9").args(&left).stderr(Stdio::null()).status();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The ids of the processes that were started with `folder`.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_string_lossy().into_owned();
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().into_string().ok());
    let ids = ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    ids.filter(|id| {
        let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&folder)
    })
    .collect()
}

fn chromium() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join("chromium")).find(|file| file.is_file());
    found.expect("there is no chromium: install Debian's packages chromium and chromium-driver")
}

/// Stands for every host but this one. Whatever the browser wants from another host, it asks for here.
struct Elsewhere {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Elsewhere {
    async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let list = asked.clone();
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let list = list.clone();
                tokio::spawn(async move {
                    let mut line = String::new();
                    let _ = AsyncBufReader::new(connection).read_line(&mut line).await;
                    // `CONNECT host:port HTTP/1.1`, or `GET http://host/path HTTP/1.1`.
                    if let Some(address) = line.split(' ').nth(1) {
                        let host = address.trim_start_matches("http://").split(['/', ':']).next();
                        list.lock().unwrap().push(host.unwrap_or_default().to_owned());
                    }
                });
            }
        });
        Self { port, asked, listening }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
