//! What the list does not hold, and why.

use std::fmt;

/// Something about the list that its reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are what the wording below puts into its sentence"
)]
pub enum Remark {
    /// Nothing can be known from here.
    Blind { cause: String },
    /// A file or device could not be read.
    Unreadable { error: String },
    /// A file system that does not show its devices.
    UnknownKind { need: String, kind: String },
    /// A path or number that leads to no block device.
    UnknownFile { need: String, file: String },
    /// A ZFS pool whose devices are not known.
    UnknownPool {
        need: String,
        pool: String,
        error: String,
    },
    /// No route to a server goes through a PCI device.
    NoRoute { need: String },
    /// A device that is on no PCI device, such as memory.
    NoFunction { need: String, device: String },
    /// A file system in memory.
    Memory { need: String, kind: String },
}

impl Remark {
    /// Whether the list may lack something; the others explain why something is rightly absent.
    pub fn is_doubt(&self) -> bool {
        !matches!(self, Self::NoFunction { .. } | Self::Memory { .. })
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blind { cause } => write!(
                f,
                "{cause}: what the machine needs cannot be known from here; the list is empty"
            ),
            Self::Unreadable { error } => {
                write!(f, "{error}; what it would name is not on the list")
            }
            Self::UnknownKind { need, kind } => write!(
                f,
                "{need}: a file system of the kind {kind} does not show which devices it is on; they are not on the list"
            ),
            Self::UnknownFile { need, file } => write!(
                f,
                "{need}: {file} leads to no block device of this machine; it is not on the list"
            ),
            Self::UnknownPool { need, pool, error } => write!(
                f,
                "{need}: the devices of the ZFS pool {pool} are not known and not on the list: {error}"
            ),
            Self::NoRoute { need } => write!(
                f,
                "{need}: no route to it goes through a PCI device; the network card is not on the list"
            ),
            Self::NoFunction { need, device } => {
                write!(f, "{need}: {device} is on no PCI device")
            }
            Self::Memory { need, kind } => write!(f, "{need}: a {kind} is in memory"),
        }
    }
}
