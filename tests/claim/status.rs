//! `vfio-early status` below a root of files: what the report has against what the devices are now.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{dir, run};
use crate::stage::{Stage, machine};

const ASKS: &str = "vfio-early.ids=01:00.0,00:03.0";
const REPORT: &str = r#"{"schema":1,"mode":"claim","kernel":"6.1.0","elapsed_us":4120,"devices":[
    {"address":"0000:00:02.0","driver_wanted":"vfio-pci","outcome":"refused","code":"excluded"},
    {"address":"0000:00:03.0","driver_wanted":"vfio-pci","outcome":"failed","code":"bind-failed","message":"it said no"},
    {"address":"0000:01:00.0","driver_wanted":"vfio-pci","outcome":"claimed"}],
    "warnings":[{"code":"group-shared","message":"others are there"}]}"#;

fn status(dir: &Path, more: &[&str]) -> (i32, String, String) {
    let root = dir.to_str().unwrap();
    let output = run(&[&["--root", root, "status"], more].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The exit status, and of each device its address, state and driver.
fn states(dir: &Path, addresses: &[&str]) -> (i32, Vec<String>) {
    let (exit, text, _) = status(dir, &[&["--json"], addresses].concat());
    let json: Value = serde_json::from_str(&text).unwrap();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let state = |device: &Value| {
        ["address", "state", "driver"]
            .map(|key| word(&device[key]))
            .join(" ")
    };
    let devices = json["devices"].as_array().unwrap().iter();
    (exit, devices.map(state).collect())
}

/// The usual machine with the disk on this driver.
fn stage(disk: &str) -> Stage {
    let row = |driver| format!("1b36:0010 1af4:1100 010802 {driver} 2");
    Stage::on(&machine("").replace(&row("-"), &row(disk)), ASKS)
}

#[test]
fn every_device_of_the_claim_has_a_line_and_one_that_is_not_ours_an_exit_status() {
    let dir = dir(&stage("vfio-pci").file("run/vfio-early/report.json", REPORT));
    assert_eq!(
        status(dir.path(), &[]),
        (
            2,
            "1 of 2 ours; the claim of this boot took 4.120 ms, kernel 6.1.0\n\
             0000:00:03.0 (8086:10d3): failed, on e1000e; bind-failed: it said no\n\
             0000:01:00.0 (1b36:0010): ours, on vfio-pci\n\
             warning group-shared: others are there\n"
                .to_owned(),
            String::new()
        )
    );
}

#[test]
fn the_exit_status_is_about_the_devices_that_are_named() {
    let dir = dir(&stage("vfio-pci").file("run/vfio-early/report.json", REPORT));
    let ours = "0000:01:00.0 ours vfio-pci".to_owned();
    assert_eq!(states(dir.path(), &["01:00.0"]), (0, vec![ours.clone()]));
    let failed = "0000:00:03.0 failed e1000e".to_owned();
    let both = ["01:00.0", "0000:00:03.0"];
    assert_eq!(states(dir.path(), &both), (2, vec![ours, failed]));
    let others = ["0000:00:02.0 refused -", "0000:09:00.0 gone -"];
    let others = others.map(str::to_owned).to_vec();
    assert_eq!(states(dir.path(), &["00:02.0", "09:00.0"]), (2, others));
}

#[test]
fn a_device_that_another_driver_took_back_is_reported() {
    let dir = dir(&stage("nvme").file("run/vfio-early/report.json", REPORT));
    let lost = "0000:01:00.0 taken-back nvme".to_owned();
    assert_eq!(states(dir.path(), &["01:00.0"]), (2, vec![lost]));
}

#[test]
fn whoever_has_the_group_or_the_device_open_is_named() {
    let stage = stage("vfio-pci")
        .file("run/vfio-early/report.json", REPORT)
        .file("proc/77/comm", "qemu-system-x86\n")
        .file("proc/78/comm", "cloud-\u{7}\n");
    let dir = dir(&stage);
    for (pid, target) in [(77, "/dev/vfio/2"), (78, "/dev/vfio/devices/vfio5")] {
        let descriptors = dir.path().join(format!("proc/{pid}/fd"));
        fs::create_dir(&descriptors).unwrap();
        std::os::unix::fs::symlink("/dev/null", descriptors.join("0")).unwrap();
        std::os::unix::fs::symlink(target, descriptors.join("14")).unwrap();
    }
    let device = dir
        .path()
        .join("sys/bus/pci/devices/0000:01:00.0/vfio-dev/vfio5");
    fs::create_dir_all(device).unwrap();
    let (_, text, _) = status(dir.path(), &["01:00.0"]);
    assert!(
        text.contains("ours, on vfio-pci; in use by qemu-system-x86 (77), cloud-\\u{7} (78)\n"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&status(dir.path(), &["--json", "01:00.0"]).1).unwrap();
    assert_eq!(json["report"], true);
    assert_eq!(json["devices"][0]["state"], "ours");
    assert_eq!(json["devices"][0]["users"][0]["pid"], 77);
}

#[test]
fn without_a_report_the_drivers_decide() {
    let disk = dir(&stage("vfio-pci"));
    let (lost, text, _) = status(disk.path(), &[]);
    assert_eq!(lost, 2);
    assert_eq!(
        text,
        "1 of 2 ours, by their drivers: this boot left no report\n\
         0000:00:03.0 (8086:10d3): not claimed, on e1000e\n\
         0000:01:00.0 (1b36:0010): ours, on vfio-pci\n"
    );
    let silent = dir(&Stage::on(&machine(""), "quiet"));
    let nothing = "nothing was asked for in this boot\n".to_owned();
    assert_eq!(status(silent.path(), &[]), (0, nothing, String::new()));
}

#[test]
fn a_broken_report_is_named_and_the_drivers_decide() {
    let dir = dir(&stage("vfio-pci").file("run/vfio-early/report.json", "{\"schema\":"));
    let ours = "0000:01:00.0 ours vfio-pci".to_owned();
    let (_, _, error) = status(dir.path(), &["01:00.0"]);
    assert_eq!(states(dir.path(), &["01:00.0"]), (0, vec![ours]));
    assert!(error.contains("run/vfio-early/report.json: EOF"), "{error}");
}

#[test]
fn what_is_no_address_is_a_mistake_of_the_caller() {
    let dir = dir(&stage("vfio-pci"));
    let (found, _, error) = status(dir.path(), &["gpu"]);
    assert_eq!(found, 1);
    assert!(error.contains("gpu"), "{error}");
}
