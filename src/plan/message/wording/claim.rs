//! The wording of what went wrong with a claim, and of the doubts about one that succeeded.

use std::fmt;

use super::group::{advice, list};
use crate::plan::iommu::NoRemapping;
use crate::plan::message::reason::Reason;

impl Reason {
    /// The wording of what went wrong with a claim, and of the doubts about one that succeeded.
    pub(in crate::plan) fn of_claim(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModuleMissing { driver, release } => write!(
                f,
                "the module of {driver} is not among those of kernel {release} here; put it into the image"
            ),
            Self::ModuleLoadFailed { driver, error } => {
                write!(f, "the module of {driver} did not load: {error}")
            }
            Self::DriverUnregistered { driver } => write!(
                f,
                "the kernel has no PCI driver called {driver} though its module is there; compare the name with \
                 /sys/bus/pci/drivers"
            ),
            Self::SoftdepMissing {
                module,
                missing,
                release,
            } => write!(
                f,
                "modprobe.d wants {missing} loaded with {module}, but it is not among the modules of kernel {release} \
                 here; put it into the image"
            ),
            Self::InstallNotRun {
                file,
                module,
                command,
            } => write!(
                f,
                "modprobe.d/{file}: install {module} {command} is not run: vfio-early loads {module} itself"
            ),
            Self::OverrideFailed { error } => write!(f, "{error}"),
            Self::UnbindFailed { driver, error } => write!(f, "{driver} did not let go: {error}"),
            Self::UnbindTimeout {
                driver,
                milliseconds,
            } => {
                write!(
                    f,
                    "{driver} did not let go within {milliseconds} ms; the device is left to it"
                )
            }
            Self::BindFailed {
                driver,
                error,
                grouped,
                said,
            } => {
                write!(f, "{driver} did not take it: {error}")?;
                aside(f, said.as_deref(), *grouped)
            }
            Self::TakenBy {
                driver: Some(driver),
            } => write!(f, "{driver} has it instead"),
            Self::TakenBy { driver: None } => f.write_str("no driver has it after the bind"),
            Self::Vanished { error } => write!(f, "it has vanished from the bus: {error}"),
            Self::GroupShared { group, members } => {
                write!(f, "IOMMU group {group} also holds")?;
                list(f, members)?;
                f.write_str("; once a host driver takes it, no virtual machine can use the group")?;
                advice(f, members, ": claim it too (+group)")
            }
            Self::GroupBlocked { group, blockers } => {
                write!(
                    f,
                    "no virtual machine can use IOMMU group {group} while these are with the host:"
                )?;
                list(f, blockers)?;
                advice(
                    f,
                    blockers,
                    "; claim them too (+group), or keep their driver away",
                )
            }
            Self::ReservedRegion { group, start, end } => write!(
                f,
                "the firmware keeps memory at {start:#x}-{end:#x} for the devices of IOMMU group {group} (RMRR): VFIO refuses \
                 to give them to a virtual machine; look for a setting or an update of the firmware"
            ),
            Self::NoInterruptRemapping { why } => {
                f.write_str(
                    "interrupts are not remapped: VFIO refuses to start a virtual machine; ",
                )?;
                match why {
                    NoRemapping::TurnedOff(word) => write!(f, "{word} on the kernel command line turns remapping off; remove it"),
                    NoRemapping::Virtio => f.write_str(
                        "a virtio-iommu remaps none, so the risk of vfio_iommu_type1.allow_unsafe_interrupts=1 must be \
                         accepted",
                    ),
                    NoRemapping::NotOffered => f.write_str(
                        "switch interrupt remapping on in the firmware, or accept the risk of \
                         vfio_iommu_type1.allow_unsafe_interrupts=1",
                    ),
                }
            }
            Self::NotGivenBack { error } => {
                write!(f, "it could not be given back to the host: {error}")
            }
            Self::ReportFailed { error } => write!(f, "the report is lost: {error}"),
            _ => f.write_str(self.code()),
        }
    }
}

/// What is known besides of a bind that failed.
fn aside(f: &mut fmt::Formatter<'_>, said: Option<&str>, grouped: bool) -> fmt::Result {
    if let Some(said) = said {
        write!(f, "; the kernel says: {said}")?;
    }
    f.write_str(if grouped {
        ""
    } else {
        "; it has no IOMMU group"
    })
}
