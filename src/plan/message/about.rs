//! What a message is about.

use std::fmt;

use crate::pci::{Address, GroupId};

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The machine as a whole, or its configuration.
    Machine,
    /// One device.
    Device(Address),
    /// One IOMMU group.
    Group(GroupId),
    /// One selector, as its author wrote it.
    Selector(String),
}

/// The subject of a sentence; empty for the machine.
impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine => Ok(()),
            Self::Device(address) => address.fmt(f),
            Self::Group(group) => write!(f, "IOMMU group {group}"),
            Self::Selector(text) => f.write_str(text),
        }
    }
}
