//! The laws of `laws.rs` on the texts of the test cases, on those with parts exchanged, and on any bytes.
//!
//! `make fuzz` tries the same laws for as long as you like.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and reads its own files"
)]

#[path = "../support/mod.rs"]
mod support;

mod index;
mod laws;
mod machines;

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use laws::{LAWS, Law};

/// What `fuzz/seed` puts into the corpus of each law.
fn seeds() -> Vec<(&'static str, Law, Vec<Vec<u8>>)> {
    let dir = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seed");
    let status = Command::new(script).arg(dir.path()).status().unwrap();
    assert!(status.success(), "fuzz/seed: {status}");
    let texts = |name: &str| {
        let mut files: Vec<_> = fs::read_dir(dir.path().join(name))
            .unwrap_or_else(|error| panic!("fuzz/seed makes no corpus of {name}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
            .into_iter()
            .map(|path| fs::read(path).unwrap())
            .collect()
    };
    LAWS.map(|(name, law)| (name, law, texts(name))).to_vec()
}

/// A text in which some pieces are exchanged for pieces of others, and some bytes for any.
fn changed(seeds: &[Vec<u8>]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seed = prop::sample::select(seeds.to_vec());
    let piece = (
        any::<prop::sample::Index>(),
        0..24_usize,
        seed.clone(),
        any::<prop::sample::Index>(),
        any::<u8>(),
    );
    (seed, prop::collection::vec(piece, 0..5)).prop_map(|(mut text, pieces)| {
        for (at, length, other, from, byte) in pieces {
            let (at, from) = (at.index(text.len() + 1), from.index(other.len() + 1));
            let end = text.len().min(at + length % 12);
            let piece = other[from..].iter().take(length).copied();
            let piece: Vec<u8> = if length % 3 == 0 {
                vec![byte]
            } else {
                piece.collect()
            };
            text.splice(at..end, piece);
        }
        text
    })
}

fn hold(name: &str, law: Law, cases: u32, texts: impl Strategy<Value = Vec<u8>>) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    let outcome = TestRunner::new(config).run(&texts, |text| {
        law(&text);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{name}: {error}");
    }
}

#[test]
fn the_laws_hold_for_the_texts_of_the_cases() {
    for (name, law, texts) in seeds() {
        assert!(!texts.is_empty(), "{name}");
        texts.iter().for_each(|text| law(text));
    }
}

#[test]
fn the_laws_hold_for_texts_with_parts_exchanged() {
    for (name, law, texts) in seeds() {
        hold(name, law, 50, changed(&texts));
    }
}

#[test]
fn the_laws_hold_for_any_bytes() {
    for (name, law) in LAWS {
        hold(name, law, 50, prop::collection::vec(any::<u8>(), 0..200));
    }
}

#[test]
fn every_law_has_a_fuzz_target() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    for (name, _) in LAWS {
        assert!(
            manifest.contains(&format!("path = \"targets/{name}.rs\"")),
            "{name}"
        );
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/targets/{name}.rs"));
        let text = fs::read_to_string(target).unwrap();
        assert!(text.contains(&format!("laws::{name}(")), "{name}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), LAWS.len());
}
