//! What is at an address in place of the device that another tool meant by it.

use std::fmt;

use crate::pci::Id;

/// What is at an address in place of the device that was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Nothing.
    Nothing,
    /// A bridge.
    Bridge,
    /// A device that is no display.
    NoDisplay(Id),
    /// A device with the first id where the second was meant.
    OtherId(Id, Id),
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("no device"),
            Self::Bridge => f.write_str("a bridge"),
            Self::NoDisplay(id) => write!(f, "{id}, which is no display"),
            Self::OtherId(id, meant) => write!(f, "{id} and not {meant}"),
        }
    }
}
