//! How a plan is made: the request and the machine, and what has been decided so far.

use std::rc::Rc;

use super::availability::Availability;
use super::by_device::ByDevice;
use super::entry::{Decision, Entry, Match};
use super::iommu::IommuVerdict;
use super::message::Warning;
use crate::config::{Request, RequestedSelector};
use crate::machine::Machine;
use crate::pci::{Address, DriverName};

/// The devices that are wanted, each with the first selector that takes it.
pub(super) type Wanted<'a> = ByDevice<'a, Rc<RequestedSelector>>;

/// A plan in the making.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    /// What was asked.
    pub(super) request: &'a Request,
    /// The machine it is for.
    pub(super) machine: &'a Machine,
    /// What must not be claimed, with the selector that forbids it.
    pub(super) excluded: ByDevice<'a, &'a RequestedSelector>,
    /// Each selector to claim, and what it matched.
    pub(super) matches: Vec<Match>,
    /// The devices, in the order of their addresses.
    pub(super) entries: Vec<Entry>,
    /// The drivers needed, and what has to be loaded for them.
    pub(super) loads: Vec<(DriverName, Availability)>,
    /// Whether there is an IOMMU.
    pub(super) iommu: IommuVerdict,
    /// What is odd.
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Draft<'a> {
    /// The entry of the device at `address`.
    pub(super) fn entry(&self, address: Address) -> Option<&Entry> {
        let entries = &self.entries;
        let at = entries.binary_search_by_key(&address, |entry| entry.device.address);
        at.ok().and_then(|at| entries.get(at))
    }

    /// Whether the device at `address` is to be claimed.
    pub(super) fn is_claimed(&self, address: Address) -> bool {
        self.entry(address)
            .is_some_and(|entry| entry.decision == Decision::Claim)
    }
}
