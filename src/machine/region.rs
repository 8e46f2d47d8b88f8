//! Memory that an IOMMU group's devices see where the firmware put it.
//!
//! Source: Linux's Documentation/ABI/testing/sysfs-kernel-iommu_groups.

use std::fmt;
use std::str::FromStr;

use crate::malformed::Malformed;
use crate::pci::GroupId;
use crate::sys::{Root, SysPath};

/// A region of memory that is reserved in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The group.
    pub group: GroupId,
    /// The first byte.
    pub start: u64,
    /// The last byte.
    pub end: u64,
    /// What the kernel calls it: `direct`, `direct-relaxable`, `msi`, `reserved`.
    pub kind: Box<str>,
}

impl Region {
    /// Reads the regions of `group`, none where the kernel does not show them.
    pub(super) fn read(root: &Root, group: GroupId) -> Vec<Self> {
        let text = root
            .attribute(SysPath::GroupRegions(group))
            .unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().map(|line| format!("{group}: {line}"));
        lines.filter_map(|line| line.parse().ok()).collect()
    }

    /// Whether the firmware must reach it through the same addresses all the time (RMRR): no virtual machine gets the group
    /// then. What is relaxable is needed until a driver takes over.
    pub fn is_direct(&self) -> bool {
        &*self.kind == "direct"
    }
}

/// As in the machine table: the group, a colon, and the kernel's own line.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            group,
            start,
            end,
            kind,
        } = self;
        write!(f, "{group}: {start:#018x} {end:#018x} {kind}")
    }
}

impl FromStr for Region {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new(text, "a group and its region: 4: 0x0 0xfff direct");
        let (group, line) = text.split_once(':').ok_or_else(malformed)?;
        let mut words = line.split_whitespace();
        let mut number = || u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok();
        let (Some(start), Some(end)) = (number(), number()) else {
            return Err(malformed());
        };
        let kind = words.next().ok_or_else(malformed)?.into();
        let group = group.trim().parse()?;
        match words.next() {
            None if start <= end => Ok(Self {
                group,
                start,
                end,
                kind,
            }),
            _ => Err(malformed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_survives_reading_and_printing() {
        let text = "4: 0x00000000feeff000 0x00000000feefffff direct";
        let region = text.parse::<Region>();
        assert_eq!(
            region.as_ref().map(ToString::to_string),
            Ok(text.to_owned())
        );
        assert!(region.is_ok_and(|region| region.is_direct()));
        let relaxable = "4: 0x0 0xfff direct-relaxable".parse::<Region>();
        assert!(relaxable.is_ok_and(|region| !region.is_direct()));
    }

    #[test]
    fn what_is_no_region_is_an_error() {
        for text in [
            "",
            "4:",
            "4: 0x0 0xfff",
            "x: 0x0 0xf msi",
            "4: 1 2 msi",
            "4: 0x2 0x1 msi",
            "4: 0x0 0x1 msi x",
        ] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
