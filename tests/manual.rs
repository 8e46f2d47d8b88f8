//! The manual page names the commands and options that `--help` lists, and no others.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_vfio-early"))
        .args(command)
        .arg("--help")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The options in a line, in order: `[-o <output>]`, `[--json]`.
fn options(line: &str) -> Vec<String> {
    let words = line.split(['[', ']', ' ']);
    let mut options: Vec<String> = words
        .filter(|word| word.len() > 1 && word.starts_with('-') && *word != "--")
        .map(str::to_owned)
        .collect();
    options.sort_unstable();
    options
}

/// The usage of each command, by its name.
fn usages() -> BTreeMap<String, String> {
    let top = help(&[]);
    let rows = top.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = rows
        .filter_map(|row| row.strip_prefix("  "))
        .filter(|row| !row.starts_with(' '))
        .filter_map(|row| row.split_whitespace().next());
    names
        .map(|name| {
            let text = help(&[name]);
            (name.to_owned(), text.lines().next().unwrap().to_owned())
        })
        .collect()
}

/// The lines of a section of the manual page that begin so, by the command that each names as `*command*`.
fn lines(page: &str, section: &str, start: &str) -> BTreeMap<String, String> {
    let section = page.split(&format!("\n# {section}\n")).nth(1).unwrap();
    let section = section.split("\n# ").next().unwrap();
    let command = |line: &str| {
        let rest = line.strip_prefix(start)?.strip_prefix('*')?;
        Some((rest.split('*').next()?.to_owned(), rest.to_owned()))
    };
    section.lines().filter_map(command).collect()
}

#[test]
fn the_manual_page_has_every_command_with_its_options() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/vfio-early.8.scd");
    let page = fs::read_to_string(page).unwrap();
    let wanted: BTreeMap<_, _> = usages()
        .into_iter()
        .map(|(name, usage)| (name, options(&usage)))
        .collect();
    assert!(wanted.len() >= 10, "{wanted:?}");
    for (section, start) in [
        ("SYNOPSIS", "*vfio-early* [--root _DIR_] "),
        ("COMMANDS", ""),
    ] {
        let seen = lines(&page, section, start);
        let seen: BTreeMap<_, _> = seen
            .into_iter()
            .map(|(name, line)| (name, options(&line)))
            .collect();
        assert_eq!(seen, wanted, "{section}");
    }
}

#[test]
fn the_manual_page_has_the_options_before_the_command() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/vfio-early.8.scd");
    let page = fs::read_to_string(page).unwrap();
    let mut seen: Vec<_> = lines(&page, "OPTIONS", "").into_keys().collect();
    seen.sort_unstable();
    let mut wanted = options(help(&[]).lines().next().unwrap());
    wanted.push("--help".to_owned());
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
}
