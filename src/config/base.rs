//! What a selector names by itself, in the forms that a user writes.

use std::fmt;
use std::str::FromStr;

use super::location::Location;
use crate::malformed::Malformed;
use crate::pci::{ClassPattern, IdPattern, SerialNumber};

/// What a selector names by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Every device with this id: `10de:1200`.
    Id(IdPattern),
    /// What sits there: `03:00.0`, `00:01.0/00.0`.
    Location(Location),
    /// Every device of a class: `class:nvme`.
    Class(ClassPattern),
    /// What has this serial number: `serial:a1-b2-c3-d4-e5-f6-07-08`.
    SerialNumber(SerialNumber),
    /// `secondary-gpus`: every display controller but the one the firmware booted on, with what belongs to
    /// its card.
    SecondaryGpus,
    /// The device there, only if its id agrees: `10de:1200@03:00.0`.
    Identity(IdPattern, Location),
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Location(spot) => spot.fmt(f),
            Self::Class(class) => write!(f, "class:{class}"),
            Self::SerialNumber(serial) => write!(f, "serial:{serial}"),
            Self::SecondaryGpus => f.write_str("secondary-gpus"),
            Self::Identity(id, spot) => write!(f, "{id}@{spot}"),
        }
    }
}

impl FromStr for Base {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text == "secondary-gpus" {
            Ok(Self::SecondaryGpus)
        } else if let Some(class) = text.strip_prefix("class:") {
            class.parse().map(Self::Class)
        } else if let Some(serial) = text.strip_prefix("serial:") {
            serial.parse().map(Self::SerialNumber)
        } else if let Some((id, spot)) = text.split_once('@') {
            Ok(Self::Identity(id.parse()?, spot.parse()?))
        } else if text.contains(['/', '.']) || is_without_function(text) {
            text.parse().map(Self::Location)
        } else if text.contains(':') {
            text.parse().map(Self::Id)
        } else {
            Err(Malformed::new(
                text,
                "an id, an address, a path, class:..., serial:..., ID@ADDRESS or secondary-gpus",
            ))
        }
    }
}

/// Whether `text` is an address that ends with the device: `01:00`, `0000:01:00`, `10000:01:00`. As ids these would be of
/// vendors and devices that do not exist.
fn is_without_function(text: &str) -> bool {
    let fields: Vec<&str> = text.split(':').collect();
    let (domain, place) = match fields.as_slice() {
        [bus, device] => ("0000", [bus, device]),
        [domain, bus, device] => (*domain, [bus, device]),
        _ => return false,
    };
    let hexadecimal = |field: &str| field.bytes().all(|digit| digit.is_ascii_hexdigit());
    (4..=8).contains(&domain.len())
        && hexadecimal(domain)
        && place
            .into_iter()
            .all(|field| field.len() == 2 && hexadecimal(field))
}
