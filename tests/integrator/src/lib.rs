//! Every contract of the engine, implemented once, as an integrator would: through the facade and nothing else.
//!
//! What is here is small rather than useful. Whether it can be written at all, under which names, and whether
//! it keeps the laws, is what the tests of this crate look at.

pub mod backend;
pub mod host;
pub mod measure;
pub mod memory;
pub mod protocol;
pub mod risk;
pub mod store;

/// Counts how often the parts of an agent were asked, so that a test can tell that each was used.
#[derive(Clone, Debug, Default)]
pub struct Calls(std::sync::Arc<std::sync::Mutex<std::collections::BTreeMap<&'static str, usize>>>);

impl Calls {
    /// Notes one call of a part.
    pub fn note(&self, part: &'static str) {
        *self.lock().entry(part).or_default() += 1;
    }

    /// How often a part was called.
    pub fn of(&self, part: &str) -> usize {
        self.lock().get(part).copied().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<&'static str, usize>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
