//! What the published crates bring along, from `cargo metadata`: the drawing of `ARCHITECTURE.md`, the
//! promise to be light, licences, and the oldest compiler.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "dependencies/license.rs"]
mod license;
#[path = "dependencies/tree.rs"]
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use tree::{Chosen, Tree};

/// Whom a crate may name. One that is not in here may name nobody.
const DRAWING: [(&str, &[&str]); 7] = [
    ("alliance-safety", &[]),
    ("alliance-measures", &[]),
    ("alliance-core", &["alliance-measures", "alliance-safety"]),
    ("alliance-memory", &["alliance-core"]),
    ("alliance-protocols", &["alliance-core"]),
    ("alliance-backends", &["alliance-core"]),
    (
        "alliance-engine",
        &[
            "alliance-backends",
            "alliance-core",
            "alliance-measures",
            "alliance-memory",
            "alliance-protocols",
            "alliance-safety",
        ],
    ),
];

/// All features of the crates in which an off-switch could hide.
const FEATURES: [(&str, &[&str]); 2] =
    [("alliance-core", &["testing", "tiktoken", "tokio"]), ("alliance-safety", &["testing", "training"])];

/// HTTP, TLS, async runtimes and databases; `hyper-` stands for every name that begins so.
const HEAVY: [&str; 52] = [
    "actix-",
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "attohttpc",
    "awc",
    "aws-",
    "boring",
    "curl",
    "curl-",
    "diesel",
    "embassy-",
    "fjall",
    "glommio",
    "h2",
    "h3",
    "heed",
    "hyper",
    "hyper-",
    "isahc",
    "libsql",
    "libsqlite3-sys",
    "lmdb",
    "minreq",
    "mio",
    "mongodb",
    "monoio",
    "mysql",
    "native-tls",
    "openssl",
    "openssl-",
    "polling",
    "postgres",
    "quinn",
    "redb",
    "redis",
    "reqwest",
    "reqwest-",
    "rocksdb",
    "rusqlite",
    "rustls",
    "rustls-",
    "s2n-",
    "sled",
    "smol",
    "socket2",
    "sqlx",
    "surf",
    "tokio-",
    "tower-",
    "ureq",
];

/// What tokio would bring with it beyond a clock.
const RUNTIME: [&str; 6] = ["fs", "full", "net", "process", "rt", "rt-multi-thread"];

#[test]
fn light() {
    for chosen in Chosen::BOTH {
        for root in ["alliance-core", "alliance-safety"] {
            for (name, features) in tree::alone(root, chosen) {
                assert!(!is_heavy(&name), "{root} brings {name} with {chosen:?} features");
                if name == "tokio" {
                    assert_eq!((root, chosen), ("alliance-core", Chosen::All), "tokio is a feature of core");
                    assert!(RUNTIME.iter().all(|feature| !features.contains(*feature)), "{features:?}");
                }
            }
        }
    }
}

#[test]
fn every_dependency_was_added_by_hand() {
    let roots: BTreeSet<_> = DRAWING.map(|(name, _)| name.to_owned()).into();
    let names = Chosen::BOTH.map(|chosen| {
        let all = roots.iter().flat_map(|root| tree::alone(root, chosen).into_keys());
        all.filter(|name| !roots.contains(name)).collect::<BTreeSet<_>>()
    });
    let [default, all] = &names;
    assert!(default.is_subset(all), "a feature takes a dependency away");
    let found =
        all.iter().map(|name| (name.clone(), if default.contains(name) { "default" } else { "feature" }));
    let found: BTreeMap<_, _> = found.collect();
    let listed = include_str!("dependencies.txt").lines().filter(|line| !line.starts_with('#'));
    let listed = listed.map(|line| line.split_once(' ').unwrap_or_else(|| panic!("no mark in `{line}`")));
    let listed: BTreeMap<_, _> = listed.map(|(name, mark)| (name.to_owned(), mark.trim())).collect();
    let added: Vec<_> = found.iter().filter(|entry| listed.get(entry.0) != Some(entry.1)).collect();
    let gone: Vec<_> = listed.iter().filter(|entry| found.get(entry.0) != Some(entry.1)).collect();
    assert!(
        added.is_empty() && gone.is_empty(),
        "tests/dependencies.txt: not listed so: {added:?}; listed, and not so: {gone:?}"
    );
}

#[test]
fn who_may_know_whom() {
    let tree = Tree::read(Chosen::All);
    let drawing = BTreeMap::from(DRAWING);
    let published: BTreeSet<_> =
        tree.published().into_iter().map(|id| tree.metadata[&id].name.to_string()).collect();
    assert_eq!(
        published,
        drawing.keys().map(|name| (*name).to_owned()).collect(),
        "the crates of the drawing"
    );
    for name in published {
        for dependency in &tree.metadata[&tree.member(&name)].dependencies {
            let normal = dependency.kind == cargo_metadata::DependencyKind::Normal;
            if normal && dependency.name.starts_with("alliance") {
                let allowed = drawing[&*name].contains(&&*dependency.name);
                assert!(allowed, "{name} may not know {}", dependency.name);
            }
        }
    }
    let safety = tree.metadata[&tree.member("alliance-core")].dependencies.iter();
    let mut safety = safety.filter(|dependency| dependency.name == "alliance-safety");
    assert!(safety.any(|dependency| !dependency.optional), "core has no safety to be without");
}

#[test]
fn every_license_is_permissive() {
    let tree = Tree::read(Chosen::All);
    for id in tree.closure(tree.published()) {
        let package = &tree.metadata[&id];
        let license = package.license.as_deref().unwrap_or("none");
        assert!(license::is_permissive(license), "{} {}: `{license}`", package.name, package.version);
    }
}

#[test]
fn the_oldest_compiler_is_new_enough() {
    let tree = Tree::read(Chosen::Default);
    let published = tree.published();
    let ours: BTreeSet<_> = published.iter().map(|id| tree.metadata[id].rust_version.clone()).collect();
    assert_eq!(ours.len(), 1, "one rust-version for the whole workspace");
    let ours = ours.into_iter().next().flatten().unwrap();
    for id in tree.closure(published) {
        let package = &tree.metadata[&id];
        let needs = package.rust_version.clone();
        assert!(needs.is_none_or(|needs| needs <= ours), "{} {}", package.name, package.version);
    }
}

#[test]
fn no_feature_is_an_off_switch() {
    let tree = Tree::read(Chosen::All);
    for (name, expected) in FEATURES {
        let features: Vec<_> = tree.metadata[&tree.member(name)].features.keys().collect();
        assert_eq!(features, expected, "{name}");
    }
}

fn is_heavy(name: &str) -> bool {
    HEAVY.iter().any(|heavy| name == *heavy || (heavy.ends_with('-') && name.starts_with(heavy)))
}
