//! People who are kept on the disk: from one run to the next, over a kill, and what is said where that cannot be.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use common::{answers, command, last, of_kind, run, talk, text};
use serde_json::Value;

const SAID: &str = "Zinnober is the name of my cat.";

/// A folder of its own, which goes when it is dropped.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("alliance-companion-{}-{name}", std::process::id()));
        let _gone = fs::remove_dir_all(&path);
        Self(path)
    }

    fn args(&self) -> [&str; 2] {
        ["--data", self.0.to_str().unwrap()]
    }

    /// What a run says before it ends with a failure.
    fn refusal(&self, more: &[&str]) -> String {
        let output = run(&[&self.args(), more].concat(), b"Hello.\n");
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Up to where people's files were acknowledged: the last thing that an append writes.
    fn acknowledged(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let people = self.0.join("people/people");
        let mut heads = self.files();
        heads.retain(|(path, _)| {
            path.starts_with(&people) && path.extension().is_some_and(|end| end == "head")
        });
        heads
    }

    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, out: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                // A running program may have removed it since.
                if path.is_dir() {
                    walk(&path, out)
                } else if let Ok(bytes) = fs::read(&path) {
                    out.push((path, bytes));
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.0, &mut out);
        out.sort();
        out
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// A run that goes on until it is ended.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Running {
    fn new(args: &[&str]) -> Self {
        let mut command = command(args);
        command.args(["--events", "json"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let event: Value = serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap();
            if event["event"] == kind {
                return event;
            }
        }
    }

    /// Ends it as `kill -9` does.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn people_are_kept_from_one_run_to_the_next() {
    let place = Place::new("kept");
    let first = talk(&place.args(), &["yes", "no", SAID]);
    assert!(text(of_kind(&first, "consent")[0]).contains("locked file"));
    let second = talk(&place.args(), &["/memory"]);
    // Decided is decided.
    assert!(answers(&second).is_empty());
    let kept = last(&second, "kept");
    assert_eq!(kept["items"][0]["said"], SAID);
    assert_eq!(kept["items"][0]["shown"], last(&first, "reply")["text"]);
    // Somebody else is somebody else.
    let other = talk(&[&place.args()[..], &["--user", "kim"]].concat(), &["/memory"]);
    assert_eq!(last(&other, "kept")["items"], serde_json::json!([]));
    // None of the words can be read in any file.
    let words = SAID.to_lowercase();
    for (path, bytes) in place.files() {
        let letters = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!letters.contains("zinnober") && !letters.contains(&words), "{}", path.display());
    }
    let erased = talk(&place.args(), &["/forget all", "/forget yes"]);
    assert!(last(&erased, "forgotten")["total"].as_u64().unwrap() >= 4);
    let third = talk(&place.args(), &["/memory"]);
    assert_eq!(last(&third, "kept")["items"], serde_json::json!([]));
    assert_eq!(answers(&third)[0], ("conversation", "asked"));
}

#[test]
fn whoever_agreed_to_nothing_leaves_nothing_but_that() {
    let place = Place::new("nothing");
    talk(&place.args(), &["no", SAID, "I slept badly."]);
    let second = talk(&place.args(), &["/memory"]);
    let kept = last(&second, "kept");
    assert_eq!(
        (&kept["items"], &kept["consent"]["conversation"]),
        (&serde_json::json!([]), &"withdrawn".into())
    );
    assert!(answers(&second).is_empty(), "a no is not asked about again");
}

#[test]
fn a_kill_loses_nothing_and_the_answer_that_it_cut_off_is_offered() {
    let place = Place::new("killed");
    let args = place.args();
    let mut first = Running::new(&[&args[..], &["--hang", "backend"]].concat());
    first.say("yes");
    first.say("no");
    while first.wait_for("consent")["state"] != "declined" {}
    let before = place.acknowledged();
    assert!(!before.is_empty());
    first.say(SAID);
    // The turn is durable, and its answer never comes.
    first.wait_for("risk");
    while place.acknowledged() == before {
        std::thread::yield_now();
    }
    first.kill();

    let second = talk(&args, &["yes", "/memory"]);
    assert!(of_kind(&second, "opening").iter().any(|event| text(event).contains("stopped half-way")));
    assert_eq!(last(&second, "interrupted")["said"], SAID);
    // Said again, and answered.
    assert!(!text(last(&second, "reply")).is_empty());
    let items = last(&second, "kept")["items"].as_array().unwrap();
    assert_eq!(items.iter().map(|item| &item["said"]).collect::<Vec<_>>(), [SAID, SAID]);
    assert_eq!(items[0]["shown"], "");
    // Offered once.
    let third = talk(&args, &["/memory"]);
    assert!(of_kind(&third, "interrupted").is_empty());
}

