//! The laws of `tests/properties`, for the fuzz targets.
#![allow(dead_code, missing_docs, reason = "the tests use more of it")]

#[path = "../../tests/properties/index.rs"]
mod index;
#[path = "../../tests/properties/laws.rs"]
pub mod laws;
#[path = "../../tests/properties/machines.rs"]
mod machines;
#[path = "../../tests/support/mod.rs"]
mod support;
