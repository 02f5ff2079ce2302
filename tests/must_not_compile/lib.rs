//! Nothing: what must not compile is under `tests/`.
