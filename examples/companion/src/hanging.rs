//! Parts that never answer, to try what a person sees then.

use alliance::{
    backend::{BackendError, ChunkStream, LlmBackend},
    consent::Batch,
    escalation::{EscalationError, EscalationSink, Notice},
    id::UserId,
    prompt::Prompt,
    store::{
        ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page, Revision, Selection,
        StoreError,
    },
};
use async_trait::async_trait;
use futures::future::pending;

#[derive(Debug)]
pub(crate) struct Hanging;

#[async_trait]
impl LlmBackend for Hanging {
    async fn generate(&self, _prompt: Prompt) -> Result<ChunkStream, BackendError> {
        pending().await
    }
}

#[async_trait]
impl EscalationSink for Hanging {
    async fn deliver(&self, _notice: &Notice) -> Result<(), EscalationError> {
        pending().await
    }
}

#[async_trait]
impl MemoryStore for Hanging {
    async fn append(&self, _user: UserId, _expect: Expect, _batch: Batch) -> Result<Revision, StoreError> {
        pending().await
    }

    async fn read(&self, _user: UserId, _selection: &Selection) -> Result<Page, StoreError> {
        pending().await
    }

    async fn forget(&self, _user: UserId, _what: &Forget) -> Result<ErasureReceipt, StoreError> {
        pending().await
    }

    async fn handles(&self, _query: &HandleQuery) -> Result<HandlePage, StoreError> {
        pending().await
    }
}
