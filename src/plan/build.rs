//! How a plan is made of the request and the machine.

use std::rc::Rc;

use super::availability::Availability;
use super::by_device::ByDevice;
use super::draft::{Draft, Wanted};
use super::entry::{Decision, Entry, Match};
use super::guard;
use super::iommu::IommuVerdict;
use super::message::{Place, Reason, Warning};
use super::module;
use super::plan::Plan;
use super::selection::select;
use crate::HOST;
use crate::config::{Extent, GroupMode, Request, RequestedSelector};
use crate::machine::{Machine, selected};
use crate::pci::Address;

impl<'a> Draft<'a> {
    /// Decides what to do with the devices that are `meant`, without the warnings about what comes of it.
    pub(super) fn new(
        request: &'a Request,
        machine: &'a Machine,
        meant: &dyn Fn(Address) -> bool,
    ) -> Self {
        let mut warnings: Vec<Warning> = request
            .problems
            .iter()
            .cloned()
            .map(Warning::from)
            .collect();
        warnings.extend(of_machine(machine));
        let excluded = excluded(request, machine, &mut warnings);
        let mut draft = Self {
            request,
            machine,
            excluded,
            matches: Vec::new(),
            entries: Vec::new(),
            loads: Vec::new(),
            iommu: IommuVerdict::new(machine, request),
            warnings,
        };
        let wanted = draft.wanted().into_pairs();
        let wanted = wanted.filter(|(device, _)| meant(device.address));
        let wanted = wanted.collect();
        draft.decide(wanted);
        draft
    }

    /// The devices of every selector, each with the first that took it.
    fn wanted(&mut self) -> Wanted<'a> {
        let mut wanted = Wanted::new(&self.machine.bus.devices);
        let mut left = self.excluded.clone();
        self.add_physical(&mut left);
        let stretch = if self.request.group == GroupMode::Whole {
            Extent::Group
        } else {
            Extent::Itself
        };
        for requested in &self.request.selectors {
            let found = select(requested, stretch, self.machine, &left);
            let mut warnings = found.warnings;
            // Where there is no IOMMU, there is a message about that already.
            let late = self.iommu.serves();
            warnings.retain(|w| late || !matches!(w.reason, Reason::NoGroupYet { .. }));
            self.warnings.extend(warnings);
            let requested = Rc::new(requested.clone());
            for device in &found.devices {
                let Some(place) = wanted.place(device.address) else {
                    continue;
                };
                let taken = place.get_or_insert_with(|| Rc::clone(&requested));
                if self.rank(&requested) < self.rank(taken) {
                    *taken = Rc::clone(&requested);
                }
            }
            let addresses = found.devices.iter().map(|device| device.address);
            self.matches.push(Match {
                addresses: addresses.collect(),
                requested,
            });
        }
        self.add_virtual(&mut wanted);
        wanted
    }

    /// Which of two selectors decides about a device that both take: one whose key implies a driver, as that driver would
    /// have the device without us, but last where the driver cannot be had.
    fn rank(&self, requested: &RequestedSelector) -> u8 {
        let Some(driver) = &requested.driver else {
            return 1;
        };
        match Availability::of(driver, self.machine, self.request) {
            Availability::Loads(_) => 0,
            Availability::Missing(_) => 2,
        }
    }

    /// What is odd about what is going to be claimed, as far as can be foreseen.
    pub(super) fn warn_of_claims(&mut self) {
        let vfio = |entry: &Entry| entry.decision == Decision::Claim && entry.driver.is_vfio();
        if self.entries.iter().any(vfio) {
            let why = self.iommu.no_remapping(self.machine, self.request);
            let warning = why.map(|why| Reason::NoInterruptRemapping { why }.into());
            self.warnings.extend(warning);
            let word = self.iommu.acs_override.clone();
            let warning = word.map(|word| Reason::AcsOverride { word }.into());
            self.warnings.extend(warning);
        }
        let of_modules = module::of_loads(&self.loads, self.machine);
        self.warnings.extend(of_modules);
        self.warnings.extend(self.framebuffer_warning());
        let in_use = guard::of_next_boot(self);
        self.warnings.extend(in_use);
    }

    /// The plan, which owns what it needs. Warnings about groups and preparations come last.
    pub(super) fn finish(self) -> Plan {
        let framebuffer = self.framebuffer().cloned();
        let rosters = self.rosters();
        let regions = self.regions();
        let taken_by_ids = self.taken_by_ids();
        let mut plan = Plan {
            mode: self.request.mode,
            place: if self.request.is_running() {
                Place::Host
            } else {
                Place::Boot
            },
            log: self.request.log,
            timeout: self.request.timeout,
            kernel: self.machine.kernel.clone(),
            matches: self.matches,
            entries: self.entries.into_iter().map(Rc::new).collect(),
            loads: self.loads,
            taken_by_ids,
            iommu: self.iommu,
            framebuffer,
            rosters,
            regions,
            warnings: self.warnings,
        };
        let outcomes = plan.outcomes();
        let groups = plan.group_warnings(&outcomes);
        let unprepared = plan.preparation_warnings(&outcomes);
        plan.warnings.extend(groups.into_iter().chain(unprepared));
        plan
    }
}

impl Plan {
    /// Decides what to do with `machine` to satisfy `request`.
    pub fn new(request: &Request, machine: &Machine) -> Self {
        let mut draft = Draft::new(request, machine, &|_| true);
        draft.judge_twins();
        draft.warn_of_claims();
        draft.finish()
    }
}

/// What is odd about the machine before anything is decided.
fn of_machine(machine: &Machine) -> impl Iterator<Item = Warning> + '_ {
    let unread = machine.bus.unread.iter().map(|entry| {
        Warning::from(Reason::UnreadableDevice {
            name: entry.name.clone(),
            why: entry.why.clone(),
        })
    });
    let problems = machine.problems.iter().cloned().map(Warning::from);
    // Only a text leaves something open.
    let facts = if HOST {
        machine.unknown.to_string()
    } else {
        String::new()
    };
    let open = (!facts.is_empty()).then(|| {
        let in_text = machine.unknown.is_of_text();
        Reason::NotKnown { facts, in_text }.into()
    });
    unread
        .chain(module::of_ids(machine))
        .chain(problems)
        .chain(open)
}

/// Every device that must not be claimed, and the selector that excludes it.
fn excluded<'a>(
    request: &'a Request,
    machine: &'a Machine,
    warnings: &mut Vec<Warning>,
) -> ByDevice<'a, &'a RequestedSelector> {
    let mut excluded = ByDevice::new(&machine.bus.devices);
    for rule in &request.excludes {
        let found = selected(&rule.selector, &machine.bus);
        if found.is_empty() {
            // What it was meant to protect may be claimed under another address.
            let unused = Reason::UnusedRule {
                rule: format!("exclude {}", rule.text),
                devices: "device of this machine",
            };
            warnings.push(unused.into());
        }
        for device in found {
            if let Some(place) = excluded.place(device.address) {
                place.get_or_insert(rule);
            }
        }
    }
    excluded
}
