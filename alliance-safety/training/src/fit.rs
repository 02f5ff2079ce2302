//! Logistic regression, one for each head, by AdaGrad. Only additions, products and roots, so that every machine gets the
//! same bytes.

use alliance_safety::training::{BUCKETS, FOUND, HEADS, Sample};

use crate::random::Random;

/// A sample with its labels.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) sample: Sample,
    pub(crate) labels: [bool; HEADS],
    pub(crate) weights: [f32; HEADS],
}

/// How to train.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) epochs: usize,
    pub(crate) rate: f32,
    pub(crate) decay: f32,
    pub(crate) seed: u64,
}

/// A linear model in floats.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    pub(crate) weights: Vec<f32>,
    pub(crate) found: Vec<f32>,
    pub(crate) bias: [f32; HEADS],
}

impl Linear {
    pub(crate) fn fit(examples: &[Example], settings: Settings) -> Self {
        let zeros = || Self {
            weights: vec![0.0; BUCKETS * HEADS],
            found: vec![0.0; FOUND * HEADS],
            bias: [0.0; HEADS],
        };
        let (mut model, mut squares) = (zeros(), zeros());
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut random = Random::new(settings.seed);
        for _ in 0..settings.epochs {
            random.shuffle(&mut order);
            for &at in &order {
                model.learn(&mut squares, &examples[at], settings);
            }
        }
        model
    }

    fn learn(&mut self, squares: &mut Self, example: &Example, settings: Settings) {
        let sample = &example.sample;
        let mut step = [0.0; HEADS];
        let mut windows = [0; HEADS];
        for (head, (step, window)) in step.iter_mut().zip(&mut windows).enumerate() {
            let (at, margin) = self.best(sample, head);
            let wanted = if example.labels[head] { 1.0 } else { 0.0 };
            *step = (sigmoid(margin) - wanted) * example.weights[head];
            *window = at;
        }
        for (at, window) in sample.windows.iter().enumerate() {
            let heads: Vec<usize> =
                (0..HEADS).filter(|&h| windows[h] == at && step[h].abs() > 1e-4).collect();
            let value = value(window.len());
            for &bucket in window {
                for &head in &heads {
                    let place = bucket as usize * HEADS + head;
                    let weight = self.weights[place];
                    let gradient = step[head] * value + settings.decay * weight;
                    self.weights[place] = weight - rate(&mut squares.weights[place], gradient, settings.rate);
                }
            }
        }
        for (head, &step) in step.iter().enumerate() {
            for &feature in &sample.found {
                let place = feature * HEADS + head;
                let gradient = step + settings.decay * self.found[place];
                self.found[place] -= rate(&mut squares.found[place], gradient, settings.rate);
            }
            self.bias[head] -= rate(&mut squares.bias[head], step, settings.rate);
        }
    }

    /// The window with the highest margin for a head, and that margin.
    pub(crate) fn best(&self, sample: &Sample, head: usize) -> (usize, f32) {
        let found: f32 = sample.found.iter().map(|f| self.found[f * HEADS + head]).sum();
        let margin = |window: &Vec<u32>| {
            let sum: f32 = window.iter().map(|&b| self.weights[b as usize * HEADS + head]).sum();
            sum * value(window.len())
        };
        let mut best = (0, f32::MIN);
        for (at, window) in sample.windows.iter().enumerate() {
            let margin = margin(window);
            if margin > best.1 {
                best = (at, margin);
            }
        }
        (best.0, best.1 + found + self.bias[head])
    }
}

/// What each of so many features counts.
fn value(features: usize) -> f32 {
    1.0 / (features.max(1) as f32).sqrt()
}

fn rate(squares: &mut f32, gradient: f32, rate: f32) -> f32 {
    *squares += gradient * gradient;
    rate * gradient / (squares.sqrt() + 1e-3)
}

/// The logistic function, without a library's `exp`, which differs between platforms.
pub(crate) fn sigmoid(x: f32) -> f32 {
    let mut power = 1.0 - x.clamp(-40.0, 40.0) / 4096.0;
    for _ in 0..12 {
        power *= power;
    }
    1.0 / (1.0 + power)
}
