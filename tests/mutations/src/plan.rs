//! What is broken, and which test has to notice.

use std::{error::Error, fmt, fs, path::Path};

use serde::Deserialize;

/// All mutations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) mutation: Vec<Mutation>,
}

/// One way to break the code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mutation {
    pub(crate) name: String,
    pub(crate) invariant: String,
    /// The package of the test.
    package: String,
    /// The file of the test, without `.rs`.
    target: String,
    /// The name of the test; the invariant's where it is left out.
    test: Option<String>,
    /// The one case of a compile-fail test that is built, to be quick.
    case: Option<String>,
    pub(crate) edit: Vec<Edit>,
}

/// A text that occurs once in a file, and what stands there instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    pub(crate) file: String,
    pub(crate) find: String,
    pub(crate) replace: String,
}

/// Where a test is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TestName {
    pub(crate) package: String,
    pub(crate) target: String,
    pub(crate) test: String,
    pub(crate) case: Option<String>,
}

impl Plan {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(toml::from_str(&fs::read_to_string(path)?)?)
    }

    /// The mutations that have one of `names`, or whose invariant has; all where there are no names.
    pub(crate) fn named(&self, names: &[String]) -> Result<Vec<&Mutation>, String> {
        if let Some(unknown) = names.iter().find(|name| !self.mutation.iter().any(|one| one.is_named(name))) {
            return Err(format!("no mutation is named `{unknown}`"));
        }
        let chosen = |one: &&Mutation| names.is_empty() || names.iter().any(|name| one.is_named(name));
        Ok(self.mutation.iter().filter(chosen).collect())
    }
}

impl Mutation {
    pub(crate) fn test(&self) -> TestName {
        TestName {
            package: self.package.clone(),
            target: self.target.clone(),
            test: self.test.as_ref().unwrap_or(&self.invariant).clone(),
            case: self.case.clone(),
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.name == name || self.invariant == name
    }
}

impl fmt::Display for TestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}::{}", self.package, self.target, self.test)?;
        self.case.iter().try_for_each(|case| write!(f, " {case}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::PathBuf};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
    }

    fn plan() -> Plan {
        Plan::read(&root().join("tests/mutations/mutations.toml")).unwrap()
    }

    #[test]
    fn every_text_to_break_occurs_once() {
        for mutation in plan().mutation {
            for edit in mutation.edit {
                let text = fs::read_to_string(root().join(&edit.file)).unwrap();
                assert_eq!(text.matches(&edit.find).count(), 1, "{} in {}", mutation.name, edit.file);
                assert_ne!(edit.find, edit.replace, "{}", mutation.name);
            }
        }
    }

    #[test]
    fn every_invariant_is_broken_at_least_once() {
        let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
        let table = text.split("| invariant | test |").nth(1).unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let named: BTreeSet<_> = rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect();
        let broken: BTreeSet<_> = plan().mutation.into_iter().map(|mutation| mutation.invariant).collect();
        assert_eq!((named.len(), named), (12, broken));
    }

    #[test]
    fn no_two_mutations_have_one_name() {
        let plan = plan();
        let names: BTreeSet<_> = plan.mutation.iter().map(|mutation| &mutation.name).collect();
        assert_eq!(names.len(), plan.mutation.len());
    }
}
