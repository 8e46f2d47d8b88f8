//! What every reason says: device and key first, then what is wrong, then the consequence or the fix.

mod claim;
mod group;
mod guard;
mod problem;
mod sriov;

pub use guard::for_host;

use std::fmt;

use crate::plan::message::reason::Reason;

/// How many devices a message names; the rest is in the report's list of devices.
const SHOWN: usize = 6;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => problem.fmt(f),
            _ => self.of_machine(f),
        }
    }
}

impl Reason {
    /// The wording of what a selector met on this machine, and of the refusals.
    fn of_machine(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMatch { selector } => write!(f, "{selector} matches no device of this machine"),
            Self::NoMatchYet { selector } => write!(
                f,
                "{selector} matches no device yet; it may be for a virtual function that is made later"
            ),
            Self::IdentityMismatch {
                selector,
                address,
                found,
            } => {
                write!(
                    f,
                    "{selector}: the device at {address} is {found}; it is left alone"
                )
            }
            Self::UnusedRule { rule, devices } => {
                write!(f, "{rule} matches no {devices} and has no effect")
            }
            Self::DuplicateId { selector, twins } => {
                write!(
                    f,
                    "{selector} matches {} devices, all are meant; for one of them write",
                    twins.len()
                )?;
                for (index, (address, path)) in twins.iter().take(SHOWN).enumerate() {
                    let or = if index == 0 { "" } else { " or" };
                    // On a root bus the path and the address are the same.
                    match path.as_ref().filter(|path| path.depth() > 0) {
                        Some(path) => write!(f, "{or} {path} (now {address})")?,
                        None => write!(f, "{or} {address}")?,
                    }
                }
                if twins.len() > SHOWN {
                    write!(f, " or {} more", twins.len() - SHOWN)?;
                }
                Ok(())
            }
            Self::BootDisplayUnknown { selector } => write!(
                f,
                "{selector}: the kernel does not say which display the firmware booted on; none is taken"
            ),
            Self::NoGroupYet { selector, address } => {
                write!(
                    f,
                    "{selector}: {address} has no IOMMU group yet; only the device itself is taken"
                )
            }
            Self::DriverConflict {
                kept,
                dropped,
                selector,
            } => {
                write!(
                    f,
                    "{selector} asks for {dropped} and another selector for {kept}; the device goes to {kept}"
                )?;
                if kept.as_str() == "pci-stub" {
                    f.write_str(", and no virtual machine can use it")?;
                }
                Ok(())
            }
            Self::UnreadableDevice { name, why } => {
                write!(
                    f,
                    "the device {} is passed over: {why}",
                    name.escape_debug()
                )
            }
            Self::NotKnown { facts } => write!(
                f,
                "not known of this machine: {}; the plan takes it that nothing of it stands in the way",
                facts.replace(' ', ", ")
            ),
            Self::Excluded { selector } => write!(f, "excluded by {selector}"),
            Self::Bridge { class } => {
                write!(
                    f,
                    "it is a bridge or port (class {class}): what is behind it would be lost, and vfio-pci refuses it"
                )
            }
            Self::NoIommu { cause } => write!(f, "no IOMMU is in use: {cause}"),
            Self::NoIommuGroup { fix } => write!(
                f,
                "it has no IOMMU group: the IOMMU does not cover it, and vfio-pci would refuse it{fix}"
            ),
            _ => self.of_functions(f),
        }
    }
}
