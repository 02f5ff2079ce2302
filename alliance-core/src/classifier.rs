//! A model's second opinion on risk.

use std::{error::Error, fmt, sync::Arc};

use alliance_safety::{Findings, Screening};
use async_trait::async_trait;

/// A second opinion on what was said, usually by a model. Raises only.
///
/// - **C1 raises only** – its findings join by `max`; nothing that it says lowers a level.
/// - **C2 fails closed** – an error, or no answer in its deadline, is `Unavailable` and never "no sign".
/// - **C3 not in the way** – a crisis reply never waits for it.
/// - **C4 keeps quiet** – no words in `Debug`, errors or logs.
#[async_trait]
pub trait RiskClassifier: fmt::Debug + Send + Sync {
    /// Looks at what was screened.
    ///
    /// # Errors
    ///
    /// When it has no opinion to give.
    async fn assess(&self, screening: &Screening) -> Result<Findings, ClassifierError>;
}

#[async_trait]
impl<C: RiskClassifier + ?Sized> RiskClassifier for Arc<C> {
    async fn assess(&self, screening: &Screening) -> Result<Findings, ClassifierError> {
        (**self).assess(screening).await
    }
}

#[async_trait]
impl<C: RiskClassifier + ?Sized> RiskClassifier for Box<C> {
    async fn assess(&self, screening: &Screening) -> Result<Findings, ClassifierError> {
        (**self).assess(screening).await
    }
}

/// A classifier has no opinion to give. Holds no words of a conversation.
#[derive(Debug, thiserror::Error)]
#[error("the risk classifier gave no opinion")]
#[non_exhaustive]
pub struct ClassifierError {
    /// What to read.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl ClassifierError {
    /// No opinion, for this reason. It must not hold words of a conversation.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()) }
    }
}
