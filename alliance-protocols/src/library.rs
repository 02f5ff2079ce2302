//! The protocols that this crate brings, and sets of protocols that hand over to each other.

use std::fmt;

use alliance_core::protocol::Protocol as _;
use alliance_core::safety::SafetyLayer;

use crate::{Definition, DefinitionError, Fault, check::Admitted};

const SESSION: (&str, &str) = ("session.toml", include_str!("../protocols/session.toml"));
const THOUGHT_RECORD: (&str, &str) =
    ("thought_record.toml", include_str!("../protocols/thought_record.toml"));
const GROUNDING: (&str, &str) = ("grounding_54321.toml", include_str!("../protocols/grounding_54321.toml"));
const BUILT_IN: [(&str, &str); 3] = [SESSION, THOUGHT_RECORD, GROUNDING];

/// A set of definitions in which everything that one hands over to is there.
#[derive(Clone)]
pub struct Library(Vec<Definition>);

impl Library {
    /// The protocols of this crate.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] where one does not load. With the rules of this version all do; a host's own safety
    /// layer knows no other.
    pub fn built_in(safety: &SafetyLayer) -> Result<Self, DefinitionError> {
        Self::load(&BUILT_IN, safety)
    }

    /// Reads files, each a name and a text. Everything that is wrong with any of them is in the error.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] names each fault with its file.
    pub fn load(files: &[(&str, &str)], safety: &SafetyLayer) -> Result<Self, DefinitionError> {
        let (mut loaded, mut faults) = (Vec::new(), Vec::new());
        let mut seen = Admitted::default();
        for (name, text) in files {
            match Definition::load_beside(name, text, safety, &mut seen) {
                Ok(definition) => loaded.push(definition),
                Err(error) => faults.extend_from_slice(error.faults()),
            }
        }
        if faults.is_empty() { Self::new(loaded) } else { Err(DefinitionError::of(faults)) }
    }

    /// A set of definitions that were loaded one by one.
    ///
    /// # Errors
    ///
    /// Where two have one name, where one hands over to a protocol that is not there, or where they hand over in
    /// a circle.
    pub fn new(definitions: Vec<Definition>) -> Result<Self, DefinitionError> {
        let library = Self(definitions);
        let mut faults = Vec::new();
        for (index, definition) in library.0.iter().enumerate() {
            faults.extend(library.dangling(definition));
            let name = definition.id().name();
            if library.0[..index].iter().any(|other| other.id().name() == name) {
                let message = format!("there is another protocol `{name}` in this library; keep one");
                faults.push(Fault { file: definition.file().into(), line: 1, column: 1, message });
            }
        }
        if faults.is_empty() { Ok(library) } else { Err(DefinitionError::of(faults)) }
    }

    /// The protocols, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.0.iter()
    }

    /// A protocol by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.0.iter().find(|definition| definition.id().name() == name)
    }

    /// References of a definition to protocols that are not there or that lead back to it.
    fn dangling(&self, definition: &Definition) -> Vec<Fault> {
        let faults = definition.machine().references.iter().filter_map(|reference| {
            let fault = |message| Some(Fault { message, ..reference.place.clone() });
            if self.get(&reference.id).is_none() {
                let names = self.0.iter().map(|definition| definition.id().name());
                let near = crate::definition::closest(&reference.id, names);
                return fault(format!("there is no protocol `{}` in this library{near}", reference.id));
            }
            let back = reference.child && self.leads_to(&reference.id, definition.id().name());
            if back {
                return fault(format!(
                    "`{}` hands over to this protocol again; break the circle",
                    reference.id
                ));
            }
            None
        });
        faults.collect()
    }

    fn leads_to(&self, from: &str, to: &str) -> bool {
        let (mut seen, mut ahead) = (Vec::new(), vec![from.to_owned()]);
        while let Some(name) = ahead.pop() {
            if name == to {
                return true;
            }
            if let Some(definition) = self.get(&name).filter(|_| !seen.contains(&name)) {
                let children = definition.machine().references.iter().filter(|reference| reference.child);
                ahead.extend(children.map(|reference| reference.id.clone()));
            }
            seen.push(name);
        }
        false
    }
}

impl IntoIterator for Library {
    type Item = Definition;
    type IntoIter = std::vec::IntoIter<Definition>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|definition| definition.id().to_string())).finish()
    }
}

/// The frame of a session: how it is, what to look at, the work, what to take along.
///
/// # Errors
///
/// [`DefinitionError`] where review stops one of its texts.
pub fn session(safety: &SafetyLayer) -> Result<Definition, DefinitionError> {
    let (name, text) = SESSION;
    Definition::load(name, text, safety)
}

/// Looks at one thought: what speaks for it, what speaks against it, what else could be.
///
/// # Errors
///
/// [`DefinitionError`] where review stops one of its texts.
pub fn thought_record(safety: &SafetyLayer) -> Result<Definition, DefinitionError> {
    let (name, text) = THOUGHT_RECORD;
    Definition::load(name, text, safety)
}

/// Grounding with the five senses.
///
/// # Errors
///
/// [`DefinitionError`] where review stops one of its texts.
pub fn grounding_54321(safety: &SafetyLayer) -> Result<Definition, DefinitionError> {
    let (name, text) = GROUNDING;
    Definition::load(name, text, safety)
}
