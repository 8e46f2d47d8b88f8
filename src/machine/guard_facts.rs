//! What the guards must know besides the devices asked for: what else of their kind there is, and the protect list.
//!
//! Source: the guards in `plan/guard`.

use super::bus::{Bus, has_function};
use super::framebuffer::Framebuffer;
use super::protect_list::ProtectList;
use super::read_scope::ReadScope;
use crate::config::{Problem, Request};
use crate::pci::{Address, Device, GroupId};
use crate::sys::{Result, Root, SysPath};

/// What can be lost.
#[derive(Debug)]
pub(super) struct GuardFacts<'a> {
    protect: &'a ProtectList,
    /// Whether the boot needs a local disk.
    disk: bool,
    /// Whether it needs the network.
    network: bool,
}

impl<'a> GuardFacts<'a> {
    pub(super) fn new(request: &Request, protect: &'a ProtectList) -> Self {
        Self {
            protect,
            disk: request.needs.disk().is_some(),
            network: request.needs.network().is_some(),
        }
    }

    /// Reads what is missing from `bus`, which has all that `interest` includes.
    pub(super) fn read(&self, root: &Root, interest: &dyn ReadScope, bus: &mut Bus) -> Result<()> {
        if asked(interest, bus).any(|device| self.depends_on_rest(device)) {
            bus.read_rest(root)?;
        }
        bus.read_paths(root, &|device| self.protect.resembles(device));
        let doubtful = self.protect.doubtful(bus);
        bus.read_serials(root, &doubtful);
        Ok(())
    }

    /// Whether a guard must know what else the machine has before this device can be given away.
    fn depends_on_rest(&self, device: &Device) -> bool {
        let class = device.class;
        class.is_screen()
            || class.is_usb_host()
            || (self.disk && class.is_storage())
            || (self.network && class.is_network())
            || self.protect.resembles(device)
    }
}

/// The boot framebuffer, where a display may be claimed and it matters: vfio-pci by itself takes it from no display but a
/// VGA controller, and nothing else shows that the firmware booted on such a display. And what is wrong with it.
pub(super) fn framebuffer(
    root: &Root,
    interest: &dyn ReadScope,
    bus: &Bus,
) -> (Option<Framebuffer>, Vec<Problem>) {
    let other = |device: &Device| device.class.is_display() && !device.class.is_vga();
    let asked = asked(interest, bus).any(|device| device.class.is_display());
    if !asked || !bus.devices.iter().any(other) {
        return (None, Vec::new());
    }
    match Framebuffer::read(root) {
        Ok(framebuffer) => (framebuffer, Vec::new()),
        Err(error) => {
            let error = error.to_string();
            (None, vec![Problem::Unreadable { error }])
        }
    }
}

/// The devices that may be claimed: those touched, their other functions, and who shares a group with them.
fn asked<'b>(interest: &dyn ReadScope, bus: &'b Bus) -> impl Iterator<Item = &'b Device> {
    let touched: Vec<&Device> = bus
        .devices
        .iter()
        .filter(|device| interest.includes(device))
        .collect();
    let groups: Vec<GroupId> = touched.iter().filter_map(|device| device.group).collect();
    let touched: Vec<Address> = touched.iter().map(|device| device.address).collect();
    let near = move |device: &&Device| {
        has_function(&touched, device.address)
            || device.group.is_some_and(|group| groups.contains(&group))
    };
    bus.devices.iter().filter(near)
}

/// The protect list of the image, and what is wrong with it.
pub(super) fn protect_list(root: &Root) -> (ProtectList, Vec<Problem>) {
    match root.read(SysPath::ProtectList) {
        Ok(text) => ProtectList::parse(&text.unwrap_or_default()),
        Err(error) => {
            let error = error.to_string();
            let list = ProtectList {
                unread: true,
                ..ProtectList::default()
            };
            (list, vec![Problem::Unreadable { error }])
        }
    }
}
