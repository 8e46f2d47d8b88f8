//! Devices in the order of their ids.

use crate::pci::Device;

/// The devices by vendor and device id, each id once, in the order of the ids.
pub(super) fn by_id<'a>(devices: &[&'a Device]) -> Vec<((u16, u16), Vec<&'a Device>)> {
    let mut kinds: Vec<((u16, u16), Vec<&Device>)> = Vec::new();
    for device in devices {
        let id = (device.id.vendor, device.id.device);
        match kinds.iter_mut().find(|(other, _)| *other == id) {
            Some((_, list)) => list.push(device),
            None => kinds.push((id, vec![device])),
        }
    }
    kinds.sort_unstable_by_key(|(id, _)| *id);
    kinds
}
