//! What a text depends on besides the devices.

use crate::pci::Address;

/// What a text depends on besides the devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    /// The guest's firmware is a BIOS that draws on the first display by its VGA registers.
    pub bios: bool,
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
