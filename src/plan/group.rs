//! Whether an IOMMU group can be given to a virtual machine.
//!
//! Source: `vfio_dev_viable()` in Linux's drivers/vfio up to 5.18 and the DMA ownership of later kernels: every member
//! on a VFIO driver, pci-stub, a port driver, or on none.

use super::message::Reason;
use super::outcome::Outcome;
use super::{Decision, Plan, Warning};
use crate::config::{GroupMode, Guard, Request};
use crate::machine::{Bus, Region};
use crate::pci::{Address, Device, DriverName, GroupId};

/// A member that keeps its group from a virtual machine, or would once a host driver takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The device.
    pub address: Address,
    /// The host driver that has it.
    pub driver: Option<DriverName>,
    /// The code of the reason why it is not ours, or would not be if the whole group was asked for.
    pub code: Option<&'static str>,
    /// The guard that would keep it then.
    pub guard: Option<Guard>,
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
    pub loose: Vec<Blocker>,
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
        let groups = outcomes.iter().filter(|outcome| outcome.kind.is_ours());
        let groups = groups.filter_map(|outcome| outcome.group).collect();
        self.verdicts(groups, outcomes)
    }

    /// Judges `groups`, in any order and number, by what became of those who were asked for.
    fn verdicts(&self, groups: Vec<GroupId>, outcomes: &[Outcome<'_>]) -> Vec<GroupVerdict> {
        let mut verdicts = verdicts(&self.machine.bus, groups, outcomes);
        let others = verdicts
            .iter_mut()
            .flat_map(|verdict| verdict.blockers.iter_mut().chain(&mut verdict.loose));
        let mut unasked: Vec<&mut Blocker> = others.filter(|other| other.code.is_none()).collect();
        if unasked.is_empty() {
            return verdicts;
        }
        // To ask for them as well is no advice where they would be refused.
        let whole = Request {
            group: GroupMode::Whole,
            ..self.request.clone()
        };
        let plan = Plan::decided(&whole, self.machine, &|_| true);
        for other in &mut unasked {
            let entry = plan.entry(other.address);
            // No group brings its bridges along.
            let device = self.machine.bus.get(other.address);
            if device.is_some_and(|device| device.class.is_bridge()) {
                other.code = Some("bridge");
            }
            if let Some(Decision::Refuse(reason) | Decision::Fail(reason)) =
                entry.map(|entry| &entry.decision)
            {
                other.code = Some(reason.code());
                other.guard = reason.guard();
            }
        }
        verdicts
    }

    /// What is odd about those groups. Only VFIO cares who else is in a group.
    pub(super) fn group_warnings(
        &self,
        outcomes: &[Outcome<'_>],
    ) -> impl Iterator<Item = Warning> + use<> {
        let vfio =
            |outcome: &&Outcome<'_>| outcome.kind.is_ours() && outcome.entry.driver.is_vfio();
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
        let verdicts = self.verdicts(groups, outcomes);
        let verdicts = verdicts.into_iter().filter_map(GroupVerdict::into_warning);
        verdicts.chain(reserved)
    }
}

/// Who is in each of `groups`, and what became of those who were asked for.
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
            Some(outcome) if outcome.kind.is_ours() => Some(&outcome.driver),
            Some(outcome) => outcome.driver_after.as_ref(),
            None => device.driver.as_ref(),
        };
        let member = Blocker {
            address,
            driver: driver.cloned(),
            code: outcome
                .and_then(|outcome| outcome.reason.as_ref())
                .map(Reason::code),
            guard: None,
        };
        match driver {
            Some(driver) if !driver.leaves_group_viable() => self.blockers.push(member),
            None if !device.class.is_bridge() => self.loose.push(member),
            _ => {}
        }
    }
}
