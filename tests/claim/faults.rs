//! Every call of a claim goes wrong in turn: with every error that sysfs is known to give, with half of the bytes, for
//! good, or because the device vanishes.

use nix::errno::Errno;

use crate::stage::{DISK, DISPLAY, MODULES, NIC, Run, Stage, machine};
use crate::support::model::{Fault, Knobs, Wrong};
use crate::trial::{Check, TWO, Trial};

const ERRORS: [Errno; 6] = [
    Errno::EIO,
    Errno::ENOENT,
    Errno::EACCES,
    Errno::EBUSY,
    Errno::ENODEV,
    Errno::ENOSPC,
];

#[test]
fn one_error_leaves_no_device_without_a_driver_and_is_reported() {
    Trial::two(Knobs::default()).each(&ERRORS.map(Wrong::Once));
}

/// What else holds where the disk is on the protect list and the display shows the boot framebuffer.
fn check_kept(run: &Run, wrong: Option<Wrong>, fault: &str) {
    let fate = run.fate(DISK);
    let kept = [
        "",
        "refused boot-disk",
        "refused bridge",
        "refused unreadable",
    ];
    let kept = kept.contains(&fate.as_str());
    assert!(kept, "the disk of the system is {fate}: {fault}");
    assert!(wrong.is_some() || fate == "refused boot-disk", "{fate}");
    let ours = run.model.driver(DISPLAY).as_deref() == Some("vfio-pci");
    let drawn = run.model.text("proc/iomem").unwrap().contains("efifb");
    let reported = run.warnings(Some(DISPLAY)).contains(&"not-given-back");
    let gone = matches!(wrong, Some(Wrong::Vanish(DISPLAY)));
    assert!(
        ours || drawn || reported || gone,
        "the screen stays dark: {fault}"
    );
    assert!(
        !reported || matches!(wrong, Some(Wrong::Always(_))),
        "{fault}"
    );
}

#[test]
fn a_disk_on_the_protect_list_is_kept_and_the_framebuffer_comes_back_whatever_goes_wrong() {
    let broken = Knobs::broken("vfio-pci");
    for knobs in [Knobs::default(), broken] {
        let trial = Trial::kept(knobs);
        let check: Check = check_kept;
        trial.each_with(&[Errno::EIO, Errno::ENODEV].map(Wrong::Once), check);
        trial.each_with(&[Wrong::Always(Errno::EACCES), Wrong::Short], check);
        trial.each_with(&[Wrong::Vanish(DISPLAY)], check);
    }
}

/// What else holds where devices are prepared: nothing of it stays on one that is the host's, or that is reported.
fn check_prepared(run: &Run, wrong: Option<Wrong>, fault: &str) {
    for address in [DISK, NIC] {
        let text = |name: &str| {
            run.model
                .text(&format!("sys/bus/pci/devices/{address}/{name}"))
        };
        let is = (text("reset_method"), text("d3cold_allowed"));
        let all = run.device(address)["preparations"].as_array().cloned();
        let all = all.unwrap_or_default();
        let reported = |key: &str, words: &[&str]| {
            let one = all.iter().find(|one| one["key"] == key);
            one.is_some_and(|one| words.contains(&one["outcome"].as_str().unwrap()))
        };
        let ours = run.fate(address) == "claimed";
        let kept = all
            .iter()
            .any(|one| one["code"] == "preparation-not-undone");
        if let (Some(method), Some(d3cold)) = is {
            let set = [
                ("reset-method", method == "bus\n"),
                ("d3cold", d3cold == "0\n"),
            ];
            for (key, set) in set {
                let may = ours || kept || matches!(wrong, Some(Wrong::Short | Wrong::Always(_)));
                assert!(!set || may, "{address} keeps {key}: {fault}");
                assert!(set || !reported(key, &["done"]), "{address} {key}: {fault}");
            }
        }
        for one in &all {
            let is_failed = one["outcome"] == "failed";
            assert_eq!(is_failed, one["message"].is_string(), "{one}: {fault}");
            assert_ne!(one["outcome"], "planned", "{one}: {fault}");
        }
        let copied = run.model.text(&format!("run/vfio-early/rom/{address}.rom"));
        assert_eq!(
            copied.is_some(),
            reported("rom", &["done"]),
            "{address}: {fault}"
        );
    }
}

