//! The name of a PCI driver, and its form as one word of the machine table.
//!
//! Source: `kobject_set_name_vargs()` in Linux's lib/kobject.c: sysfs takes any name and replaces `/` by `!`. Names with
//! blanks are in use: `cx88-mpeg driver manager`, `budget_ci dvb`.

use std::fmt::{self, Write};
use std::str::FromStr;

use crate::malformed::Malformed;

/// The name of a PCI driver, exactly as the kernel spells it: a directory in `/sys/bus/pci/drivers`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DriverName(Box<str>);

/// The longest name of a file.
const LONGEST: usize = 255;

impl DriverName {
    /// The driver that gives a device to user space.
    pub fn vfio_pci() -> Self {
        Self("vfio-pci".into())
    }

    /// The driver that holds a device and does nothing.
    pub fn pci_stub() -> Self {
        Self("pci-stub".into())
    }

    /// The override that keeps every driver away, as driverctl(8) writes it: no driver has this name.
    pub fn none() -> Self {
        Self("none".into())
    }

    /// Reads the name of a driver from a setting. It names a module too, so it has only the characters that names of
    /// modules have, and a list can hold it.
    pub fn from_setting(text: &str) -> Result<Self, Malformed> {
        let good =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b':');
        if text.len() > 63 || text.starts_with('.') || !text.bytes().all(good) {
            return Err(Malformed::new(text, WANTED));
        }
        text.parse()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the module that brings it, as the kernel spells module names.
    pub fn module(&self) -> String {
        self.0.replace('-', "_")
    }

    /// Whether both are drivers of one module: users and aliases may spell a driver as its module is spelled.
    pub fn is_same(&self, other: &Self) -> bool {
        self == other || self.module() == other.module()
    }

    /// Whether VFIO lets a group with a device of this driver be used.
    pub fn leaves_group_viable(&self) -> bool {
        matches!(&*self.0, "pci-stub" | "pcieport") || self.is_vfio()
    }

    /// Whether this is vfio-pci or one of its variants.
    pub fn is_vfio(&self) -> bool {
        let module = self.module();
        module == "vfio_pci" || module.ends_with("_vfio_pci")
    }

    /// The name as one word of a table, with `\x20` for a blank as systemd-escape(1) writes it; `-` alone, which stands for
    /// no driver there, is escaped as well.
    pub fn to_word(&self) -> String {
        let mut word = String::new();
        for c in self.0.chars() {
            let plain = c.is_ascii_graphic() && !matches!(c, '\\' | '#') && *self.0 != *"-";
            if plain {
                word.push(c);
            } else {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
        }
        word
    }

    /// Reads what [`DriverName::to_word`] writes.
    pub fn from_word(word: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new(word, WANTED);
        let mut parts = word.split("\\x");
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            let code = part.get(..2).ok_or_else(malformed)?;
            bytes.push(u8::from_str_radix(code, 16).map_err(|_| malformed())?);
            bytes.extend(part.bytes().skip(2));
        }
        String::from_utf8(bytes).map_err(|_| malformed())?.parse()
    }
}

const WANTED: &str = "the name of a PCI driver";

impl fmt::Display for DriverName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DriverName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bad = |c: char| c == '/' || c.is_control();
        if matches!(text, "" | "." | "..") || text.len() > LONGEST || text.contains(bad) {
            return Err(Malformed::new(text, WANTED));
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn any_name_that_sysfs_can_have_is_a_name_and_a_word_of_a_table() {
        for (name, word) in [
            ("nvme", "nvme"),
            ("HDA Intel", "HDA\\x20Intel"),
            (
                "cx88-mpeg driver manager",
                "cx88-mpeg\\x20driver\\x20manager",
            ),
            ("-", "\\x2d"),
            ("a#b", "a\\x23b"),
            ("a\\x20b", "a\\x5cx20b"),
            ("\u{fc}", "\\xc3\\xbc"),
            ("...", "..."),
        ] {
            let parsed: DriverName = name.parse().unwrap();
            assert_eq!(parsed.to_word(), word);
            assert_eq!(DriverName::from_word(word), Ok(parsed));
        }
    }

    #[test]
    fn what_no_directory_can_be_called_is_not_a_name() {
        let long = "x".repeat(256);
        for text in ["", ".", "..", "a/b", "a\nb", "a\u{9b}b", &long] {
            assert!(text.parse::<DriverName>().is_err(), "{text:?}");
        }
        for word in ["", "\\x2f", "\\x", "\\x2", "\\xzz", "\\xff", "\\x2\u{e9}"] {
            assert!(DriverName::from_word(word).is_err(), "{word:?}");
        }
    }

    #[test]
    fn a_setting_names_a_driver_that_a_list_can_hold() {
        for text in ["", "HDA Intel", "a,b", "a@b", ".a", "a#", "\u{fc}"] {
            assert!(DriverName::from_setting(text).is_err(), "{text:?}");
        }
        assert!(DriverName::from_setting("mlx5_vfio_pci").is_ok());
    }

    proptest! {
        #[test]
        fn a_name_survives_as_a_word(name in "\\PC{0,9}|[-#\\\\x20 ]{0,9}") {
            if let Ok(name) = name.parse::<DriverName>() {
                let word = name.to_word();
                prop_assert!(!word.contains(char::is_whitespace) && word != "-");
                prop_assert_eq!(DriverName::from_word(&word), Ok(name));
            }
        }
    }
}
