//! The capability that a physical function makes virtual ones with, as `lspci -vv` prints it.
//!
//! Source: `cap_sriov()` in ls-ecaps.c of pciutils 3.9 and 3.13.

use super::line::after;

/// The capability of a physical function; all zero where it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sriov {
    pub(super) total: u16,
    pub(super) count: u16,
    pub(super) offset: u16,
    pub(super) stride: u16,
    pub(super) device: u16,
}

impl Sriov {
    /// Reads what follows `Initial VFs:`: `8, Total VFs: 8, Number of VFs: 3`.
    pub(super) fn take_counts(&mut self, text: &str) {
        self.total = decimal(text, "Total VFs: ");
        self.count = decimal(text, "Number of VFs: ");
    }

    /// Reads what follows `VF offset:`: `2, stride: 1, Device ID: 1018`.
    pub(super) fn take_places(&mut self, text: &str) {
        self.offset = decimal(text, "");
        self.stride = decimal(text, "stride: ");
        let device = after(text, "Device ID: ");
        self.device = device.map_or(0, |id| u16::from_str_radix(id, 16).unwrap_or(0));
    }
}

/// The number behind `word`; 0 where there is none.
fn decimal(text: &str, word: &str) -> u16 {
    let number = after(text, word).and_then(|number| number.parse().ok());
    number.unwrap_or(0)
}
