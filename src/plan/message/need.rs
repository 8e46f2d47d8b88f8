//! Why the host needs a device, why vfio-pci refuses one, and why one has no group.

use std::fmt;

use crate::machine::Fit;
use crate::pci::DevicePath;

/// Why the host needs a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is on the protect list.
    Listed {
        /// What the device is needed for.
        uses: Vec<String>,
        /// Where the entry's device was.
        path: DevicePath,
        /// How well the device agrees with the entry.
        fit: Fit,
    },
    /// The protect list could not be read, or not in full.
    Unread,
    /// No other device of its kind would stay with the host, and a parameter of the kernel command line needs one.
    Last {
        /// The kind: `storage controller`.
        kind: &'static str,
        /// The parameter: `root=UUID=...`.
        word: String,
    },
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed { uses, path, fit } => {
                let uses = uses.join(", ");
                match fit {
                    Fit::InPlace => write!(f, "the protect list of the image names it for {uses}"),
                    Fit::MayHaveMoved => write!(
                        f,
                        "the protect list of the image names the device at {path} for {uses}, and this may be that device"
                    ),
                }
            }
            Self::Unread => {
                f.write_str("the protect list of the image cannot be read in full, and may name it")
            }
            Self::Last { kind, word } => {
                write!(
                    f,
                    "the host would be left without a {kind}, which {word} needs"
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

/// Why a device has no IOMMU group although an IOMMU is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoGroup {
    /// The IOMMU does not cover it.
    NotCovered,
    /// It may be the integrated display, which some kernels leave out by default.
    IntegratedDisplay,
    /// The kernel command line leaves the integrated display out.
    IgfxOff,
}
