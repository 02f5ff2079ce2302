//! The exercises that the program has.

use alliance::{
    agent::AgentBuilder,
    protocols::{Definition, DefinitionError, Library},
    safety::SafetyLayer,
};

/// Every exercise of the library.
pub(crate) fn built_in(safety: &SafetyLayer) -> Result<Vec<Definition>, DefinitionError> {
    Ok(Library::built_in(safety)?.into_iter().collect())
}

/// Adds exercises, and says whether there are any. An exercise that is refused takes neither the talk nor the way to
/// help with it: the program has none then.
pub(crate) fn add(
    builder: AgentBuilder,
    exercises: Result<Vec<Definition>, DefinitionError>,
) -> (AgentBuilder, bool) {
    let are_there = exercises.is_ok();
    (exercises.into_iter().flatten().fold(builder, AgentBuilder::with_protocol), are_there)
}

#[cfg(test)]
mod tests {
    use alliance::{
        agent::Agent, backends::Reflective, escalation::Escalation, memory::InMemoryStore,
        protocols::Definition, safety::CrisisPlan,
    };

    use super::*;

    #[test]
    fn a_refused_exercise_takes_nothing_else_away() {
        let safety = SafetyLayer::new(CrisisPlan::built_in()).unwrap();
        let builder = || {
            Agent::builder(safety.clone(), Reflective::new(), Escalation::none("a test"))
                .store(InMemoryStore::new())
        };
        let (without, are_there) = add(
            builder(),
            Definition::load("spoiled", "nothing of a definition", &safety).map(|one| vec![one]),
        );
        assert!(!are_there && without.build().is_ok());
        let (with, are_there) = add(builder(), built_in(&safety));
        assert!(are_there && with.build().is_ok());
    }
}
