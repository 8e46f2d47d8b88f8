//! The report of a claim, field by field.

use serde_json::{Value, json};

use vfio_early::report::Report;

use crate::stage::{DISK, MODULES, NIC, Stage, machine};
use crate::support::model::Knobs;

/// Takes out a number that differs from run to run.
fn take_time(device: &mut Value) -> u64 {
    let time = device.as_object_mut().unwrap().remove("elapsed_us");
    time.and_then(|time| time.as_u64()).expect("microseconds")
}

#[test]
fn every_field_of_the_report_is_what_happened() {
    let table = machine(MODULES).replace("e1000e 3", "e1000e 2");
    let run = Stage::on(&table, "vfio-early.ids=1b36:0010 vfio-early.ids=09:00.0").run();
    let mut report = run.report.clone();
    assert!(take_time(&mut report["devices"][0]) < 10_000_000);
    let wanted = json!({
        "schema": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "mode": "claim",
        "kernel": "6.1.0",
        "started_us": 7000,
        "elapsed_us": 3000,
        "iommu": {"kind": "intel", "state": "enabled", "reason": null, "interrupt_remapping": true},
        "requests": [
            {"selector": "1b36:0010", "origin": "cmdline vfio-early.ids", "matched": [DISK]},
            {"selector": "09:00.0", "origin": "cmdline vfio-early.ids", "matched": []},
        ],
        "devices": [{
            "address": DISK, "path": "0000:00:01.0/00.0", "vendor": "1b36", "device": "0010",
            "subsystem_vendor": "1af4", "subsystem_device": "1100", "class": "010802",
            "iommu_group": 2, "selector": "1b36:0010", "driver_before": null,
            "driver_wanted": "vfio-pci", "driver_after": "vfio-pci", "outcome": "claimed",
            "code": null, "fact": null, "fix": null, "message": null, "preparations": [],
        }],
        "groups": [{
            "id": 2, "viable": false, "members": [NIC, DISK],
            "blockers": [{"address": NIC, "driver": "e1000e", "code": null}],
            "blockers_to_come": [],
        }],
        "warnings": [
            {"code": "no-match", "about": {"selector": "09:00.0"}, "address": null, "fix": null,
             "fact": "it matches no device of this machine",
             "message": "09:00.0: it matches no device of this machine"},
            {"code": "group-blocked", "about": {"group": 2}, "address": null,
             "fact": "no virtual machine can use it while these devices stay with the host: 0000:00:03.0 (e1000e)",
             "fix": "claim the whole group (+group), or keep the other drivers from loading",
             "message": "IOMMU group 2: no virtual machine can use it while these devices stay with the host: \
                0000:00:03.0 (e1000e); claim the whole group (+group), or keep the other drivers from loading"},
        ],
    });
    assert_eq!(report, wanted);
    let stored = run.model.text("run/vfio-early/report.json").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap(), run.report);
    let read = Report::read(&run.model.root()).unwrap().unwrap();
    assert_eq!(String::from_utf8(read.to_json()).unwrap(), stored);
}

#[test]
fn a_machine_without_an_iommu_reports_why_and_what_it_refused() {
    let table = machine(MODULES)
        .replace("iommu dmar0\n", "")
        .replace("010802 - 2", "010802 - -");
    let run = Stage::on(&table, "vfio-early.ids=1b36:0010 intel_iommu=off").run();
    let iommu = &run.report["iommu"];
    assert_eq!(
        (&iommu["kind"], &iommu["state"]),
        (&json!("intel"), &json!("disabled"))
    );
    assert!(
        iommu["reason"]
            .as_str()
            .unwrap()
            .contains("intel_iommu=off")
    );
    assert_eq!(iommu["interrupt_remapping"], Value::Null);
    assert_eq!(run.fate(DISK), "refused no-iommu");
    assert_eq!(run.device(DISK)["iommu_group"], Value::Null);
    assert_eq!(run.report["groups"], json!([]));
    assert_eq!(run.model.acts(), [""; 0]);
}

#[test]
fn a_member_of_a_group_is_described_as_fully_as_the_device_that_was_named() {
    let table = machine(MODULES).replace("010802 - 2", "010802 - 3");
    let run = Stage::on(&table, "vfio-early.ids=00:03.0+group").run();
    assert_eq!(run.fate(DISK), "claimed");
    assert_eq!(run.device(DISK)["path"], "0000:00:01.0/00.0");
    let group = &run.report["groups"][0];
    assert_eq!((&group["id"], &group["viable"]), (&json!(3), &json!(true)));
}

#[test]
fn what_a_failed_claim_left_is_in_the_report() {
    let knobs = Knobs::broken("vfio-pci");
    let run = Stage::new("vfio-early.ids=01:00.0,00:03.0")
        .knobs(knobs)
        .run();
    for address in [DISK, NIC] {
        let after = run.device(address)["driver_after"].as_str();
        assert_eq!(after.map(str::to_owned), run.model.driver(address));
    }
    assert!(run.model.text("run/vfio-early/report.json").is_some());
}
