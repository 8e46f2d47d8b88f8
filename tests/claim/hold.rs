//! Who has a device in the end: host drivers that hold it, let go late, never, or come back.

use crate::stage::{DISK, MODULES, NIC, Run, Stage, machine};
use crate::support::model::{Intruder, Knobs};

const BOTH: &str = "vfio-early.ids=01:00.0,00:03.0";
const REGISTERED: &str = "registered vfio-pci\nbuiltin vfio_pci\n";

fn intruder(before: &str, driver: &str) -> Knobs {
    let intruder = Intruder {
        before: before.to_owned(),
        address: DISK.to_owned(),
        driver: driver.to_owned(),
    };
    Knobs {
        intruder: Some(intruder),
        ..Knobs::default()
    }
}

fn assert_claimed(run: &Run, address: &str) {
    assert_eq!(run.fate(address), "claimed");
    assert_eq!(run.held(address), "vfio-pci, override vfio-pci");
}

#[test]
fn a_bound_device_is_unbound_and_then_bound() {
    let run = Stage::new("vfio-early.ids=00:03.0").run();
    let bind = format!("write \"{NIC}\" sys/bus/pci/drivers/vfio-pci/bind");
    assert!(run.first("load vfio_pci") < run.first("unbind"));
    assert!(run.first(&format!("unbind {NIC} e1000e")) < run.first(&bind));
    assert_claimed(&run, NIC);
    assert_eq!(run.device(NIC)["driver_before"], "e1000e");
    assert_eq!(run.device(NIC)["driver_after"], "vfio-pci");
}

#[test]
fn a_free_device_is_bound_by_the_module_itself_and_never_unbound() {
    let run = Stage::new(BOTH).run();
    assert_eq!(run.all("unbind"), [format!("unbind {NIC} e1000e")]);
    let bind = format!("write \"{DISK}\" sys/bus/pci/drivers/vfio-pci/bind");
    assert_eq!(run.all(&bind), [""; 0]);
    assert_claimed(&run, DISK);
}

#[test]
fn a_device_that_is_ours_already_is_not_touched() {
    let table = machine(REGISTERED).replace("010802 - 2", "010802 vfio-pci 2 override=vfio-pci");
    let run = Stage::on(&table, BOTH).run();
    assert_eq!(run.fate(DISK), "already");
    assert!(!run.model.acts().iter().any(|act| act.contains(DISK)));
    assert_claimed(&run, NIC);
}

#[test]
fn a_driver_with_a_blank_in_its_name_is_unbound_as_any_other() {
    let table = machine(MODULES).replace("e1000e", "HDA\\x20Intel");
    let run = Stage::on(&table, "vfio-early.ids=00:03.0").run();
    assert_eq!(run.all("unbind"), [format!("unbind {NIC} HDA Intel")]);
    assert_claimed(&run, NIC);
    assert_eq!(run.device(NIC)["driver_before"], "HDA Intel");
}

#[test]
fn a_driver_that_never_lets_go_runs_into_the_timeout_and_stops_no_other() {
    let knobs = Knobs::stubborn("e1000e");
    let run = Stage::new(&format!("{BOTH} vfio-early.timeout=2"))
        .knobs(knobs)
        .run();
    assert_eq!(run.fate(NIC), "failed unbind-timeout");
    let message = run.device(NIC)["message"].as_str().unwrap();
    assert!(message.contains("2 ms"), "{message}");
    assert_claimed(&run, DISK);
    assert!(!run.satisfied);
    // Every write to the device would wait for the unbind under way, and boot with it.
    let acts = run.model.acts();
    let after = &acts[run.first("unbind")..];
    assert!(
        !after
            .iter()
            .any(|act| act.starts_with("write") && act.contains(NIC)),
        "{acts:#?}"
    );
}

#[test]
fn a_driver_that_lets_go_after_the_deadline_gets_its_device_back() {
    let knobs = Knobs::stubborn("e1000e");
    let run = Stage::new("vfio-early.ids=00:03.0 vfio-early.timeout=1")
        .knobs(knobs)
        .run();
    run.model.0.borrow_mut().let_go();
    assert_eq!(run.held(NIC), "e1000e, override -");
}

#[test]
fn a_driver_that_refuses_a_device_gives_it_back_to_the_host() {
    let knobs = Knobs::broken("vfio-pci");
    let run = Stage::new(BOTH).knobs(knobs).run();
    for (address, held) in [(DISK, "-, override -"), (NIC, "e1000e, override -")] {
        assert_eq!(run.fate(address), "failed bind-failed");
        assert_eq!(run.held(address), held);
    }
    let message = run.device(DISK)["message"].as_str().unwrap();
    assert!(message.ends_with("I/O error"), "{message}");
    assert_eq!(run.device(NIC)["driver_after"], "e1000e");
    assert_eq!(run.warnings(None), [""; 0]);
}

#[test]
fn an_override_that_was_there_before_is_restored() {
    let knobs = Knobs::broken("vfio-pci");
    let table = machine(MODULES).replace("010802 - 2", "010802 - 2 override=nvme");
    let run = Stage::on(&table, BOTH).knobs(knobs).run();
    assert_eq!(run.held(DISK), "-, override nvme");
    assert_eq!(run.fate(DISK), "failed bind-failed");
}

