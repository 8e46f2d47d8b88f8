//! What a text leaves open about the machine that it describes.
//!
//! Source: what lspci does not print, each of its forms less than the one before; a running machine leaves nothing of this
//! open.

use std::fmt;
use std::str::FromStr;

use crate::malformed::Malformed;

/// Facts that are not known, which is not the same as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Whether there is an IOMMU, whose, and whether interrupts are remapped.
    pub iommu: bool,
    /// The IOMMU groups of the devices.
    pub groups: bool,
    /// The drivers of the devices.
    pub drivers: bool,
    /// The subsystem ids of the devices.
    pub subsystems: bool,
    /// The classes of devices that have number 0 in their place.
    pub classes: bool,
    /// The last two digits of their classes, of controllers that a driver is chosen by them for.
    pub interfaces: bool,
    /// How many virtual functions a device can have.
    pub virtual_functions: bool,
    /// Which drivers the kernel could load.
    pub modules: bool,
    /// On which display the firmware booted.
    pub boot_display: bool,
    /// How the kernel could reset the devices, and what else of them it lets be changed.
    pub resets: bool,
}

/// The words of the machine table.
const WORDS: [&str; 10] = [
    "iommu",
    "groups",
    "drivers",
    "subsystems",
    "classes",
    "interfaces",
    "virtual-functions",
    "modules",
    "boot-display",
    "resets",
];

impl Unknown {
    fn field(&mut self, word: &str) -> Option<&mut bool> {
        match word {
            "iommu" => Some(&mut self.iommu),
            "groups" => Some(&mut self.groups),
            "drivers" => Some(&mut self.drivers),
            "subsystems" => Some(&mut self.subsystems),
            "classes" => Some(&mut self.classes),
            "interfaces" => Some(&mut self.interfaces),
            "virtual-functions" => Some(&mut self.virtual_functions),
            "modules" => Some(&mut self.modules),
            "boot-display" => Some(&mut self.boot_display),
            "resets" => Some(&mut self.resets),
            _ => None,
        }
    }

    /// Whether it is a text that leaves something open, and not a boot to come, which leaves the IOMMU and its groups open.
    pub fn is_of_text(&self) -> bool {
        let (iommu, groups) = (false, false);
        let rest = Self {
            iommu,
            groups,
            ..*self
        };
        !rest.is_empty()
    }

    /// Whether nothing is left open.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut copy = *self;
        let open = |word: &&str| copy.field(word).is_some_and(|open| *open);
        let words: Vec<&str> = WORDS.into_iter().filter(open).collect();
        f.write_str(&words.join(" "))
    }
}

impl FromStr for Unknown {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut unknown = Self::default();
        for word in text.split_whitespace() {
            let wanted = "iommu, groups, drivers, subsystems, classes, interfaces, virtual-functions, modules, \
                          boot-display or resets";
            let field = unknown.field(word);
            *field.ok_or_else(|| Malformed::new(word, wanted))? = true;
        }
        Ok(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_a_fact_and_is_printed_again() {
        let all = WORDS.join(" ").parse::<Unknown>();
        assert_eq!(all.as_ref().map(ToString::to_string), Ok(WORDS.join(" ")));
        for word in WORDS {
            let one = word.parse::<Unknown>();
            assert_eq!(one.as_ref().map(ToString::to_string), Ok(word.to_owned()));
            assert_ne!(one, all);
        }
        assert!("colour".parse::<Unknown>().is_err());
    }
}
