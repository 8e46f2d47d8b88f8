//! Functions of the platform: they share IOMMU groups with devices for virtual machines, which can use none of them.
//!
//! Source: Linux's include/linux/pci_ids.h; the chipsets of Intel and AMD, whose LPC, SMBus and SPI functions have headers
//! of type 0.

use super::device::Device;

/// What a function of the platform is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// A host bridge.
    HostBridge,
    /// An ISA bridge.
    IsaBridge,
    /// An SMBus controller.
    SmBus,
    /// A serial bus of the chipset that has no class of its own, as that of the firmware's flash (SPI).
    Flash,
}

/// Who gives the flash a function of its own.
const INTEL: u16 = 0x8086;

impl Platform {
    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HostBridge => "host bridge",
            Self::IsaBridge => "ISA bridge",
            Self::SmBus => "SMBus controller",
            Self::Flash => "serial bus controller",
        }
    }
}

impl Device {
    /// Whether buses can be behind it: by its header, where that is known, else by its class.
    pub fn is_bridge(&self) -> bool {
        self.header
            .map_or(self.class.has_secondary_bus(), |header| {
                header != super::HeaderType::Endpoint
            })
    }

    /// What it is of the platform; `None` of a bridge with buses behind it, and of what a virtual machine can use.
    pub fn platform(&self) -> Option<Platform> {
        match self.class.0 >> 8 {
            _ if self.is_bridge() => None,
            0x0600 => Some(Platform::HostBridge),
            0x0601 => Some(Platform::IsaBridge),
            0x0c05 => Some(Platform::SmBus),
            0x0c80 if self.id.vendor == INTEL && self.is_on_root_bus() => Some(Platform::Flash),
            _ => None,
        }
    }

    /// Whether no bridge is in front of it, as far as that is known.
    fn is_on_root_bus(&self) -> bool {
        let by_path = self.path.as_ref().map(|path| path.depth() == 0);
        by_path.unwrap_or(self.address.bus == 0)
    }
}
