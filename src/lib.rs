//! A library from which a host assembles a therapist agent.
//!
//! # A guided tour
//!
//! - [`safety`] screens what a person says and reviews what is about to be said. No agent exists without it.
//! - [`agent`] puts the parts together; [`session`] is one conversation, [`turn`] one exchange in it.
//! - [`backend`], [`store`], [`protocol`] and the other contracts are small traits that work as `dyn`. Each has
//!   numbered clauses, and feature `testing` brings one named test for each.
//! - [`memory`], [`backends`], `protocols` and [`measures`] implement them.
//!
//! The guides in `docs/` go through each contract with a whole program that is compiled with the tests.
//!
//! # A first session
//!
//! ```
//! # futures::executor::block_on(async {
//! use alliance::prelude::*;
//!
//! let safety = SafetyLayer::new(CrisisPlan::built_in())?;
//! let agent = Agent::builder(safety, Reflective::new(), Escalation::none("a first try"))
//!     .store(InMemoryStore::new())
//!     .build()?;
//! let session = agent.open(UserId::from_name("sam"), SessionChoice::Resume).await?;
//! let reply = session.turn("I could not sleep again.").await?.finish().await?;
//! println!("{}", reply.text());
//! # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `sqlite` | yes | `memory::SqliteStore`: one encrypted file a person (builds SQLCipher and OpenSSL from source) |
//! | `static-embedder` | no | `memory::StaticEmbedder`: recall by what English words mean, without a model (2.1 MB of vectors in the program) |
//! | `protocols` | yes | `protocols`: structured conversations from files, and the library |
//! | `reflective` | yes | `backends::Reflective`, which needs no model |
//! | `openai` | no | `backends::OpenAiCompatible`: OpenAI, vLLM, llama.cpp, LM Studio (reqwest, rustls with ring) |
//! | `anthropic` | no | `backends::Anthropic` (the same client) |
//! | `ollama` | no | `backends::Ollama` (the same client) |
//! | `resilient` | no | `backends::Resilient`: deadlines, further tries, fallbacks; comes with the three above |
//! | `tokio` | no | `clock::TokioTimer` |
//! | `tiktoken` | no | `token::Tiktoken` |
//! | `observe` | no | `observe`: `tracing` spans for turns and their stages, without words |
//! | `testing` | no | doubles, and the laws as macros |
//!
//! No feature switches safety off, and no default one brings an HTTP client.

#[cfg(feature = "observe")]
pub mod observe;

pub use alliance_backends as backends;
pub use alliance_core::{
    agent, backend, classifier, clock, consent, consolidate, escalation, export, host, id, message, prompt,
    protocol, recall, record, session, store, token, turn,
};
#[cfg(feature = "testing")]
pub use alliance_core::{
    consolidator_laws, embedder_laws, llm_backend_laws, memory_store_laws, protocol_laws, testing,
};
pub use alliance_measures as measures;
pub use alliance_memory as memory;
#[cfg(feature = "protocols")]
pub use alliance_protocols as protocols;
pub use alliance_safety as safety;

/// The README, so that its first session is compiled and run with the tests.
#[cfg(all(doctest, feature = "reflective"))]
#[doc = include_str!("../README.md")]
pub struct ReadmeDoctests;

/// The guides, so that their code is compiled and run with the tests.
#[cfg(all(doctest, feature = "reflective", feature = "testing"))]
mod guides {
    #[doc = include_str!("../docs/writing-a-backend.md")]
    mod backend {}
    #[doc = include_str!("../docs/writing-a-store.md")]
    mod store {}
    #[doc = include_str!("../docs/writing-a-detector.md")]
    mod detector {}
    #[doc = include_str!("../docs/embedding.md")]
    mod embedding {}
    #[doc = include_str!("../docs/semver.md")]
    mod semver {}
    #[cfg(feature = "sqlite")]
    #[doc = include_str!("../docs/storage.md")]
    mod storage {}
    #[cfg(feature = "protocols")]
    #[doc = include_str!("../docs/glossary.md")]
    mod glossary {}
    #[cfg(feature = "protocols")]
    #[doc = include_str!("../docs/writing-a-protocol.md")]
    mod protocol {}
}

/// The names of a first session, to be imported with a star.
pub mod prelude {
    #[cfg(feature = "reflective")]
    pub use alliance_backends::Reflective;
    pub use alliance_core::{
        agent::{Agent, SessionChoice},
        escalation::Escalation,
        id::UserId,
        turn::TurnEvent,
    };
    pub use alliance_memory::InMemoryStore;
    #[cfg(feature = "sqlite")]
    pub use alliance_memory::{FileKeys, MasterKey, SqliteStore};
    pub use alliance_safety::{CrisisPlan, SafetyLayer};
}
