//! The dependencies of the workspace as cargo resolves them.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// The one platform that is looked at, so that the list is the same on every machine. Cargo has only the
/// packages of its own platform at hand when it may not ask the registry.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Which features are on, in every crate of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    Default,
    All,
}

impl Chosen {
    pub(crate) const BOTH: [Self; 2] = [Self::Default, Self::All];
}

/// Packages and who needs whom. Cargo joins the features of tests with those of libraries here, so a closure
/// can be too large, and never too small.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) metadata: Metadata,
    needs: BTreeMap<PackageId, Vec<PackageId>>,
}

impl Tree {
    pub(crate) fn read(chosen: Chosen) -> Self {
        // On the tree's own platform nothing has to be fetched; elsewhere the other packages do.
        let metadata = run(chosen, &["--offline"]).or_else(|_| run(chosen, &[])).unwrap();
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let needs = nodes.map(|node| {
            let normal = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            });
            (node.id.clone(), normal.map(|dependency| dependency.pkg.clone()).collect())
        });
        Self { needs: needs.collect(), metadata }
    }

    /// The crates that are published.
    pub(crate) fn published(&self) -> Vec<PackageId> {
        let members = self.metadata.workspace_packages().into_iter();
        members.filter(|package| package.publish.is_none()).map(|package| package.id.clone()).collect()
    }

    pub(crate) fn member(&self, name: &str) -> PackageId {
        let members = self.metadata.workspace_packages();
        let member = members.into_iter().find(|package| package.name == name);
        member.unwrap_or_else(|| panic!("no crate {name} in the workspace")).id.clone()
    }

    /// Everything that `roots` need to run, and themselves.
    pub(crate) fn closure(&self, roots: impl IntoIterator<Item = PackageId>) -> BTreeSet<PackageId> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<_> = roots.into_iter().collect();
        while let Some(id) = open.pop() {
            if seen.insert(id.clone()) {
                open.extend(self.needs[&id].iter().cloned());
            }
        }
        seen
    }
}

/// Everything that one crate needs to run where it is built alone, with the features that it is built with. What other
/// crates of the workspace ask of the same packages is not in it.
pub(crate) fn alone(root: &str, chosen: Chosen) -> BTreeMap<String, BTreeSet<String>> {
    let list = |extra: &[&str]| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["tree", "--locked", "--target", PLATFORM, "-p", root, "-e", "normal"]).args(extra);
        cargo.args(["--prefix", "none", "--no-dedupe", "-f", "{p}\t{f}"]);
        if chosen == Chosen::All {
            cargo.arg("--all-features");
        }
        let output = cargo.output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    let list = list(&["--offline"]).or_else(|| list(&[])).unwrap();
    let packages = list.lines().map(|line| {
        let (package, features) = line.split_once('\t').unwrap();
        let name = package.split(' ').next().unwrap().to_owned();
        (name, features.split(',').map(ToOwned::to_owned).collect())
    });
    let packages: BTreeMap<_, _> = packages.collect();
    assert!(packages.contains_key(root), "cargo lists {root}");
    packages
}

fn run(chosen: Chosen, extra: &[&str]) -> Result<Metadata, cargo_metadata::Error> {
    let mut options = vec!["--locked".to_owned(), "--filter-platform".to_owned(), PLATFORM.to_owned()];
    options.extend(extra.iter().map(|option| (*option).to_owned()));
    if chosen == Chosen::All {
        options.push("--all-features".to_owned());
    }
    MetadataCommand::new().manifest_path("Cargo.toml").other_options(options).exec()
}
