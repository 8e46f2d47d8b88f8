//! The list of traps in `tests/TRAPS.md` names tests that exist.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

use std::fs;
use std::path::Path;

/// Whether a test is there: `case 120`, `boot guards::bridges_stay_by_class`.
fn exists(name: &str) -> bool {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let (kind, rest) = name.split_once(' ').unwrap();
    if kind == "case" {
        let mut folders = fs::read_dir(tests.join("cases")).unwrap();
        return folders.any(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.starts_with(&format!("{rest}-"))
        });
    }
    let (file, function) = rest.split_once("::").unwrap();
    let text = fs::read_to_string(tests.join(kind).join(format!("{file}.rs"))).unwrap_or_default();
    text.contains(&format!("\nfn {function}() {{"))
}

#[test]
fn every_trap_has_a_row_and_every_row_names_tests_that_exist() {
    let list = include_str!("TRAPS.md");
    let rows: Vec<&str> = list
        .lines()
        .filter(|line| line.starts_with("| 4."))
        .collect();
    let numbers: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split(' ').nth(1))
        .collect();
    let wanted: Vec<String> = (1..=29).map(|number| format!("4.{number}")).collect();
    assert_eq!(numbers, wanted);
    for row in rows {
        let named = row
            .rsplit('|')
            .nth(1)
            .unwrap()
            .split('`')
            .skip(1)
            .step_by(2);
        let named: Vec<&str> = named.filter(|name| name.contains(' ')).collect();
        assert!(!named.is_empty() || row.contains("does not apply"), "{row}");
        for name in named {
            assert!(exists(name), "{name}, in {row}");
        }
    }
}
