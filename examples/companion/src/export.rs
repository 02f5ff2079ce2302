//! The commands `/export` and `/import`: everything that is kept of the person, as one JSON document.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use alliance::{
    clock::{Clock, SystemClock},
    export::{Document, ImportError},
    id::UserId,
    store::{StoreError, StoreErrorKind},
};
use futures::executor::block_on;
use serde_json::json;

use crate::{
    parts::Parts,
    talk::{Outcome, Talk},
    texts::{Memory, fill},
};

impl Talk {
    /// Writes the document to `path`, or to a file in the current folder. A file that is there is never overwritten.
    pub(crate) fn export(&mut self, path: Option<&str>) -> Outcome {
        let read = block_on(self.parts.soon(sound(&self.parts, self.session.user())));
        let Some(Ok(document)) = read else {
            return Ok(self.screen.say("error", &self.texts.memory.unreachable)?);
        };
        let path = path.map_or_else(|| default_path(&self.user), PathBuf::from);
        let shown = path.display().to_string();
        let texts = &self.texts.memory;
        if let Err(error) = write(&path, &document) {
            let text = if error.kind() == io::ErrorKind::AlreadyExists {
                &texts.export_there
            } else {
                &texts.not_exported
            };
            return Ok(self.screen.say("error", &fill(text, &[("path", &shown)]))?);
        }
        let count = document.records().len();
        let text = if document.is_whole() { &texts.exported } else { &texts.exported_part };
        let text = fill(text, &[("path", &shown), ("count", &count.to_string())]);
        let more = json!({ "path": shown, "records": count, "whole": document.is_whole() });
        Ok(self.screen.tell("exported", &text, more)?)
    }

    /// Takes in what `/export` wrote, all of it or nothing.
    pub(crate) fn import(&mut self, path: Option<&str>) -> Outcome {
        let texts = &self.texts.memory;
        let Some(path) = path else {
            return Ok(self.screen.say("import", &texts.import)?);
        };
        let Ok(bytes) = fs::read(path) else {
            return Ok(self.screen.say("error", &fill(&texts.import_no_file, &[("path", path)]))?);
        };
        let user = self.session.user();
        let taken = Document::read(&bytes).and_then(|document| {
            let work = self.parts.agent.import(user, &document);
            match block_on(self.parts.soon(work)) {
                Some(taken) => taken.map(|_| document.records().len()),
                None => Err(StoreError::new(StoreErrorKind::TimedOut).into()),
            }
        });
        let count = match taken {
            Ok(count) => count,
            Err(error) => {
                let text = fill(why(&error, texts), &[("path", path)]);
                return Ok(self.screen.say("error", &text)?);
            }
        };
        self.listed = None;
        self.close_for_import();
        let text = fill(&self.texts.memory.imported, &[("path", path), ("count", &count.to_string())]);
        Ok(self.screen.tell("imported", &text, json!({ "path": path, "records": count }))?)
    }
}

fn why<'a>(error: &ImportError, texts: &'a Memory) -> &'a str {
    match error {
        ImportError::NotAnExport => &texts.import_other_file,
        ImportError::Newer { .. } => &texts.import_newer,
        ImportError::OtherPerson => &texts.import_other_person,
        ImportError::Occupied => &texts.import_occupied,
        ImportError::Erased => &texts.import_erased,
        ImportError::NotAgreed(_) => &texts.import_not_agreed,
        ImportError::Store(_) => &texts.import_unreachable,
        _ => &texts.import_damaged,
    }
}

/// All records; of a damaged file those that are sound.
async fn sound(parts: &Parts, user: UserId) -> Result<Document, StoreError> {
    match parts.agent.export(user).await {
        Err(error) if error.kind == StoreErrorKind::Damaged => {
            let Some(data) = &parts.data else { return Err(error) };
            let salvage = data.store.salvage(user).await?;
            let records = salvage.records.iter().map(|stored| (*stored.record).clone());
            let document = Document::new(user, records, []);
            Ok(if salvage.is_whole { document } else { document.partial() })
        }
        other => other,
    }
}

fn default_path(user: &str) -> PathBuf {
    let plain: String = user.chars().filter(|c| c.is_alphanumeric()).collect();
    PathBuf::from(format!("companion-{plain}-{}.json", SystemClock.now().as_millis()))
}

/// For its owner only: it holds what was said, unencrypted. Whole, or not there at all.
fn write(path: &Path, document: &Document) -> io::Result<()> {
    let written = write_new(path, document);
    if written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::AlreadyExists) {
        // What is half there would keep the next try from its name.
        let _gone = std::fs::remove_file(path);
    }
    written
}

fn write_new(path: &Path, document: &Document) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = io::BufWriter::new(options.open(path)?);
    document.write(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}
