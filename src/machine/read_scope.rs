//! How much of the bus is read: what a request cannot concern is not opened.

use crate::config::{Request, Selector};
use crate::pci::{Address, Device};

/// Which devices deserve a closer look than their `uevent`.
pub trait ReadScope {
    /// Whether the device at this address, or another function of it, may be asked for, as far as the address shows. What
    /// cannot matter is not read at all.
    fn may_include(&self, address: &Address) -> bool;
    /// Whether the path of the device at this address must be known to decide.
    fn needs_path(&self, address: &Address) -> bool;
    /// Whether this device is, or may be, one of those asked for.
    fn includes(&self, device: &Device) -> bool;
    /// Whether the details of such devices are wanted, which no claim needs.
    fn wants_details(&self) -> bool {
        false
    }
    /// Whether it is wanted of which functions others are virtual ones.
    fn wants_physical(&self) -> bool {
        false
    }
    /// Whether a sleeping device may be woken to see whether it answers.
    fn wakes(&self) -> bool {
        false
    }
    /// Whether the serial numbers are wanted; for them the kernel reads the whole configuration space of each device.
    fn wants_serials(&self) -> bool {
        false
    }
}

/// Every device with all that is known of it, for the commands of the running host.
#[derive(Clone, Copy, Debug, Default)]
pub struct EveryDevice {
    /// With their serial numbers.
    pub serials: bool,
}

impl ReadScope for EveryDevice {
    fn may_include(&self, _: &Address) -> bool {
        true
    }

    fn needs_path(&self, _: &Address) -> bool {
        true
    }

    fn includes(&self, _: &Device) -> bool {
        true
    }

    fn wants_details(&self) -> bool {
        true
    }

    fn wants_physical(&self) -> bool {
        true
    }

    fn wants_serials(&self) -> bool {
        self.serials
    }
}

/// The devices at these addresses, and what shares a group with them.
#[derive(Clone, Copy, Debug)]
pub struct DevicesAt<'a>(pub &'a [Address]);

impl ReadScope for DevicesAt<'_> {
    fn may_include(&self, address: &Address) -> bool {
        self.0.iter().any(|other| other.same_device(address))
    }

    fn needs_path(&self, _: &Address) -> bool {
        false
    }

    fn includes(&self, device: &Device) -> bool {
        self.0.contains(&device.address)
    }
}

impl ReadScope for Request {
    fn may_include(&self, address: &Address) -> bool {
        // The virtual functions can be anywhere on the bus.
        !self.vfs.is_empty()
            || self
                .selectors()
                .any(|selector| selector.may_include(address))
    }

    fn needs_path(&self, address: &Address) -> bool {
        self.selectors()
            .any(|selector| selector.needs_path(address))
    }

    fn includes(&self, device: &Device) -> bool {
        let is_virtual = !self.vfs.is_empty() && device.physical.is_some();
        // What belongs to a card may be behind other ports of the switch that it brings.
        let part = |selector: &Selector| {
            let class = device.class;
            selector.takes_cards()
                && (class.is_display() || class.is_bridge() || class.is_card_part())
        };
        let mut selectors = self.selectors();
        is_virtual || selectors.any(|selector| selector.includes(device) || part(selector))
    }

    fn wants_physical(&self) -> bool {
        !self.vfs.is_empty() || self.selectors().any(Selector::takes_functions)
    }

    fn wakes(&self) -> bool {
        true
    }

    fn wants_serials(&self) -> bool {
        self.selectors().any(Selector::needs_serial)
    }
}
