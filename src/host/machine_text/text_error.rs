//! Why a text is not a machine, and what to do about it.

use std::fmt;

use crate::malformed::Malformed;
use crate::pci::Address;

/// Why a text cannot be read as a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextError {
    /// A part of it is not what its place wants.
    Malformed(Malformed),
    /// There is no device in it.
    NoDevice,
    /// A device is listed by its name only.
    NoNumbers {
        /// The device.
        address: Address,
    },
    /// A line ends too early.
    Wrapped {
        /// The device that it begins with.
        address: Address,
    },
    /// One address has two devices.
    TwoMachines {
        /// The address.
        address: Address,
        /// Vendor and device of both.
        ids: [(u16, u16); 2],
    },
    /// It is encoded as UTF-16.
    Utf16,
}

impl From<Malformed> for TextError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => {
                write!(
                    f, "{error}; a machine table or the output of lspci -nnvvk is wanted")
            }
            Self::NoDevice => f.write_str(
                "there is no PCI device in it; save the output of \"vfio-early capture\" or of \"lspci -nnvvk\", run as root \
                 on that machine",
            ),
            Self::NoNumbers { address } => write!(
                f,
                "the line of {address} has no numeric ids; save the output of \"lspci -nnvvk\", or of lspci with -nn at least"
            ),
            Self::Wrapped { address } => write!(
                f,
                "the line of {address} ends before its ids: the lines of the text were wrapped; save the output of \
                 \"lspci -nnvvk\" in a file with no line break added"
            ),
            Self::TwoMachines {
                address,
                ids: [(vendor, device), (other_vendor, other_device)],
            } => write!(
                f,
                "{address} is {vendor:04x}:{device:04x} in one place and {other_vendor:04x}:{other_device:04x} in another: \
                 the text is of two machines; save each in a file of its own"
            ),
            Self::Utf16 => f.write_str(
                "the text is encoded as UTF-16; convert it with \"iconv -f UTF-16 -t UTF-8\"",
            ),
        }
    }
}

impl std::error::Error for TextError {}
