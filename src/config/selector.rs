//! How a user names devices.
//!
//! Source: ids and paths are written as the kernel writes them.

use std::fmt;
use std::str::FromStr;

use super::base::Base;
use super::location::Location;
use crate::malformed::Malformed;
use crate::pci::{Address, Device, IdPattern};

/// What a selector takes besides what its base names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing else.
    Itself,
    /// All functions of the same devices: `+functions`.
    Functions,
    /// What belongs to the graphics card: `+card`.
    Card,
    /// All members of the same IOMMU groups, bridges left out: `+group`.
    Group,
}

impl Extent {
    /// How it is written behind a base.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Itself => "",
            Self::Functions => "+functions",
            Self::Card => "+card",
            Self::Group => "+group",
        }
    }
}

/// One element of a list of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// What it names.
    pub base: Base,
    /// What it takes besides.
    pub extent: Extent,
}

impl Selector {
    /// The selector of every device with an id that the kernel's own lax rules read.
    pub fn lax_id(text: &str) -> Result<Self, Malformed> {
        IdPattern::lax(text).map(|id| Self {
            base: Base::Id(id),
            extent: Extent::Itself,
        })
    }

    /// Whether a function of the device at `address` may be named, as far as the address shows.
    pub fn may_include(&self, address: &Address) -> bool {
        if self.extent == Extent::Card {
            // Behind a switch of the card's own each part is a device of its own.
            return true;
        }
        match &self.base {
            Base::Location(Location::Address(spot))
            | Base::Identity(_, Location::Address(spot)) => spot.is_near(address),
            Base::Location(Location::Path(spot)) | Base::Identity(_, Location::Path(spot)) => {
                spot.may_end_near(address)
            }
            Base::Id(_) | Base::Class(_) | Base::SerialNumber(_) | Base::SecondaryGpus => true,
        }
    }

    /// Whether the path of the device at `address` must be known to decide.
    pub fn needs_path(&self, address: &Address) -> bool {
        match &self.base {
            Base::Location(Location::Path(path)) | Base::Identity(_, Location::Path(path)) => {
                path.may_end_at(address)
            }
            _ => false,
        }
    }

    /// Whether serial numbers must be known to decide.
    pub fn needs_serial(&self) -> bool {
        matches!(self.base, Base::SerialNumber(_))
    }

    /// Whether this device decides what the selector takes: for an identity also a device with the wrong id.
    pub fn includes(&self, device: &Device) -> bool {
        match &self.base {
            Base::Id(id) => id.matches(&device.id, device.class),
            Base::Location(spot) | Base::Identity(_, spot) => spot.matches(device),
            Base::Class(class) => class.matches(device.class),
            Base::SerialNumber(serial) => device.serial == Some(*serial),
            Base::SecondaryGpus => device.class.is_display(),
        }
    }

    /// Whether what belongs to a graphics card is taken.
    pub fn takes_cards(&self) -> bool {
        self.extent == Extent::Card || self.base == Base::SecondaryGpus
    }

    /// Whether other functions of a device may be taken than those that the base names.
    pub fn takes_functions(&self) -> bool {
        self.takes_cards() || self.extent == Extent::Functions
    }

    /// Whether the base names this device, on its own merits.
    pub fn names(&self, device: &Device) -> bool {
        let agrees = match &self.base {
            Base::Identity(id, _) => id.matches(&device.id, device.class),
            Base::SecondaryGpus => device.boot_display != Some(true),
            Base::Id(_) | Base::Location(_) | Base::Class(_) | Base::SerialNumber(_) => true,
        };
        agrees && self.includes(device)
    }

    /// Whether its base names one function on purpose: by its place, or by its whole id.
    pub fn is_for_one(&self) -> bool {
        match &self.base {
            Base::Id(id) => id.is_exact(),
            Base::Location(spot) | Base::Identity(_, spot) => spot.is_for_one(),
            Base::Class(_) | Base::SerialNumber(_) | Base::SecondaryGpus => false,
        }
    }

