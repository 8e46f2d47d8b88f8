//! What PCI classes are called where the machine has no pci.ids, and which class a name that lspci prints stands for.
//!
//! Source: the classes of pci.ids(5), the file of the pciutils and hwdata packages.

/// In place of a subclass: a base class.
const ANY: u16 = 0xff;

/// The name of base class and subclass, or of the base class where the subclass has none.
pub(in crate::host) fn name_of(class: u16) -> Option<&'static str> {
    let find = |wanted: u16| CLASSES.iter().find(|(code, _)| *code == wanted);
    find(class)
        .or_else(|| find(class | ANY))
        .map(|(_, name)| *name)
}

/// Base class and subclass of the name that `text` begins with, and what follows it.
pub(in crate::host) fn class_of(text: &str) -> Option<(u16, &str)> {
    let begins = CLASSES.iter().filter_map(|(code, name)| {
        let rest = text.strip_prefix(name)?;
        let whole = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        whole.then_some((*code, name.len(), rest))
    });
    // "Memory controller" and longer names begin alike; of one name for two codes the subclass comes first.
    let (code, _, rest) = begins.reduce(|one, other| if other.1 > one.1 { other } else { one })?;
    Some((specific(code), rest))
}

/// A subclass in place of [`ANY`]: what lspci calls by its base class has one that nobody named.
fn specific(code: u16) -> u16 {
    match code {
        0x13ff | 0x40ff | 0xffff => code & 0xff00,
        _ if code & ANY == ANY => code & 0xff00 | 0x80,
        _ => code,
    }
}

