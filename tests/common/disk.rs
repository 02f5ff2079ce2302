//! A real store in a folder of its own.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use alliance::memory::{FileKeys, MasterKey, SqliteOptions, SqliteStore};
use alliance::testing::block_on;

/// A folder of its own, which goes when it is dropped.
pub struct Disk(pub PathBuf);

impl Disk {
    pub fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("alliance-test-{}-{name}", std::process::id()));
        let _gone = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn keys(&self) -> FileKeys {
        FileKeys::open(self.0.join("keys"), MasterKey::new([7; 32])).unwrap()
    }

    pub fn store(&self) -> SqliteStore {
        block_on(SqliteStore::open(self.0.join("store"), self.keys())).unwrap()
    }

    /// The same without threads: what it does is done where it is polled, in one order.
    pub fn inline_store(&self) -> SqliteStore {
        let options = SqliteOptions::default().threads(0);
        block_on(SqliteStore::open_with(self.0.join("store"), self.keys(), options)).unwrap()
    }

    /// What is in every file, journals too.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, out: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, out)
                } else {
                    out.push((path.clone(), fs::read(&path).unwrap()))
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.0, &mut out);
        out
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
