//! Whether an IOMMU group can be given to a virtual machine.
//!
//! *Pure.* Source of truth: `vfio_dev_viable()` in Linux's drivers/vfio up to 5.18 and the DMA ownership of later
//! kernels: every member on a VFIO driver, pci-stub, a port driver, or on none. To add one: nothing.

use super::{Reason, Warning};
use crate::pci::{Address, Bus, Device, DriverName, GroupId};

/// The state of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupVerdict {
    /// Its number.
    pub group: GroupId,
    /// Every device in it.
    pub members: Vec<Address>,
    /// Members that a host driver holds.
    pub blockers: Vec<(Address, DriverName)>,
    /// Members that have no driver and that nobody claimed: a host driver may come.
    pub loose: Vec<Address>,
}

impl GroupVerdict {
    /// What its owner should know.
    pub(super) fn into_warning(self) -> Option<Warning> {
        let group = self.group;
        if !self.blockers.is_empty() {
            return Some(
                Reason::GroupBlocked {
                    group,
                    blockers: self.blockers,
                }
                .into(),
            );
        }
        (!self.loose.is_empty()).then(|| {
            Reason::GroupShared {
                group,
                members: self.loose,
            }
            .into()
        })
    }
}

/// The group of a device and the driver that has it, or will have it.
pub(super) type GroupState = (Option<GroupId>, Option<DriverName>);

/// Judges `groups`, in any order and number, by the `state` of every device.
pub fn verdicts(
    bus: &Bus,
    groups: impl Iterator<Item = GroupId>,
    state: &dyn Fn(&Device) -> GroupState,
) -> Vec<GroupVerdict> {
    let mut groups: Vec<GroupId> = groups.collect();
    groups.sort_unstable();
    groups.dedup();
    let empty = |group: &GroupId| GroupVerdict {
        group: *group,
        members: Vec::new(),
        blockers: Vec::new(),
        loose: Vec::new(),
    };
    let mut verdicts: Vec<GroupVerdict> = groups.iter().map(empty).collect();
    for device in &bus.devices {
        let (group, driver) = state(device);
        let at = group.and_then(|group| groups.binary_search(&group).ok());
        if let Some(verdict) = at.and_then(|at| verdicts.get_mut(at)) {
            verdict.add(device, driver);
        }
    }
    verdicts
}

impl GroupVerdict {
    /// Counts a member that `driver` holds, or will hold.
    fn add(&mut self, device: &Device, driver: Option<DriverName>) {
        self.members.push(device.address);
        // VFIO counts a bridge against nobody, whatever drives it.
        if device.class.has_secondary_bus() {
            return;
        }
        match driver {
            Some(driver) if !driver.leaves_group_viable() => {
                self.blockers.push((device.address, driver))
            }
            None if !device.class.is_bridge() => self.loose.push(device.address),
            _ => {}
        }
    }
}
