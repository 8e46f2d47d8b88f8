//! Who has a device, and how it is offered to others.
//!
//! Source: the `driver` link; `drivers_probe` in Linux's drivers/base/bus.c.

use crate::pci::{Address, DriverName};
use crate::sys::{Error, Root, SysPath};

/// Restores the override that a device had before, and offers it to its drivers, which is nothing where one has it.
pub fn give_back(root: &Root, address: Address, text: &str) -> Result<(), Error> {
    root.write_each(&[
        (SysPath::DeviceFile(address, "driver_override"), text),
        (SysPath::DriversProbe, &address.to_string()),
    ])
}

/// As [`give_back`], for a device that `driver` is still letting go of: `drivers_probe` passes over what has a driver,
/// and from 6.12 on neither it nor the override waits. `bind` does, until the unbind under way has returned.
pub fn give_back_late(
    root: &Root,
    driver: &DriverName,
    address: Address,
    text: &str,
) -> Result<(), Error> {
    // With an override no other driver matches.
    let other = text.parse().ok();
    let bind = SysPath::DriverFile(other.as_ref().unwrap_or(driver), "bind");
    if !root.exists(bind) {
        return give_back(root, address, text);
    }
    root.write_each(&[
        (SysPath::DeviceFile(address, "driver_override"), text),
        (bind, &address.to_string()),
    ])
}

/// The driver that has the device now.
pub(super) fn driver_of(root: &Root, address: Address) -> Result<Option<DriverName>, Error> {
    let target = root.link(SysPath::DeviceFile(address, "driver"))?;
    Ok(target.and_then(|target| target.rsplit('/').next()?.parse().ok()))
}
