//! The claim from request and machine to what became of each device: at boot, by hand, and for a device that comes later.

use super::apply::apply;
use super::driver_ids::take_ids;
use super::iommu::with_iommu;
use super::release::see_back;
use crate::config::{Mode, Request};
use crate::machine::Machine;
use crate::pci::Address;
use crate::plan::{Outcome, Plan, Warning};
use crate::sys::Root;

/// Which of the devices that a request names are claimed.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// All of them.
    All,
    /// Those at these addresses, which came after the claim of the boot.
    Added(&'a [Address]),
}

impl Scope<'_> {
    /// The plan for these devices.
    pub fn plan(self, request: &Request, machine: &Machine) -> Plan {
        match self {
            Self::All => Plan::new(request, machine),
            Self::Added(added) => Plan::of_added(request, machine, added),
        }
    }
}

/// A plan and what became of it.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The plan.
    pub plan: Plan,
    /// What became of each of its entries, in their order.
    pub outcomes: Vec<Outcome>,
    /// What is odd in the end.
    pub warnings: Vec<Warning>,
}

impl Claimed {
    /// A plan that is not carried out.
    pub fn planned(plan: Plan) -> Self {
        let outcomes = plan.outcomes();
        Self::new(plan, outcomes, Vec::new())
    }

    fn new(plan: Plan, outcomes: Vec<Outcome>, happened: Vec<Warning>) -> Self {
        let mut warnings = plan.warnings_after(&outcomes);
        warnings.extend(happened);
        Self {
            plan,
            outcomes,
            warnings,
        }
    }

    /// Whether everything asked for is ours, or would be.
    pub fn is_satisfied(&self) -> bool {
        self.plan.is_satisfied(&self.outcomes)
    }
}

/// Claims what `request` names of `machine` below `root`, or only plans it where the request's mode is another one.
/// `announce` gets the plan before anything is written: afterwards the screen may be dark.
pub fn claim(
    root: &Root,
    request: &Request,
    machine: Machine,
    scope: Scope<'_>,
    announce: &dyn Fn(&Plan),
) -> Claimed {
    if request.mode != Mode::Claim || request.forbids_claims().is_some() {
        return Claimed::planned(scope.plan(request, &machine));
    }
    let (machine, mut happened) = if request.is_running() {
        (machine, Vec::new())
    } else {
        with_iommu(root, request, machine)
    };
    let plan = scope.plan(request, &machine);
    announce(&plan);
    happened.extend(take_ids(root, &plan));
    let (mut outcomes, warnings) = apply(root, &plan);
    happened.extend(warnings);
    if request.is_running() {
        see_back(root, &mut outcomes, &mut happened);
    }
    Claimed::new(plan, outcomes, happened)
}
