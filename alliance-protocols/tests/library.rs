//! The protocols of this crate as a set: they load alone and together, and each is for whom it says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use alliance_core::{
    protocol::{Flag, Instead, Protocol as _},
    safety::Locale,
    testing::safety_layer,
};
use alliance_protocols::{Definition, Library, grounding_54321, session, thought_record};
use sha2::{Digest as _, Sha256};

fn library() -> Library {
    Library::built_in(&safety_layer()).unwrap()
}

#[test]
fn each_loads_alone() {
    let safety = safety_layer();
    for (make, name) in [
        (grounding_54321 as fn(&_) -> _, "grounding_54321"),
        (session, "session"),
        (thought_record, "thought_record"),
    ] {
        assert_eq!(make(&safety).unwrap().id().name(), name);
    }
}

#[test]
fn a_session_can_hand_over_to_the_others() {
    let library = library();
    let about = library.get("session").unwrap().about();
    let children: Vec<&str> = about.children.iter().map(|child| &**child).collect();
    assert_eq!(children, ["thought_record", "grounding_54321"]);
    assert!(library.get("grounding_54321").unwrap().about().calm, "grounding may be offered after a crisis");
    assert!(!library.get("thought_record").unwrap().about().calm, "disputing thoughts may not");
}

/// Flags against protocols, exactly as the table of protocols declares them.
#[test]
fn contraindications_are_as_declared() {
    let grounding = || Instead::Protocol("grounding_54321".into());
    let declared = |protocol: &str, flag: Flag| match (protocol, flag) {
        ("grounding_54321", Flag::Violence) => Some(Instead::Refuse),
        ("thought_record", Flag::Psychosis | Flag::Mania | Flag::Obsessions) => Some(Instead::Clinician),
        ("thought_record", Flag::Dissociation) => Some(grounding()),
        _ => None,
    };
    let library = library();
    for definition in library.iter() {
        let about = definition.about();
        for flag in Flag::ALL {
            let held = about.contraindications.iter().find(|against| against.flag == flag);
            let expected = declared(definition.id().name(), flag);
            assert_eq!(held.map(|against| against.instead.clone()), expected, "{} {flag}", definition.id());
        }
    }
}

/// A change of a text shows in the diff of `fixed_texts.txt`. To write it anew: `ALLIANCE_WRITE=1`.
#[test]
fn every_text_is_the_one_that_was_audited() {
    let mut lines = Vec::new();
    for definition in library().iter() {
        lines.push(format!("# {} reviewed by: {}", definition.id(), definition.reviewed_by()));
        for text in definition.texts() {
            let hash = Sha256::digest(text.text.as_bytes());
            let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            lines.push(format!("{} {} {} {hash}", definition.id(), text.locale, text.key));
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixed_texts.txt");
    let now = lines.join("\n") + "\n";
    if std::env::var_os("ALLIANCE_WRITE").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let audited = std::fs::read_to_string(path).unwrap();
    let changed = now.lines().zip(audited.lines()).find(|(now, audited)| now != audited);
    assert_eq!(changed, None, "a text changed: read it, then write the file anew");
    assert_eq!(now, audited);
}

#[test]
fn no_text_shouts() {
    for definition in library().iter() {
        for text in definition.texts() {
            assert!(!text.text.contains('!'), "{} {} {}", definition.id(), text.key, text.locale);
            let formal =
                text.locale == Locale::De && text.text.split_whitespace().any(|word| word == "Ihnen");
            assert!(!formal, "{} {}: du", definition.id(), text.key);
        }
    }
}

/// One question at a time: a text that is said asks at most once.
#[test]
fn no_own_text_asks_two_questions() {
    for definition in library().iter() {
        let own = definition.texts().iter().filter(|text| !text.key.starts_with("pack."));
        // Help may ask in two ways, as a choice for the person.
        for text in own.filter(|text| !text.key.ends_with("_help")) {
            let questions = text.text.matches('?').count();
            assert!(questions <= 1, "{} {} {}", definition.id(), text.key, text.locale);
        }
    }
}

#[test]
fn what_is_missing_in_a_library_is_named_with_its_place() {
    let alone: Vec<Definition> = vec![session(&safety_layer()).unwrap()];
    let error = Library::new(alone).unwrap_err();
    let lines: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 2, "{error}");
    assert!(lines[0].ends_with("there is no protocol `thought_record` in this library; there is `session`"));
    let twice = vec![grounding_54321(&safety_layer()).unwrap(), grounding_54321(&safety_layer()).unwrap()];
    let error = Library::new(twice).unwrap_err();
    assert!(error.to_string().contains("there is another protocol `grounding_54321`"));
}

#[test]
fn the_drawing_shows_every_state_and_the_way_out() {
    for definition in library().iter() {
        let drawn = definition.to_mermaid();
        for state in definition.states() {
            assert!(drawn.contains(&format!("    {state} : {state} (")), "{state}");
        }
        assert!(drawn.contains("any --> crisis : a sign of danger"));
    }
}
