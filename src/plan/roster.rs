//! Who is in the groups of the devices that are asked for, and what keeps each of the others from being claimed as well.

use super::message::Reason;
use crate::config::Guard;
use crate::pci::{Address, Device, DriverName, GroupId, Platform};

/// A group, and its members in the order of their addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roster {
    pub(super) group: GroupId,
    pub(super) members: Vec<Member>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) address: Address,
    /// The driver that had it when the plan was made.
    pub(super) driver: Option<DriverName>,
    /// VFIO passes over what has a bus behind it.
    pub(super) is_bridge: bool,
    /// Whether no host driver is to be expected while none has it.
    pub(super) is_left_alone: bool,
    /// The module of the host that brings a driver for it, as far as that is known.
    pub(super) coming: Option<String>,
    /// Why it would not be claimed if the whole group was asked for.
    pub(super) refusal: Option<Refusal>,
}

/// Why a member would not be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The code of the reason.
    pub(super) code: &'static str,
    /// The guard, where it can be overridden.
    pub(super) guard: Option<Guard>,
}

impl Refusal {
    pub(super) fn new(reason: &Reason) -> Self {
        Self {
            code: reason.code(),
            guard: reason.guard(),
        }
    }
}

impl Member {
    /// A member of which nothing but the device is known.
    pub(super) fn new(device: &Device) -> Self {
        Self {
            address: device.address,
            driver: device.driver.clone(),
            is_bridge: device.is_bridge(),
            is_left_alone: is_kept(device) || device.platform() == Some(Platform::HostBridge),
            coming: None,
            refusal: None,
        }
    }
}

/// Whether its override keeps the drivers of the host away.
pub(super) fn is_kept(device: &Device) -> bool {
    let kept = device.driver_override.as_ref();
    kept.is_some_and(|driver| *driver == DriverName::none() || driver.leaves_group_viable())
}
