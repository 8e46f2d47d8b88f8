//! What a person sees in a terminal of some width: `list` and `explain` on a pseudo terminal that script(1) makes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::process::Command;

const MACHINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/200-list/machine");
const COMMANDS: [&str; 3] = ["list", "list --paths --serials", "explain 05:00.0"];

/// What the command prints on a terminal of that many columns, with these settings in its environment.
fn on_terminal(command: &str, columns: usize, settings: &[(&str, &str)]) -> String {
    let program = env!("CARGO_BIN_EXE_vfio-early");
    let line = format!("stty columns {columns} && '{program}' {command} --machine '{MACHINE}'");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]);
    script.env_remove("COLUMNS").env_remove("NO_COLOR");
    script.env("TERM", "xterm").envs(settings.iter().copied());
    let output = script
        .output()
        .unwrap_or_else(|error| panic!("script: {error}; install bsdutils, or run tests/setup"));
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.replace('\r', "")
}

/// Without a terminal.
fn piped(command: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_vfio-early"));
    let program = program
        .args(command.split(' '))
        .args(["--machine", MACHINE]);
    let output = program.env_remove("COLUMNS").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The text without its colours.
fn pale(text: &str) -> String {
    let parts = text
        .split("\x1b[")
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once('m').unwrap().1,
        });
    parts.collect()
}

#[test]
fn every_line_fits_the_terminal_and_no_word_is_lost() {
    for command in COMMANDS {
        let whole = piped(command);
        for columns in [40, 80, 200] {
            let seen = pale(&on_terminal(command, columns, &[]));
            let words = |text: &str| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(words(&seen), words(&whole), "{command}, {columns}");
            for line in seen.lines() {
                assert!(
                    line.chars().count() <= columns,
                    "{command}, {columns}: {line:?}"
                );
            }
        }
    }
}

#[test]
fn a_wide_terminal_has_a_line_for_each_device_and_a_narrow_one_more() {
    let lines = |columns| on_terminal("list", columns, &[]).lines().count();
    let piped = piped("list").lines().count();
    assert_eq!(lines(200), piped);
    assert!(lines(80) > piped && lines(40) > lines(80));
}

#[test]
fn colours_are_for_terminals_that_have_them_and_owners_who_want_them() {
    let colours = |settings: &[(&str, &str)]| on_terminal("list", 200, settings).contains('\x1b');
    assert!(colours(&[]));
    assert!(colours(&[("NO_COLOR", "")]));
    assert!(!colours(&[("NO_COLOR", "1")]));
    assert!(!colours(&[("TERM", "dumb")]));
    assert!(!piped("list").contains('\x1b'));
}

#[test]
fn columns_in_the_environment_count_more_than_the_terminal() {
    let narrow = on_terminal("list", 200, &[("COLUMNS", "40")]);
    assert_eq!(narrow, on_terminal("list", 40, &[]));
}
