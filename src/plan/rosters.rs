//! The groups of the devices that are asked for, with what keeps each of the others from being claimed as well.

use super::availability::Availability;
use super::draft::Draft;
use super::driver::Rules;
use super::guard::{Guards, Subject, loss};
use super::message::Reason;
use super::roster::{Member, Refusal, Roster, is_kept};
use crate::config::RequestedSelector;
use crate::machine::{Region, host_module};
use crate::pci::{Device, GroupId};

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
        let mut groups: Vec<GroupId> = groups.collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Why `device`, which nobody asked for, would not be claimed if its group was asked for, as far as it can be decided for
    /// this device alone.
    fn against_member(
        &self,
        device: &Device,
        rules: &Rules<'_>,
        guards: &mut Guards<'_>,
    ) -> Option<Reason> {
        if let Some(rule) = self.excluded.get(device.address) {
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
