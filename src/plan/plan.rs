//! What to do with every device that was asked for.

use std::collections::BTreeMap;

use super::driver::Availability;
use super::guard;
use super::iommu::IommuVerdict;
use super::message::Reason;
use super::outcome::{Outcome, OutcomeKind};
use super::prepare::PlannedPreparation;
use super::selection::select;
use crate::config::{Extent, GroupMode, Problem, Request, RequestedSelector};
use crate::machine::{Machine, selected};
use crate::pci::{Address, Device, DriverName};

/// What becomes of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is to be bound to the driver wanted.
    Claim,
    /// It is bound to it.
    Already,
    /// It stays with the host.
    Refuse(Reason),
    /// It would be claimed, but that cannot be done.
    Fail(Reason),
}

/// One device that somebody asked for.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The device.
    pub device: &'a Device,
    /// The first selector that took it.
    pub ask: &'a RequestedSelector,
    /// The driver wanted.
    pub driver: DriverName,
    /// What becomes of it.
    pub decision: Decision,
    /// What is done to it before its driver comes, if it is claimed.
    pub preparations: Vec<PlannedPreparation<'a>>,
}

/// A warning, and the device it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The device, where it is about one.
    pub address: Option<Address>,
    /// What is odd.
    pub reason: Reason,
}

impl From<Problem> for Warning {
    fn from(problem: Problem) -> Self {
        Reason::from(problem).into()
    }
}

impl From<Reason> for Warning {
    fn from(reason: Reason) -> Self {
        Self {
            address: None,
            reason,
        }
    }
}

/// What to do with every device that was asked for.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// The machine it is for.
    pub machine: &'a Machine,
    /// Each selector to claim, and what it matched.
    pub matches: Vec<(&'a RequestedSelector, Vec<Address>)>,
    /// The devices, in the order of their addresses.
    pub entries: Vec<Entry<'a>>,
    /// The drivers needed, and what has to be loaded for them.
    pub loads: Vec<(DriverName, Availability)>,
    /// Whether there is an IOMMU.
    pub iommu: IommuVerdict,
    /// What is odd.
    pub warnings: Vec<Warning>,
}

impl<'a> Plan<'a> {
    /// Decides what to do with `machine` to satisfy `request`.
    pub fn new(request: &'a Request, machine: &'a Machine) -> Self {
        let mut plan = Self::decided(request, machine, &|_| true);
        plan.warn_of_claims();
        plan
    }

    /// The same for the devices that are `meant`, with nothing said about what comes of it.
    pub(super) fn decided(
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
        let mut plan = Self {
            request,
            machine,
            matches: Vec::new(),
            entries: Vec::new(),
            loads: Vec::new(),
            iommu: IommuVerdict::new(machine, request),
            warnings,
        };
        let mut wanted = plan.wanted(&excluded);
        wanted.retain(|address, _| meant(*address));
        plan.decide(wanted, &excluded);
        plan
    }

    /// The devices of every selector, each with the first that took it.
    fn wanted(
        &mut self,
        excluded: &BTreeMap<Address, &'a RequestedSelector>,
    ) -> BTreeMap<Address, (&'a Device, &'a RequestedSelector)> {
        let mut wanted: BTreeMap<Address, (&Device, &RequestedSelector)> = BTreeMap::new();
        let mut left = excluded.clone();
        self.add_physical(&mut left);
        let stretch = if self.request.group == GroupMode::Whole {
            Extent::Group
        } else {
            Extent::Itself
        };
        for ask in &self.request.selectors {
            let found = select(ask, stretch, &self.machine.bus, &left);
            let mut warnings = found.warnings;
            // Where there is no IOMMU, that is said already.
            let late = self.iommu.serves();
            warnings.retain(|w| late || !matches!(w.reason, Reason::NoGroupYet { .. }));
            self.warnings.extend(warnings);
            for device in &found.devices {
                wanted.entry(device.address).or_insert((device, ask));
            }
            let addresses = found.devices.iter().map(|device| device.address);
            self.matches.push((ask, addresses.collect()));
        }
        self.add_virtual(&mut wanted);
        wanted
    }

    /// All that is odd, the groups judged by what became of their members. What the claim itself tells is left out.
    pub fn warnings_after(&self, outcomes: &[Outcome<'_>]) -> Vec<Warning> {
        let planned = outcomes
            .iter()
            .any(|outcome| outcome.kind == OutcomeKind::Planned);
        let foreseen = self.warnings.iter();
        let foreseen =
            foreseen.filter(|w| !w.reason.is_of_group() && !w.reason.is_of_preparation());
        let foreseen = foreseen.filter(|w| planned || !w.reason.is_of_framebuffer());
        let groups = self.group_warnings(outcomes);
        let unprepared = self.preparation_warnings(outcomes);
        foreseen.cloned().chain(groups).chain(unprepared).collect()
    }

    /// What is odd about what is going to be claimed, as far as can be foreseen.
    pub(super) fn warn_of_claims(&mut self) {
        let vfio = |entry: &Entry<'_>| entry.decision == Decision::Claim && entry.driver.is_vfio();
        if self.entries.iter().any(vfio) {
            let why = self.iommu.no_remapping(self.machine, self.request);
            let warning = why.map(|why| Reason::NoInterruptRemapping { why }.into());
            self.warnings.extend(warning);
        }
        self.warnings.extend(self.framebuffer_warning());
        let in_use = guard::of_next_boot(self);
        self.warnings.extend(in_use);
        let outcomes = self.outcomes();
        let groups = self.group_warnings(&outcomes);
        let unprepared = self.preparation_warnings(&outcomes);
        self.warnings.extend(groups.into_iter().chain(unprepared));
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
    let ids = machine.modules.ids_in.iter().map(|file| {
        Problem::IdsNotPassed {
            place: format!("modprobe.d/{file}"),
        }
        .into()
    });
    let problems = machine.problems.iter().cloned().map(Warning::from);
    let facts = machine.unknown.to_string();
    let open = (!facts.is_empty()).then(|| Reason::NotKnown { facts }.into());
    unread.chain(ids).chain(problems).chain(open)
}

/// Every device that must not be claimed, and the selector that says so.
fn excluded<'a>(
    request: &'a Request,
    machine: &Machine,
    warnings: &mut Vec<Warning>,
) -> BTreeMap<Address, &'a RequestedSelector> {
    let mut excluded = BTreeMap::new();
    for ask in &request.excludes {
        let found = selected(&ask.selector, &machine.bus);
        if found.is_empty() {
            // What it was meant to protect may be claimed under another address.
            let (rule, devices) = (format!("exclude {}", ask.text), "device of this machine");
            warnings.push(Reason::UnusedRule { rule, devices }.into());
        }
        for device in found {
            excluded.entry(device.address).or_insert(ask);
        }
    }
    excluded
}
