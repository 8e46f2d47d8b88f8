//! What is written for a selector that a user gives: an address becomes what stays right when addresses move.

use crate::config::{Base, Extent, Request, Selector};
use crate::host::advice::Advice;
use crate::machine::{Machine, named};
use crate::pci::{Address, Device};

/// A selector as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// As it was given.
    pub given: String,
    /// As it is written.
    pub selector: String,
    /// The devices that its base names now.
    pub devices: Vec<Address>,
}

/// What is written for the selector `given`, which was parsed as `selector`: for an address or a path the identity of each
/// device there, with what belongs to it. All else stays as it is. Empty where it names no device.
pub fn lasting(
    request: &Request,
    next: &Machine,
    given: &str,
    selector: &Selector,
) -> Vec<Lasting> {
    let devices = named(selector, &next.bus);
    if devices.is_empty() {
        return Vec::new();
    }
    if !matches!(selector.base, Base::Location(_)) {
        return vec![Lasting {
            given: given.to_owned(),
            selector: selector.to_string(),
            devices: addresses(&devices),
        }];
    }
    let mut list: Vec<Lasting> = Vec::new();
    let mut covered: Vec<Address> = Vec::new();
    // What belongs to a display comes with it.
    let (displays, others): (Vec<&Device>, Vec<&Device>) =
        devices.iter().partition(|device| device.class.is_display());
    for device in displays.into_iter().chain(others) {
        if covered.contains(&device.address) {
            continue;
        }
        let advice = match selector.extent {
            Extent::Itself => Advice::lasting(request, next, device),
            extent => Advice::with_extent(request, next, device, extent),
        };
        covered.extend(&advice.others);
        list.push(Lasting {
            given: given.to_owned(),
            selector: advice.selector,
            devices: vec![device.address],
        });
    }
    list
}

fn addresses(devices: &[&Device]) -> Vec<Address> {
    devices.iter().map(|device| device.address).collect()
}
