//! Functions of the board that are held for their group, on the kernel model.

use crate::stage::{MODULES, Run, Stage};
use crate::support::model::Knobs;

const ISA: &str = "0000:00:1f.0";
const SATA: &str = "0000:00:1f.2";
const SMBUS: &str = "0000:00:1f.3";

/// The group of a q35 board with its host drivers.
fn stage(modules: &str) -> Stage {
    let machine = format!(
        "kernel 6.1.0\niommu dmar0\ntables DMAR\ninterrupts IR-IO-APIC\n{modules}\
         0000:00:1f.0 8086:2918 1af4:1100 060100 lpc_ich 7 header=0\n\
         0000:00:1f.2 8086:2922 1af4:1100 010601 ahci 7\n\
         0000:00:1f.3 8086:2930 1af4:1100 0c0500 - 7\n"
    );
    Stage::on(&machine, "vfio-early.ids=00:1f.2+group")
}

fn fates(run: &Run) -> [String; 3] {
    [ISA, SATA, SMBUS].map(|address| format!("{} {}", run.fate(address), run.held(address)))
}

#[test]
fn a_function_of_the_board_loses_its_driver_and_gets_no_other() {
    let run = stage(MODULES).run();
    let wanted = [
        "held -, override none",
        "claimed vfio-pci, override vfio-pci",
        "held -, override none",
    ];
    assert_eq!(fates(&run), wanted);
    assert!(run.satisfied);
    assert_eq!(run.report["groups"][0]["viable"], true);
    let acts = run.model.acts();
    let held = acts.iter().rposition(|act| act.contains("\"none\""));
    assert!(held < Some(run.first("load")), "{acts:#?}");
}

#[test]
fn what_is_held_goes_back_where_nothing_of_its_group_is_claimed() {
    let knobs = Knobs {
        broken: vec!["vfio-pci".to_owned()],
        ..Knobs::default()
    };
    let run = stage(MODULES).knobs(knobs).run();
    let wanted = [
        "failed not-held lpc_ich, override -",
        "failed bind-failed ahci, override -",
        "failed not-held -, override -",
    ];
    assert_eq!(fates(&run), wanted);
}

#[test]
fn without_the_driver_nothing_is_held() {
    let run = stage("").run();
    assert_eq!(run.held(ISA), "lpc_ich, override -");
    assert_eq!(run.fate(SATA), "failed module-missing");
    assert!(run.model.acts().iter().all(|act| !act.contains("none")));
}

#[test]
fn a_driver_that_does_not_let_go_fails_the_hold_and_no_claim() {
    let knobs = Knobs {
        stubborn: vec!["lpc_ich".to_owned()],
        ..Knobs::default()
    };
    let run = stage(MODULES).file("etc/vfio-early.conf", "timeout=1\n");
    let run = run.knobs(knobs).run();
    assert_eq!(run.device(ISA)["code"], "unbind-timeout");
    assert_eq!(run.fate(SATA), "claimed");
    assert_eq!(run.report["groups"][0]["viable"], false);
    assert!(!run.satisfied);
}
