//! Where a function sits now: `domain:bus:device.function`.
//!
//! Source: `dev_set_name()` in Linux's drivers/pci/probe.c (`%04x:%02x:%02x.%d`).

use std::fmt;
use std::str::FromStr;

use crate::malformed::{Malformed, hex};

/// The address of one PCI function. Domains may have more than four digits (Intel VMD starts at 10000).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The PCI domain (segment), 32 bits.
    pub domain: u32,
    /// The bus number.
    pub bus: u8,
    /// The device number, at most 0x1f.
    pub device: u8,
    /// The function number, at most 7.
    pub function: u8,
}

impl Address {
    /// Whether both addresses are functions of one device.
    pub fn same_device(&self, other: &Self) -> bool {
        (self.domain, self.bus, self.device) == (other.domain, other.bus, other.device)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04x}:{:02x}:{:02x}.{:x}",
            self.domain, self.bus, self.device, self.function
        )
    }
}

impl FromStr for Address {
    type Err = Malformed;

    /// Reads `[domain:]bus:device.function`, all hexadecimal; the domain is 0 where it is left out.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let pattern: AddressPattern = text.parse()?;
        let function = pattern
            .function
            .ok_or_else(|| Malformed::new(text, "the address of one function"))?;
        Ok(Self {
            function,
            ..pattern.first
        })
    }
}

/// One function, or with `*` every function of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressPattern {
    /// Domain, bus and device; its function is 0 where `function` is `None`.
    first: Address,
    /// The function, `None` for any.
    function: Option<u8>,
}

impl AddressPattern {
    /// Whether one function is meant.
    pub fn is_for_one(&self) -> bool {
        self.function.is_some()
    }

    /// Whether `address` is one of those meant.
    pub fn matches(&self, address: &Address) -> bool {
        self.first.same_device(address) && self.function.is_none_or(|f| f == address.function)
    }

    /// Whether `address` is a function of the device meant.
    pub fn is_near(&self, address: &Address) -> bool {
        self.first.same_device(address)
    }
}

impl fmt::Display for AddressPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address {
            domain,
            bus,
            device,
            ..
        } = self.first;
        match self.function {
            Some(_) => self.first.fmt(f),
            None => write!(f, "{domain:04x}:{bus:02x}:{device:02x}.*"),
        }
    }
}

impl FromStr for AddressPattern {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (buses, place) = text
            .rsplit_once(':')
            .ok_or_else(|| Malformed::new(text, "an address like 03:00.0"))?;
        let (domain, bus) = buses.rsplit_once(':').unwrap_or(("0", buses));
        // Proxmox writes a device with all its functions as 01:00.
        let (device, function) = match place.split_once('.') {
            Some((device, function)) => device_and(device, function)?,
            None => device_and(place, "*")?,
        };
        let first = Address {
            domain: hex(domain, 8, "a hexadecimal PCI domain")?,
            bus: byte(bus, "a bus number from 00 to ff")?,
            device,
            function: function.unwrap_or(0),
        };
        Ok(Self { first, function })
    }
}

/// Reads `device.function`, where the function may be `*` (`None`).
pub(super) fn device_function(text: &str) -> Result<(u8, Option<u8>), Malformed> {
    let (device, function) = text
        .split_once('.')
        .ok_or_else(|| Malformed::new(text, "a device and function like 00.0"))?;
    device_and(device, function)
}

fn device_and(device: &str, function: &str) -> Result<(u8, Option<u8>), Malformed> {
    let number = byte(device, "a device number from 00 to 1f")?;
    if number > 0x1f {
        return Err(Malformed::new(device, "a device number from 00 to 1f"));
    }
    match function {
        "*" => Ok((number, None)),
        "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" => Ok((number, function.parse().ok())),
        _ => Err(Malformed::new(
            function,
            "a function number from 0 to 7, or *",
        )),
    }
}

/// Reads one or two hexadecimal digits.
pub(super) fn byte(text: &str, wanted: &'static str) -> Result<u8, Malformed> {
    u8::try_from(hex(text, 2, wanted)?).map_err(|_| Malformed::new(text, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_address_survives_printing_and_reading(domain: u32, bus: u8, device in 0u8..32, function in 0u8..8) {
            let address = Address { domain, bus, device, function };
            prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
        }

        #[test]
        fn no_text_makes_the_address_parser_panic(text: String) {
            let _ = text.parse::<AddressPattern>();
        }
    }

    #[test]
    fn a_domain_may_be_left_out_or_have_five_digits() {
        assert_eq!(
            "3:0.1".parse::<Address>().map(|a| a.to_string()),
            Ok("0000:03:00.1".into())
        );
        assert_eq!(
            "10000:e0:01.0".parse::<Address>().map(|a| a.to_string()),
            Ok("10000:e0:01.0".into())
        );
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        for (text, wrong) in [
            ("00:20.0", "20"),
            ("00:1f.8", "8"),
            ("100:00.0", "100"),
            ("00:00.0x", "0x"),
        ] {
            assert_eq!(
                text.parse::<AddressPattern>().map_err(|e| e.given),
                Err(wrong.to_owned()),
                "{text}"
            );
        }
        assert!("03:00.*".parse::<Address>().is_err());
    }
}
