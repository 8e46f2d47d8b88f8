//! What every reason says: device and key first, then what is wrong, then the consequence or the fix.
//!
//! *Pure.* Source of truth: none, this is our own wording.
//! To add one: an arm in the function of its kind; one line, lower case, no full stop.

use std::fmt;

use super::{Blocker, NoRemapping, Reason};
use crate::pci::Address;

/// How many devices a message names; the rest is in the report's list of devices.
const SHOWN: usize = 6;

/// What every warning of a guard ends with.
const WAY_BACK: &str = "the way back is vfio-early.mode=off on the kernel command line";

/// What a guard has against a claim, without what overrides it.
struct Objection<'a>(&'a Reason);

impl fmt::Display for Objection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::BootDisk { need } | Reason::Network { need } => need.fmt(f),
            Reason::LastDisplay => f.write_str("no display would stay with the host"),
            Reason::LastInput => f.write_str("no USB controller would stay with the host"),
            reason => reason.fmt(f),
        }
    }
}

/// Some addresses with their verb.
struct Are<'a>(&'a [Address]);

impl fmt::Display for Are<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .take(SHOWN)
            .try_for_each(|address| write!(f, "{address} "))?;
        match self.0.len().saturating_sub(SHOWN) {
            0 => f.write_str(if self.0.len() == 1 { "is" } else { "are" }),
            more => write!(f, "and {more} more are"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedSelector { key, given, why } => {
                write!(
                    f,
                    "{key}={given}: {why}; this selector is ignored, the others stand"
                )
            }
            Self::MalformedValue { key, given, why } => {
                write!(f, "{key}={given}: {why}; it is ignored")
            }
            Self::NoValue { key } => write!(f, "{key} has no value; it is ignored"),
            Self::UnknownKey { origin, key } => {
                write!(
                    f,
                    "{origin}: \"{key}\" is no parameter of vfio-early; it is ignored"
                )
            }
            Self::LongCommandLine { length } => write!(
                f,
                "the kernel command line has {length} bytes and may have been cut by the boot loader; \
                 put the selectors into /etc/vfio-early.conf"
            ),
            Self::LaxId {
                key,
                given,
                read_as,
            } => write!(
                f,
                "{key}={given}: the kernel reads this as {read_as}, and so does vfio-early under this key; \
                 write vfio-early.ids to have it checked"
            ),
            Self::RepeatedIds { key } => {
                write!(
                    f,
                    "{key} is given more than once: the kernel would take the last, vfio-early takes all"
                )
            }
            Self::Unreadable { error } => write!(f, "{error}; what stands there is not known"),
            Self::IdsNotPassed { place } => write!(
                f,
                "{place} gives the driver a list of ids, which is not passed on: it would take devices past selectors \
                 and guards; put them into vfio-early.ids"
            ),
            Self::MalformedProtectLine { line, why } => write!(
                f,
                "vfio-early.protect, line {line}: {why}; this line is ignored, the others stand"
            ),
            _ => self.of_machine(f),
        }
    }
}

impl Reason {
    /// The wording of what a selector met on this machine, and of the refusals.
    fn of_machine(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMatch { selector } => write!(f, "{selector} matches no device of this machine"),
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
            Self::UnusedRule { rule } => {
                write!(
                    f,
                    "{rule} matches no device of this machine and has no effect"
                )
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
                    "{selector} wants {dropped}, but {kept} was asked for first; it gets {kept}"
                )
            }
            Self::UnreadableDevice { name, why } => {
                write!(
                    f,
                    "the device {} is passed over: {why}",
                    name.escape_debug()
                )
            }
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
            _ => self.of_guard(f),
        }
    }

    /// The wording of the guards that can be overridden, and of what is claimed all the same.
    fn of_guard(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BootDisk { .. } => write!(
                f,
                "{}; vfio-early.force=boot-disk takes it all the same",
                Objection(self)
            ),
            Self::Network { .. } => write!(
                f,
                "{}; vfio-early.force=network takes it all the same",
                Objection(self)
            ),
            Self::LastDisplay => write!(
                f,
                "{}; to take it, name it by id, address or path, or add vfio-early.force=display",
                Objection(self)
            ),
            Self::LastInput => write!(
                f,
                "{}; to take it, name it by id, address or path, or add vfio-early.force=input",
                Objection(self)
            ),
            Self::Unsupported { why } => write!(f, "{why}"),
            Self::Forced {
                address,
                guard,
                over,
            } => {
                write!(
                    f,
                    "{address} is taken by force={guard}, although {}; {WAY_BACK}",
                    Objection(over)
                )
            }
            Self::BootDisplayTaken { address } => write!(
                f,
                "the machine booted on the display {address}, which is taken: the screen stops; {WAY_BACK}"
            ),
            Self::DisplayTaken { addresses } => write!(
                f,
                "no display stays with the host once {} taken: the screen stops; {WAY_BACK}",
                Are(addresses)
            ),
            Self::InputTaken { addresses } => write!(
                f,
                "no USB controller stays with the host once {} taken: keyboards on USB stop; {WAY_BACK}",
                Are(addresses)
            ),
            _ => self.of_claim(f),
        }
    }

    /// The wording of what went wrong with a claim, and of the doubts about one that succeeded.
    fn of_claim(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            } => {
                write!(f, "{driver} did not take it: {error}")?;
                f.write_str(if *grouped {
                    ""
                } else {
                    "; it has no IOMMU group"
                })
            }
            Self::TakenBy {
                driver: Some(driver),
            } => write!(f, "{driver} has it instead"),
            Self::TakenBy { driver: None } => f.write_str("no driver has it after the bind"),
            Self::Vanished { error } => write!(f, "it has vanished from the bus: {error}"),
            Self::GroupShared { group, members } => {
                write!(f, "IOMMU group {group} also holds")?;
                members
                    .iter()
                    .try_for_each(|address| write!(f, " {address}"))?;
                f.write_str("; once a host driver takes it, no virtual machine can use the group: claim it too (+group)")
            }
            Self::GroupBlocked { group, blockers } => {
                write!(
                    f,
                    "no virtual machine can use IOMMU group {group} while these are with the host:"
                )?;
                for Blocker {
                    address,
                    driver,
                    code,
                } in blockers
                {
                    match code {
                        Some(code) => write!(f, " {address} ({driver}, {code})")?,
                        None => write!(f, " {address} ({driver})")?,
                    }
                }
                f.write_str(
                    match blockers.iter().all(|blocker| blocker.code.is_some()) {
                        true => "; why each of them is not ours stands with it",
                        false => "; claim them too (+group), or keep their driver away",
                    },
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
