//! What a text depends on besides the devices.

use crate::pci::Address;

/// What a text depends on besides the devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    /// The name or number of the guest, where it is known.
    pub name: Option<String>,
    /// The guest's firmware is a BIOS that draws on the first display by its VGA registers.
    pub bios: bool,
    /// QEMU is to use the devices by /dev/iommu instead of the files of their groups.
    pub iommufd: bool,
    /// libvirt is to bind the devices itself when the guest starts, and to give them back when it stops.
    pub managed: bool,
    /// Where the claim copied ROMs to, and of which devices.
    pub roms: Vec<(Address, String)>,
}

impl Guest {
    /// Where the ROM of the device at `address` was copied to.
    pub(super) fn rom(&self, address: Address) -> Option<&str> {
        let rom = self.roms.iter().find(|(other, _)| *other == address);
        rom.map(|(_, path)| path.as_str())
    }
}
