//! Backends: what finds the words.
//!
//! The built-in one is `Reflective`, a listener made of rules. It needs no model, no key and
//! no network, so an agent always has something to say.
#![doc = include_str!("../README.md")]

#[cfg(feature = "reflective")]
mod reflective;

#[cfg(feature = "reflective")]
pub use reflective::Reflective;
