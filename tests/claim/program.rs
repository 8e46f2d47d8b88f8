//! The program itself, below a root of files: what it prints, what it leaves, and how it ends.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::stage::{DISK, MODULES, NIC, Stage, machine};

const BOTH: &str = "vfio-early.ids=01:00.0,00:03.0";

pub(crate) fn run(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_vfio-early");
    Command::new(program).args(arguments).output().unwrap()
}

/// Writes the machine of `stage` to files.
pub(crate) fn dir(stage: &Stage) -> TempDir {
    let dir = TempDir::new().unwrap();
    stage.tree().write_to(dir.path()).unwrap();
    dir
}

/// Runs `claim` with more arguments below `dir`: exit status, standard output, standard error.
pub(crate) fn claim(dir: &Path, more: &[&str]) -> (i32, String, String) {
    let root = dir.to_str().unwrap();
    let output = run(&[&["--root", root, "claim"], more].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Every path below `dir` with its content, link targets included.
fn snapshot(dir: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            found.insert(path, target.to_string_lossy().into_owned());
        } else if kind.is_dir() {
            found.extend(snapshot(&path));
            found.insert(path, String::new());
        } else {
            let text = fs::read(&path).unwrap();
            found.insert(path, String::from_utf8_lossy(&text).into_owned());
        }
    }
    found
}

fn report(dir: &Path) -> Value {
    let text = fs::read(dir.join("run/vfio-early/report.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn a_dry_run_prints_the_plan_and_changes_nothing() {
    let dir = dir(&Stage::new(BOTH));
    let before = snapshot(dir.path());
    let (status, out, _) = claim(dir.path(), &["--dry-run"]);
    assert_eq!(
        out,
        "iommu intel enabled, interrupts remapped\n\
         planned 0000:00:03.0 8086:10d3 class 020000 group 3 e1000e -> vfio-pci, by 00:03.0 (cmdline vfio-early.ids)\n\
         planned 0000:01:00.0 1b36:0010 class 010802 group 2 - -> vfio-pci, by 01:00.0 (cmdline vfio-early.ids)\n"
    );
    assert_eq!(status, 0);
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn a_dry_run_counts_what_it_would_not_have_claimed() {
    let dir = dir(&Stage::new("vfio-early.ids=01:00.0,09:00.0"));
    assert_eq!(claim(dir.path(), &["--dry-run"]).0, 2);
}

#[test]
fn a_dry_run_by_command_line_leaves_a_report_and_no_other_trace() {
    let dir = dir(&Stage::new(&format!("{BOTH} vfio-early.mode=dry-run")));
    let before = snapshot(dir.path());
    let (status, _, err) = claim(dir.path(), &[]);
    assert_eq!(status, 0, "{err}");
    assert!(err.contains("would claim 2 of 2 devices"), "{err}");
    let report = report(dir.path());
    assert_eq!(report["mode"], "dry-run");
    assert_eq!(report["devices"][0]["outcome"], "planned");
    let mut after = snapshot(dir.path());
    after.retain(|path, _| !path.starts_with(dir.path().join("run/vfio-early")));
    assert_eq!(after, before);
}

#[test]
fn nothing_asked_for_prints_nothing_and_leaves_nothing() {
    let dir = dir(&Stage::new(
        "root=/dev/vda1 quiet vfio-pci.disable_idle_d3=1",
    ));
    let before = snapshot(dir.path());
    for more in [[].as_slice(), &["--dry-run"]] {
        assert_eq!(claim(dir.path(), more), (0, String::new(), String::new()));
    }
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn a_command_line_that_is_not_there_is_an_error() {
    let empty = TempDir::new().unwrap();
    let (status, out, err) = claim(empty.path(), &[]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("proc/cmdline: No such file"), "{err}");
}

#[test]
fn mode_off_logs_one_line_and_touches_nothing() {
    let dir = dir(&Stage::new(&format!("{BOTH} vfio-early.mode=off")));
    let before = snapshot(dir.path());
    let (status, out, err) = claim(dir.path(), &[]);
    assert_eq!((status, out.as_str()), (0, ""));
    assert_eq!(err.lines().count(), 1, "{err}");
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn arguments_that_make_no_sense_end_with_1() {
    for arguments in [
        [].as_slice(),
        &["clam"],
        &["claim", "--dry"],
        &["claim", "01:00.0"],
        &["--root"],
        &["--root", "/nonexistent"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
    assert_eq!(run(&["--version"]).status.code(), Some(0));
}

#[test]
fn below_another_root_no_module_is_loaded_and_no_program_run() {
    let table = machine(&MODULES.replace(".ko", ".ko.xz"));
    let dir = dir(&Stage::on(&table, BOTH));
    let marker = dir.path().join("ran");
    let modprobe = dir.path().join("sbin/modprobe");
    fs::create_dir_all(modprobe.parent().unwrap()).unwrap();
    fs::write(&modprobe, format!("#!/bin/sh\n: >{}\n", marker.display())).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&modprobe, executable).unwrap();

    let (status, out, err) = claim(dir.path(), &[]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("not the running system's"), "{err}");
    assert!(!marker.exists());
    for address in [DISK, NIC] {
        let held = dir
            .path()
            .join(format!("sys/bus/pci/devices/{address}/driver_override"));
        assert_eq!(fs::read_to_string(held).unwrap().lines().next(), Some(""));
    }
    let report = report(dir.path());
    assert_eq!(report["devices"][1]["outcome"], "failed");
    assert_eq!(report["devices"][1]["code"], "module-load-failed");
}

#[test]
fn unbind_and_bind_write_the_address_to_the_files_of_the_drivers() {
    let dir = dir(&Stage::on(&machine("registered vfio-pci\n"), BOTH));
    let (status, ..) = claim(dir.path(), &[]);
    let drivers = dir.path().join("sys/bus/pci/drivers");
    let text = |file| fs::read_to_string(drivers.join(file)).unwrap();
    assert_eq!(text("e1000e/unbind"), NIC);
    assert_eq!(text("vfio-pci/bind"), DISK);
    // Files bind nothing, and a write that succeeds is no proof.
    assert_eq!(status, 2);
    assert_eq!(report(dir.path())["devices"][1]["code"], "taken-by-other");
}

#[test]
fn report_and_log_of_another_root_stay_out_of_the_running_system() {
    let place = Path::new("/run/vfio-early/report.json");
    let before = fs::read(place).ok();
    let dir = dir(&Stage::on(&machine(""), "quiet").file("etc/vfio-early.conf", "ids=01:00.0\n"));
    let (status, _, err) = claim(dir.path(), &[]);
    assert_eq!(status, 2);
    assert!(err.contains("vfio-early: claimed 0 of 1 device"), "{err}");
    assert_eq!(
        report(dir.path())["requests"][0]["origin"],
        "vfio-early.conf ids"
    );
    assert_eq!(fs::read(place).ok(), before);
}

#[test]
fn a_report_that_does_not_fit_is_an_error_and_leaves_nothing_behind() {
    let dir = dir(&Stage::new(&format!("{BOTH} vfio-early.mode=dry-run")));
    // No file can have a byte, as on a /run without room.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args([
        "-c",
        script,
        "sh",
        env!("CARGO_BIN_EXE_vfio-early"),
        "--root",
    ]);
    let output = command.arg(dir.path()).arg("claim").output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    let wanted = "the report could not be written: cannot write ";
    assert!(err.contains(wanted), "{err}");
    assert!(err.contains("File too large"), "{err}");
    assert!(err.contains("would claim 2 of 2 devices"), "{err}");
    let left = fs::read_dir(dir.path().join("run/vfio-early")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
}
