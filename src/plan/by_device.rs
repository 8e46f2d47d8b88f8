//! A value for some of the devices of a bus.

use crate::pci::{Address, Device};

/// A value for some of the devices of a bus, which are in the order of their addresses. One table with a place for each
/// device of the bus: it stays linear however many selectors name however many devices.
#[derive(Clone, Debug)]
pub(super) struct ByDevice<'a, T> {
    devices: &'a [Device],
    values: Vec<Option<T>>,
}

impl<'a, T> ByDevice<'a, T> {
    /// A table without a value.
    pub(super) fn new(devices: &'a [Device]) -> Self {
        let values = devices.iter().map(|_| None).collect();
        Self { devices, values }
    }

    /// The place of the device at `address`; `None` where the bus has no such device.
    pub(super) fn place(&mut self, address: Address) -> Option<&mut Option<T>> {
        let at = self.position(address)?;
        self.values.get_mut(at)
    }

    /// The value of the device at `address`.
    pub(super) fn get(&self, address: Address) -> Option<&T> {
        let at = self.position(address)?;
        self.values.get(at)?.as_ref()
    }

    /// Each device that has a value, and that value, in the order of the addresses.
    pub(super) fn into_pairs(self) -> impl Iterator<Item = (&'a Device, T)> {
        let pairs = self.devices.iter().zip(self.values);
        pairs.filter_map(|(device, value)| Some((device, value?)))
    }

    fn position(&self, address: Address) -> Option<usize> {
        let found = self
            .devices
            .binary_search_by_key(&address, |device| device.address);
        found.ok()
    }
}
