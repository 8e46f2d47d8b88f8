//! The programming interfaces that lspci does not print without `-v`, as far as a driver shows them.
//!
//! Source: the tables of ids in Linux's drivers/nvme/host/pci.c, drivers/ata/ahci.c and drivers/usb/host.

/// The one programming interface of a class that a driver binds to.
pub(super) fn interface_of(class: u16, driver: &str) -> Option<u8> {
    match (class, driver) {
        (0x0108, "nvme") => Some(0x02),
        (0x0106, "ahci") => Some(0x01),
        (0x0c03, "xhci_hcd" | "xhci_pci") => Some(0x30),
        (0x0c03, "ehci-pci" | "ehci_pci") => Some(0x20),
        (0x0c03, "ohci-pci" | "ohci_pci") => Some(0x10),
        (0x0c03, "uhci_hcd") => Some(0x00),
        _ => None,
    }
}
