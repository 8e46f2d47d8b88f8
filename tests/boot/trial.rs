//! A claim on trial, over several boots of one UEFI machine whose firmware keeps its variables.

use crate::harness::firmware::Firmware;
use crate::harness::machine::NVME;
use crate::harness::seen::Seen;
use crate::harness::store::example;
use crate::harness::{Boot, code};

const DISK: &str = "0000:00:04.0";
const VARIABLES: &str = "mount -t efivarfs efivarfs /sys/firmware/efi/efivars";

/// A machine with a claim that `vfio-early enable` wrote. Its image cannot load efivarfs but by the claim's own means.
fn machine() -> Boot {
    Boot::with([NVME.at("00:04.0")])
        .file("/etc/vfio-early.d/50-enabled.conf", "ids=1b36:0010\n")
        .with_module("efivarfs")
        .firmware(Firmware::Ovmf)
}

/// The next boot of the machine.
fn next() -> Boot {
    machine().keeps_variables()
}

fn claimed(boot: Boot) -> Seen {
    boot.expect([(DISK, "vfio-pci")]).run()
}

fn refused(boot: Boot) -> Seen {
    let boot = boot.refuses(DISK, code::TRIAL_FAILED).exit(2);
    boot.expect([(DISK, "nvme")]).run()
}

/// `enable` puts the next boot on trial; here it does so before the claim of this one.
fn on_trial(boot: Boot) -> Boot {
    let start = format!(
        "/test/modprobe efivarfs; {VARIABLES}; /test/start-trial; busybox umount /sys/firmware/efi/efivars"
    );
    boot.copy(example("start-trial"), "/test/start-trial")
        .first(&start)
}

#[test]
fn a_boot_that_is_not_confirmed_is_the_last_one_that_claims() {
    let seen = claimed(on_trial(machine()).warns(code::ON_TRIAL).script(&format!(
        "grep -c efivarfs /proc/mounts; {VARIABLES}; vfio-early status"
    )));
    assert_eq!(seen.fact("/trial"), "running");
    assert_eq!(seen.script.first().map(String::as_str), Some("0"));
    assert!(seen.script[1].contains("on trial"), "{:?}", seen.script);
    let seen = refused(next());
    assert_eq!(seen.fact("/trial"), "failed");
    let warned = seen
        .spoken()
        .iter()
        .any(|line| line.contains("vfio-early enable"));
    assert!(warned, "{:?}", seen.spoken());
    let boot = next()
        .file(
            "/etc/vfio-early.d/50-enabled.conf",
            "# in vfio-early.conf\n",
        )
        .universal("ids=1b36:0010\n");
    assert_eq!(refused_by_first(boot).fact("/trial"), "failed");
}

/// The first process has claimed before there is an exit status to see.
fn refused_by_first(boot: Boot) -> Seen {
    let boot = boot.refuses(DISK, code::TRIAL_FAILED);
    boot.expect([(DISK, "nvme")]).run()
}

#[test]
fn a_boot_that_is_confirmed_ends_the_trial() {
    let script = format!(
        "{VARIABLES}; vfio-early confirm; ls /sys/firmware/efi/efivars | grep -c VfioEarly; vfio-early status; vfio-early confirm"
    );
    let seen = claimed(on_trial(machine()).warns(code::ON_TRIAL).script(&script));
    assert_eq!(seen.script[1], "0", "{:?}", seen.script);
    assert!(seen.script[2].contains("passed"), "{:?}", seen.script);
    let seen = claimed(next().script("grep -c efivarfs /proc/mounts").prints("0"));
    assert!(seen.warnings().is_empty() && seen.fact("/trial").is_null());
}

#[test]
fn firmware_without_variables_has_no_trial() {
    let boot = machine()
        .firmware(Firmware::SeaBios)
        .copy(example("start-trial"), "/test/start-trial")
        .script("/test/start-trial; echo \"exit $?\"")
        .prints("exit 2");
    let seen = claimed(boot);
    assert!(seen.warnings().is_empty() && seen.fact("/trial").is_null());
}
