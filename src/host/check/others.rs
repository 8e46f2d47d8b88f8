//! What else decides: a command line that is too long, settings of other tools, Secure Boot, a locked kernel.
//!
//! Source: `kernel_lockdown`(7), systemd-stub(7), and what `src/host/import` reads.

use super::Findings;
use super::Mark::{Ok, Unknown, Warn};
use super::setup::HostSetup;
use crate::config::{LONG, Problem};
use crate::host::import::{Note, OldSetting, Removal};
use crate::host::snapshot::HostSnapshot;

pub(super) fn look(snapshot: &HostSnapshot<'_>, setup: &HostSetup, list: &mut Findings) {
    // Where something is requested, the plan warns of it.
    if setup.cmdline.len() >= LONG && snapshot.request.is_silent() {
        let length = setup.cmdline.len();
        let problem = Problem::LongCommandLine { length };
        list.put_message(Warn, "asked", problem.fact(), problem.fix());
    }
    for old in &setup.olds {
        setting(snapshot, old, list);
    }
    for error in &setup.unread {
        list.put(
            Unknown,
            "others",
            format_args!("{error}: what stands there is not known"),
        );
    }
    secure_boot(setup, list);
}

/// A setting of another tool, where it is in our way or of no use any more.
fn setting(snapshot: &HostSnapshot<'_>, old: &OldSetting, list: &mut Findings) {
    let fact = format_args!("{}: {}", old.place, old.what);
    if old.notes().any(|note| *note == Note::Honoured) {
        return;
    }
    for note in old.notes() {
        let Note::HostDriver(pattern, driver) = note else {
            continue;
        };
        // A driver of the host, which driverctl gives to the device when it comes.
        let mut entries = snapshot.planned().plan.entries.iter();
        if let Some(entry) = entries.find(|entry| pattern.matches(&entry.device.address)) {
            let address = entry.device.address;
            let fix = format_args!(
                "it gives {address} to {driver} again: driverctl --noprobe unset-override {address}"
            );
            list.put_fix(Warn, "others", fact, fix);
        }
    }
    if old.removal == Removal::Leave {
        return;
    }
    let removal = &old.removal;
    let devices = old.settings().next().is_some();
    match old.notes().next() {
        _ if !old.is_complete() => list.put_fix(
            Warn,
            "others",
            fact,
            format_args!("vfio-early import names what to write for it; then {removal}"),
        ),
        Some(note) if !devices => {
            list.put_fix(Warn, "others", fact, format_args!("{note}; then {removal}"));
        }
        _ => list.put_fix(
            Warn,
            "others",
            fact,
            format_args!("vfio-early import prints it as a vfio-early.conf; then {removal}"),
        ),
    }
}

fn secure_boot(setup: &HostSetup, list: &mut Findings) {
    let topic = "secure boot";
    let state = match setup.secure_boot {
        Some(true) => "on",
        Some(false) => "off",
        None => "not known to the firmware",
    };
    match &setup.lockdown {
        Some(mode) => list.put(
            Ok,
            topic,
            format_args!(
                "{state}; the kernel is locked down ({mode}): modules must be signed, as those of the distribution are, \
                 and programs reach the memory of devices by VFIO only"
            ),
        ),
        None => list.put(Ok, topic, format_args!("{state}; the kernel is not locked down")),
    }
    if setup.secure_boot == Some(true) && setup.unified {
        list.put_fix(
            Warn,
            topic,
            format_args!("started from a unified kernel image: the boot loader cannot add to its command line"),
            format_args!("write into /etc/vfio-early.conf, or into the image's command line, and rebuild it"),
        );
    }
}
