//! The layout of a function's configuration header, which shows whether buses are behind it.
//!
//! Source: PCI Local Bus Specification, "Header Type"; `pci_hdr_type()` in Linux's drivers/pci/probe.c.

use std::fmt;
use std::str::FromStr;

use crate::malformed::Malformed;

/// The layout of a function's configuration header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderType {
    /// Type 0: a function without buses behind it, whatever its class.
    Endpoint,
    /// Type 1: a bridge to another PCI bus.
    PciBridge,
    /// Type 2: a bridge to a CardBus.
    CardBusBridge,
}

impl HeaderType {
    /// Where the type is in the configuration space.
    const OFFSET: usize = 0x0e;
    /// The bit of a device with several functions.
    const SEVERAL_FUNCTIONS: u8 = 0x80;

    /// The type in the first bytes of a configuration space; `None` where it has no such type, as that of a device that
    /// does not answer.
    pub fn from_config(config: &[u8]) -> Option<Self> {
        match config.get(Self::OFFSET)? & !Self::SEVERAL_FUNCTIONS {
            0 => Some(Self::Endpoint),
            1 => Some(Self::PciBridge),
            2 => Some(Self::CardBusBridge),
            _ => None,
        }
    }
}

impl fmt::Display for HeaderType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Endpoint => "0",
            Self::PciBridge => "1",
            Self::CardBusBridge => "2",
        })
    }
}

impl FromStr for HeaderType {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "0" => Ok(Self::Endpoint),
            "1" => Ok(Self::PciBridge),
            "2" => Ok(Self::CardBusBridge),
            _ => Err(Malformed::new(text, "a header type: 0, 1 or 2")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_in_the_low_bits_of_its_byte() {
        let config = |byte| {
            let mut config = [0; 64];
            config[0x0e] = byte;
            HeaderType::from_config(&config)
        };
        assert_eq!(config(0x00), Some(HeaderType::Endpoint));
        assert_eq!(config(0x80), Some(HeaderType::Endpoint));
        assert_eq!(config(0x81), Some(HeaderType::PciBridge));
        assert_eq!(config(0x02), Some(HeaderType::CardBusBridge));
        assert_eq!(config(0xff), None);
        assert_eq!(HeaderType::from_config(&[0; 14]), None);
    }
}
