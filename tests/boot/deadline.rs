//! Drivers that do not let go in time: the claim goes on without the device, which is given back when they do.

use crate::harness::machine::{E1000E, NVME, sound};
use crate::harness::store::{Kernel, example};
use crate::harness::{Boot, code};

#[test]
fn a_disk_that_is_busy_for_too_long_is_left_to_its_driver_and_the_others_are_claimed() {
    leaves_a_busy_disk(Kernel::Bookworm);
}

// From 6.12 on the kernel makes fewer of the writes wait for the unbind.
#[test]
fn a_disk_that_is_busy_for_too_long_is_left_to_its_driver_by_6_12() {
    leaves_a_busy_disk(Kernel::Trixie);
}

fn leaves_a_busy_disk(kernel: Kernel) {
    let seen = Boot::with([
        NVME.slow(6, "00:04.0"),
        NVME.at("00:05.0"),
        E1000E.at("00:06.0"),
    ])
    .kernel(kernel)
    .cmdline("vfio-early.ids=1b36:0010,00:06.0 vfio-early.timeout=1000")
    .held([("0000:00:04.0", "nvme"), ("0000:00:05.0", "nvme")])
    .first("dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=1 2>/dev/null &\nsleep 1")
    .expect([
        ("0000:00:04.0", "nvme"),
        ("0000:00:05.0", "vfio-pci"),
        ("0000:00:06.0", "vfio-pci"),
    ])
    .fails("0000:00:04.0", code::UNBIND_TIMEOUT)
    .names("1000 ms")
    .exit(2)
    .run();
    // That is the claim's own process: the shell waits for it, and the report has its duration.
    let elapsed = seen.fact("/elapsed_us").as_u64().unwrap();
    assert!((1_000_000..4_500_000).contains(&elapsed), "{elapsed} us");
}

/// Claims the open device for another driver. /sys goes away and comes back, as when the initramfs is left meanwhile.
const TAKE_WHILE_OPEN: &str = r#"
/test/vfio-open 0000:00:04.0 6 >/dev/null 2>&1 &
sleep 2
echo 'driver=pci-stub' >/etc/vfio-early.conf
echo 'timeout=500' >>/etc/vfio-early.conf
/usr/bin/vfio-early claim >/dev/null 2>&1
echo "second claim: $?"
grep -o '"code":"unbind-timeout"' /run/vfio-early/report.json
busybox ps | grep -c '[@]vfio-early'
busybox umount -l /sys
sleep 8
mount -t sysfs sys /sys
busybox readlink -f /sys/bus/pci/devices/0000:00:04.0/driver
echo "override: $(cat /sys/bus/pci/devices/0000:00:04.0/driver_override)"
busybox ps | grep -c '[@]vfio-early'
"#;

#[test]
fn an_open_device_is_left_to_its_user_and_goes_back_to_its_driver_when_closed() {
    leaves_an_open_device(Kernel::Bookworm);
}

#[test]
fn an_open_device_goes_back_to_its_driver_when_closed_on_6_12() {
    leaves_an_open_device(Kernel::Trixie);
}

fn leaves_an_open_device(kernel: Kernel) {
    let seen = Boot::with([NVME.at("00:04.0")])
        .kernel(kernel)
        .cmdline("vfio-early.ids=00:04.0")
        .copy(example("vfio-open"), "/test/vfio-open")
        .script(TAKE_WHILE_OPEN)
        .expect([("0000:00:04.0", "vfio-pci")])
        .run();
    let wanted = [
        "second claim: 2",
        "\"code\":\"unbind-timeout\"",
        "2",
        "/sys/bus/pci/drivers/vfio-pci",
        "override: vfio-pci",
        "0",
    ];
    assert_eq!(seen.script, wanted);
}

/// Opens the card's control device for some seconds, as a sound server does.
const LISTEN: &str = "
tries=0
until [ -e /dev/snd/controlC0 ] || [ $tries -ge 50 ]; do tries=$((tries + 1)); sleep 0.1; done
busybox sh -c 'exec 3</dev/snd/controlC0; echo open >/test/open; sleep 8' &
sleep 1";

#[test]
fn a_sound_card_that_somebody_listens_to_is_left_to_its_driver_and_comes_back_when_closed() {
    Boot::with([sound("00:04.0"), E1000E.at("00:05.0")])
        .loaded("snd_hda_codec_generic")
        .cmdline("vfio-early.ids=00:04.0,00:05.0 vfio-early.timeout=1000")
        .held([("0000:00:04.0", "snd_hda_intel")])
        .first(LISTEN)
        .script("cat /test/open")
        .prints("open")
        .expect([
            ("0000:00:04.0", "snd_hda_intel"),
            ("0000:00:05.0", "vfio-pci"),
        ])
        .fails("0000:00:04.0", code::UNBIND_TIMEOUT)
        .names("1000 ms")
        .exit(2)
        .run();
}
