//! Every folder of `tests/import`: the settings of other tools, and what `vfio-early import` makes of them.
//!
//! `UPDATE=1 cargo test --test import` writes them anew; read the difference before you commit it.
//! `CASE=NAME` runs those whose names contain NAME.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::folders::{Differences, folders};
use vfio_early::config::Request;

/// What is printed for the tree in `dir`, and the exit status.
fn import(dir: &Path) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_vfio-early"))
        .arg("--root")
        .arg(dir.join("root"))
        .arg("import")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{dir:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    (text, output.status.code().unwrap())
}

#[test]
fn every_folder_prints_its_configuration() {
    let mut differences = Differences::default();
    for dir in folders("import", 1) {
        let (text, status) = import(&dir);
        differences.compare(&dir.join("expected"), &format!("{text}exit {status}\n"));
    }
    differences.assert_none();
}

#[test]
fn what_is_printed_is_a_configuration_without_a_fault() {
    for dir in folders("import", 1) {
        let (text, _) = import(&dir);
        let mut request = Request::default();
        request.add_config("vfio-early.conf", text.as_bytes());
        assert_eq!(request.problems, [], "{dir:?}");
        assert_eq!(request.is_silent(), !text.contains("\nids="), "{dir:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_exit_status_is_2() {
    let dir = tempfile::tempdir().unwrap();
    // A directory in place of the file: also root cannot read it.
    fs::create_dir_all(dir.path().join("boot/config/vfio-pci.cfg")).unwrap();
    fs::create_dir_all(dir.path().join("etc")).unwrap();
    fs::write(dir.path().join("etc/driverctl.d"), "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vfio-early"))
        .arg("--root")
        .arg(dir.path())
        .arg("import")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        stderr.contains("etc/driverctl.d: Not a directory"),
        "{stderr}"
    );
    assert!(
        stderr.contains("boot/config/vfio-pci.cfg: Is a directory"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("what stands there is not carried over\n"),
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn json_has_the_settings_of_the_text_and_whether_all_of_them_are_carried_over() {
    for dir in folders("import", 1) {
        let output = Command::new(env!("CARGO_BIN_EXE_vfio-early"))
            .arg("--root")
            .arg(dir.join("root"))
            .args(["import", "--json"])
            .output()
            .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let (text, status) = import(&dir);
        assert_eq!(output.status.code(), Some(status), "{dir:?}");
        assert_eq!(json["complete"], status == 0, "{dir:?}");
        for setting in json["settings"].as_array().unwrap() {
            for new in setting["carried_over"].as_array().unwrap() {
                let (key, value) = (new["key"].as_str().unwrap(), new["value"].as_str().unwrap());
                let line = text
                    .lines()
                    .filter_map(|line| line.strip_prefix(&format!("{key}=")))
                    .any(|list| list.split(',').any(|element| element == value));
                assert!(line, "{dir:?}: {key}={value}");
            }
            let lost = setting["not_carried_over"].as_array().unwrap();
            for lost in lost {
                let why = lost["why"].as_str().unwrap();
                assert!(!why.is_empty() && status == 2, "{dir:?}");
            }
        }
    }
}
