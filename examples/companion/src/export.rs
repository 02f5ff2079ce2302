//! The command `/export`: everything that is kept of the person, as one JSON document.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use alliance::{
    clock::{Clock, SystemClock},
    id::UserId,
    store::{MemoryStore, Selection, StoreError, StoreErrorKind, Stored},
};
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::{
    parts::Parts,
    talk::{Outcome, Talk},
    texts::fill,
};

/// The form of the document.
const FORMAT: &str = "alliance-companion-export/1";

/// What there is to export, and whether it is all of it.
struct Sound {
    records: Vec<Stored>,
    whole: bool,
}

impl Talk {
    /// Writes the document to `path`, or to a file in the current folder. A file that is there is never overwritten.
    pub(crate) fn export(&mut self, path: Option<&str>) -> Outcome {
        let read = block_on(self.parts.soon(sound(&self.parts, self.session.user())));
        let Some(Ok(sound)) = read else {
            return Ok(self.screen.say("error", &self.texts.memory.unreachable)?);
        };
        let path = path.map_or_else(|| default_path(&self.user), PathBuf::from);
        let shown = path.display().to_string();
        let document = document(self.session.user(), &sound);
        let texts = &self.texts.memory;
        if let Err(error) = write(&path, &document) {
            let text = if error.kind() == io::ErrorKind::AlreadyExists {
                &texts.export_there
            } else {
                &texts.not_exported
            };
            return Ok(self.screen.say("error", &fill(text, &[("path", &shown)]))?);
        }
        let count = sound.records.len();
        let text = if sound.whole { &texts.exported } else { &texts.exported_part };
        let text = fill(text, &[("path", &shown), ("count", &count.to_string())]);
        let more = json!({ "path": shown, "records": count, "whole": sound.whole });
        Ok(self.screen.tell("exported", &text, more)?)
    }
}

/// All records; of a damaged file those that are sound.
async fn sound(parts: &Parts, user: UserId) -> Result<Sound, StoreError> {
    match all(&*parts.store, user).await {
        Err(error) if error.kind == StoreErrorKind::Damaged => {
            let Some(data) = &parts.data else { return Err(error) };
            let salvage = data.store.salvage(user).await?;
            Ok(Sound { records: salvage.records, whole: salvage.is_whole })
        }
        other => Ok(Sound { records: other?, whole: true }),
    }
}

async fn all(store: &dyn MemoryStore, user: UserId) -> Result<Vec<Stored>, StoreError> {
    let (mut records, mut selection) = (Vec::new(), Selection::all());
    loop {
        let page = store.read(user, &selection).await?;
        records.extend(page.records);
        match page.next {
            Some(next) if next > selection.after => selection.after = next,
            _ => return Ok(records),
        }
    }
}

fn document(user: UserId, sound: &Sound) -> Value {
    let records = sound.records.iter();
    let records: Vec<Value> =
        records.map(|stored| json!({ "position": stored.revision, "record": *stored.record })).collect();
    json!({ "format": FORMAT, "user": user.to_string(), "whole": sound.whole, "records": records })
}

fn default_path(user: &str) -> PathBuf {
    let plain: String = user.chars().filter(|c| c.is_alphanumeric()).collect();
    PathBuf::from(format!("companion-{plain}-{}.json", SystemClock.now().as_millis()))
}

/// For its owner only: it holds what was said, unencrypted.
fn write(path: &Path, document: &Value) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.sync_all()
}
