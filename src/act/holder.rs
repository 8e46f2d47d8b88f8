//! Who has a device, and how it is offered to others.
//!
//! *Reads and writes.* Source of truth: the `driver` link; `drivers_probe` in Linux's drivers/base/bus.c.
//! To add one: nothing.

use crate::pci::{Address, DriverName};
use crate::root::{Error, Place, Root};

/// Restores the override that a device had before, and offers it to its drivers, which is nothing where one has it.
pub fn give_back(root: &Root, address: Address, text: &str) -> Result<(), Error> {
    root.write_each(&[
        (Place::DeviceFile(address, "driver_override"), text),
        (Place::DriversProbe, &address.to_string()),
    ])
}

/// The driver that has the device now.
pub(super) fn driver_of(root: &Root, address: Address) -> Result<Option<DriverName>, Error> {
    let target = root.link(Place::DeviceFile(address, "driver"))?;
    Ok(target.and_then(|target| target.rsplit('/').next()?.parse().ok()))
}
