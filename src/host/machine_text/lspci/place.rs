//! Where the functions of a text are: their paths through the bridges, and the physical functions of virtual ones.

use std::collections::BTreeMap;

use super::function::Function;
use crate::pci::{Address, DevicePath};

/// Bridges behind bridges; a text with more goes in circles.
const DEEPEST: usize = 64;

/// The first function of a whole machine.
pub(super) const ORIGIN: Address = Address {
    domain: 0,
    bus: 0,
    device: 0,
    function: 0,
};

/// The functions of a text.
pub(super) type Functions = BTreeMap<Address, Function>;

/// The path of the function at `address`, where every bridge on the way is in the text.
pub(super) fn path(functions: &Functions, address: Address) -> Option<DevicePath> {
    path_below(functions, address, DEEPEST)
}

/// The bridges above the function at `address` that are in the text, the nearest first.
pub(super) fn bridges_above(functions: &Functions, address: Address) -> Vec<&Function> {
    let mut above: Vec<&Function> = Vec::new();
    let mut below = address;
    while above.len() < DEEPEST {
        let mut bridges = functions.values();
        let leads = |bridge: &&Function| {
            let first = bridge.behind.map(|(first, _)| first);
            bridge.address.domain == below.domain && first == Some(below.bus)
        };
        let Some(bridge) = bridges.find(leads) else {
            break;
        };
        below = bridge.address;
        above.push(bridge);
    }
    above
}

fn path_below(functions: &Functions, address: Address, depth: usize) -> Option<DevicePath> {
    let near = || {
        let all = functions.values();
        all.filter(|function| function.address.domain == address.domain)
    };
    let bridges = || near().filter_map(|function| Some((function.address, function.behind?)));
    if let Some((bridge, _)) = bridges().find(|(_, (first, _))| *first == address.bus) {
        let above = path_below(functions, bridge, depth.checked_sub(1)?)?;
        return Some(above.behind(address));
    }
    // Within the range of a bridge that does not lead there: another one is missing, or it is a virtual function's bus.
    let lost = bridges().any(|(_, (first, last))| (first..=last).contains(&address.bus));
    let hidden = near().any(Function::hides_buses);
    let is_root = address.bus == 0 || (!lost && !hidden && functions.contains_key(&ORIGIN));
    is_root.then(|| DevicePath::at_root(address))
}

/// The function that the one at `address` is a virtual one of, by that one's capability.
///
/// Source: `pci_iov_virtfn_bus()` and `pci_iov_virtfn_devfn()` in Linux's drivers/pci/iov.c.
pub(super) fn physical(functions: &Functions, address: Address) -> Option<Address> {
    let (vendor, device) = functions.get(&address)?.ids()?;
    let makes = |function: &&Function| {
        let (own, sriov) = (function.address, function.sriov);
        let first = routing_id(own) + u32::from(sriov.offset);
        let ids = function.ids().map(|(vendor, _)| (vendor, sriov.device));
        let index = routing_id(address).checked_sub(first);
        let is_one = index.is_some_and(|index| match u32::from(sriov.stride) {
            0 => index == 0 && sriov.count > 0,
            stride => index % stride == 0 && index / stride < u32::from(sriov.count),
        });
        own.domain == address.domain && own != address && ids == Some((vendor, device)) && is_one
    };
    let found = functions
        .values()
        .filter(|function| function.sriov.count > 0);
    found
        .into_iter()
        .find(makes)
        .map(|function| function.address)
}

/// Bus, device and function as one number.
fn routing_id(address: Address) -> u32 {
    u32::from(address.bus) << 8 | u32::from(address.device) << 3 | u32::from(address.function)
}
