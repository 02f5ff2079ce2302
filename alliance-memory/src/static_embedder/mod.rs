//! An embedder that comes with the crate: a vector for each piece of a word, and no model at run time.

mod table;
#[cfg(test)]
mod tests;
mod words;

use std::{fmt, sync::Arc};

use alliance_core::host::{Embedder, HostError};
use async_trait::async_trait;

use table::Table;

static FILE: &[u8] = include_bytes!("../../data/static_embedder/vectors.bin");

/// Found on the LoCoMo conversations 26 and 30: hardly a question about somebody else's life is as close to a memory.
const CLOSE: f32 = 0.6;

/// A text with more pieces than so many for so many words is not English. Of English messages written for this project 2 %
/// have more, of German ones 99 %, of Romance ones 93 to 99 %: their pieces say nothing, and are all close to each other.
const PIECES: usize = 4;
const PER_WORDS: usize = 3;

/// An [`Embedder`] without a model: a text's vector is the sum of the vectors of its pieces of words, at length 1.
///
/// - **Language**: English. A text that falls apart into pieces which are no words, as one in German or Spanish does, has the
///   zero vector, which is close to nothing, and so has one in another script: such texts gain nothing.
/// - **Meaning**: of words, not of sentences. "The dog bit the man" and "the man bit the dog" are the same.
/// - **Cost**: 64 entries a vector; 2.1 MB of the program; time is linear in the text, some 15 µs for 200 bytes. Nothing is
///   written and nothing leaves the process.
/// - **Source**: made of the model `sentence-transformers/all-MiniLM-L6-v2` (Apache License 2.0); see
///   `data/static_embedder/NOTICE` in this crate.
///
/// ```
/// # use alliance_memory::{Recall, StaticEmbedder};
/// let recall = Recall::new().embedder(StaticEmbedder::built_in()?);
/// # Ok::<(), alliance_memory::StaticEmbedderError>(())
/// ```
#[derive(Clone)]
pub struct StaticEmbedder(Arc<Table>);

/// The vectors cannot be read: the file that was built in is damaged. A bug of this crate.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the vectors of the static embedder cannot be read: {reason}")]
#[non_exhaustive]
pub struct StaticEmbedderError {
    /// What is wrong with the file.
    pub reason: &'static str,
}

impl StaticEmbedder {
    /// The embedder of the vectors that come with the crate. Checks them, which takes milliseconds: make it once and clone
    /// it, a clone shares them.
    ///
    /// # Errors
    ///
    /// When the vectors are damaged.
    pub fn built_in() -> Result<Self, StaticEmbedderError> {
        Table::read(FILE).map(|table| Self(Arc::new(table)))
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.0.dimensions()];
        let (mut words, mut pieces) = (0, 0);
        self.words(text, |rows| {
            (words, pieces) = (words + 1, pieces + rows.len());
            rows.iter().for_each(|row| self.0.add(*row, &mut sum));
        });
        if PER_WORDS * pieces > PIECES * words {
            return vec![0.0; sum.len()];
        }
        let length = sum.iter().map(|entry| entry * entry).sum::<f32>().sqrt();
        if length > 0.0 {
            sum.iter_mut().for_each(|entry| *entry /= length);
        }
        sum
    }

    /// The rows of the pieces of each word that is known, in order.
    fn words(&self, text: &str, mut found: impl FnMut(&[usize])) {
        let mut rows = Vec::new();
        words::words(text, |word| {
            if self.0.split(word, &mut rows) && !rows.is_empty() {
                found(&rows);
            }
            rows.clear();
        });
    }
}

#[async_trait]
impl Embedder for StaticEmbedder {
    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError> {
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }

    fn close(&self) -> f32 {
        CLOSE
    }
}

impl fmt::Debug for StaticEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaticEmbedder({} dimensions)", self.0.dimensions())
    }
}
