//! Guards: what is refused because it would lose the machine or cannot work.
//!
//! *Pure.* Source of truth: vfio-early(8), which is ours.
//! To add one: a function here, its place in [`GUARDS`], a reason, a case folder, a row in the man page.

use super::{Kind, Reason, Verdict};
use crate::ask::{IommuPolicy, Request};
use crate::pci::{Device, DriverName};

/// What a guard looks at.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) device: &'a Device,
    pub(super) driver: &'a DriverName,
    pub(super) request: &'a Request,
    pub(super) iommu: &'a Verdict,
}

/// A guard gives a reason where it refuses.
type Guard = fn(&Subject<'_>) -> Option<Reason>;

/// Every guard, in the order in which they are asked.
pub(super) const GUARDS: [Guard; 2] = [bridge, iommu];

/// A bridge is never claimed, not even by class or group.
fn bridge(subject: &Subject<'_>) -> Option<Reason> {
    let class = subject.device.class;
    let port = subject
        .device
        .driver
        .as_ref()
        .is_some_and(|driver| driver.as_str() == "pcieport");
    (class.is_bridge() || port).then_some(Reason::Bridge { class })
}

/// Without an IOMMU vfio-pci takes no device, and the host has lost it.
fn iommu(subject: &Subject<'_>) -> Option<Reason> {
    if subject.request.iommu == IommuPolicy::Any
        || !subject.driver.is_vfio()
        || subject.device.group.is_some()
    {
        return None;
    }
    match &subject.iommu.cause {
        Some(cause) => Some(Reason::NoIommu {
            cause: cause.clone(),
        }),
        // A missing group is no proof where groups are made when a driver probes.
        None if subject.iommu.kind.is_some_and(Kind::makes_groups_late) => None,
        // Some distributions leave the integrated display out unless told otherwise.
        None if subject.device.class.is_display() && subject.iommu.kind == Some(Kind::Intel) => {
            let fix = "; for an integrated display add intel_iommu=on to the kernel command line";
            Some(Reason::NoIommuGroup { fix })
        }
        None => Some(Reason::NoIommuGroup { fix: "" }),
    }
}
