//! The reference store and the rules that make memories keep every clause of their contracts.

#![allow(clippy::expect_used, reason = "the helpers of tests belong to the tests")]

mod in_memory {
    alliance_core::memory_store_laws!(alliance_memory::InMemoryStore::new);
}

mod a_model_that_says_nothing {
    use alliance_core::testing::{ScriptedBackend, safety_layer};
    use alliance_memory::ModelConsolidator;

    alliance_core::consolidator_laws!(|| ModelConsolidator::new(
        safety_layer(),
        ScriptedBackend::new().always(r#"{"summary":[],"episodes":[],"facts":[]}"#),
    )
    .expect("the built-in rules"));
}

/// A model that makes a memory of every turn, word for word.
mod a_model_that_keeps_everything {
    use alliance_core::{
        backend::{BackendError, Chunk, ChunkStream, LlmBackend, StopReason},
        prompt::Prompt,
        testing::safety_layer,
    };
    use alliance_memory::ModelConsolidator;
    use futures::{StreamExt, stream};
    use serde_json::{Value, json};

    #[derive(Debug)]
    struct Quoting;

    #[async_trait::async_trait]
    impl LlmBackend for Quoting {
        async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
            let told: Value = serde_json::from_str(prompt.person()).expect("the transcript is JSON");
            let turns = told["turns"].as_array().cloned().unwrap_or_default();
            let spoken = turns.iter().filter(|turn| turn["said"].as_str().is_some_and(|said| said.len() > 8));
            let episodes: Vec<Value> = spoken
                .filter(|turn| turn["fresh"] == true)
                .map(|turn| {
                    json!({ "text": turn["said"], "turns": [turn["number"]], "people": [], "salience": 50,
                        "valence": 0, "intensity": 0, "delicate": false })
                })
                .collect();
            let answer = json!({ "summary": [], "episodes": episodes, "facts": [] }).to_string();
            let end = Chunk::End { stop: StopReason::Complete, usage: None };
            Ok(stream::iter([Ok(Chunk::Words(answer)), Ok(end)]).boxed())
        }
    }

    fn consolidator() -> ModelConsolidator {
        ModelConsolidator::new(safety_layer(), Quoting).expect("the built-in rules")
    }

    alliance_core::consolidator_laws!(consolidator);

    #[test]
    fn it_does_keep_something() {
        use alliance_core::{
            consolidate::{Consolidator, Transcript, TranscriptTurn},
            id::TurnId,
            safety::{Locale, Timestamp},
        };
        let turn = TurnId::new(uuid::Uuid::from_u128(1));
        let turn =
            TranscriptTurn::new(turn, Timestamp::UNIX_EPOCH, Locale::En, "I moved to York with my sister.");
        let made = futures::executor::block_on(consolidator().consolidate(&Transcript::new(vec![turn])));
        assert_eq!(made.expect("a sound answer").episodes.len(), 1);
    }
}

mod rules {
    alliance_core::consolidator_laws!(
        || alliance_memory::RuleConsolidator::built_in().expect("the rules of this crate can be read")
    );
}
