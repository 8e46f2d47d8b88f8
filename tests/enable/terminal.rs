//! Choosing devices on a pseudo terminal that script(1) makes.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::DEBIAN;
use crate::system::System;

/// What is printed on a terminal of 80 columns when these keys are pressed once the list is there.
fn chosen(keys: &str) -> String {
    let system = System::new(DEBIAN);
    let (program, root) = (env!("CARGO_BIN_EXE_vfio-early"), system.dir.path());
    let line = format!(
        "stty columns 80 rows 24 && '{program}' --root '{}' enable --dry-run",
        root.display()
    );
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]);
    script.env_remove("COLUMNS").env("TERM", "vt100");
    let mut script = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("script: {error}; install bsdutils, or run tests/setup"));
    let mut output = script.stdout.take().unwrap();
    let mut input = script.stdin.take().unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    let mut pressed = false;
    loop {
        let count = output.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        seen.extend(&buffer[..count]);
        if !pressed && String::from_utf8_lossy(&seen).contains("04:00.0") {
            input.write_all(keys.as_bytes()).unwrap();
            pressed = true;
        }
    }
    script.wait().unwrap();
    String::from_utf8_lossy(&seen).replace('\r', "")
}

#[test]
fn what_is_marked_is_enabled_and_its_lines_fit_the_terminal() {
    let seen = chosen(" \r");
    assert!(seen.contains("which devices?"), "{seen}");
    assert!(
        seen.contains("0000:05:00.0 is written as 10de:1200@0000:00:03.1/00.0+card"),
        "{seen}"
    );
    assert!(seen.contains("dry run, nothing is changed"), "{seen}");
    let list = seen.split("which devices?").nth(1).unwrap();
    let list = list.split("is written as").next().unwrap();
    assert!(list.contains(", with 0000:05:00.1"), "{list}");
    for line in list.split(['\n', '\x1b']) {
        // Of what moves the cursor, numbers and one letter are left.
        let text = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(|c: char| c.is_ascii_alphabetic()));
        let text = text.map_or(line, |(_, text)| text);
        assert!(
            text.chars().filter(|c| !c.is_control()).count() <= 80,
            "{line:?}"
        );
    }
}

#[test]
fn where_nothing_is_marked_nothing_is_changed() {
    for keys in ["\r", "\x1b"] {
        let seen = chosen(keys);
        assert!(seen.contains("nothing is chosen"), "{seen}");
        assert!(!seen.contains("what is done"), "{seen}");
    }
}
