//! The group that QEMU's q35 board makes of its ISA bridge, SATA and SMBus functions: it is open to a guest whatever host
//! drivers come, by the claim of the boot and by hand.

use crate::harness::Boot;
use crate::harness::machine::{Device, board};
use crate::harness::store::{Kernel, example};

const ISA: &str = "0000:00:1f.0";
const SATA: &str = "0000:00:1f.2";
const SMBUS: &str = "0000:00:1f.3";
const HELD: [(&str, &str); 3] = [(ISA, "lpc_ich"), (SATA, "ahci"), (SMBUS, "i801_smbus")];

/// What shows whether a guest could open the group.
const OPEN: &str = "/test/vfio-open 0000:00:1f.2 2>&1\n";
const OPENED: &str = "vendor:device 8086:2922";

fn machine(script: &str) -> Boot {
    Boot::with([board()])
        .copy(example("vfio-open"), "/test/vfio-open")
        .script(script)
}

/// The modules of the host come after the claim: without the hold they would take two members of the group.
fn stays_open(kernel: Kernel) {
    let seen = machine(OPEN)
        .kernel(kernel)
        .cmdline("vfio-early.ids=00:1f.2+group")
        .expect([(ISA, "none"), (SATA, "vfio-pci"), (SMBUS, "none")])
        .prints(OPENED)
        .run();
    assert_eq!(seen.fact("/groups/0/viable"), true);
}

#[test]
fn the_group_of_the_board_stays_open_on_6_1() {
    stays_open(Kernel::Bookworm);
}

#[test]
fn the_group_of_the_board_stays_open_on_6_12() {
    stays_open(Kernel::Trixie);
}

#[test]
fn host_drivers_of_the_board_let_go_before_the_claim() {
    machine(OPEN)
        .cmdline("vfio-early.ids=00:1f.2 vfio-early.group=whole")
        .held(HELD)
        .expect([(ISA, "none"), (SATA, "vfio-pci"), (SMBUS, "none")])
        .prints(OPENED)
        .run();
}

/// What the hold is for: with the SATA controller alone the group is closed once the host's drivers have come.
#[test]
fn without_the_hold_host_drivers_close_the_group() {
    let seen = machine(OPEN)
        .cmdline("vfio-early.ids=00:1f.2")
        .expect([(ISA, "lpc_ich"), (SATA, "vfio-pci"), (SMBUS, "i801_smbus")])
        .warns("group-shared")
        .run();
    assert_eq!(seen.fact("/groups/0/blockers_to_come/0/driver"), "lpc_ich");
    assert!(!seen.script.iter().any(|line| line == OPENED));
}

#[test]
fn the_group_of_the_board_is_bound_and_released_by_hand() {
    let who = "for at in 0000:00:1f.0 0000:00:1f.2 0000:00:1f.3; do
            driver=$(readlink /sys/bus/pci/devices/$at/driver)
            echo \"$at ${driver##*/} $(cat /sys/bus/pci/devices/$at/driver_override)\"
        done\n";
    let script = format!(
        "/usr/bin/vfio-early bind 00:1f.2+group >/dev/null 2>&1; echo bind $?\n{who}{OPEN}\
         /usr/bin/vfio-early status >/dev/null 2>&1; echo status $?\n\
         /usr/bin/vfio-early release 00:1f.2+group >/dev/null 2>&1; echo release $?\n{who}"
    );
    let devices: [Device; 1] = [board()];
    let seen = Boot::with(devices)
        .copy(example("vfio-open"), "/test/vfio-open")
        .script(&script)
        .without_report()
        .expect(HELD)
        .run();
    let lines: Vec<&str> = seen.script.iter().map(String::as_str).collect();
    for (at, wanted) in [
        (0, "bind 0"),
        (1, "0000:00:1f.0  none"),
        (2, "0000:00:1f.2 vfio-pci vfio-pci"),
        (3, "0000:00:1f.3  none"),
        (4, OPENED),
    ] {
        assert_eq!(lines.get(at), Some(&wanted), "{lines:#?}");
    }
    let end = [
        "status 0",
        "release 0",
        "0000:00:1f.0 lpc_ich (null)",
        "0000:00:1f.2 ahci (null)",
        "0000:00:1f.3 i801_smbus (null)",
    ];
    assert!(lines.ends_with(&end), "{lines:#?}");
}
