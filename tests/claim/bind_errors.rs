//! The message of a bind that fails has the kernel's own lines about it.

use crate::stage::{DISK, NIC, Stage};
use crate::support::model::Knobs;

/// The message of the disk, when nothing binds and the kernel's log is this.
fn message(log: &str) -> String {
    let knobs = Knobs::broken("vfio-pci");
    let stage = Stage::new("vfio-early.ids=01:00.0").knobs(knobs);
    let run = stage.file("dev/kmsg", log).run();
    assert_eq!(run.fate(DISK), "failed bind-failed");
    let message = run.device(DISK)["message"].as_str().unwrap();
    message.split_once("I/O error").unwrap().1.to_owned()
}

#[test]
fn the_drivers_line_before_its_failed_probe_is_in_the_message() {
    let log = format!(
        "4,1,1000000,-;vfio-pci {DISK}: resetting\n\
         6,2,7000000,-;vfio-pci {DISK}: enabling device (0000 -> 0002)\n\
         4,3,7000100,-;vfio-pci {DISK}: Cannot bind to PF with SR-IOV enabled\n SUBSYSTEM=pci\n DEVICE=+pci:{DISK}\n\
         4,4,7000200,-;vfio-pci {NIC}: something else\n\
         4,5,7000300,-;vfio-pci: probe of {DISK} failed with error -16\n\
         12,6,7000400,-;vfio-pci {DISK}: a program wrote this\n"
    );
    let wanted = format!("; kernel log: vfio-pci {DISK}: Cannot bind to PF with SR-IOV enabled");
    assert_eq!(message(&log), wanted);
}

#[test]
fn without_a_line_of_the_driver_the_kernels_line_about_the_probe_is_in_the_message() {
    for line in [
        format!("vfio-pci: probe of {DISK} failed with error -22"),
        format!("vfio-pci {DISK}: probe with driver vfio-pci failed with error -22"),
    ] {
        let log = format!("4,1,1000000,-;vfio-pci {DISK}: old\n3,2,7000000,-;{line}\n");
        assert_eq!(message(&log), format!("; kernel log: {line}"));
    }
}

#[test]
fn without_a_failed_probe_no_line_of_the_kernel_is_in_the_message() {
    let others = format!(
        "4,1,7000000,-;vfio-pci {DISK}: resetting\n4,2,7000000,-;vfio-pci: probe of {NIC} failed with error -22\n"
    );
    for log in ["", "no log at all", &others] {
        assert_eq!(message(log), "", "{log}");
    }
}
