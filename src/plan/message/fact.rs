//! What is so: one sentence for each reason, whose subject is what the message is about.

use super::device_list::{are, members, some};
use super::need::{NoGroup, Unsupported};
use super::reason::Reason;
use crate::pci::DriverName;

/// What a device does that hangs or is asleep for good.
const NO_ANSWER: &str =
    "the device does not answer: each read of its configuration space returns ones";

impl Reason {
    /// What is so: lower case, one line, no full stop.
    #[allow(
        clippy::too_many_lines,
        reason = "one exhaustive match, so that a new reason does not compile without its fact"
    )]
    pub fn fact(&self) -> String {
        match self {
            Self::Problem(problem) => problem.fact(),
            Self::NoMatch => "it matches no device of this machine".to_owned(),
            Self::NoMatchYet => "it matches no device yet; it may be meant for a virtual function that is created later".to_owned(),
            Self::NotAtBoot { addresses, .. } => {
                let devices = match addresses.as_slice() {
                    [] => "it is".to_owned(),
                    some => are(some),
                };
                format!(
                    "{devices} not there when the next boot claims: the host creates virtual functions, and the domain of a \
                     volume management device, only later"
                )
            }
            Self::MakesDomain { of } => {
                format!("{of} is in the domain that it creates, and would be lost with it")
            }
            Self::IdentityMismatch { selector, found } => {
                format!("the device is {found}, which is not what {selector} names; it is left alone")
            }
            Self::UnusedRule { rule, devices } => format!("{rule} matches no {devices} and has no effect"),
            Self::DuplicateId { twins } => {
                format!("it matches {} devices, and all of them are meant", twins.len())
            }
            Self::BootDisplayUnknown { in_text: true } => "the text does not contain which display the firmware booted on, so it matches nothing".to_owned(),
            Self::BootDisplayUnknown { in_text: false } => "the kernel does not show which display the firmware booted on, so it matches nothing".to_owned(),
            Self::NoGroupYet { selector } => {
                format!("the device has no IOMMU group yet, so {selector} means only the device itself")
            }
            Self::DriverConflict {
                kept,
                dropped,
                selector,
            } => {
                let end = if *kept == DriverName::pci_stub() {
                    ", so no virtual machine can use the device"
                } else {
                    ""
                };
                format!("{selector} requests {dropped}, and another selector requests {kept}, which is used{end}")
            }
            Self::UnreadableDevice { name, why } => format!("the device {} is skipped: {why}", name.escape_debug()),
            Self::NotKnown { facts, in_text: true } => format!(
                "the text does not contain these facts of the machine: {}; the plan assumes that none of them prevents a claim",
                facts.replace(' ', ", ")
            ),
            Self::NotKnown { facts, in_text: false } => format!(
                "these facts of the machine are not known: {}; the plan assumes that none of them prevents a claim",
                facts.replace(' ', ", ")
            ),
            Self::VfsLater { count } => format!(
                "it stays with the host; its virtual functions ({count}) are created and claimed once its driver is up"
            ),
            Self::VfsMade { count } => format!("it stays with the host; its virtual functions ({count}) exist"),
            Self::VfsTooMany { count, limit: 0 } => {
                format!("{count} virtual functions are requested, and it supports none")
            }
            Self::VfsTooMany { count, limit } => {
                format!("{count} virtual functions are requested, and it supports at most {limit}; none is created")
            }
            Self::VfsFailed { error } => format!("its virtual functions cannot be created: {error}"),
            Self::Excluded { selector } => format!("it is excluded by {selector}"),
            Self::Bridge { class } => format!(
                "it is a bridge or port (class {class}): everything behind it would be lost, and vfio-pci refuses it"
            ),
            Self::BootDisk { need } | Self::Network { need } => need.to_string(),
            Self::LastDisplay => "the host would be left without a display".to_owned(),
            Self::LastInput => "the host would be left without a USB controller".to_owned(),
            Self::InUse { guard: Some(_), uses } => format!("the running system uses it: {}", some(uses, ", ")),
            Self::InUse { guard: None, uses } => {
                format!("the device or its group is open: {}", some(uses, ", "))
            }
            Self::NotOurs { driver: Some(driver) } => {
                format!("it is bound to {driver}, which is not a driver for virtual machines; nothing is done")
            }
            Self::NotOurs { driver: None } => "it has no driver and was not claimed; nothing is done".to_owned(),
            Self::NoAnswer => NO_ANSWER.to_owned(),
            Self::Unsupported { why } => why.fact(),
            Self::NoIommu { cause } => format!("no IOMMU is in use: {}", cause.fact()),
            Self::NoIommuGroup { why } => why.fact(),
            Self::ModuleMissing { driver, release } => {
                format!("the module of {driver} is not among those of kernel {release} here")
            }
            Self::ModuleLoadFailed { driver, error } => {
                format!("the module of {driver} could not be loaded: {error}")
            }
            Self::DriverUnregistered { driver } => {
                format!("the kernel has no PCI driver named {driver}, although its module is present")
            }
            Self::OverrideFailed { error } => error.clone(),
            Self::UnbindFailed { driver, error } => format!("{driver} could not be unbound: {error}"),
            Self::UnbindTimeout { driver, milliseconds } => {
                format!("{driver} did not release the device within {milliseconds} ms and keeps it")
            }
            Self::BindFailed { driver, error, grouped, kmsg } => {
                let kmsg = kmsg.as_ref().map_or_else(String::new, |line| format!("; kernel log: {line}"));
                let group = if *grouped { "" } else { "; the device has no IOMMU group" };
                format!("{driver} did not accept the device: {error}{kmsg}{group}")
            }
            Self::TakenBy { driver: Some(driver) } => format!("{driver} has bound it instead"),
            Self::TakenBy { driver: None } => "no driver has it after the bind".to_owned(),
            Self::NotHeld => "no device of its IOMMU group was claimed, so the host has it back".to_owned(),
            Self::Vanished { error } => format!("it has disappeared from the bus: {error}"),
            Self::Forced { guard, over } => {
                format!("it is claimed because of force={guard}, although {}", over.fact())
            }
            Self::BootDisplayTaken => {
                "the firmware booted on this display, which is being claimed: the screen stops".to_owned()
            }
            Self::PlatformTaken { what } => format!(
                "it is the {} of this board: a virtual machine can hardly use it, and it sleeps while none does",
                what.as_str()
            ),
            Self::DisplayTaken { addresses } => format!(
                "the host is left without a display once {} claimed: the screen stops",
                are(addresses)
            ),
            Self::InputTaken { addresses } => format!(
                "the host is left without a USB controller once {} claimed: USB keyboards stop",
                are(addresses)
            ),
            Self::FramebufferReleased { name } => {
                format!("the boot framebuffer {name} is removed from this display: the console on it stops")
            }
            Self::FramebufferHeld { name, error } => {
                let error = error.as_ref().map_or_else(String::new, |error| format!(" ({error})"));
                format!(
                    "the boot framebuffer {name} keeps the memory of this display busy{error}: no virtual machine can use it"
                )
            }
            Self::UsedNow { uses } => {
                format!("the next boot claims it, and the running system uses it: {}", some(uses, ", "))
            }
            Self::VariantMissing { driver } => {
                format!("it is bound to vfio-pci: the module of {driver}, the variant driver for it, is not available")
            }
            Self::SoftdepMissing { module, missing, release } => format!(
                "modprobe.d has {missing} loaded with {module}, but it is not among the modules of kernel {release} here"
            ),
            Self::InstallNotRun { file, module, command } => format!(
                "modprobe.d/{file}: install {module} {command} is not run, because vfio-early loads {module} itself"
            ),
            Self::TakenByIds { driver, origin, kept } => {
                let end = kept.as_ref().map_or_else(
                    || "it is given back to the host".to_owned(),
                    |error| format!("it cannot be given back to the host: {error}"),
                );
                format!("{driver} took it by {origin}, although it is not to be claimed; {end}")
            }
            Self::Unprepared { what, why } => why.fact(what),
            Self::GroupShared { members: others } => {
                let which = if others.len() == 1 {
                    "it"
                } else {
                    "one of them"
                };
                format!(
                    "it also contains {}; once a host driver binds {which}, no virtual machine can use the group",
                    members(others)
                )
            }
            Self::GroupBlocked { blockers } => format!(
                "no virtual machine can use it while these devices stay with the host: {}",
                members(blockers)
            ),
            Self::ReservedRegion { start, end } => format!(
                "the firmware reserves memory at {start:#x}-{end:#x} for its devices (RMRR), and VFIO refuses to give \
                 them to a virtual machine"
            ),
            Self::AcsOverride { word } => format!(
                "{word} makes IOMMU groups of what the hardware does not isolate: a virtual machine may reach devices and \
                 memory outside of its group"
            ),
            Self::NoInterruptRemapping { .. } => {
                "interrupts are not remapped, and VFIO refuses to start a virtual machine".to_owned()
            }
            Self::NotGivenBack { error } => format!("it could not be given back to the host: {error}"),
            Self::ReportFailed { error } => format!("the report could not be written: {error}"),
        }
    }
}

impl Unsupported {
    fn fact(self) -> String {
        match self {
            Self::Denylist => {
                "vfio-pci refuses it: it is on the driver's list of devices that a guest could abuse".to_owned()
            }
            Self::VirtualFunctions(number) => {
                format!("it has {number} virtual functions, and vfio-pci refuses it while it has any")
            }
        }
    }
}

impl NoGroup {
    fn fact(self) -> String {
        let fact =
            "it has no IOMMU group: the IOMMU does not cover it, and vfio-pci would refuse it";
        match self {
            Self::NotCovered | Self::IntegratedDisplay => fact.to_owned(),
            Self::IgfxOff => {
                format!("{fact}; intel_iommu=igfx_off excludes the integrated display")
            }
        }
    }
}
