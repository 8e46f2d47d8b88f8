//! Guards of what the running system uses now, for a claim that is made on it.
//!
//! Source: the uses come from `host/usage/live.rs`.

use super::subject::Subject;
use crate::config::Guard;
use crate::machine::{Machine, Usage, is_vmd};
use crate::pci::Device;
use crate::plan::draft::Draft;
use crate::plan::entry::Decision;
use crate::plan::message::{Reason, Warning};

/// A process has the device open through VFIO: an unbind would wait until it is closed.
pub(super) fn open(subject: &Subject<'_>) -> Option<Reason> {
    objection(subject, None)
}

/// File systems, swap, an open disk.
pub(super) fn disk(subject: &Subject<'_>) -> Option<Reason> {
    objection(subject, Some(Guard::BootDisk))
}

/// Routes, bridges, file systems over the network.
pub(super) fn network(subject: &Subject<'_>) -> Option<Reason> {
    objection(subject, Some(Guard::Network))
}

/// A session, and the console on the display that the firmware chose.
pub(super) fn display(subject: &Subject<'_>) -> Option<Reason> {
    objection(subject, Some(Guard::Display))
}

fn objection(subject: &Subject<'_>, guard: Option<Guard>) -> Option<Reason> {
    let Subject {
        device,
        request,
        machine,
        ..
    } = subject;
    let uses = uses(machine, device, guard);
    (request.is_running() && !uses.is_empty()).then_some(Reason::InUse { guard, uses })
}

/// What the running system does with `device`, and with what is in the domain that it makes.
fn uses_of<'a>(machine: &'a Machine, device: &'a Device) -> impl Iterator<Item = &'a Usage> {
    let is_maker = is_vmd(device);
    let own = move |usage: &&Usage| {
        usage.address == device.address
            || (is_maker && machine.bus.is_behind(usage.address, device))
    };
    machine.usages().iter().filter(own)
}

/// What the running system does with `device` under this guard.
pub(super) fn uses(machine: &Machine, device: &Device, guard: Option<Guard>) -> Vec<String> {
    let own = uses_of(machine, device).filter(|usage| usage.guard == guard);
    let mut uses: Vec<String> = own.map(|usage| usage.what.clone()).collect();
    if guard == Some(Guard::Display) && device.boot_display == Some(true) {
        uses.push("the console, for the machine booted on this display".to_owned());
    }
    uses
}

/// What of the devices that the next boot claims the running system uses.
pub(in super::super) fn of_next_boot(draft: &Draft<'_>) -> Vec<Warning> {
    let claimed = draft.entries.iter();
    let claimed = claimed.filter(|entry| entry.decision == Decision::Claim);
    let warning = |device: &Device| {
        let reason = used_now(draft, device)?;
        Some(Warning::device(device.address, reason))
    };
    claimed.filter_map(|entry| warning(&entry.device)).collect()
}

/// What the running system does with a device that no guard keeps from the next boot.
fn used_now(draft: &Draft<'_>, device: &Device) -> Option<Reason> {
    let own = uses_of(draft.machine, device).filter(|usage| usage.guard.is_some());
    let uses: Vec<String> = own.map(|usage| usage.what.clone()).collect();
    (!draft.request.is_running() && !uses.is_empty()).then_some(Reason::UsedNow { uses })
}

/// What the host would lose with a device that no guard refuses: a use, or the display that it booted on.
pub(in super::super) fn loss(draft: &Draft<'_>, device: &Device) -> Option<Reason> {
    let boot_display = (device.boot_display == Some(true)).then_some(Reason::BootDisplayTaken);
    used_now(draft, device).or(boot_display)
}