#[test]
fn after_a_sign_of_danger_a_yes_answers_the_plan_and_not_the_offer() {
    let place = Place::new("grave");
    let args = place.args();
    talk(&args, &["yes", "no", "I feel like a burden to everyone."]);
    let mut first = Running::new(&[&args[..], &["--hang", "backend"]].concat());
    first.wait_for("opening");
    let before = place.acknowledged();
    first.say("I had soup for lunch.");
    first.wait_for("risk");
    while place.acknowledged() == before {
        std::thread::yield_now();
    }
    first.kill();
    let second = talk(&args, &["yes"]);
    assert_eq!(last(&second, "interrupted")["said"], "I had soup for lunch.");
    let said = of_kind(&second, "accepted").len();
    assert_eq!(said, 1);
    let kept = talk(&args, &["/memory"]);
    let list = last(&kept, "kept");
    let mut exchanges = list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "exchange");
    assert_eq!(exchanges.next_back().unwrap()["said"], "yes");
}

#[test]
fn everything_that_is_kept_can_be_taken_along() {
    let place = Place::new("export");
    let file = place.0.join("mine.json");
    let export = format!("/export {}", file.display());
    let events = talk(&place.args(), &["yes", "no", SAID, &export, &export]);
    assert!(text(last(&events, "error")).contains("already"));
    let document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!((&document["format"], &document["whole"]), (&"alliance-export".into(), &true.into()));
    let records = document["records"].as_array().unwrap();
    assert_eq!(last(&events, "exported")["records"], records.len());
    let said: Vec<_> = records.iter().filter(|record| record["kind"] == "turn_accepted").collect();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["data"]["text"], SAID);
    // It is a document that the library reads.
    alliance::export::Document::read(&fs::read(&file).unwrap()).unwrap();
    #[cfg(unix)]
    assert_eq!(rights(&file), 0o600);
}

#[cfg(unix)]
fn rights(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[cfg(unix)]
#[test]
fn the_folder_and_what_is_in_it_are_the_owners_only() {
    let place = Place::new("rights");
    talk(&place.args(), &["yes", "no", SAID]);
    for folder in ["", "keys", "people", "people/people"] {
        assert_eq!(rights(&place.0.join(folder)), 0o700, "{folder}");
    }
    assert_eq!(rights(&place.0.join("master")), 0o600);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_in_plain_words_and_not_changed() {
    let place = Place::new("refused");
    talk(&place.args(), &["yes", "no", SAID]);
    let whole = place.files();

    let mut holder = Running::new(&place.args());
    holder.wait_for("opening");
    assert!(place.refusal(&[]).contains("Another program has the folder open"));
    drop(holder.child.stdin.take());
    holder.child.wait().unwrap();

    let master = place.0.join("master");
    let key = fs::read(&master).unwrap();
    fs::write(&master, "0".repeat(64)).unwrap();
    assert!(place.refusal(&[]).contains("not the one that it was written with"));
    assert!(place.refusal(&["--locale", "de"]).contains("Der Schlüssel ist nicht der"));
    fs::write(&master, "short").unwrap();
    assert!(place.refusal(&[]).contains("not the one"));
    fs::remove_file(&master).unwrap();
    assert!(place.refusal(&[]).contains("master key is missing"));
    assert!(!master.exists(), "a new one would hide that it is lost");
    fs::write(&master, &key).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&master, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(place.refusal(&[]).contains("rights 0600"));
        fs::set_permissions(&master, fs::Permissions::from_mode(0o600)).unwrap();
    }

    let lock = place.0.join("people/store.lock");
    let marked = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, marked.replacen("store 1", "store 99", 1)).unwrap();
    assert!(place.refusal(&[]).contains("newer version"));
    fs::write(&lock, "").unwrap();
    assert!(place.refusal(&[]).contains("damaged"));
    fs::write(&lock, marked).unwrap();

    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    let whole: Vec<_> = names(&whole);
    assert!(names(&place.files()).iter().all(|path| whole.contains(path)), "nothing new was made");
    let again = talk(&place.args(), &["/memory"]);
    assert_eq!(last(&again, "kept")["items"][0]["said"], SAID);
}

#[test]
fn a_path_that_is_no_folder_is_named_and_a_read_only_one_too() {
    let place = Place::new("file");
    fs::write(&place.0, "").unwrap();
    assert!(place.refusal(&[]).contains("cannot be reached"));
    fs::remove_file(&place.0).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir(&place.0).unwrap();
        fs::set_permissions(&place.0, fs::Permissions::from_mode(0o500)).unwrap();
        // Whoever may do everything can write there all the same.
        if fs::write(place.0.join("probe"), "").is_err() {
            assert!(place.refusal(&[]).contains("cannot be written to"));
        }
    }
}

/// Nobody named a folder: whoever needs to talk can.
#[cfg(target_os = "linux")]
#[test]
fn the_platforms_folder_is_used_by_itself_and_never_in_the_way() {
    let place = Place::new("home");
    let run = |input: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_companion"));
        command.args(["--region", "US", "--events", "json"]).env_remove("ALLIANCE_MASTER_KEY");
        command.env("XDG_DATA_HOME", &place.0).env("HOME", &place.0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        common::events(&output)
    };
    run(&format!("yes\nno\n{SAID}\n"));
    let folder = place.0.join("alliance-companion");
    assert_eq!(last(&run("/memory\n"), "kept")["items"][0]["said"], SAID);
    fs::remove_file(folder.join("master")).unwrap();
    let events = run("I want to kill myself.\n");
    assert!(of_kind(&events, "opening").iter().any(|event| text(event).contains("master key is missing")));
    assert!(text(last(&events, "reply")).contains("911"));
}
