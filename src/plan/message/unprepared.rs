//! Why a device is claimed without a preparation that was asked for.

use crate::pci::RomFault;

/// What prevents a preparation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unprepared {
    /// The kernel can reset the device in these ways only.
    ResetMethod {
        /// Their names, with blanks between them.
        offered: String,
    },
    /// The register cannot have that size, but these.
    Rebar {
        /// The sizes; none where its size is fixed.
        offered: String,
    },
    /// The device has no ROM.
    NoRom,
    /// Its ROM is not valid.
    Rom(RomFault),
    /// The kernel's file could not be read or written, or does not contain what was written.
    Failed {
        /// What happened.
        error: String,
    },
    /// The claim failed, and what was done could not be undone.
    NotUndone {
        /// What happened.
        error: String,
    },
    /// The device was never without a driver.
    TooLate,
}

impl Unprepared {
    /// What is so of the preparation `what`.
    pub(in crate::plan) fn fact(&self, what: &str) -> String {
        match self {
            Self::ResetMethod { offered } if offered.is_empty() => {
                format!("{what} is not applied: the kernel has no reset method for the device")
            }
            Self::ResetMethod { offered } => {
                let offered = offered.replace(' ', ", ");
                format!("{what} is not applied: the kernel offers only {offered}")
            }
            Self::Rebar { offered } if offered.is_empty() => {
                format!("{what} is not applied: the size of this register is fixed")
            }
            Self::Rebar { offered } => {
                format!("{what} is not applied: this register supports only {offered}")
            }
            Self::NoRom => format!("{what} is not applied: the device has no ROM"),
            Self::Rom(fault) => format!("{what} is not applied: {fault}; no copy is kept"),
            Self::Failed { error } => format!("{what} is not applied: {error}"),
            Self::NotUndone { error } => {
                format!("{what} could not be undone, and the device keeps it on the host: {error}")
            }
            Self::TooLate => format!(
                "{what} is not applied: it is possible only while the device has no driver, and it had one all the time"
            ),
        }
    }
}
