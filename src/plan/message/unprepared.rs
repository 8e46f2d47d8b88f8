//! Why a device is claimed without a preparation that was asked for.

use std::fmt;

use crate::pci::RomFault;

/// What stands against a preparation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unprepared {
    /// The kernel can reset the device in these ways only.
    ResetMethod {
        /// Their names, with blanks between them.
        offered: String,
    },
    /// The register cannot have that size, but these.
    Rebar {
        /// The sizes; none where it has one for good.
        offered: String,
    },
    /// The device shows no ROM.
    NoRom,
    /// Its ROM is of no use.
    Rom(RomFault),
    /// The kernel's file could not be read or written, or says otherwise than was written.
    Failed {
        /// What happened.
        error: String,
    },
    /// The claim failed, and what was done could not be taken back.
    NotUndone {
        /// What happened.
        error: String,
    },
    /// There was no moment when no driver had the device.
    TooLate,
}

impl Unprepared {
    /// The stable code.
    pub(in crate::plan) fn code(&self) -> &'static str {
        match self {
            Self::ResetMethod { .. } => "reset-method-unsupported",
            Self::Rebar { .. } => "rebar-unsupported",
            Self::NoRom => "rom-missing",
            Self::Rom(_) => "rom-invalid",
            Self::Failed { .. } => "preparation-failed",
            Self::NotUndone { .. } => "preparation-not-undone",
            Self::TooLate => "preparation-too-late",
        }
    }

    /// What becomes of the device, in words that stand before the preparation.
    pub(in crate::plan) fn fate(&self) -> &'static str {
        match self {
            Self::NotUndone { .. } => "stays with the host and keeps",
            _ => "goes without",
        }
    }
}

impl fmt::Display for Unprepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResetMethod { offered } if offered.is_empty() => {
                f.write_str("the kernel knows no way to reset it")
            }
            Self::ResetMethod { offered } => {
                write!(f, "the kernel offers {} for it", offered.replace(' ', ", "))
            }
            Self::Rebar { offered } if offered.is_empty() => {
                f.write_str("this register has one size for good")
            }
            Self::Rebar { offered } => write!(f, "this register can have {offered}"),
            Self::NoRom => f.write_str("it shows no ROM"),
            Self::Rom(fault) => write!(f, "{fault}; no copy is kept"),
            Self::Failed { error } | Self::NotUndone { error } => f.write_str(error),
            Self::TooLate => f.write_str(
                "it can only be done while no driver has the device, and one had it all the time",
            ),
        }
    }
}