    /// Whether it names a whole class of devices rather than some that its author knew.
    pub fn is_class_wide(&self) -> bool {
        match &self.base {
            Base::Class(_) => true,
            Base::Id(id) => !id.is_exact(),
            Base::Location(_)
            | Base::SerialNumber(_)
            | Base::SecondaryGpus
            | Base::Identity(..) => false,
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base, self.extent.suffix())
    }
}

impl FromStr for Selector {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (base, extent) = match text.split_once('+') {
            None => (text, Extent::Itself),
            Some((base, "functions")) => (base, Extent::Functions),
            Some((base, "card")) => (base, Extent::Card),
            Some((base, "group")) => (base, Extent::Group),
            Some((_, suffix)) => {
                return Err(Malformed::new(
                    suffix,
                    "a suffix: +functions, +card or +group",
                ));
            }
        };
        Ok(Self {
            base: base.parse()?,
            extent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every form, with the way it is printed where that differs.
    const FORMS: [(&str, &str); 19] = [
        ("10de:1200", "10de:1200"),
        ("10DE:1200:1458:3510", "10de:1200:1458:3510"),
        ("8086:*", "8086:*"),
        ("10de:*:*:*:030000:ff0000", "10de:*:*:*:030000:ff0000"),
        ("10de:ffffffff", "10de:*"),
        ("0000:03:00.0", "0000:03:00.0"),
        ("03:00.1", "0000:03:00.1"),
        ("03:00.*", "0000:03:00.*"),
        ("10000:01:00.0", "10000:01:00.0"),
        ("00:01.0/00.0", "0000:00:01.0/00.0"),
        ("00:01.0/00.0/02.*", "0000:00:01.0/00.0/02.*"),
        ("class:03", "class:03"),
        ("class:nvme+group", "class:nvme+group"),
        ("secondary-gpus", "secondary-gpus"),
        ("10de:1200@03:00.0+card", "10de:1200@0000:03:00.0+card"),
        (
            "serial:A1-b2-c3-d4-e5-f6-07-08+functions",
            "serial:a1-b2-c3-d4-e5-f6-07-08+functions",
        ),
        ("10de:1200+functions", "10de:1200+functions"),
        ("10de:1200@03:00.0", "10de:1200@0000:03:00.0"),
        (
            "10de:1200@00:01.0/00.0+group",
            "10de:1200@0000:00:01.0/00.0+group",
        ),
    ];

    #[test]
    fn every_form_is_read_and_printed_so_that_it_reads_the_same() {
        for (text, wanted) in FORMS {
            let selector = text.parse::<Selector>();
            assert_eq!(
                selector.as_ref().map(ToString::to_string),
                Ok(wanted.to_owned()),
                "{text}"
            );
            assert_eq!(wanted.parse::<Selector>(), selector, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_nothing_else() {
        for (text, wanted) in [
            ("10de:xyz", r#""xyz" is not a hexadecimal device id"#),
            (
                "03:00.9",
                r#""9" is not a function number from 0 to 7, or *"#,
            ),
            (
                "10de:1200+grup",
                r#""grup" is not a suffix: +functions, +card or +group"#,
            ),
            (
                "gpu",
                r#""gpu" is not an id, an address, a path, class:..., serial:..., ID@ADDRESS or secondary-gpus"#,
            ),
            ("0b::00.1", r#""" is not a bus number from 00 to ff"#),
        ] {
            assert_eq!(
                text.parse::<Selector>().map_err(|e| e.to_string()),
                Err(wanted.to_owned()),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_what_it_takes_round_trips(
            text in "[0-9a-f*:./@+x!a-z-]{0,30}|class:[a-z0-9]{0,8}|serial:[0-9a-f]{2}(-[0-9a-f]{1,2}){6,8}|[0-9a-f:.]{7,12}(/[0-9a-f.]{3,4}){0,3}") {
            if let Ok(selector) = text.parse::<Selector>() {
                prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
            }
        }
    }
}
