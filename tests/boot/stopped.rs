//! `vfio-early bind` that is stopped or comes to its deadline: nothing is left half done.

use crate::bind::host;
use crate::harness::facts::{facts, lines};
use crate::harness::machine::NVME;

/// A request of two seconds is under way when the driver is asked to let go.
const BUSY: &str = "
    busy() {
        dd if=\"/dev/$(disk 0000:00:04.0)\" of=/dev/null bs=4096 count=1 2>/dev/null &
        sleep 0.3
    }
";

#[test]
fn a_driver_that_does_not_let_go_in_time_keeps_the_device() {
    let script = "
        busy
        ask bind 00:04.0 --force boot-disk --timeout 500 | head -n 1
        sleep 6
        who 0000:00:04.0
        ls /run/vfio-early
    ";
    let boot = host([NVME.slow(2, "00:04.0")], &format!("{BUSY}{script}"));
    let seen = boot.expect([("0000:00:04.0", "nvme")]).run();
    let wanted = "
        failed 0000:00:04.0 nvme; unbind-timeout [500 ms]
        warning forced
        0000:00:04.0: nvme, override (null)
        ls: /run/vfio-early: No such file or directory
    ";
    assert_eq!(facts(&seen, &["500 ms"]), lines(wanted));
}

#[test]
fn a_signal_waits_until_the_device_is_bound_and_the_report_written() {
    let script = "
        busy
        vfio-early bind 00:04.0 --force boot-disk >/dev/null 2>&1 &
        pid=$!
        until grep -q vfio-pci /sys/bus/pci/devices/0000:00:04.0/driver_override; do sleep 0.05; done
        kill -TERM $pid
        wait $pid 2>/dev/null
        echo \"ended by $?\"
        who 0000:00:04.0
        told 0000:00:04.0
    ";
    let boot = host([NVME.slow(2, "00:04.0")], &format!("{BUSY}{script}"));
    let seen = boot.expect([("0000:00:04.0", "nvme")]).run();
    let wanted = "
        ended by 143
        0000:00:04.0: vfio-pci, override vfio-pci
        \"driver_before\":\"nvme\",\"driver_wanted\":\"vfio-pci\",\"driver_after\":\"vfio-pci\",\"outcome\":\"claimed\"
    ";
    assert_eq!(facts(&seen, &[]), lines(wanted));
}
