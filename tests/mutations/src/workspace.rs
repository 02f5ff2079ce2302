//! The copy of the working tree that is broken in place of the working tree.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::plan::Mutation;

#[derive(Debug)]
pub(crate) struct Workspace {
    path: PathBuf,
    target: PathBuf,
}

/// Files as they were, written back when this is dropped.
#[derive(Debug)]
pub(crate) struct Applied(Vec<(PathBuf, String)>);

impl Workspace {
    /// Copies what git tracks, or would: with changes that are not committed. What is the same already is left
    /// alone, so that a second run builds little.
    pub(crate) fn copy(root: &Path) -> io::Result<Self> {
        let path = root.join("target/mutations/work");
        let target = root.join("target/mutations/target");
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let wanted = listed.split_terminator('\0').filter(|name| root.join(name).is_file());
        let wanted: BTreeSet<PathBuf> = wanted.map(|name| path.join(name)).collect();
        if wanted.is_empty() {
            return Err(io::Error::other("git lists no files to copy"));
        }
        fs::create_dir_all(&path)?;
        remove_others(&path, &wanted)?;
        for copy in &wanted {
            let original = fs::read(root.join(copy.strip_prefix(&path).map_err(io::Error::other)?))?;
            if fs::read(copy).ok().as_ref() != Some(&original) {
                fs::create_dir_all(copy.parent().unwrap_or(&path))?;
                fs::write(copy, original)?;
            }
        }
        Ok(Self { path, target })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Breaks the copy. `None` where a text to replace does not occur exactly once.
    pub(crate) fn apply(&self, mutation: &Mutation) -> io::Result<Option<Applied>> {
        let mut applied = Applied(Vec::new());
        for edit in &mutation.edit {
            let path = self.path.join(&edit.file);
            let text = fs::read_to_string(&path)?;
            if text.matches(&edit.find).count() != 1 {
                return Ok(None);
            }
            fs::write(&path, text.replacen(&edit.find, &edit.replace, 1))?;
            applied.0.push((path, text));
        }
        Ok(Some(applied))
    }
}

impl Drop for Applied {
    fn drop(&mut self) {
        // Backwards, so that a file that was edited twice is as it was at first. What could not be written back
        // is written by the next copy.
        for (path, text) in self.0.drain(..).rev() {
            let _ = fs::write(path, text);
        }
    }
}

fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
