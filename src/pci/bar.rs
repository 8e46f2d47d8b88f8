//! The sizes that a base address register can have: PCI Express' Resizable BAR.
//!
//! Source: `resourceN_resize` in Linux's Documentation/ABI/testing/sysfs-bus-pci: it reads as a mask and takes the
//! number of a bit, where bit n stands for 2^(n+20) bytes.

use std::fmt;
use std::str::FromStr;

use crate::malformed::Malformed;

/// The registers of a function that have such a file.
pub(crate) const BARS: [u8; 6] = [0, 1, 2, 3, 4, 5];
/// The largest size that the capability has a bit for.
const LARGEST: u8 = 43;

/// A size by the number of its bit: 8 is 256 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarSize(pub u8);

impl BarSize {
    /// The size with so many bytes.
    pub fn of_bytes(bytes: u64) -> Option<Self> {
        let bit = u8::try_from(bytes.trailing_zeros().checked_sub(20)?).ok()?;
        (bytes.is_power_of_two() && bit <= LARGEST).then_some(Self(bit))
    }
}

impl fmt::Display for BarSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = ["M", "G", "T", "P", "E"].get(usize::from(self.0 / 10));
        write!(f, "{}{}", 1 << (self.0 % 10), unit.unwrap_or(&""))
    }
}

impl FromStr for BarSize {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new(text, "a size like 256M or 1G, a power of two");
        let last = text.chars().last().ok_or_else(malformed)?;
        let unit = match last {
            'M' | 'm' => 20,
            'G' | 'g' => 30,
            'T' | 't' => 40,
            _ => return Err(malformed()),
        };
        let number = text.strip_suffix(last).unwrap_or_default();
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse::<u64>().ok().filter(|_| digits);
        let bytes = number.and_then(|number| number.checked_mul(1 << unit));
        bytes.and_then(Self::of_bytes).ok_or_else(malformed)
    }
}

/// The sizes that one register can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resizable {
    /// The number of the register.
    pub bar: u8,
    /// A bit for each size.
    pub sizes: u64,
}

impl Resizable {
    /// Whether it can have `size`.
    pub fn offers(&self, size: BarSize) -> bool {
        self.sizes >> size.0 & 1 == 1
    }

    /// Its sizes in words, `between` them.
    pub fn list(&self, between: &str) -> String {
        let sizes = (0..=LARGEST).map(BarSize);
        let offered = sizes.filter(|size| self.offers(*size));
        let words: Vec<String> = offered.map(|size| size.to_string()).collect();
        words.join(between)
    }
}

impl fmt::Display for Resizable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.bar, self.list("+"))
    }
}

impl FromStr for Resizable {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (bar, list) = text.split_once(':').unwrap_or((text, ""));
        let bar = bar_number(bar)?;
        let mut sizes = 0;
        for size in list.split('+') {
            sizes |= 1 << size.parse::<BarSize>()?.0;
        }
        Ok(Self { bar, sizes })
    }
}

/// Reads the number of a register.
pub(crate) fn bar_number(text: &str) -> Result<u8, Malformed> {
    let number = text.parse().ok().filter(|bar| BARS.contains(bar));
    number.ok_or_else(|| Malformed::new(text, "the number of a BAR from 0 to 5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_power_of_two_and_printed_as_it_is_read() {
        for (text, bit) in [("1M", 0), ("256M", 8), ("1G", 10), ("512G", 19), ("8T", 23)] {
            let size = text.parse::<BarSize>();
            assert_eq!(size, Ok(BarSize(bit)));
            assert_eq!(BarSize(bit).to_string(), text);
        }
        assert_eq!("1024m".parse(), Ok(BarSize(10)));
        for text in [
            "",
            "M",
            "0M",
            "3M",
            "256",
            "+1M",
            "1K",
            "16777216T",
            "99999999T",
        ] {
            assert!(text.parse::<BarSize>().is_err(), "{text}");
        }
        for bytes in [0, 1, 1 << 19, (1 << 20) + 1] {
            assert_eq!(BarSize::of_bytes(bytes), None, "{bytes}");
        }
    }

    #[test]
    fn the_sizes_of_a_register_survive_printing_and_reading() {
        let one = Resizable {
            bar: 2,
            sizes: 0x500,
        };
        assert_eq!(one.to_string(), "2:256M+1G");
        assert_eq!("2:256M+1G".parse(), Ok(one));
        assert!(one.offers(BarSize(8)) && !one.offers(BarSize(9)));
        for text in ["", "6:1M", "0", "0:", "0:1M,2M"] {
            assert!(text.parse::<Resizable>().is_err(), "{text}");
        }
    }
}
