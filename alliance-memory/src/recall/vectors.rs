//! What memories mean, as vectors of a host's embedder; every one is looked at, none is guessed.

/// A vector for each of the first memories, each of length 1, one after the other.
#[derive(Default)]
pub(crate) struct Vectors {
    dimensions: usize,
    all: Vec<f32>,
}

impl Vectors {
    /// How many memories have one.
    pub(crate) fn len(&self) -> usize {
        self.all.len().checked_div(self.dimensions).unwrap_or(0)
    }

    /// Adds vectors of the next memories, if there are as many as texts were given and all are of one length.
    /// Otherwise adds none, and says so.
    pub(crate) fn add(&mut self, dimensions: usize, texts: usize, vectors: &[Vec<f32>]) -> bool {
        let fits = self.all.is_empty() || self.dimensions == dimensions;
        let sound = vectors.len() == texts && vectors.iter().all(|vector| vector.len() == dimensions);
        if dimensions == 0 || !fits || !sound {
            return false;
        }
        self.dimensions = dimensions;
        self.all.reserve_exact(texts * dimensions);
        for vector in vectors {
            self.all.extend(unit(vector));
        }
        true
    }

    /// How close each memory is to a cue: the cosine, 0 where it points elsewhere. Empty without vectors.
    pub(crate) fn closeness(&self, cue: &[f32]) -> Vec<f32> {
        if self.dimensions == 0 || cue.len() != self.dimensions {
            return Vec::new();
        }
        let cue: Vec<f32> = unit(cue).collect();
        let dot = |vector: &[f32]| vector.iter().zip(&cue).map(|(a, b)| a * b).sum::<f32>().max(0.0);
        self.all.chunks_exact(self.dimensions).map(dot).collect()
    }
}

/// The vector at length 1. One without a length stays without.
fn unit(vector: &[f32]) -> impl Iterator<Item = f32> + '_ {
    let length = vector.iter().map(|entry| entry * entry).sum::<f32>().sqrt();
    let scale = if length.is_finite() && length > 0.0 { length.recip() } else { 0.0 };
    vector.iter().map(move |entry| if scale > 0.0 { entry * scale } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closeness_is_the_cosine() {
        let mut vectors = Vectors::default();
        assert!(vectors.closeness(&[1.0]).is_empty());
        assert!(vectors.add(2, 3, &[vec![2.0, 0.0], vec![0.0, 5.0], vec![-1.0, 0.0]]));
        assert_eq!((vectors.len(), vectors.closeness(&[3.0, 0.0])), (3, vec![1.0, 0.0, 0.0]));
        assert!(vectors.closeness(&[1.0, 0.0, 0.0]).is_empty());
    }

    #[test]
    fn what_breaks_the_contract_is_not_taken() {
        let mut vectors = Vectors::default();
        assert!(!vectors.add(2, 2, &[vec![1.0, 0.0]]) && !vectors.add(2, 1, &[vec![1.0]]));
        assert!(!vectors.add(0, 1, &[vec![]]) && vectors.len() == 0);
        assert!(vectors.add(1, 1, &[vec![f32::NAN]]) && !vectors.add(2, 1, &[vec![1.0, 1.0]]));
        assert_eq!(vectors.closeness(&[1.0]), [0.0]);
    }
}
