//! An IOMMU whose driver is a module: it comes before the plan, and the overrides before it.

use nix::errno::Errno;

use crate::stage::{DISK, MODULES, NIC, Run, Stage, machine};
use crate::support::model::{Fault, Knobs, Wrong};

const BOTH: &str = "vfio-early.ids=01:00.0,00:03.0";
const MODULE: &str = "module virtio/virtio_iommu.ko: virtio/virtio.ko\nbuiltin virtio_pci\n";

/// The usual machine with a virtio-iommu that nothing drives yet.
fn stage(modules: &str) -> Stage {
    let table = machine(&format!("{MODULES}{modules}"))
        .replace("iommu dmar0\n", "")
        .replace("tables DMAR\ninterrupts IR-IO-APIC\n", "tables VIOT\n")
        .replace("010802 - 2", "010802 - -")
        .replace("e1000e 3", "e1000e -");
    Stage::on(&table, BOTH)
}

fn assert_claimed(run: &Run) {
    for address in [DISK, NIC] {
        assert_eq!(run.fate(address), "claimed");
        assert_eq!(run.held(address), "vfio-pci, override vfio-pci");
    }
    assert_eq!(run.report["iommu"]["kind"], "virtio");
    assert_eq!(run.report["iommu"]["state"], "enabled");
    assert_eq!(run.warnings(None), ["no-interrupt-remapping"]);
}

fn assert_with_the_host(run: &Run) {
    assert_eq!(run.fate(DISK), "refused no-iommu");
    assert_eq!(run.held(DISK), "-, override -");
    assert_eq!(run.held(NIC), "e1000e, override -");
    assert_eq!(run.all("load vfio_pci"), [""; 0]);
    assert!(!run.satisfied);
}

#[test]
fn its_driver_is_loaded_after_the_overrides_and_before_vfio_pci() {
    let run = stage(MODULE).run();
    assert_claimed(&run);
    assert_eq!(run.all("write \"vfio-pci\"").len(), 4);
    let driver = run.first("load virtio_iommu");
    assert_eq!(run.first("load virtio"), driver - 1, "what it needs");
    assert_eq!(driver, 3, "two overrides come first");
    assert!(driver < run.first("load vfio_pci"));
    assert_ne!(
        run.report["devices"][0]["iommu_group"],
        serde_json::Value::Null
    );
}

#[test]
fn groups_that_are_made_by_the_probe_are_no_hindrance() {
    let knobs = Knobs {
        late_groups: true,
        ..Knobs::default()
    };
    assert_claimed(&stage(MODULE).knobs(knobs).run());
}

#[test]
fn the_way_to_its_device_is_loaded_first() {
    let modules = MODULE.replace(
        "builtin virtio_pci",
        "module virtio/virtio_pci.ko: virtio/virtio.ko",
    );
    let run = stage(&modules).run();
    assert_claimed(&run);
    assert!(run.first("load virtio_pci") < run.first("load virtio_iommu"));
}

#[test]
fn devices_stay_with_the_host_where_it_does_not_load() {
    let knobs = Knobs {
        unloadable: vec!["virtio_iommu".into()],
        ..Knobs::default()
    };
    let run = stage(MODULE).knobs(knobs).run();
    assert_with_the_host(&run);
    let message = run.device(DISK)["message"].as_str().unwrap();
    assert!(
        message.contains("did not come up: cannot load"),
        "{message}"
    );
}

#[test]
fn devices_stay_with_the_host_where_it_finds_nothing() {
    let knobs = Knobs {
        no_virtio_iommu: true,
        ..Knobs::default()
    };
    let run = stage(MODULE).knobs(knobs).run();
    assert_with_the_host(&run);
    let message = run.device(DISK)["message"].as_str().unwrap();
    assert!(
        message.ends_with("it was loaded and offers none"),
        "{message}"
    );
}

#[test]
fn no_single_error_leaves_an_override_without_its_driver() {
    let calls = stage(MODULE).run().model.0.borrow().calls.len();
    for at in 0..calls {
        let knobs = Knobs {
            fault: Some(Fault {
                at,
                what: Wrong::Once(Errno::EIO),
            }),
            ..Knobs::default()
        };
        let run = stage(MODULE).knobs(knobs).run();
        for address in [DISK, NIC] {
            let reported = run.warnings(Some(address)).contains(&"not-given-back");
            let held = run.held(address);
            assert!(
                reported || held != "-, override vfio-pci",
                "{address} {held}: call {at}"
            );
            assert_eq!(
                run.fate(address) == "claimed",
                held.starts_with("vfio-pci"),
                "{address} {held}: call {at}"
            );
        }
    }
}

#[test]
fn it_is_left_alone_where_nothing_is_claimed() {
    for words in ["vfio-early.ids=1:2", "vfio-early.ids=00:01.0"] {
        let run = stage(MODULE).cmdline(words).run();
        assert_eq!(run.model.acts(), [""; 0]);
    }
}
