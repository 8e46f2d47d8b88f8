//! A member of an IOMMU group that keeps it from a virtual machine.

use crate::config::Guard;
use crate::pci::{Address, DriverName};

/// A member that keeps its group from a virtual machine, or would once a host driver takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The device.
    pub address: Address,
    /// The host driver that has it.
    pub driver: Option<DriverName>,
    /// The module of the host that brings a driver for it, where none has it now.
    pub coming: Option<String>,
    /// The code of the reason why it is not ours, or would not be if the whole group was asked for.
    pub code: Option<&'static str>,
    /// The guard that would keep it then.
    pub guard: Option<Guard>,
}
