//! Fuzzes a law of `tests/properties/laws.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vfio_early_fuzz::laws::image(data));
