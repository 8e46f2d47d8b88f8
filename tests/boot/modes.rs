//! What is claimed when nothing is to be claimed, and what the configuration file sets.

use crate::harness::Boot;
use crate::harness::firmware::Firmware;
use crate::harness::machine::{E1000E, NVME};

#[test]
fn nothing_asked_for_is_silence() {
    let seen = Boot::with([NVME.at("00:04.0")])
        .expect([("0000:00:04.0", "nvme")])
        .without_report()
        .run();
    assert!(
        seen.output.is_empty() && seen.spoken().is_empty(),
        "{:?} {:?}",
        seen.output,
        seen.spoken()
    );
}

#[test]
fn mode_off_logs_one_line_and_takes_nothing() {
    let seen = Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010,00:05.0 vfio-early.mode=off")
        .held([("0000:00:05.0", "e1000e")])
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "e1000e")])
        .without_report()
        .run();
    assert_eq!(seen.spoken().len(), 1, "{:?}", seen.spoken());
}

#[test]
fn a_dry_run_plans_and_changes_nothing() {
    let seen = Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=1b36:0010,00:05.0 vfio-early.mode=dry-run")
        .held([("0000:00:05.0", "e1000e")])
        .expect([("0000:00:04.0", "nvme"), ("0000:00:05.0", "e1000e")])
        .outcome("0000:00:04.0", "planned", None)
        .outcome("0000:00:05.0", "planned", None)
        .script("[ -e /sys/module/vfio_pci ] || echo 'no module loaded'")
        .prints("no module loaded")
        .run();
    assert_eq!(seen.fact("/mode"), "dry-run");
    assert_eq!(seen.claimed, seen.before);
}

#[test]
fn the_configuration_file_asks_and_the_command_line_adds() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0"), NVME.at("00:06.0")])
        .file("/etc/vfio-early.conf", "# the disks\nids=class:nvme\n")
        .file("/etc/vfio-early.d/10-card.conf", "devices=8086:10d3\n")
        .cmdline("vfio-early.exclude=00:06.0")
        .expect([
            ("0000:00:04.0", "vfio-pci"),
            ("0000:00:05.0", "vfio-pci"),
            ("0000:00:06.0", "nvme"),
        ])
        .run();
}

#[test]
fn a_uefi_machine_claims_as_any_other() {
    Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .firmware(Firmware::Ovmf)
        .cmdline("vfio-early.ids=1b36:0010")
        .script("[ -d /sys/firmware/efi ] && echo 'booted by UEFI'")
        .prints("booted by UEFI")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "e1000e")])
        .run();
}

/// Where the claim writes and what it loads, in this order.
const WRITES: [&str; 4] = [
    "/sys/bus/pci/devices/0000:00:05.0/driver_override",
    "/lib/modules/",
    "/sys/bus/pci/drivers/e1000e/unbind",
    "/sys/bus/pci/drivers/vfio-pci/bind",
];

#[test]
fn the_log_at_debug_shows_each_write_where_the_kernel_lets_it_through() {
    let claim = Boot::with([E1000E.at("00:05.0")])
        .held([("0000:00:05.0", "e1000e")])
        .expect([("0000:00:05.0", "vfio-pci")]);
    let parameters = "vfio-early.ids=00:05.0 vfio-early.log=debug";
    let all = claim
        .clone()
        .cmdline(&format!("{parameters} printk.devkmsg=on"));
    let seen = all.run();
    let spoken = seen.spoken();
    let line = |path: &str| spoken.iter().position(|line| line.contains(path));
    let places: Vec<Option<usize>> = WRITES.into_iter().map(line).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{spoken:#?}");

    // The kernel would drop lines beyond the tenth, the summary among them.
    let seen = claim.cmdline(parameters).run();
    assert!(seen.spoken()[0].contains("1 of 1"), "{:#?}", seen.spoken());
    assert!(!seen.spoken().iter().any(|line| line.contains("/sys/")));
}
