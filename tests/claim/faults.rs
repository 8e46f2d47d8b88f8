//! Every call of a claim fails once, with every error that sysfs is known to give.

use nix::errno::Errno;

use crate::stage::{DISK, DISPLAY, MODULES, NIC, Run, Stage, machine};
use crate::support::model::Knobs;

const ALL: &[Errno] = &[
    Errno::EIO,
    Errno::ENOENT,
    Errno::EACCES,
    Errno::EBUSY,
    Errno::ENODEV,
];

/// Those that stand for the others where time is short.
const SOME: &[Errno] = &[Errno::EIO, Errno::ENOENT];

/// Makes each call of the claim fail in turn and hands what is left of it to `check`.
fn each_fault(table: &str, knobs: &Knobs, errors: &[Errno], check: fn(&Run, &str)) {
    let cmdline = "vfio-early.ids=01:00.0,00:03.0 vfio-early.timeout=1";
    let tree = Stage::on(table, cmdline).tree();
    let claim = |fault| {
        let knobs = Knobs {
            fault,
            ..knobs.clone()
        };
        Run::new(tree.clone(), knobs)
    };
    let calls = claim(None).model.0.borrow().calls;
    assert!(calls > 30, "{calls} calls");
    for &errno in errors {
        for at in 0..calls {
            let run = claim(Some((at, errno)));
            run.model.0.borrow_mut().let_go();
            let failed = run.model.0.borrow().faulted.clone();
            let failed = failed.unwrap_or("nothing".to_owned());
            check(&run, &format!("{errno} at call {at}: {failed}"));
        }
    }
}

fn nobody_is_left_alone(run: &Run, fault: &str) {
    assert_eq!(run.held(DISPLAY), "-, override -", "{fault}");
    for address in [DISK, NIC] {
        let held = run.held(address);
        let told = run.warnings(Some(address)).contains(&"not-given-back");
        if held == "-, override vfio-pci" {
            assert!(told, "{address} has no driver and cannot get one: {fault}");
            assert!(
                fault.contains("driver_override") || fault.contains("give back"),
                "{address}: {fault}"
            );
        }
        if address == NIC && held.starts_with('-') {
            assert!(told, "{address} has lost its driver: {fault}");
        }
        if run.fate(address) == "claimed" {
            assert_eq!(held, "vfio-pci, override vfio-pci", "{address}: {fault}");
        }
    }
}

#[test]
fn no_single_error_leaves_a_device_without_a_driver() {
    each_fault(
        &machine(MODULES),
        &Knobs::default(),
        ALL,
        nobody_is_left_alone,
    );
}

#[test]
fn no_single_error_does_so_where_vfio_pci_refuses_every_device() {
    let knobs = Knobs {
        broken: vec!["vfio-pci".into()],
        ..Knobs::default()
    };
    each_fault(&machine(MODULES), &knobs, SOME, nobody_is_left_alone);
}

#[test]
fn no_single_error_does_so_where_the_module_cannot_be_loaded() {
    let knobs = Knobs {
        no_decompression: true,
        no_modprobe: true,
        ..Knobs::default()
    };
    let table = machine(MODULES).replace(".ko", ".ko.xz");
    each_fault(&table, &knobs, SOME, nobody_is_left_alone);
}

#[test]
fn no_single_error_does_so_where_a_driver_lets_go_too_late() {
    let knobs = Knobs {
        stubborn: vec!["e1000e".into()],
        ..Knobs::default()
    };
    each_fault(&machine(MODULES), &knobs, SOME, nobody_is_left_alone);
}

#[test]
fn no_single_error_makes_the_report_contradict_the_kernel() {
    each_fault(&machine(MODULES), &Knobs::default(), SOME, |run, fault| {
        for address in [DISK, NIC] {
            let ours = run.model.driver(address).as_deref() == Some("vfio-pci");
            assert_eq!(
                run.fate(address) == "claimed",
                ours,
                "{address} {}: {fault}",
                run.held(address)
            );
        }
    });
}