#[test]
fn a_preparation_that_goes_wrong_stops_no_claim_and_is_taken_back_with_it() {
    let broken = Knobs::broken("vfio-pci");
    for knobs in [Knobs::default(), broken] {
        let trial = Trial::prepared(knobs);
        let check: Check = check_prepared;
        trial.each_with(&[Errno::EIO, Errno::EBUSY].map(Wrong::Once), check);
        trial.each_with(&[Wrong::Always(Errno::EACCES), Wrong::Short], check);
        trial.each_with(&[Wrong::Vanish(NIC)], check);
    }
}

#[test]
fn so_it_is_with_several_devices_groups_and_drivers() {
    Trial::groups().each(&[Wrong::Once(Errno::EIO), Wrong::Short]);
}

#[test]
fn an_error_that_lasts_leaves_only_the_device_with_that_file_without_a_driver() {
    let wrongs = [Errno::EACCES, Errno::ENOENT, Errno::EBUSY].map(Wrong::Always);
    Trial::two(Knobs::default()).each(&wrongs);
    Trial::groups().each(&wrongs[..1]);
}

#[test]
fn half_a_read_or_half_a_write_is_no_success() {
    Trial::two(Knobs::default()).each(&[Wrong::Short]);
}

#[test]
fn a_device_that_vanishes_takes_no_other_with_it() {
    Trial::two(Knobs::default()).each(&[DISK, NIC].map(Wrong::Vanish));
    let more = [NIC, "0000:01:00.1"];
    Trial::groups().each(&more.map(Wrong::Vanish));
}

#[test]
fn nor_where_a_driver_has_another_name_than_its_module() {
    let broken = Knobs::broken("xe-vfio-pci");
    for knobs in [Knobs::default(), broken] {
        let trial = Trial::variant(knobs);
        trial.each(&[Errno::EIO, Errno::ENOENT].map(Wrong::Once));
        trial.each(&[Wrong::Always(Errno::EACCES), Wrong::Short]);
    }
}

#[test]
fn a_device_that_vanishes_is_reported_as_vanished() {
    let table = machine(MODULES);
    let fate = |at| {
        let knobs = Knobs {
            fault: Some(Fault {
                at,
                what: Wrong::Vanish(NIC),
            }),
            ..Knobs::default()
        };
        Run::new(Stage::on(&table, TWO).tree(), knobs).fate(NIC)
    };
    let mut fates: Vec<String> = (0..60).map(fate).collect();
    fates.dedup();
    // Before it was read, from then on, and when all was done.
    assert_eq!(fates, ["", "failed vanished", "claimed"]);
}

#[test]
fn no_error_leaves_a_device_without_a_driver_where_vfio_pci_refuses_all() {
    let knobs = Knobs::broken("vfio-pci");
    let errors = [Errno::EIO, Errno::ENOENT];
    let trial = Trial::two(knobs);
    trial.each(&errors.map(Wrong::Once));
    trial.each(&errors.map(Wrong::Always));
    trial.each(&[Wrong::Short, Wrong::Vanish(NIC)]);
}

#[test]
fn nor_where_the_module_cannot_be_loaded() {
    let knobs = Knobs {
        no_decompression: true,
        no_modprobe: true,
        ..Knobs::default()
    };
    let trial = Trial {
        table: machine(MODULES).replace(".ko", ".ko.xz"),
        ..Trial::two(knobs)
    };
    let errors = [Errno::EIO, Errno::ENOENT];
    trial.each(&errors.map(Wrong::Once));
    trial.each(&errors.map(Wrong::Always));
    trial.each(&[Wrong::Short, Wrong::Vanish(NIC)]);
}

#[test]
fn nor_where_a_driver_lets_go_too_late() {
    let knobs = Knobs::stubborn("e1000e");
    let errors = [Errno::EIO, Errno::ENOENT];
    let trial = Trial::two(knobs);
    trial.each(&errors.map(Wrong::Once));
    trial.each(&errors.map(Wrong::Always));
    trial.each(&[Wrong::Short, Wrong::Vanish(NIC)]);
}
