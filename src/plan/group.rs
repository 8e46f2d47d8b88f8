//! Whether an IOMMU group can be given to a virtual machine.
//!
//! *Pure.* Source of truth: `vfio_dev_viable()` in Linux's drivers/vfio up to 5.18 and the DMA ownership of later
//! kernels: every member on a VFIO driver, pci-stub, a port driver, or on none. To add one: nothing.

use super::{Outcome, Plan, Reason, Warning};
use crate::pci::{Address, Bus, Device, DriverName, GroupId, Region};

/// A member that keeps its group from a virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The device.
    pub address: Address,
    /// The host driver that has it.
    pub driver: DriverName,
    /// The code of the reason, where somebody asked for it.
    pub code: Option<&'static str>,
}

/// The state of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupVerdict {
    /// Its number.
    pub group: GroupId,
    /// Every device in it.
    pub members: Vec<Address>,
    /// Members that a host driver holds.
    pub blockers: Vec<Blocker>,
    /// Members that have no driver and that nobody claimed: a host driver may come.
    pub loose: Vec<Address>,
}

impl GroupVerdict {
    /// What its owner should know.
    fn into_warning(self) -> Option<Warning> {
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

impl Plan<'_> {
    /// The groups of the devices that are ours by `outcomes`, or would be.
    pub fn groups(&self, outcomes: &[Outcome<'_>]) -> Vec<GroupVerdict> {
        let groups = outcomes.iter().filter(|outcome| outcome.word.is_ours());
        let groups = groups.filter_map(|outcome| outcome.group).collect();
        verdicts(&self.machine.bus, groups, outcomes)
    }

    /// What is odd about those groups. Only VFIO cares who else is in a group.
    pub(super) fn group_warnings(
        &self,
        outcomes: &[Outcome<'_>],
    ) -> impl Iterator<Item = Warning> + use<> {
        let vfio =
            |outcome: &&Outcome<'_>| outcome.word.is_ours() && outcome.entry.driver.is_vfio();
        let groups = outcomes.iter().filter(vfio);
        let groups: Vec<GroupId> = groups.filter_map(|outcome| outcome.group).collect();
        let late = outcomes
            .iter()
            .filter_map(|outcome| outcome.late.as_deref());
        let mut regions: Vec<&Region> = std::iter::once(&self.machine.bus)
            .chain(late)
            .flat_map(|bus| &bus.regions)
            .filter(|region| region.is_direct() && groups.contains(&region.group))
            .collect();
        regions.sort_by_key(|region| (region.group, region.start));
        regions.dedup();
        let reserved: Vec<Warning> = regions
            .into_iter()
            .map(|region| {
                let Region {
                    group, start, end, ..
                } = *region;
                Reason::ReservedRegion { group, start, end }.into()
            })
            .collect();
        let verdicts = verdicts(&self.machine.bus, groups, outcomes);
        let verdicts = verdicts.into_iter().filter_map(GroupVerdict::into_warning);
        verdicts.chain(reserved)
    }
}

/// Judges `groups`, in any order and number, by what became of those who were asked for.
fn verdicts(bus: &Bus, mut groups: Vec<GroupId>, outcomes: &[Outcome<'_>]) -> Vec<GroupVerdict> {
    groups.sort_unstable();
    groups.dedup();
    let empty = |group: &GroupId| GroupVerdict {
        group: *group,
        members: Vec::new(),
        blockers: Vec::new(),
        loose: Vec::new(),
    };
    let mut verdicts: Vec<GroupVerdict> = groups.iter().map(empty).collect();
    let late = outcomes
        .iter()
        .filter_map(|outcome| outcome.late.as_deref());
    for device in std::iter::once(bus)
        .chain(late)
        .flat_map(|bus| &bus.devices)
    {
        let at =
            outcomes.binary_search_by_key(&device.address, |outcome| outcome.entry.device.address);
        let outcome = at.ok().and_then(|at| outcomes.get(at));
        let group = outcome.and_then(|outcome| outcome.group).or(device.group);
        let at = group.and_then(|group| groups.binary_search(&group).ok());
        if let Some(verdict) = at.and_then(|at| verdicts.get_mut(at)) {
            verdict.add(device, outcome);
        }
    }
    verdicts
}

impl GroupVerdict {
    /// Counts a member and the driver that has it, or will have it.
    fn add(&mut self, device: &Device, outcome: Option<&Outcome<'_>>) {
        let address = device.address;
        match self.members.binary_search(&address) {
            Ok(_) => return,
            Err(at) => self.members.insert(at, address),
        }
        // VFIO counts a bridge against nobody, whatever drives it.
        if device.class.has_secondary_bus() {
            return;
        }
        let driver = match outcome {
            Some(outcome) if outcome.word.is_ours() => Some(&outcome.entry.driver),
            Some(outcome) => outcome.driver_after.as_ref(),
            None => device.driver.as_ref(),
        };
        match driver {
            Some(driver) if !driver.leaves_group_viable() => self.blockers.push(Blocker {
                address,
                driver: driver.clone(),
                code: outcome
                    .and_then(|outcome| outcome.reason.as_ref())
                    .map(Reason::code),
            }),
            None if !device.class.is_bridge() => self.loose.push(address),
            _ => {}
        }
    }
}
