//! The ids that drivers of the kernel hold themselves, and what they took by them.

use crate::pci::{Address, DriverName, IdPattern};

/// The ids that drivers of the kernel hold, and what they took by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenByIds {
    /// The ids, each with its driver.
    pub ids: Vec<(DriverName, IdPattern)>,
    /// What goes back to the host.
    pub returns: Vec<IdsReturn>,
}

/// A device that a driver took by its own ids, and that is not to be claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdsReturn {
    /// The device.
    pub address: Address,
    /// The driver that has it.
    pub driver: DriverName,
    /// The override that it has.
    pub driver_override: Option<DriverName>,
    /// Where the ids are written.
    pub origin: String,
}
