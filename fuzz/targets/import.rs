//! Fuzzes a law of `tests/properties/laws.rs`.
#![no_main]
#![allow(dead_code, reason = "each target uses one law")]

#[path = "../../tests/properties/index.rs"]
mod index;
#[path = "../../tests/properties/laws.rs"]
mod laws;
#[path = "../../tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::import(data));
