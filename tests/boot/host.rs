//! The commands of the running host, in a booted machine after its claim.

use crate::harness::facts::{facts, lines};
use crate::harness::machine::{E1000, E1000E, HDA, Iommu, NVME, RTL8139, VGA, bridge, port};
use crate::harness::store::Kernel;
use crate::harness::{Boot, code};

/// Runs the program and shows its exit status behind what it prints.
const ASK: &str = "ask() { /usr/bin/vfio-early \"$@\" 2>&1 9>&-; echo \"exit $?\"; }\n";

#[test]
fn explain_shows_the_kernels_lines_about_a_bind_that_failed() {
    let seen = Boot::with([NVME.at("00:04.0")])
        .iommu(Iommu::None)
        .kernel(Kernel::Trixie)
        .cmdline("vfio-early.ids=00:04.0 vfio-early.iommu=any")
        .script(&format!(
            "{ASK}export NO_COLOR=1 COLUMNS=500; ask explain 00:04.0"
        ))
        .expect([("0000:00:04.0", "nvme")])
        .fails("0000:00:04.0", code::BIND_FAILED)
        .exit(2)
        .run();
    let line = "vfio-pci 0000:00:04.0: probe with driver vfio-pci failed with error -22";
    let count = |text: &str| seen.script.iter().filter(|one| one.contains(text)).count();
    let logged = count(&format!("] {line}"));
    assert!(logged > 0, "{:?}", seen.script);
    assert_eq!(
        count(line),
        logged + 1,
        "the outcome quotes it: {:?}",
        seen.script
    );
    assert!(
        count("] nvme nvme0: pci function 0000:00:04.0") > 0,
        "{:?}",
        seen.script
    );
}

/// The table alone is what a bug report has, so it must lead to the same plan.
#[test]
fn a_captured_machine_has_the_plan_of_the_machine_and_no_serial_numbers() {
    let script = "
        line='vfio-early.ids=1b36:0010,00:05.0+functions,00:06.0+group,class:display,8086:10d3@00:07.0,class:nvme'
        line=\"$line vfio-early.exclude=00:07.0 vfio-early.driver=pci-stub@class:audio root=/dev/nvme0n1\"
        vfio-early capture >/machine
        here=$(vfio-early plan --cmdline \"$line\" 2>/dev/null)
        there=$(vfio-early plan --machine /machine --cmdline \"$line\" 2>&1)
        echo \"$here\"
        if [ \"$here\" = \"$there\" ]; then echo 'the same plan'; else echo \"$there\"; fi
        echo \"serial numbers: $(grep -c serial= /machine), $(vfio-early capture --serials | grep -c serial=)\"
    ";
    let seen = Boot::with([
        port("00:04.0", &[NVME]),
        port("00:05.0", &[VGA, HDA]),
        bridge("00:06.0", &[E1000, RTL8139]),
        E1000E.at("00:07.0"),
    ])
    .cmdline("vfio-early.ids=1b36:0010")
    .script(script)
    .expect([("0000:01:00.0", "vfio-pci")])
    .prints("the same plan")
    .prints("serial numbers: 0, 1")
    .run();
    let planned = |line: &&String| line.starts_with("refused ") || line.starts_with("planned ");
    assert!(
        seen.script.iter().filter(planned).count() >= 6,
        "{:?}",
        seen.script
    );
}

#[test]
fn status_shows_who_uses_a_device_and_which_driver_took_one_back() {
    let script = "
        group=$(basename \"$(readlink /sys/bus/pci/devices/0000:00:04.0/iommu_group)\")
        exec 9<>\"/dev/vfio/$group\"
        ask status --json 00:04.0
        exec 9>&-
        echo 0000:00:05.0 >/sys/bus/pci/drivers/vfio-pci/unbind
        ask status --json
        ask status --json 00:04.0
    ";
    let seen = Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline("vfio-early.ids=00:04.0,00:05.0")
        .script(&format!("{ASK}{script}"))
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "vfio-pci")])
        .run();
    let wanted = "
        ours 0000:00:04.0 on vfio-pci; used by init 1
        exit 0
        ours 0000:00:04.0 on vfio-pci
        taken-back 0000:00:05.0 on -
        exit 2
        ours 0000:00:04.0 on vfio-pci
        exit 0
    ";
    assert_eq!(facts(&seen, &[]), lines(wanted));
}
