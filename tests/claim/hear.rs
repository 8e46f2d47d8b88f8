//! A bind that fails is told with the kernel's own words.

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
fn what_the_driver_said_just_before_its_probe_failed_is_told() {
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
fn where_the_driver_said_nothing_the_kernels_line_of_the_probe_is_told() {
    for line in [
        format!("vfio-pci: probe of {DISK} failed with error -22"),
        format!("vfio-pci {DISK}: probe with driver vfio-pci failed with error -22"),
    ] {
        let log = format!("4,1,1000000,-;vfio-pci {DISK}: old\n3,2,7000000,-;{line}\n");
        assert_eq!(message(&log), format!("; kernel log: {line}"));
    }
}

#[test]
fn where_no_probe_failed_the_kernel_said_nothing() {
    let others = format!(
        "4,1,7000000,-;vfio-pci {DISK}: resetting\n4,2,7000000,-;vfio-pci: probe of {NIC} failed with error -22\n"
    );
    for log in ["", "no log at all", &others] {
        assert_eq!(message(log), "", "{log}");
    }
}