#[test]
fn an_override_of_a_group_member_that_was_there_before_is_restored() {
    let knobs = Knobs::broken("vfio-pci");
    let table = machine(MODULES).replace("010802 - 2", "010802 - 3 override=nvme");
    let run = Stage::on(&table, "vfio-early.ids=00:03.0+group")
        .knobs(knobs)
        .run();
    assert_eq!(run.fate(DISK), "failed bind-failed");
    assert_eq!(run.held(DISK), "-, override nvme");
}

#[test]
fn a_group_member_that_is_not_let_go_is_named_as_what_blocks_the_group() {
    let knobs = Knobs::stubborn("e1000e");
    let table = machine(MODULES).replace("010802 - 2", "010802 - 3");
    let run = Stage::on(&table, "vfio-early.ids=01:00.0+group vfio-early.timeout=1")
        .knobs(knobs)
        .run();
    assert_claimed(&run, DISK);
    let group = &run.report["groups"][0];
    assert_eq!(group["viable"], false);
    let blocker = serde_json::json!({"address": NIC, "driver": "e1000e", "code": "unbind-timeout"});
    assert_eq!(group["blockers"], serde_json::json!([blocker]));
    assert_eq!(run.warnings(None), ["group-blocked"]);
}

#[test]
fn a_group_is_claimed_in_phases_and_no_member_is_bound_while_another_is_with_the_host() {
    let table = machine(MODULES).replace("010802 - 2", "010802 nvme 3");
    let run = Stage::on(&table, "vfio-early.ids=01:00.0 vfio-early.group=whole").run();
    let bind = run.first(&format!(
        "write \"{NIC}\" sys/bus/pci/drivers/vfio-pci/bind"
    ));
    let overrides = run.all("write \"vfio-pci\"");
    assert_eq!(overrides.len(), 2, "{overrides:#?}");
    assert!(run.first("load") > 1, "both overrides come first");
    assert!(run.first(&format!("unbind {NIC}")) < bind);
    assert!(run.first(&format!("unbind {DISK}")) < bind);
    assert_claimed(&run, DISK);
    assert_claimed(&run, NIC);
    assert_eq!(run.report["groups"][0]["viable"], true);
}

#[test]
fn a_group_that_the_probe_makes_is_in_the_report() {
    let knobs = Knobs {
        late_groups: true,
        ..Knobs::default()
    };
    let table = machine(MODULES)
        .replace("dmar0", "smmu3.0x0000000009050000")
        .replace("tables DMAR\ninterrupts IR-IO-APIC\n", "")
        .replace("010802 - 2", "010802 - -");
    let run = Stage::on(&table, "vfio-early.ids=01:00.0")
        .knobs(knobs)
        .run();
    assert_claimed(&run, DISK);
    assert_eq!(run.device(DISK)["iommu_group"], 7);
    let groups = &run.report["groups"];
    assert_eq!(
        (&groups[0]["id"], &groups[0]["members"][0]),
        (&7.into(), &DISK.into())
    );
}

#[test]
fn who_else_is_in_a_group_that_the_probe_makes_is_known_after_the_claim() {
    let knobs = Knobs {
        late_groups: true,
        ..Knobs::default()
    };
    let table = machine(MODULES)
        .replace("dmar0", "smmu3.0x0000000009050000")
        .replace("tables DMAR\ninterrupts IR-IO-APIC\n", "")
        .replace("010802 - 2", "010802 - -")
        .replace("e1000e 3", "e1000e 7");
    let regions = "0x0000000000001000 0x0000000000001fff direct\n";
    let run = Stage::on(&table, "vfio-early.ids=01:00.0")
        .knobs(knobs)
        .file("sys/kernel/iommu_groups/7/reserved_regions", regions)
        .run();
    assert_claimed(&run, DISK);
    let group = &run.report["groups"][0];
    assert_eq!(group["members"], serde_json::json!([NIC, DISK]));
    assert_eq!(group["blockers"][0]["driver"], "e1000e");
    assert_eq!(run.warnings(None), ["group-blocked", "reserved-region"]);
}

#[test]
fn a_probe_that_began_before_the_override_loses_the_device_again() {
    let run = Stage::new(BOTH)
        .knobs(intruder("load vfio_pci", "nvme"))
        .run();
    assert_eq!(run.all(&format!("unbind {DISK}")).len(), 1);
    assert_claimed(&run, DISK);
}

#[test]
fn a_driver_that_slips_in_before_the_bind_is_unbound_in_the_second_round() {
    let bind = format!("write \"{DISK}\" sys/bus/pci/drivers/vfio-pci/bind");
    let run = Stage::on(&machine(REGISTERED), BOTH)
        .knobs(intruder(&bind, "nvme"))
        .run();
    assert_eq!(run.all(&bind).len(), 2);
    assert_eq!(run.all(&format!("unbind {DISK} nvme")).len(), 1);
    assert_claimed(&run, DISK);
}

#[test]
fn our_own_driver_that_is_faster_than_the_bind_is_a_success() {
    let bind = format!("write \"{DISK}\" sys/bus/pci/drivers/vfio-pci/bind");
    let run = Stage::on(&machine(REGISTERED), BOTH)
        .knobs(intruder(&bind, "vfio-pci"))
        .run();
    assert_claimed(&run, DISK);
    assert_eq!(run.all(&format!("unbind {DISK}")), [""; 0]);
}
