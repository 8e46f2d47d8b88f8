//! A place on the bus, where a selector names one.

use std::fmt;
use std::str::FromStr;

use crate::malformed::Malformed;
use crate::pci::{AddressPattern, Device, PathPattern};

/// A place on the bus: by address or by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// `03:00.0`, `03:00.*`.
    Address(AddressPattern),
    /// `00:01.0/00.0`.
    Path(PathPattern),
}

impl Location {
    /// Whether it is that of one function.
    pub(super) fn is_for_one(&self) -> bool {
        match self {
            Self::Address(pattern) => pattern.is_for_one(),
            Self::Path(pattern) => pattern.is_for_one(),
        }
    }

    pub(super) fn matches(&self, device: &Device) -> bool {
        match self {
            Self::Address(pattern) => pattern.matches(&device.address),
            Self::Path(pattern) => device
                .path
                .as_ref()
                .is_some_and(|path| pattern.matches(path)),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(pattern) => pattern.fmt(f),
            Self::Path(pattern) => pattern.fmt(f),
        }
    }
}

impl FromStr for Location {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.contains('/') {
            text.parse().map(Self::Path)
        } else {
            text.parse().map(Self::Address)
        }
    }
}