#[rustfmt::skip]
const CLASSES: [(u16, &str); 136] = [
    (0x0000, "Non-VGA unclassified device"),
    (0x0001, "VGA compatible unclassified device"),
    (0x0005, "Image coprocessor"),
    (0x00ff, "Unclassified device"),
    (0x0100, "SCSI storage controller"),
    (0x0101, "IDE interface"),
    (0x0102, "Floppy disk controller"),
    (0x0103, "IPI bus controller"),
    (0x0104, "RAID bus controller"),
    (0x0105, "ATA controller"),
    (0x0106, "SATA controller"),
    (0x0107, "Serial Attached SCSI controller"),
    (0x0108, "Non-Volatile memory controller"),
    (0x0109, "Universal Flash Storage controller"),
    (0x0180, "Mass storage controller"),
    (0x01ff, "Mass storage controller"),
    (0x0200, "Ethernet controller"),
    (0x0201, "Token ring network controller"),
    (0x0202, "FDDI network controller"),
    (0x0203, "ATM network controller"),
    (0x0204, "ISDN controller"),
    (0x0205, "WorldFip controller"),
    (0x0206, "PICMG controller"),
    (0x0207, "Infiniband controller"),
    (0x0208, "Fabric controller"),
    (0x0280, "Network controller"),
    (0x02ff, "Network controller"),
    (0x0300, "VGA compatible controller"),
    (0x0301, "XGA compatible controller"),
    (0x0302, "3D controller"),
    (0x0380, "Display controller"),
    (0x03ff, "Display controller"),
    (0x0400, "Multimedia video controller"),
    (0x0401, "Multimedia audio controller"),
    (0x0402, "Computer telephony device"),
    (0x0403, "Audio device"),
    (0x0480, "Multimedia controller"),
    (0x04ff, "Multimedia controller"),
    (0x0500, "RAM memory"),
    (0x0501, "FLASH memory"),
    (0x0502, "CXL"),
    (0x0580, "Memory controller"),
    (0x05ff, "Memory controller"),
    (0x0600, "Host bridge"),
    (0x0601, "ISA bridge"),
    (0x0602, "EISA bridge"),
    (0x0603, "MicroChannel bridge"),
    (0x0604, "PCI bridge"),
    (0x0605, "PCMCIA bridge"),
    (0x0606, "NuBus bridge"),
    (0x0607, "CardBus bridge"),
    (0x0608, "RACEway bridge"),
    (0x0609, "Semi-transparent PCI-to-PCI bridge"),
    (0x060a, "InfiniBand to PCI host bridge"),
    (0x0680, "Bridge"),
    (0x06ff, "Bridge"),
    (0x0700, "Serial controller"),
    (0x0701, "Parallel controller"),
    (0x0702, "Multiport serial controller"),
    (0x0703, "Modem"),
    (0x0704, "GPIB controller"),
    (0x0705, "Smard Card controller"),
    (0x0780, "Communication controller"),
    (0x07ff, "Communication controller"),
    (0x0800, "PIC"),
    (0x0801, "DMA controller"),
    (0x0802, "Timer"),
    (0x0803, "RTC"),
    (0x0804, "PCI Hot-plug controller"),
    (0x0805, "SD Host controller"),
    (0x0806, "IOMMU"),
    (0x0880, "System peripheral"),
    (0x0899, "Timing Card"),
    (0x08ff, "Generic system peripheral"),
    (0x0900, "Keyboard controller"),
    (0x0901, "Digitizer Pen"),
    (0x0902, "Mouse controller"),
    (0x0903, "Scanner controller"),
    (0x0904, "Gameport controller"),
    (0x0980, "Input device controller"),
    (0x09ff, "Input device controller"),
    (0x0a00, "Generic Docking Station"),
    (0x0a80, "Docking Station"),
    (0x0aff, "Docking station"),
    (0x0b00, "386"),
    (0x0b01, "486"),
    (0x0b02, "Pentium"),
    (0x0b10, "Alpha"),
    (0x0b20, "Power PC"),
    (0x0b30, "MIPS"),
    (0x0b40, "Co-processor"),
    (0x0bff, "Processor"),
    (0x0c00, "FireWire (IEEE 1394)"),
    (0x0c01, "ACCESS Bus"),
    (0x0c02, "SSA"),
    (0x0c03, "USB controller"),
    (0x0c04, "Fibre Channel"),
    (0x0c05, "SMBus"),
    (0x0c06, "InfiniBand"),
    (0x0c07, "IPMI Interface"),
    (0x0c08, "SERCOS interface"),
    (0x0c09, "CANBUS"),
    (0x0c80, "Serial bus controller"),
    (0x0cff, "Serial bus controller"),
    (0x0d00, "IRDA controller"),
    (0x0d01, "Consumer IR controller"),
    (0x0d10, "RF controller"),
    (0x0d11, "Bluetooth"),
    (0x0d12, "Broadband"),
    (0x0d20, "802.1a controller"),
    (0x0d21, "802.1b controller"),
    (0x0d80, "Wireless controller"),
    (0x0dff, "Wireless controller"),
    (0x0e00, "I2O"),
    (0x0eff, "Intelligent controller"),
    (0x0f01, "Satellite TV controller"),
    (0x0f02, "Satellite audio communication controller"),
    (0x0f03, "Satellite voice communication controller"),
    (0x0f04, "Satellite data communication controller"),
    (0x0fff, "Satellite communications controller"),
    (0x1000, "Network and computing encryption device"),
    (0x1010, "Entertainment encryption device"),
    (0x1080, "Encryption controller"),
    (0x10ff, "Encryption controller"),
    (0x1100, "DPIO module"),
    (0x1101, "Performance counters"),
    (0x1110, "Communication synchronizer"),
    (0x1120, "Signal processing management"),
    (0x1180, "Signal processing controller"),
    (0x11ff, "Signal processing controller"),
    (0x1200, "Processing accelerators"),
    (0x1201, "SNIA Smart Data Accelerator Interface (SDXI) controller"),
    (0x12ff, "Processing accelerators"),
    (0x13ff, "Non-Essential Instrumentation"),
    (0x40ff, "Coprocessor"),
    (0xffff, "Unassigned class"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_far_as_it_goes() {
        for (text, wanted) in [
            (
                "VGA compatible controller   GP104",
                Some((0x0300, "   GP104")),
            ),
            ("SMBus: Intel", Some((0x0c05, ": Intel"))),
            ("Network controller", Some((0x0280, ""))),
            ("Unassigned class [ff00]", Some((0xff00, " [ff00]"))),
            ("Coprocessor", Some((0x4000, ""))),
            ("Co-processor", Some((0x0b40, ""))),
            ("Bridges", None),
            ("Warp drive", None),
        ] {
            assert_eq!(class_of(text), wanted, "{text}");
        }
    }

    #[test]
    fn every_name_leads_to_its_class() {
        for (code, name) in CLASSES {
            let class = class_of(name).map(|(class, rest)| (class >> 8, rest));
            assert_eq!(class, Some((code >> 8, "")), "{name}");
        }
    }
}
