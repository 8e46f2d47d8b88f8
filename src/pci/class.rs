//! What a function is for: base class, subclass and programming interface.
//!
//! Source: Linux's include/linux/pci_ids.h.

use std::fmt;
use std::str::FromStr;

use crate::malformed::{Malformed, hex};

/// The 24-bit class code of a function, for example 0x030000 for a VGA controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class(pub u32);

impl Class {
    /// The base class: 0x03 for every display controller.
    pub fn base(self) -> u32 {
        self.0 >> 16
    }

    /// Whether it calls itself a bridge of any kind: host, ISA, PCI, other. Whether it is one, its header shows
    /// ([`Device::is_bridge`](super::Device::is_bridge)).
    pub fn is_bridge(self) -> bool {
        self.base() == 0x06
    }

    /// Whether a function of this class has a header of type 1 or 2: buses are behind it.
    pub fn has_secondary_bus(self) -> bool {
        matches!(self.0 >> 8, 0x0604 | 0x0607 | 0x0609)
    }

    /// Whether this is a display controller.
    pub fn is_display(self) -> bool {
        self.base() == 0x03
    }

    /// Whether this is a VGA controller, the display that the kernel's arbiter knows.
    pub fn is_vga(self) -> bool {
        self.0 >> 8 == 0x0300
    }

    /// Whether a screen may hang on it: a display controller, but no "3D controller", which is for computing.
    pub fn is_screen(self) -> bool {
        self.is_display() && self.0 >> 8 != 0x0302
    }

    /// Whether a function of this class can be a part of a graphics card: sound, USB, USB-C.
    pub fn is_card_part(self) -> bool {
        matches!(self.0 >> 8, 0x0401 | 0x0403 | 0x0c03 | 0x0c80)
    }

    /// Whether this is a controller of disks.
    pub fn is_storage(self) -> bool {
        self.base() == 0x01
    }

    /// Whether this is a RAID controller, as which volume management devices show themselves.
    pub fn is_raid(self) -> bool {
        self.0 >> 8 == 0x0104
    }

    /// Whether this is a controller of NVMe disks.
    pub fn is_nvme(self) -> bool {
        self.0 >> 8 == 0x0108
    }

    /// Whether this is a network card that a machine can boot through. Wi-Fi has 0280 ("other").
    pub fn is_network(self) -> bool {
        self.base() == 0x02 && self.0 >> 8 != 0x0280
    }

    /// Whether keyboards can hang on it: UHCI, OHCI, EHCI or XHCI.
    pub fn is_usb_host(self) -> bool {
        matches!(self.0, 0x0c_0300 | 0x0c_0310 | 0x0c_0320 | 0x0c_0330)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06x}", self.0)
    }
}

impl FromStr for Class {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        hex(text, 6, "a class code of six hexadecimal digits").map(Class)
    }
}

/// Name, and the classes it stands for, each as value and mask.
const NAMED: [(&str, &[(u32, u32)]); 6] = [
    ("display", &[(0x03_0000, 0xff_0000)]),
    ("network", &[(0x02_0000, 0xff_0000)]),
    ("nvme", &[(0x01_0802, 0xff_ffff)]),
    ("sata", &[(0x01_0600, 0xff_ff00)]),
    ("usb", &[(0x0c_0300, 0xff_ff00)]),
    ("audio", &[(0x04_0100, 0xff_ff00), (0x04_0300, 0xff_ff00)]),
];

/// A set of classes: by two, four or six digits, or by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassPattern {
    /// The leading `digits` (2, 4 or 6) of the class code.
    Number {
        /// The digits' value: 0x0108 for `0108`.
        value: u32,
        /// How many digits were written.
        digits: u32,
    },
    /// A name: `display`, `network`, `nvme`, `sata`, `usb`, `audio`.
    Named(&'static str),
}

impl ClassPattern {
    /// Whether `class` is one of those meant.
    pub fn matches(&self, class: Class) -> bool {
        match *self {
            Self::Number { value, digits } => class.0 >> (24 - 4 * digits.min(6)) == value,
            Self::Named(name) => NAMED
                .iter()
                .filter(|(known, _)| *known == name)
                .flat_map(|(_, classes)| classes.iter())
                .any(|(value, mask)| class.0 & mask == *value),
        }
    }
}

impl fmt::Display for ClassPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Number { value, digits } => {
                write!(f, "{value:0width$x}", width = digits as usize)
            }
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl FromStr for ClassPattern {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if let Some((name, _)) = NAMED
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
        {
            return Ok(Self::Named(name));
        }
        let wanted = "a class of two, four or six hexadecimal digits, or display, network, nvme, sata, usb, audio";
        match text.len() {
            digits @ (2 | 4 | 6) => Ok(Self::Number {
                value: hex(text, digits, wanted)?,
                digits: u32::try_from(digits).unwrap_or(6),
            }),
            _ => Err(Malformed::new(text, wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_matched_by_its_leading_digits_and_by_name() {
        for (pattern, class, wanted) in [
            ("03", 0x03_0200, true),
            ("0300", 0x03_0200, false),
            ("010802", 0x01_0802, true),
            ("nvme", 0x01_0802, true),
            ("nvme", 0x01_0803, false),
            ("Audio", 0x04_0300, true),
            ("audio", 0x04_0100, true),
            ("usb", 0x0c_0330, true),
            ("sata", 0x01_0400, false),
        ] {
            let parsed = pattern.parse::<ClassPattern>();
            assert_eq!(
                parsed.map(|p| p.matches(Class(class))),
                Ok(wanted),
                "{pattern} {class:06x}"
            );
        }
    }

    #[test]
    fn other_numbers_of_digits_and_other_names_are_refused() {
        for text in ["", "3", "030", "03000", "0300000", "gpu", "0x03"] {
            assert!(text.parse::<ClassPattern>().is_err(), "{text}");
        }
    }
}
