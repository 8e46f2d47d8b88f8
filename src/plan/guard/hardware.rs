//! Guards against what cannot work: bridges, what vfio-pci itself refuses, what no IOMMU covers.
//!
//! Source: `vfio_pci_core_register_device()` and `vfio_pci_dev_in_denylist()` in Linux's drivers/vfio/pci.

use super::subject::Subject;
use crate::config::{IommuPolicy, ModuleOption};
use crate::pci::{DriverName, Platform};
use crate::plan::iommu_kind::IommuKind;
use crate::plan::message::{IommuCause, NoGroup, Reason, Unsupported};

/// A bridge, to other buses or to the processor, is never claimed, not even by class or group.
pub(super) fn bridge(subject: &Subject<'_>) -> Option<Reason> {
    let device = subject.device;
    let class = device.class;
    let is_bridge = device.is_bridge() || device.platform() == Some(Platform::HostBridge);
    let port = device
        .driver
        .as_ref()
        .is_some_and(|driver| driver.as_str() == "pcieport");
    (is_bridge || port).then_some(Reason::Bridge { class })
}

/// No virtual machine can use a device that does not answer, and the kernel may wait long for it.
pub(super) fn no_answer(subject: &Subject<'_>) -> Option<Reason> {
    subject.device.no_answer.then_some(Reason::NoAnswer)
}

/// Intel's QAT (C3XXX, C62X, DH895XCC, each with its virtual functions), DSA and IAX.
const DENYLIST: [u16; 8] = [
    0x19e2, 0x19e3, 0x37c8, 0x37c9, 0x0435, 0x0443, 0x0b25, 0x0cfe,
];
const INTEL: u16 = 0x8086;

/// vfio-pci refuses some devices for what they could do, and a physical function while it has virtual ones.
pub(super) fn unsupported(subject: &Subject<'_>) -> Option<Reason> {
    let id = subject.device.id;
    let listed = id.vendor == INTEL && DENYLIST.contains(&id.device);
    let why = if subject.driver.is_vfio() && subject.device.virtual_functions > 0 {
        Unsupported::VirtualFunctions(subject.device.virtual_functions)
    } else if listed && *subject.driver == DriverName::vfio_pci() && !is_denylist_off(subject) {
        Unsupported::Denylist
    } else {
        return None;
    };
    Some(Reason::Unsupported { why })
}

/// Whether an option makes the module accept them nevertheless. The last option counts, and those of the command line come last.
fn is_denylist_off(subject: &Subject<'_>) -> bool {
    let value = |option: &ModuleOption| {
        let value = option.value.as_deref().unwrap_or("1");
        (option.module == "vfio_pci" && option.name == "disable_denylist")
            .then(|| value.starts_with(['1', 'y', 'Y']) || value.eq_ignore_ascii_case("on"))
    };
    let options = &subject.machine.modules.modprobe.options;
    let mut options = options.iter().chain(&subject.request.options);
    options.by_ref().filter_map(value).last().unwrap_or(false)
}

/// Without an IOMMU vfio-pci takes no device, and the host has lost it.
pub(super) fn iommu(subject: &Subject<'_>) -> Option<Reason> {
    if subject.request.iommu == IommuPolicy::Any
        || !subject.driver.is_vfio()
        || subject.device.group.is_some()
    {
        return None;
    }
    match &subject.iommu.cause {
        // It comes into use, and makes the groups, before this device is bound.
        Some(IommuCause::NotLoaded) => None,
        // What is not known is no objection.
        Some(IommuCause::Open | IommuCause::NotInText) => None,
        None if subject.machine.unknown.groups => None,
        Some(cause) => Some(Reason::NoIommu {
            cause: cause.clone(),
        }),
        // A missing group is no proof where groups are made when a driver probes.
        None if subject.iommu.kind.is_some_and(IommuKind::makes_groups_late) => None,
        // Some distributions leave the integrated display out by default.
        None if subject.device.class.is_display()
            && subject.iommu.kind == Some(IommuKind::Intel) =>
        {
            let why = if subject.request.kernel.leaves_display_out() {
                NoGroup::IgfxOff
            } else {
                NoGroup::IntegratedDisplay
            };
            Some(Reason::NoIommuGroup { why })
        }
        None => Some(Reason::NoIommuGroup {
            why: NoGroup::NotCovered,
        }),
    }
}
