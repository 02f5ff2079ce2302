//! The least that a turn over a wire can cost: the request, its stream read event by event, and, with a database, a row
//! before the call and one after it, each waited for.

use std::{fs, path::Path, rc::Rc, time::Duration};

use alliance::safety::{Stopwatch, SystemStopwatch};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Outcome, said};

pub(crate) struct Floor {
    client: reqwest::Client,
    url: String,
    database: Option<Connection>,
}

impl Floor {
    pub(crate) fn open(url: &str, folder: Option<&Path>) -> Outcome<Rc<Self>> {
        // Somebody else may have chosen one before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().pool_max_idle_per_host(2000).build()?;
        let database = folder.map(database).transpose()?;
        Ok(Rc::new(Self { client, url: format!("{url}/chat/completions"), database }))
    }

    fn keep(&self, session: usize, number: usize, role: &str, text: &str) -> Outcome<()> {
        if let Some(database) = &self.database {
            let mut insert = database.prepare_cached("INSERT INTO said VALUES (?, ?, ?, ?)")?;
            insert.execute((session, number, role, text))?;
        }
        Ok(())
    }

    /// One turn: how long it took, and until its first words.
    pub(crate) async fn turn(
        &self,
        session: usize,
        history: &mut Vec<Value>,
    ) -> Outcome<(Duration, Duration)> {
        let start = SystemStopwatch.elapsed();
        let said = said(history.len() / 2);
        self.keep(session, history.len(), "user", said)?;
        history.push(json!({ "role": "user", "content": said }));
        let request = self.client.post(&self.url).header("content-type", "application/json");
        let request =
            request.body(json!({ "model": "mock", "stream": true, "messages": history }).to_string());
        let mut response = request.send().await?.error_for_status()?;
        let (mut rest, mut reply, mut first) = (Vec::new(), String::new(), None);
        while let Some(bytes) = response.chunk().await? {
            rest.extend_from_slice(&bytes);
            let mut from = 0;
            while let Some(end) =
                rest.get(from..).and_then(|rest| rest.windows(2).position(|two| two == b"\n\n"))
            {
                let event = rest.get(from..from + end).unwrap_or_default();
                if let Some(data) = event.strip_prefix(b"data: ").filter(|data| *data != b"[DONE]") {
                    let data: Value = serde_json::from_slice(data)?;
                    if let Some(words) = data["choices"][0]["delta"]["content"].as_str() {
                        first.get_or_insert_with(|| SystemStopwatch.elapsed() - start);
                        reply.push_str(words);
                    }
                }
                from += end + 2;
            }
            rest.drain(..from);
        }
        let first = first.ok_or("the server sent no words")?;
        self.keep(session, history.len(), "assistant", &reply)?;
        history.push(json!({ "role": "assistant", "content": reply }));
        Ok((SystemStopwatch.elapsed() - start, first))
    }
}

fn database(folder: &Path) -> Outcome<Connection> {
    fs::create_dir_all(folder)?;
    let database = Connection::open(folder.join("floor.db"))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE said (session INT, number INT, role TEXT, text TEXT, PRIMARY KEY (session, number)) WITHOUT ROWID;",
    )?;
    Ok(database)
}
