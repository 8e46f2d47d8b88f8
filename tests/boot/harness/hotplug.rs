//! Devices that come while the machine runs: it plugs them in itself, by its second serial port.
//!
//! Source: QEMU's `-mon` and `-device help`; each device here was seen to come.

use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering};

use super::machine::Device;

/// QEMU's monitor at the second serial port: QEMU has both ends of a socket.
pub(crate) fn monitor() -> Device {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // A socket without a file: nothing is left of it.
    let name = format!(
        "vfio-early-{}-{}",
        id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    let socket = format!("path={name},abstract=on");
    let arguments = vec![
        (
            "-chardev",
            format!("socket,id=monitor,{socket},server=on,wait=off"),
        ),
        ("-mon", "chardev=monitor,mode=readline".to_owned()),
        ("-chardev", format!("socket,id=port,{socket}")),
        ("-serial", "chardev:port".to_owned()),
    ];
    Device {
        arguments,
        ..Device::default()
    }
}

/// Shell commands for the guest that send each of `commands` to the monitor; `busybox` is how the guest calls its own.
pub(crate) fn plugging(busybox: &str, commands: &[&str]) -> String {
    // Without raw the terminal would send the monitor's answers back to it, as commands. What it has sent before that is
    // ended by a line of its own.
    let mut script =
        format!("exec 7<>/dev/ttyS1\n{busybox} stty -F /dev/ttyS1 raw -echo\necho >&7\n");
    for command in commands {
        script.push_str(&format!("echo '{command}' >&7\n"));
    }
    script
}

/// Shell commands for the guest that wait until this device is on this driver, at most twenty seconds.
pub(crate) fn waiting(busybox: &str, address: &str, driver: &str) -> String {
    let link = format!("/sys/bus/pci/devices/{address}/driver");
    format!(
        "tries=0\nuntil [ \"$({busybox} readlink {link} | {busybox} sed 's|.*/||')\" = {driver} ] || \
         [ $tries -ge 200 ]; do tries=$((tries + 1)); {busybox} sleep 0.1; done\n"
    )
}
