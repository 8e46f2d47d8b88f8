//! A device that came after the boot's claim: it is judged alone, and the report of the boot knows it.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use vfio_early::act::{self, Scope};
use vfio_early::config;
use vfio_early::machine::Machine;

use crate::program::{claim, dir};
use crate::stage::{DISK, MODULES, NIC, Stage, machine};
use crate::support::model::{Knobs, Model};

const BOTH: &str = "vfio-early.ids=01:00.0,00:03.0,class:0280";

#[test]
fn it_alone_is_claimed_and_what_the_boot_decided_stands() {
    let model = Model::new(Stage::new(BOTH).tree(), Knobs::default());
    let root = model.root();
    let request = config::read(&root);
    let machine = Machine::read(&root, &request).unwrap();
    let added = [NIC.parse().unwrap()];
    let claimed = act::claim(&root, &request, machine, Scope::Added(&added), &|_| ());
    assert!(claimed.is_satisfied(), "{:?}", claimed.warnings);
    assert_eq!(claimed.outcomes.len(), 1);
    assert_eq!(model.driver(NIC).as_deref(), Some("vfio-pci"));
    // The disk is asked for as well, and perhaps its owner has given it back.
    let held = model.text(&format!("sys/bus/pci/devices/{DISK}/driver_override"));
    assert_eq!(
        (model.driver(DISK), held.as_deref()),
        (None, Some("(null)\n"))
    );
}

/// The files of a host that uses none of its devices.
fn host(cmdline: &str) -> TempDir {
    let mounts = "1 1 0:2 / / rw - tmpfs tmpfs rw\n";
    dir(&Stage::new(cmdline).file("proc/self/mountinfo", mounts))
}

/// The addresses with their outcomes in the report below `dir`.
fn reported(dir: &std::path::Path) -> Value {
    let text = fs::read(dir.join("run/vfio-early/report.json")).unwrap();
    let report: Value = serde_json::from_slice(&text).unwrap();
    let devices = report["devices"].as_array().unwrap().iter();
    devices
        .map(|device| json!([device["address"], device["outcome"]]))
        .collect()
}

#[test]
fn each_is_added_to_the_report() {
    let dir = host(&format!("{BOTH} vfio-early.mode=dry-run"));
    for address in [DISK, NIC, NIC] {
        let output = claim(dir.path(), &["--added", address]);
        assert_eq!((output.0, output.1.as_str()), (0, ""), "{output:?}");
    }
    let wanted = json!([[NIC, "planned"], [DISK, "planned"]]);
    assert_eq!(reported(dir.path()), wanted);
}

#[test]
fn what_is_ours_already_is_left_as_the_report_has_it() {
    let table = machine(MODULES).replace("01f 020000 e1000e", "01f 020000 vfio-pci");
    let dir = dir(&Stage::on(&table, BOTH));
    assert_eq!(claim(dir.path(), &["--added", NIC]).0, 0);
    assert!(!dir.path().join("run/vfio-early/report.json").exists());
}

#[test]
fn nothing_is_done_for_a_device_that_is_not_named_or_with_mode_off() {
    for (cmdline, address) in [
        (BOTH, "0000:00:02.0"),
        (BOTH, "0000:07:00.0"),
        ("quiet", NIC),
        ("vfio-early.ids=00:03.0,!00:03.0 vfio-early.mode=off", NIC),
        ("vfio-early.ids=00:03.0 vfio-early.mode=off", NIC),
    ] {
        let dir = dir(&Stage::new(cmdline));
        let output = claim(dir.path(), &["--added", address]);
        assert_eq!(output, (0, String::new(), String::new()), "{cmdline}");
        assert!(!dir.path().join("run/vfio-early").exists(), "{cmdline}");
    }
}

#[test]
fn a_report_that_cannot_be_read_is_left_alone() {
    let dir = host("vfio-early.ids=00:03.0 vfio-early.mode=dry-run");
    let path = dir.path().join("run/vfio-early/report.json");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "{\"schema\":2}").unwrap();
    let (status, _, errors) = claim(dir.path(), &["--added", NIC]);
    assert_eq!(status, 2);
    let wanted = "report.json: its schema is 2, and this version reads schema 1";
    assert!(errors.contains(wanted), "{errors}");
    assert_eq!(fs::read_to_string(path).unwrap(), "{\"schema\":2}");
}

#[test]
fn what_the_host_uses_meanwhile_stays_with_it() {
    let mounts = "1 1 0:2 / / rw - tmpfs tmpfs rw\n2 1 8:1 / /data rw - ext4 /dev/sda1 rw\n";
    let disk = "../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/block/sda/sda1";
    let stage = Stage::new("vfio-early.ids=01:00.0 vfio-early.mode=dry-run")
        .file("proc/self/mountinfo", mounts);
    let mut tree = stage.tree();
    tree.link("sys/class/block/sda1", disk);
    tree.file(
        "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/block/sda/sda1/dev",
        "8:1\n",
    );
    let dir = TempDir::new().unwrap();
    tree.write_to(dir.path()).unwrap();
    assert_eq!(claim(dir.path(), &["--added", DISK]).0, 2);
    assert_eq!(reported(dir.path()), json!([[DISK, "refused"]]));
    let report = fs::read_to_string(dir.path().join("run/vfio-early/report.json")).unwrap();
    assert!(
        report.contains(r#""code":"in-use""#) && report.contains("/data"),
        "{report}"
    );
}
