//! Part of the alliance engine.
