//! The expansion ROM of a function: whether a copy of it is whole, and its own.
//!
//! Source: PCI Firmware Specification, "PCI Expansion ROM Contents"; `pci_get_rom_size()` in Linux's
//! drivers/pci/rom.c, which cuts what is read behind the last image that it finds.

use std::fmt;

use super::id::Id;

/// What is wrong with a ROM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RomFault {
    /// The kernel found no image in it.
    NoImage,
    /// An image does not begin with 55 aa.
    Signature([u8; 2]),
    /// An image has no PCI data structure.
    NoData,
    /// It is that of another device.
    Foreign(u16, u16),
    /// It ends before its images do.
    Short {
        /// How many bytes there are.
        has: usize,
        /// How many there must be.
        wants: usize,
    },
}

impl fmt::Display for RomFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoImage => f.write_str("the kernel finds no image in its ROM"),
            Self::Signature([first, second]) => {
                write!(
                    f,
                    "an image of its ROM begins with {first:02x} {second:02x}, not with 55 aa"
                )
            }
            Self::NoData => f.write_str("an image of its ROM does not name its device"),
            Self::Foreign(vendor, device) => {
                write!(f, "its ROM is for {vendor:04x}:{device:04x}")
            }
            Self::Short { has, wants } => {
                write!(
                    f,
                    "its ROM ends after {has} bytes, but its images have {wants}"
                )
            }
        }
    }
}

/// Checks the images in `bytes`, of the ROM of a device with this id, and returns their length together.
pub fn rom_length(bytes: &[u8], id: Id) -> Result<usize, RomFault> {
    let mut foreign = None;
    let mut ours = false;
    let mut at = 0;
    loop {
        let image = RomImage::new(bytes, at)?;
        at = image.end;
        ours |= image.vendor == id.vendor && image.devices.contains(&id.device);
        foreign = foreign.or(image.devices.first().map(|device| (image.vendor, *device)));
        // The kernel ends the file where there is no more image, whatever the last one contains.
        if image.is_last || at == bytes.len() {
            break;
        }
    }
    match foreign {
        Some((vendor, device)) if !ours => Err(RomFault::Foreign(vendor, device)),
        _ => Ok(at),
    }
}

/// What one image contains about itself.
struct RomImage {
    vendor: u16,
    devices: Vec<u16>,
    end: usize,
    is_last: bool,
}

impl RomImage {
    fn new(bytes: &[u8], start: usize) -> Result<Self, RomFault> {
        let short = |wants| RomFault::Short {
            has: bytes.len(),
            wants,
        };
        let head = word(bytes, start).ok_or(short(start + 2))?;
        if head != 0xaa55 {
            return Err(RomFault::Signature(head.to_le_bytes()));
        }
        let data = start + usize::from(word(bytes, start + 0x18).ok_or(short(start + 0x1a))?);
        let word = |at: usize| word(bytes, data + at).ok_or(RomFault::NoData);
        if bytes.get(data..data + 4) != Some(b"PCIR") {
            return Err(RomFault::NoData);
        }
        let (vendor, mut devices) = (word(4)?, vec![word(6)?]);
        // From revision 3 on there can be a list of further devices, ended by 0.
        let mut next = usize::from(word(8)?);
        if word(0xc)? & 0xff >= 3 && next > 0 {
            while let Some(device) = word(next).ok().filter(|device| *device != 0) {
                devices.push(device);
                next += 2;
            }
        }
        let end = start + usize::from(word(0x10)?) * 512;
        if end == start {
            return Err(RomFault::NoData);
        }
        if end > bytes.len() {
            return Err(short(end));
        }
        Ok(Self {
            vendor,
            devices,
            end,
            is_last: word(0x14)? & 0x8000 != 0,
        })
    }
}

/// Two bytes, the least significant first.
fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    bytes.try_into().ok().map(u16::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: Id = Id {
        vendor: 0x8086,
        device: 0x10d3,
        subvendor: 0,
        subdevice: 0,
    };

    /// An image of two blocks for this device.
    fn image(device: u16, last: bool) -> Vec<u8> {
        let mut bytes = vec![0; 1024];
        bytes[..2].copy_from_slice(b"\x55\xaa");
        bytes[0x18] = 0x1c;
        bytes[0x1c..0x20].copy_from_slice(b"PCIR");
        bytes[0x20..0x22].copy_from_slice(&0x8086_u16.to_le_bytes());
        bytes[0x22..0x24].copy_from_slice(&device.to_le_bytes());
        bytes[0x2c] = 2;
        bytes[0x31] = if last { 0x80 } else { 0 };
        bytes
    }

    #[test]
    fn the_images_are_counted_up_to_the_last() {
        assert_eq!(rom_length(&image(0x10d3, true), ID), Ok(1024));
        let two = [image(0x10d3, false), image(0x10d3, true), vec![0xff; 512]].concat();
        assert_eq!(rom_length(&two, ID), Ok(2048));
        // Where the kernel cut it, there was no other image.
        assert_eq!(rom_length(&two[..1024], ID), Ok(1024));
    }

    #[test]
    fn what_is_wrong_is_in_the_error() {
        let good = image(0x10d3, true);
        let with = |at: usize, byte| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            rom_length(&bytes, ID)
        };
        assert_eq!(with(0, 0), Err(RomFault::Signature([0, 0xaa])));
        assert_eq!(with(0x1c, 0), Err(RomFault::NoData));
        assert_eq!(with(0x2c, 0), Err(RomFault::NoData));
        assert_eq!(with(0x22, 0), Err(RomFault::Foreign(0x8086, 0x1000)));
        let short = RomFault::Short {
            has: 1000,
            wants: 1024,
        };
        assert_eq!(rom_length(&good[..1000], ID), Err(short));
        assert!(rom_length(&[], ID).is_err());
        let next = [image(0x10d3, false), vec![0; 512]].concat();
        assert_eq!(rom_length(&next, ID), Err(RomFault::Signature([0, 0])));
    }

    #[test]
    fn a_list_of_further_devices_counts() {
        let mut bytes = image(0x1000, true);
        bytes[0x24] = 0x20;
        bytes[0x3c..0x40].copy_from_slice(b"\x01\x10\xd3\x10");
        assert_eq!(
            rom_length(&bytes, ID),
            Err(RomFault::Foreign(0x8086, 0x1000))
        );
        bytes[0x28] = 3;
        assert_eq!(rom_length(&bytes, ID), Ok(1024));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(tail: Vec<u8>, at in 0usize..64, byte: u8) {
            let mut bytes = image(0x10d3, false);
            bytes[at] = byte;
            let _ = (rom_length(&tail, ID), rom_length(&[bytes, tail].concat(), ID));
        }
    }
}
