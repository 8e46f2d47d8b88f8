//! What the findings are made from.

use super::here::Here;
use crate::config::Request;
use crate::machine::Machine;
use crate::pci::DriverName;
use crate::plan::Plan;
use crate::report::Report;

/// What the findings are made from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The machine as it is now.
    pub machine: &'a Machine,
    /// The machine as its next boot finds it.
    pub next: &'a Machine,
    /// What is asked of its next boot.
    pub request: &'a Request,
    /// What that boot does.
    pub plan: &'a Plan,
    /// What the last one did.
    pub report: Option<&'a Report>,
    /// What else the host has; `None` of a machine that is known by a text only.
    pub here: Option<&'a Here>,
}

impl Known<'_> {
    /// The drivers that devices get; vfio-pci where none is asked for.
    pub(super) fn drivers(&self) -> Vec<DriverName> {
        let entries = self.plan.entries.iter();
        let mut drivers: Vec<DriverName> = entries.map(|entry| entry.driver.clone()).collect();
        drivers.sort_unstable();
        drivers.dedup();
        if drivers.is_empty() {
            drivers.push(DriverName::vfio_pci());
        }
        drivers
    }
}
