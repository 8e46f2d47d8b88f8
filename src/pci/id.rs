//! The ids of a function: vendor, device and subsystem, and patterns over them.
//!
//! Source: `pci_match_one_device()` in Linux's drivers/pci/pci.h.

use std::fmt;
use std::str::FromStr;

use super::class::Class;
use crate::malformed::{Malformed, hex};

/// PCI_ANY_ID: the field value that matches everything.
pub const ANY: u32 = u32::MAX;

/// Vendor and device of a function and of its subsystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    /// The vendor, for example 0x10de.
    pub vendor: u16,
    /// The device, as its vendor numbers it.
    pub device: u16,
    /// The vendor of the board.
    pub subvendor: u16,
    /// The board, as its vendor numbers it.
    pub subdevice: u16,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.device)
    }
}

/// `vendor:device[:subvendor[:subdevice[:class[:mask]]]]`, the kernel's `struct pci_device_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdPattern {
    /// The vendor or [`ANY`]; the kernel accepts values over 16 bits, which match nothing.
    pub vendor: u32,
    /// The device or [`ANY`].
    pub device: u32,
    /// The subsystem's vendor or [`ANY`].
    pub subvendor: u32,
    /// The subsystem's device or [`ANY`].
    pub subdevice: u32,
    /// The class code, compared where `mask` has a bit.
    pub class: u32,
    /// Which bits of the class count; 0 for any class.
    pub mask: u32,
}

impl IdPattern {
    /// Whether a function with this id and class is meant.
    pub fn matches(&self, id: &Id, class: Class) -> bool {
        let field = |pattern: u32, value: u16| pattern == ANY || pattern == u32::from(value);
        field(self.vendor, id.vendor)
            && field(self.device, id.device)
            && field(self.subvendor, id.subvendor)
            && field(self.subdevice, id.subdevice)
            && (self.class ^ class.0) & self.mask == 0
    }

    /// Whether vendor and device are both given, so that a second match is a twin and not intended.
    pub fn is_exact(&self) -> bool {
        self.vendor != ANY && self.device != ANY
    }
}

impl fmt::Display for IdPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [self.vendor, self.device, self.subvendor, self.subdevice];
        let last = fields
            .iter()
            .rposition(|field| *field != ANY)
            .map_or(2, |index| index.max(1) + 1);
        let shown = if self.mask == 0 {
            last.max(2)
        } else {
            fields.len()
        };
        for (index, field) in fields.iter().take(shown).enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            match *field {
                ANY => write!(f, "{colon}*")?,
                value => write!(f, "{colon}{value:04x}")?,
            }
        }
        match self.mask {
            0 => Ok(()),
            0xff_ffff => write!(f, ":{:06x}", self.class),
            mask => write!(f, ":{:06x}:{mask:06x}", self.class),
        }
    }
}

impl FromStr for IdPattern {
    type Err = Malformed;

    /// The strict reading: every field whole and in range, nothing behind the last, a class without a mask means that
    /// class.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut fields = text.split(':');
        let vendor = number(fields.next().unwrap_or(""), "a hexadecimal vendor id")?;
        let device = match fields.next() {
            Some(device) => number(device, "a hexadecimal device id")?,
            None => return Err(Malformed::new(text, "an id like 10de:1200")),
        };
        let subvendor = fields
            .next()
            .map_or(Ok(ANY), |f| number(f, "a hexadecimal subsystem vendor id"))?;
        let subdevice = fields
            .next()
            .map_or(Ok(ANY), |f| number(f, "a hexadecimal subsystem device id"))?;
        let class = fields.next().map(class_code).transpose()?;
        let mask = match (class, fields.next()) {
            (_, Some(mask)) => hex(unprefixed(mask), 8, "a hexadecimal class mask")?,
            (Some(_), None) => 0xff_ffff,
            (None, None) => 0,
        };
        match fields.next() {
            Some(junk) => Err(Malformed::new(junk, "wanted after the class mask")),
            None => Ok(Self {
                vendor,
                device,
                subvendor,
                subdevice,
                class: class.unwrap_or(0) & mask,
                mask: mask & 0xff_ffff,
            }),
        }
    }
}

/// A 16-bit field of the strict reading, `*` or `ffffffff` for any.
fn number(text: &str, wanted: &'static str) -> Result<u32, Malformed> {
    match text {
        "*" => Ok(ANY),
        _ => match hex(unprefixed(text), 8, wanted).map_err(|_| Malformed::new(text, wanted))? {
            value if value <= 0xffff || value == ANY => Ok(value),
            _ => Err(Malformed::new(text, wanted)),
        },
    }
}

/// A class of the strict reading: six digits, because `0300` would mean 000300.
fn class_code(text: &str) -> Result<u32, Malformed> {
    let wanted = "a class of six hexadecimal digits";
    match hex(unprefixed(text), 8, wanted)? {
        value if unprefixed(text).len() >= 6 && value <= 0xff_ffff => Ok(value),
        _ => Err(Malformed::new(text, wanted)),
    }
}

fn unprefixed(text: &str) -> &str {
    text.strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DISK: Id = Id {
        vendor: 0x1b36,
        device: 0x0010,
        subvendor: 0x1af4,
        subdevice: 0x1100,
    };
    const NVME: Class = Class(0x01_0802);

    #[test]
    fn the_strict_reading_takes_nothing_that_the_kernel_would_cut() {
        for text in [
            "1b36:0010zzz",
            "1b36:0010:",
            "1b36:0010;8086:10d3",
            "1b36",
            "11b36:0010",
            "8086:1:2:3:4:5:6",
            "1b36:0010:*:*:0300",
            "+1b36:0010",
            "1b36: 0010",
        ] {
            assert!(text.parse::<IdPattern>().is_err(), "{text}");
        }
        let class = "1b36:*:*:*:010802".parse::<IdPattern>();
        assert_eq!(
            class.map(|p| (p.matches(&DISK, NVME), p.matches(&DISK, Class(0x03_0000)))),
            Ok((true, false))
        );
    }

    proptest! {
        #[test]
        fn a_pattern_survives_printing_and_reading(
            vendor in prop_oneof![Just(ANY), 0u32..0x1_0000], device in prop_oneof![Just(ANY), 0u32..0x1_0000],
            subvendor in prop_oneof![Just(ANY), 0u32..0x1_0000], subdevice in prop_oneof![Just(ANY), 0u32..0x1_0000],
            class in 0u32..0x100_0000, mask in prop_oneof![Just(0u32), Just(0xff_ffff), 0u32..0x100_0000]) {
            let pattern = IdPattern { vendor, device, subvendor, subdevice, class: class & mask, mask };
            prop_assert_eq!(pattern.to_string().parse::<IdPattern>(), Ok(pattern));
        }

        #[test]
        fn where_the_strict_reading_agrees_with_the_kernels_grammar_both_match_the_same(
            vendor in 0u16.., device in 0u16..) {
            let text = format!("{vendor:04x}:{device:04x}");
            prop_assert_eq!(text.parse::<IdPattern>(), IdPattern::lax(&text));
        }

        #[test]
        fn no_text_makes_an_id_parser_panic(text: String) {
            let _ = (text.parse::<IdPattern>(), IdPattern::lax(&text));
        }
    }
}
