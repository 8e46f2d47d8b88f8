//! Lists of ids that drivers are given themselves, past selectors, exclusions and guards.
//!
//! Source: `vfio_pci_fill_ids()` in Linux's drivers/vfio/pci/vfio_pci.c.

use crate::pci::IdPattern;

/// A driver's own list of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverIds {
    /// Where it is written: `vfio-pci.ids on the kernel command line`, `modprobe.d/vfio.conf`.
    pub origin: String,
    /// The module, with `_` for `-`.
    pub module: String,
    /// The list.
    pub list: String,
}

impl DriverIds {
    /// What the kernel reads in the list.
    pub fn patterns(&self) -> impl Iterator<Item = IdPattern> + '_ {
        self.list
            .split(',')
            .filter_map(|text| IdPattern::lax(text).ok())
    }
}
