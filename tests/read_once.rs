//! Each command that describes the host reads every file once: strace counts what the program opens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and runs the program under strace"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::tree::Tree;
use support::{command, host};
use vfio_early::machine::Machine;

/// The commands that describe the host, with everything that makes them read more.
const COMMANDS: [&str; 5] = [
    "check",
    "explain 0000:01:00.0",
    "list --paths --serials",
    "plan",
    "status",
];

/// Every third of the case folders that describe a host: its machine with disks, networks, images and settings.
fn trees() -> Vec<(String, Tree)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut trees = Vec::new();
    let dirs = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut dirs: Vec<_> = dirs.filter(|dir| dir.join("host").exists()).collect();
    dirs.sort();
    for dir in dirs.into_iter().step_by(3) {
        let facts = fs::read_to_string(dir.join("host")).unwrap();
        let machine = fs::read_to_string(dir.join("machine")).unwrap();
        let machine: Machine = machine.parse().unwrap();
        let mut tree = host::tree(&machine, &facts);
        tree.file("proc/cmdline", fs::read(dir.join("cmdline")).unwrap());
        command::add(&mut tree, &dir.join("conf"), "etc/vfio-early.conf");
        command::add(&mut tree, &dir.join("report"), "run/vfio-early/report.json");
        command::add(&mut tree, &dir.join("kmsg"), "dev/kmsg");
        trees.push((
            dir.file_name().unwrap().to_string_lossy().into_owned(),
            tree,
        ));
    }
    trees
}

/// How often the program opens each file and directory below `root` when it runs `words`.
fn opened(root: &Path, words: &str) -> BTreeMap<String, usize> {
    let trace = root.join("strace.log");
    let status = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-s",
            "4096",
            "-e",
            "trace=open,openat,openat2",
            "-o",
        ])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_vfio-early"))
        .arg("--root")
        .arg(root)
        .args(words.split(' '))
        .output()
        .expect("strace runs; tests/setup installs it");
    assert!(
        status.status.code().is_some_and(|code| code != 1),
        "{status:?}"
    );
    let log = fs::read_to_string(&trace).unwrap();
    fs::remove_file(&trace).unwrap();
    let mut counts = BTreeMap::new();
    // What is opened with O_PATH is looked for, not read.
    for line in log.lines().filter(|line| !line.contains("O_PATH")) {
        // A directory that is opened as the base of others is not read by that.
        let base = !line.contains("O_DIRECTORY");
        // `openat(...) = 3</the/file/that/was/opened>`
        let file = line
            .rsplit_once(" = ")
            .and_then(|(_, result)| result.split_once('<'));
        let file = file.and_then(|(_, path)| path.strip_suffix('>'));
        let Some(below) = file.and_then(|file| Path::new(file).strip_prefix(root).ok()) else {
            continue;
        };
        if base && root.join(below).is_dir() {
            continue;
        }
        *counts.entry(below.display().to_string()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn no_command_opens_a_file_of_the_host_twice() {
    let mut twice = String::new();
    for (name, tree) in trees() {
        let dir = tempfile::tempdir().unwrap();
        tree.write_to(dir.path()).unwrap();
        for words in COMMANDS {
            let counts = opened(dir.path(), words);
            let is_host = |path: &str| {
                ["proc/", "sys/", "etc/"]
                    .iter()
                    .any(|top| path.starts_with(top))
            };
            assert!(
                counts.keys().any(|path| is_host(path)),
                "{name}: {words} opens nothing: {counts:?}"
            );
            for (path, count) in counts {
                if count > 1 && is_host(&path) {
                    twice += &format!("{name}: {words}: {count} times {path}\n");
                }
            }
        }
    }
    assert!(twice.is_empty(), "{twice}");
}
