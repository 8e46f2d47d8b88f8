//! Whether an IOMMU group can be given to a virtual machine.
//!
//! Source: `vfio_dev_viable()` in Linux's drivers/vfio up to 5.18 and the DMA ownership of later kernels: every member
//! on a VFIO driver, pci-stub, a port driver, or on none.

use super::blocker::Blocker;
use super::message::{Reason, Warning};
use super::outcome::{Outcome, OutcomeKind};
use super::plan::Plan;
use super::roster::Member;
use crate::machine::Region;
use crate::pci::{Address, GroupId};

/// The state of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupVerdict {
    /// Its number.
    pub group: GroupId,
    /// Every device in it.
    pub members: Vec<Address>,
    /// Members that a host driver holds.
    pub blockers: Vec<Blocker>,
    /// Members that have no driver and are not claimed: a host driver may bind them later.
    pub loose: Vec<Blocker>,
}

impl GroupVerdict {
    /// What its owner should know.
    fn into_warning(self) -> Option<Warning> {
        let group = self.group;
        if !self.blockers.is_empty() {
            let blockers = self.blockers;
            return Some(Warning::group(group, Reason::GroupBlocked { blockers }));
        }
        let members = self.loose;
        (!members.is_empty()).then(|| Warning::group(group, Reason::GroupShared { members }))
    }
}

impl Plan {
    /// The groups of the devices that are ours by `outcomes`, or would be.
    pub fn groups(&self, outcomes: &[Outcome]) -> Vec<GroupVerdict> {
        let groups = outcomes.iter().filter(|outcome| outcome.kind.is_ours());
        let groups = groups.filter_map(|outcome| outcome.group).collect();
        self.verdicts(groups, outcomes)
    }

    /// Judges `groups`, in any order and number, by what became of those who were asked for.
    fn verdicts(&self, mut groups: Vec<GroupId>, outcomes: &[Outcome]) -> Vec<GroupVerdict> {
        groups.sort_unstable();
        groups.dedup();
        groups
            .into_iter()
            .map(|group| self.verdict(group, outcomes))
            .collect()
    }

    /// Judges one group. Its members are those that the plan knows, and those that were seen when a bind made the group.
    fn verdict(&self, group: GroupId, outcomes: &[Outcome]) -> GroupVerdict {
        let mut verdict = GroupVerdict {
            group,
            members: Vec::new(),
            blockers: Vec::new(),
            loose: Vec::new(),
        };
        let planned = self.rosters.iter().filter(|roster| roster.group == group);
        for member in planned.flat_map(|roster| &roster.members) {
            verdict.add(member, outcome_of(outcomes, member.address));
        }
        for outcome in outcomes
            .iter()
            .filter(|outcome| outcome.group == Some(group))
        {
            verdict.add(&Member::new(&outcome.entry.device), Some(outcome));
            let late = outcome.late.iter().flat_map(|bus| &bus.devices);
            for device in late.filter(|device| device.group == Some(group)) {
                let member = Member::new(device);
                verdict.add(&member, outcome_of(outcomes, member.address));
            }
        }
        verdict
            .blockers
            .sort_unstable_by_key(|blocker| blocker.address);
        verdict
            .loose
            .sort_unstable_by_key(|blocker| blocker.address);
        verdict
    }

    /// What is odd about those groups. Only VFIO cares who else is in a group.
    pub(super) fn group_warnings(&self, outcomes: &[Outcome]) -> Vec<Warning> {
        let vfio = |outcome: &&Outcome| outcome.kind.is_ours() && outcome.entry.driver.is_vfio();
        let groups = outcomes.iter().filter(vfio);
        let groups: Vec<GroupId> = groups.filter_map(|outcome| outcome.group).collect();
        let late = outcomes.iter().flat_map(|outcome| &outcome.late);
        let mut regions: Vec<&Region> = late
            .flat_map(|bus| &bus.regions)
            .chain(&self.regions)
            .filter(|region| region.is_direct() && groups.contains(&region.group))
            .collect();
        regions.sort_by_key(|region| (region.group, region.start));
        regions.dedup();
        let reserved = regions.into_iter().map(|region| {
            let Region {
                group, start, end, ..
            } = *region;
            Warning::group(group, Reason::ReservedRegion { start, end })
        });
        let verdicts = self.verdicts(groups, outcomes).into_iter();
        let verdicts = verdicts.filter_map(GroupVerdict::into_warning);
        verdicts.chain(reserved).collect()
    }
}

/// What became of the device at `address`; outcomes are in the order of their addresses.
fn outcome_of(outcomes: &[Outcome], address: Address) -> Option<&Outcome> {
    let at = outcomes.binary_search_by_key(&address, |outcome| outcome.entry.device.address);
    at.ok().and_then(|at| outcomes.get(at))
}

impl GroupVerdict {
    /// Counts a member and the driver that has it, or will have it.
    fn add(&mut self, member: &Member, outcome: Option<&Outcome>) {
        match self.members.binary_search(&member.address) {
            Ok(_) => return,
            Err(at) => self.members.insert(at, member.address),
        }
        // For VFIO a bridge never makes a group unviable, whatever drives it.
        if member.is_bridge {
            return;
        }
        let driver = match outcome {
            Some(outcome) if outcome.kind.is_ours() => Some(&outcome.driver),
            Some(outcome) => outcome.driver_after.as_ref(),
            None => member.driver.as_ref(),
        };
        let is_held = outcome.is_some_and(|outcome| outcome.kind == OutcomeKind::Held);
        let driver = driver.filter(|_| !is_held);
        let reason = outcome.and_then(|outcome| outcome.reason.as_ref());
        let blocker = Blocker {
            address: member.address,
            driver: driver.cloned(),
            coming: member.coming.clone().filter(|_| driver.is_none()),
            code: reason
                .map(Reason::code)
                .or(member.refusal.as_ref().map(|refusal| refusal.code)),
            guard: member.refusal.as_ref().and_then(|refusal| refusal.guard),
        };
        match driver {
            Some(driver) if !driver.leaves_group_viable() => self.blockers.push(blocker),
            None if !member.is_left_alone && !is_held => self.loose.push(blocker),
            _ => {}
        }
    }
}
