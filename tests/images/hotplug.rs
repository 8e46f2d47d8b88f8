//! Devices that come while a whole Debian runs, with our package in it: its udev has those claimed that are named.
//!
//! A disk comes whose driver holds another one already, a sound card whose driver nobody has loaded, and with each a twin
//! that nobody named. What was there at boot is looked at again, as by coldplug, and stays what it was.

use crate::cell::Cell;
use crate::generator::Generator;
use crate::harness::code;
use crate::harness::hotplug::{monitor, plugging, waiting};
use crate::harness::machine::port;
use crate::harness::store::Kernel;

const BUSYBOX: &str = "/test/busybox";

/// The protect list of the image keeps 00:05.0, and the host's own list does not know it.
const LIST: (&str, &str) = (
    "etc/vfio-early.protect",
    "0000:00:05.0 1b36:0010:1af4:1100 010802 - /boot\n",
);

/// The devices that come, with their drivers in the end.
const CAME: [(&str, &str); 4] = [
    ("0000:01:00.0", "vfio-pci"),
    ("0000:02:00.0", "nvme"),
    ("0000:03:00.0", "vfio-pci"),
    ("0000:04:00.0", "snd_hda_intel"),
];

const COMMANDS: [&str; 6] = [
    "drive_add 0 if=none,id=named,driver=null-co,size=16M,read-zeroes=on",
    "drive_add 0 if=none,id=other,driver=null-co,size=16M,read-zeroes=on",
    "device_add nvme,drive=named,serial=named,bus=port10-0",
    "device_add nvme,drive=other,serial=other,bus=port11-0",
    "device_add intel-hda,bus=port12-0",
    "device_add intel-hda,bus=port13-0",
];

/// 00:0a.0 is given back to its host driver by hand; then all devices are looked at again.
const COLDPLUG: &str = "
    cd /sys/bus/pci/devices/0000:00:0a.0
    echo 0000:00:0a.0 >driver/unbind
    echo >driver_override
    echo 0000:00:0a.0 >/sys/bus/pci/drivers_probe
    udevadm trigger --action=add --settle --subsystem-match=pci
    udevadm trigger --action=change --settle --subsystem-match=pci
";

fn what_is_named_is_claimed(kernel: Kernel) {
    let waits = CAME.map(|(address, driver)| waiting(BUSYBOX, address, driver));
    let ports = ["00:10.0", "00:11.0", "00:12.0", "00:13.0"].map(|at| port(at, &[]));
    let seen = ports
        .into_iter()
        .fold(Cell::of(kernel, Generator::InitramfsTools), Cell::device)
        .into_debian()
        .device(monitor())
        .file(LIST.0, LIST.1)
        .cmdline("vfio-early.ids=00:04.0,00:05.0,00:0a.0,00:10.0/00.0,8086:2668@03:00.0")
        .first(&[&plugging(BUSYBOX, &COMMANDS), &waits.concat(), COLDPLUG].concat())
        .held("0000:01:00.0", "nvme")
        .expect(CAME)
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:05.0", "nvme")])
        .refuses("0000:00:05.0", code::BOOT_DISK)
        .run()
        .seen;
    // Once in the image, and once for each device that came: coldplug costs nothing.
    let run = "sched_process_exec: filename=/usr/bin/vfio-early ";
    let runs = seen.kmsg.iter().filter(|line| line.contains(run));
    assert_eq!(runs.count(), 1 + CAME.len(), "{:#?}", seen.kmsg);
}

#[test]
fn what_comes_is_claimed_if_it_is_named_on_bookworm() {
    what_is_named_is_claimed(Kernel::Bookworm);
}

#[test]
fn what_comes_is_claimed_if_it_is_named_on_trixie() {
    what_is_named_is_claimed(Kernel::Trixie);
}
