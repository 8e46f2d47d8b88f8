//! What to do about a reason, where the reader is.

use super::device_list::{advice, alternatives};
use super::iommu_cause::FULL_TEXT;
use super::need::{NoGroup, Unsupported};
use super::place::Place;
use super::reason::Reason;
use crate::config::Guard;
use crate::plan::iommu_kind::NoRemapping;

/// What helps a device that does not answer.
const POWER_CYCLE: &str = "shut the machine down and switch its power off: a reboot may not reset the device; if it does not wake from \
     D3cold, add pcie_port_pm=off to the kernel command line";

impl Reason {
    /// What to do about it at `place`; `None` where the fact leaves nothing to do, or shows it.
    pub fn fix(&self, place: Place) -> Option<String> {
        match self {
            Self::Problem(problem) => problem.fix(),
            Self::DuplicateId { twins } => alternatives(twins),
            Self::BootDisk { .. } => Some(force(Guard::BootDisk, place)),
            Self::Network { .. } => Some(force(Guard::Network, place)),
            Self::LastDisplay => Some(name_or_force(Guard::Display, place)),
            Self::LastInput => Some(name_or_force(Guard::Input, place)),
            Self::InUse {
                guard: Some(guard), ..
            } => Some(force(*guard, place)),
            Self::InUse { guard: None, .. } => {
                Some("close it first: the kernel would wait for that".to_owned())
            }
            Self::NoAnswer => Some(POWER_CYCLE.to_owned()),
            Self::Unsupported { why } => Some(why.fix()),
            Self::NoIommu { cause } => cause.fix(),
            Self::NoIommuGroup { why } => why.fix(),
            Self::ModuleMissing { .. }
            | Self::VariantMissing { .. }
            | Self::SoftdepMissing { .. } => Some(add_module(place)),
            Self::DriverUnregistered { .. } => {
                Some("compare the name with those in /sys/bus/pci/drivers".to_owned())
            }
            Self::Forced { .. }
            | Self::BootDisplayTaken
            | Self::DisplayTaken { .. }
            | Self::InputTaken { .. }
            | Self::FramebufferReleased { .. } => Some(way_back(place)),
            Self::FramebufferHeld { .. } => {
                Some("add initcall_blacklist=sysfb_init to the kernel command line".to_owned())
            }
            Self::GroupShared { members } => {
                advice(members, "claim the whole group (+group)", place)
            }
            Self::GroupBlocked { blockers } => {
                let claim =
                    "claim the whole group (+group), or keep the other drivers from loading";
                advice(blockers, claim, place)
            }
            Self::PlatformTaken { .. } => {
                Some("+group keeps drivers away from it instead".to_owned())
            }
            Self::ReservedRegion { .. } => {
                Some("look for a firmware setting or a firmware update".to_owned())
            }
            Self::AcsOverride { .. } => Some(
                "remove it from the kernel command line, and claim whole groups (+group) as the hardware makes them"
                    .to_owned(),
            ),
            Self::NoInterruptRemapping { why } => Some(why.fix()),
            Self::BootDisplayUnknown { in_text: true } | Self::NotKnown { in_text: true, .. } => {
                Some(FULL_TEXT.to_owned())
            }
            Self::NoMatch
            | Self::NoMatchYet
            | Self::NotAtBoot { .. }
            | Self::MakesDomain { .. }
            | Self::IdentityMismatch { .. }
            | Self::UnusedRule { .. }
            | Self::BootDisplayUnknown { in_text: false }
            | Self::NoGroupYet { .. }
            | Self::DriverConflict { .. }
            | Self::UnreadableDevice { .. }
            | Self::NotKnown { in_text: false, .. }
            | Self::VfsLater { .. }
            | Self::VfsMade { .. }
            | Self::VfsTooMany { .. }
            | Self::VfsFailed { .. }
            | Self::Excluded { .. }
            | Self::Bridge { .. }
            | Self::NotOurs { .. }
            | Self::ModuleLoadFailed { .. }
            | Self::OverrideFailed { .. }
            | Self::UnbindFailed { .. }
            | Self::UnbindTimeout { .. }
            | Self::BindFailed { .. }
            | Self::TakenBy { .. }
            | Self::Vanished { .. }
            | Self::NotHeld
            | Self::UsedNow { .. }
            | Self::InstallNotRun { .. }
            | Self::TakenByIds { .. }
            | Self::Unprepared { .. }
            | Self::NotGivenBack { .. }
            | Self::ReportFailed { .. } => None,
        }
    }
}

/// What overrides a guard.
fn force(guard: Guard, place: Place) -> String {
    format!("to claim it anyway, add {}", force_option(guard, place))
}

fn name_or_force(guard: Guard, place: Place) -> String {
    let option = force_option(guard, place);
    format!("to claim it anyway, name it by id, address or path, or add {option}")
}

fn force_option(guard: Guard, place: Place) -> String {
    match place {
        Place::Boot => format!("vfio-early.force={guard}"),
        Place::Host => format!("--force {guard}"),
    }
}

fn add_module(place: Place) -> String {
    match place {
        Place::Boot => "add it to the image".to_owned(),
        Place::Host => "install it".to_owned(),
    }
}

/// How the claim of a screen, a keyboard or a guarded device is undone.
fn way_back(place: Place) -> String {
    match place {
        Place::Boot => {
            "to undo this, boot with vfio-early.mode=off on the kernel command line".to_owned()
        }
        Place::Host => "to undo this, run vfio-early release".to_owned(),
    }
}

impl Unsupported {
    fn fix(self) -> String {
        match self {
            Self::Denylist => {
                "to claim it anyway, add vfio-pci.disable_denylist=1 to the kernel command line"
                    .to_owned()
            }
            Self::VirtualFunctions(_) => {
                "claim those instead, or write 0 to its sriov_numvfs first".to_owned()
            }
        }
    }
}

impl NoGroup {
    fn fix(self) -> Option<String> {
        match self {
            Self::NotCovered => None,
            Self::IntegratedDisplay => Some(
                "if it is an integrated display, add intel_iommu=on to the kernel command line"
                    .to_owned(),
            ),
            Self::IgfxOff => {
                Some("remove intel_iommu=igfx_off from the kernel command line".to_owned())
            }
        }
    }
}

impl NoRemapping {
    fn fix(&self) -> String {
        match self {
            Self::TurnedOff(word) => {
                format!("remove {word} from the kernel command line, which disables remapping")
            }
            Self::Virtio => "a virtio-iommu remaps no interrupts: accept the risk with \
                             vfio_iommu_type1.allow_unsafe_interrupts=1"
                .to_owned(),
            Self::NotOffered => {
                "enable interrupt remapping in the firmware setup, or accept the risk with \
                                 vfio_iommu_type1.allow_unsafe_interrupts=1"
                    .to_owned()
            }
        }
    }
}
