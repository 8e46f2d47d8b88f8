//! Why the host needs a device: the first half of a guard's refusal, and what a forced claim goes against.

use std::fmt;

use crate::machine::Fit;
use crate::pci::DevicePath;

/// Why the host needs a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The protect list says so.
    Listed {
        /// What the device is needed for.
        uses: Vec<String>,
        /// Where the entry's device was.
        path: DevicePath,
        /// How well the device agrees with the entry.
        fit: Fit,
    },
    /// The protect list could not be read.
    Unread,
    /// No other of its kind would stay with the host, and a word of the command line needs one.
    Last {
        /// The kind: `storage controller`.
        kind: &'static str,
        /// The word: `root=UUID=...`.
        word: String,
    },
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed { uses, path, fit } => {
                match fit {
                    Fit::InPlace => f.write_str("it is on the protect list of the image, for")?,
                    Fit::MayHaveMoved => write!(
                        f,
                        "it may be the device that was at {path} and is on the protect list of the image, for"
                    )?,
                }
                write!(f, " {}", uses.join(", "))
            }
            Self::Unread => {
                f.write_str("the protect list of the image cannot be read, and it may be on it")
            }
            Self::Last { kind, word } => {
                write!(
                    f,
                    "no {kind} would stay with the host, and {word} needs one"
                )
            }
        }
    }
}

/// Why vfio-pci itself refuses a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Its id is on the driver's list of devices that are not to be trusted.
    Denylist,
    /// It has so many virtual functions.
    VirtualFunctions(u16),
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denylist => f.write_str(
                "it is on vfio-pci's own list of devices that a guest could abuse; \
                 vfio-pci.disable_denylist=1 on the kernel command line takes it all the same",
            ),
            Self::VirtualFunctions(number) => write!(
                f,
                "it has {number} virtual functions, and vfio-pci refuses it while it has any; claim those instead, or \
                 write 0 to its sriov_numvfs first"
            ),
        }
    }
}
