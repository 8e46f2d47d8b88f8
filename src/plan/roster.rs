//! Who is in the groups of the devices that are asked for, and what keeps each of the others from being claimed as well.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::driver::Rules;
use super::guard::{Guards, Subject, loss};
use super::load::Availability;
use super::message::Reason;
use crate::config::{Guard, RequestedSelector};
use crate::machine::{Region, host_module};
use crate::pci::{Address, Device, DriverName, GroupId, Platform};

/// A group, and its members in the order of their addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roster {
    pub(super) group: GroupId,
    pub(super) members: Vec<Member>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) address: Address,
    /// The driver that had it when the plan was made.
    pub(super) driver: Option<DriverName>,
    /// VFIO passes over what has a bus behind it.
    pub(super) is_bridge: bool,
    /// Whether no host driver is to be expected while none has it.
    pub(super) is_left_alone: bool,
    /// The module of the host that brings a driver for it, as far as that is known.
    pub(super) coming: Option<String>,
    /// Why it would not be claimed if the whole group was asked for.
    pub(super) refusal: Option<Refusal>,
}

/// Why a member would not be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The code of the reason.
    pub(super) code: &'static str,
    /// The guard, where it can be overridden.
    pub(super) guard: Option<Guard>,
}

impl Refusal {
    fn new(reason: &Reason) -> Self {
        Self {
            code: reason.code(),
            guard: reason.guard(),
        }
    }
}

impl Member {
    /// A member of which nothing but the device is known.
    pub(super) fn new(device: &Device) -> Self {
        Self {
            address: device.address,
            driver: device.driver.clone(),
            is_bridge: device.is_bridge(),
            is_left_alone: is_kept(device) || device.platform() == Some(Platform::HostBridge),
            coming: None,
            refusal: None,
        }
    }
}

/// Whether its override keeps the drivers of the host away.
fn is_kept(device: &Device) -> bool {
    let kept = device.driver_override.as_ref();
    kept.is_some_and(|driver| *driver == DriverName::none() || driver.leaves_group_viable())
}

impl Draft<'_> {
    /// The groups of all entries.
    pub(super) fn rosters(&self) -> Vec<Roster> {
        let groups = self.groups();
        let mut rosters: Vec<Roster> = groups
            .iter()
            .map(|group| Roster {
                group: *group,
                members: Vec::new(),
            })
            .collect();
        let rules = Rules::new(self.request, self.machine);
        let mut guards = Guards::new(self.request, self.machine);
        let mut others: Vec<&Device> = Vec::new();
        for device in &self.machine.bus.devices {
            let at = device
                .group
                .and_then(|group| groups.binary_search(&group).ok());
            let Some(roster) = at.and_then(|at| rosters.get_mut(at)) else {
                continue;
            };
            let mut member = self.member(device);
            if self.entry(device.address).is_none() {
                let reason = self.against_member(device, &rules, &mut guards);
                member.refusal = reason.as_ref().map(Refusal::new);
                if reason.is_none() {
                    others.push(device);
                }
            }
            roster.members.push(member);
        }
        let kept = guards.last_of_a_kind(self, &others);
        for member in rosters.iter_mut().flat_map(|roster| &mut roster.members) {
            if let Some((_, reason)) = kept.iter().find(|(address, _)| *address == member.address) {
                member.refusal = Some(Refusal::new(reason));
            }
            if member.refusal.is_none() && self.entry(member.address).is_none() {
                // No guard keeps it, but nobody is advised to take it.
                let device = self.machine.bus.get(member.address);
                let reason = device.and_then(|device| loss(self, device));
                member.refusal = reason.as_ref().map(Refusal::new);
            }
        }
        rosters
    }

    /// A member and the driver of the host that will come for it.
    fn member(&self, device: &Device) -> Member {
        let coming = host_module(&self.machine.modules.hosts, device).filter(|_| !is_kept(device));
        let member = Member::new(device);
        Member {
            is_left_alone: member.is_left_alone && coming.is_none(),
            coming: coming.map(str::to_owned),
            ..member
        }
    }

    /// What is reserved in those groups.
    pub(super) fn regions(&self) -> Vec<Region> {
        let groups = self.groups();
        let regions = self.machine.bus.regions.iter();
        let regions = regions.filter(|region| groups.binary_search(&region.group).is_ok());
        regions.cloned().collect()
    }

    /// The groups of all entries, in order.
    fn groups(&self) -> Vec<GroupId> {
        let groups = self.entries.iter().filter_map(|entry| entry.device.group);
        let groups: BTreeSet<GroupId> = groups.collect();
        groups.into_iter().collect()
    }

    /// Why `device`, which nobody asked for, would not be claimed if its group was asked for, as far as it can be decided for
    /// this device alone.
    fn against_member(
        &self,
        device: &Device,
        rules: &Rules<'_>,
        guards: &mut Guards<'_>,
    ) -> Option<Reason> {
        if let Some(rule) = self.excluded.get(&device.address) {
            let selector = rule.text.clone();
            return Some(Reason::Excluded { selector });
        }
        let mut entries = self.entries.iter();
        let behind = entries.find(|entry| self.machine.bus.is_behind(entry.device.address, device));
        if let Some(entry) = behind {
            let of = entry.device.address;
            return Some(Reason::MakesDomain { of });
        }
        let requested = self.requested_with(device)?;
        let (driver, _) = rules.driver(device, requested);
        let subject = Subject {
            device,
            driver: &driver,
            request: self.request,
            machine: self.machine,
            iommu: &self.iommu,
        };
        guards.refuse(&subject).or_else(|| {
            match Availability::of(&driver, self.machine, self.request) {
                Availability::Missing(reason) => Some(reason),
                Availability::Loads(_) => None,
            }
        })
    }

    /// The selector that took a device of the same group.
    fn requested_with(&self, device: &Device) -> Option<&RequestedSelector> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|entry| entry.device.group == device.group)?;
        Some(&entry.requested)
    }
}
