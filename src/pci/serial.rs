//! The PCIe Device Serial Number, which distinguishes identical cards, whatever their addresses.
//!
//! Source: PCI Express Base Specification, "Device Serial Number Extended Capability"; the notation is that of lspci
//! and of the kernel's `serial_number` file.

use std::fmt;
use std::str::FromStr;

use crate::malformed::{Malformed, hex};

/// Where the extended capabilities begin in the configuration space.
const FIRST: usize = 0x100;
/// The capability with the serial number.
const DEVICE_SERIAL_NUMBER: u32 = 0x0003;
/// As many capabilities as fit into the space behind [`FIRST`]: a loop in the list ends here.
const MOST: usize = (4096 - FIRST) / 8;

/// A serial number of eight bytes, the most significant first: `52-54-00-ff-ff-12-34-56`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SerialNumber(u64);

impl SerialNumber {
    /// Looks for the serial number in a device's configuration space.
    ///
    /// `None` where the device has none, where the space is not whole (64 bytes are all that users other than root
    /// get), and for all zeros or all ones, which boards without a number of their own show.
    pub fn from_config(config: &[u8]) -> Option<Self> {
        let mut at = FIRST;
        for _ in 0..MOST {
            let header = word(config, at)?;
            if header & 0xffff == DEVICE_SERIAL_NUMBER {
                let (low, high) = (word(config, at + 4)?, word(config, at + 8)?);
                let number = u64::from(high) << 32 | u64::from(low);
                return Self(number).if_unique();
            }
            let next = usize::try_from(header >> 20).ok()? & !3;
            if next < FIRST || header == u32::MAX {
                return None;
            }
            at = next;
        }
        None
    }

    /// The number, unless it is all zeros or all ones, which boards without a number of their own show.
    pub fn if_unique(self) -> Option<Self> {
        (!matches!(self.0, 0 | u64::MAX)).then_some(self)
    }
}

/// Four bytes, the least significant first.
fn word(config: &[u8], at: usize) -> Option<u32> {
    let bytes = config.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.to_be_bytes().iter().enumerate() {
            write!(f, "{}{byte:02x}", if index == 0 { "" } else { "-" })?;
        }
        Ok(())
    }
}

impl FromStr for SerialNumber {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wanted = "a serial number like a1-b2-c3-d4-e5-f6-07-08";
        let (mut number, mut bytes) = (0, 0);
        for part in text.split('-') {
            let byte = hex(part, 2, wanted).ok().filter(|_| part.len() == 2);
            let byte = byte.ok_or_else(|| Malformed::new(text, wanted))?;
            number = number << 8 | u64::from(byte);
            bytes += 1;
        }
        match bytes {
            8 => Ok(Self(number)),
            _ => Err(Malformed::new(text, wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A configuration space with these words.
    fn config(words: &[(usize, u32)]) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        for (at, word) in words {
            bytes[*at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    proptest! {
        #[test]
        fn a_serial_number_survives_printing_and_reading(number: u64) {
            prop_assert_eq!(SerialNumber(number).to_string().parse::<SerialNumber>(), Ok(SerialNumber(number)));
        }

        #[test]
        fn no_text_and_no_config_makes_the_parser_panic(text: String, bytes: Vec<u8>) {
            let _ = (text.parse::<SerialNumber>(), SerialNumber::from_config(&[vec![0xff; FIRST], bytes].concat()));
        }
    }

    #[test]
    fn the_list_of_capabilities_is_walked_to_the_serial_number() {
        // As an e1000e with the MAC 52:54:00:12:34:56 shows it, behind another capability.
        let card = config(&[
            (0x100, 0x1401_0001),
            (0x140, 0x0001_0003),
            (0x144, 0xff12_3456),
            (0x148, 0x5254_00ff),
        ]);
        let serial = SerialNumber::from_config(&card).map(|serial| serial.to_string());
        assert_eq!(serial, Some("52-54-00-ff-ff-12-34-56".into()));
        assert_eq!(SerialNumber::from_config(&card[..64]), None);
        assert_eq!(SerialNumber::from_config(&card[..0x148]), None);
    }

    #[test]
    fn what_is_no_serial_number_is_none() {
        for words in [
            vec![],
            vec![(0x100, u32::MAX)],
            vec![(0x100, 0x1001_0001)],
            vec![(0x100, 0x0001_0003)],
            vec![(0x100, 0x0001_0003), (0x104, u32::MAX), (0x108, u32::MAX)],
        ] {
            assert_eq!(
                SerialNumber::from_config(&config(&words)),
                None,
                "{words:x?}"
            );
        }
    }

    #[test]
    fn a_serial_number_has_eight_bytes_of_two_digits() {
        for text in [
            "",
            "-",
            "a1-b2",
            "a1-b2-c3-d4-e5-f6-07-8",
            "a1-b2-c3-d4-e5-f6-07-08-09",
            "a1b2c3d4e5f60708",
        ] {
            assert!(text.parse::<SerialNumber>().is_err(), "{text}");
        }
    }
}
