//! Guards of what the image's protect list names.
//!
//! Source: the list that `vfio-early protect` made on the host; which device it means stands in `machine/protected.rs`.

use super::subject::Subject;
use crate::plan::message::{Need, Reason};

/// The device is one that the system needs to boot or run.
pub(super) fn boot_disk(subject: &Subject<'_>) -> Option<Reason> {
    let may_be_listed = subject.device.class.is_storage() && subject.machine.protect.unread;
    let need = need(subject, false).or(may_be_listed.then_some(Need::Unread))?;
    Some(Reason::BootDisk { need })
}

/// The device is the network card that a file system of the system comes through.
pub(super) fn network(subject: &Subject<'_>) -> Option<Reason> {
    let wanted = subject.request.needs.network().is_some();
    let may_be_listed =
        wanted && subject.device.class.is_network() && subject.machine.protect.unread;
    let need = need(subject, true).or(may_be_listed.then_some(Need::Unread))?;
    Some(Reason::Network { need })
}

/// What on the list needs this device, over the network or not.
fn need(subject: &Subject<'_>, network: bool) -> Option<Need> {
    let (device, bus) = (subject.device, &subject.machine.bus);
    subject.machine.protect.devices.iter().find_map(|entry| {
        let fit = entry.fit(device, bus)?;
        let uses: Vec<String> = entry
            .reasons
            .iter()
            .filter(|reason| reason.starts_with("network") == network)
            .cloned()
            .collect();
        (!uses.is_empty()).then(|| Need::Listed {
            uses,
            path: entry.path.clone(),
            fit,
        })
    })
}
