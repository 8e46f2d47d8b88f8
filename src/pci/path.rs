//! How to walk to a function through the bridges: stable when bus numbers move.
//!
//! Source: `pci_dev_str_match_path()` in Linux's drivers/pci/pci.c and the `pci=` option in
//! Documentation/admin-guide/kernel-parameters.txt.

use std::fmt;
use std::str::FromStr;

use super::address::{Address, byte, device_function};
use crate::malformed::{Malformed, hex};

/// One step of the walk: device and function number.
pub type Step = (u8, u8);

/// The walk from a root bus to one function, for example `0000:00:01.0/00.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DevicePath {
    domain: u32,
    bus: u8,
    steps: Vec<Step>,
}

impl DevicePath {
    /// The path of a device on the root bus `domain:bus`.
    pub fn at_root(address: Address) -> Self {
        Self {
            domain: address.domain,
            bus: address.bus,
            steps: vec![(address.device, address.function)],
        }
    }

    /// The path of a device behind the bridge that this path leads to.
    pub fn behind(&self, address: Address) -> Self {
        let mut steps = self.steps.clone();
        steps.push((address.device, address.function));
        Self { steps, ..*self }
    }

    /// The path of the bridge that the device is behind; `None` on a root bus.
    pub fn bridge(&self) -> Option<Self> {
        let (_, above) = self
            .steps
            .split_last()
            .filter(|(_, above)| !above.is_empty())?;
        Some(Self {
            steps: above.to_vec(),
            ..*self
        })
    }

    /// Whether the way to the device leads through the one at `bridge`.
    pub fn is_behind(&self, bridge: &Self) -> bool {
        let same = (self.domain, self.bus) == (bridge.domain, bridge.bus);
        same && self.steps.len() > bridge.steps.len() && self.steps.starts_with(&bridge.steps)
    }

    /// How many bridges stand between the root bus and the device.
    pub fn depth(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// Reads the target of a link in `/sys/bus/pci/devices`, which names every bridge on the way.
    ///
    /// `None` where no root bus (`pciDDDD:BB`) stands in it. A domain made by a bridge (VMD) has a root bus of its
    /// own: the walk starts at the last one.
    pub fn from_link(target: &str) -> Option<Self> {
        let mut path: Option<Self> = None;
        for part in target.split('/') {
            if let Some((domain, bus)) = part
                .strip_prefix("pci")
                .and_then(|root| root.split_once(':'))
            {
                let (domain, bus) = (hex(domain, 8, "a domain").ok()?, byte(bus, "a bus").ok()?);
                path = Some(Self {
                    domain,
                    bus,
                    steps: Vec::new(),
                });
            } else if let (Some(path), Ok(address)) = (path.as_mut(), part.parse::<Address>()) {
                path.steps.push((address.device, address.function));
            }
        }
        path.filter(|path| !path.steps.is_empty())
    }
}

impl fmt::Display for DevicePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}", self.domain, self.bus)?;
        for (index, (device, function)) in self.steps.iter().enumerate() {
            write!(
                f,
                "{}{device:02x}.{function:x}",
                if index == 0 { ':' } else { '/' }
            )?;
        }
        Ok(())
    }
}

impl FromStr for DevicePath {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let pattern: PathPattern = text.parse()?;
        if pattern.any_function {
            Err(Malformed::new(text, "the path of one function"))
        } else {
            Ok(pattern.path)
        }
    }
}

/// A path to one function, or with `*` at its end to every function of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    path: DevicePath,
    any_function: bool,
}

impl PathPattern {
    /// Whether one function is meant.
    pub fn is_for_one(&self) -> bool {
        !self.any_function
    }

    /// Whether `path` leads where this does.
    pub fn matches(&self, path: &DevicePath) -> bool {
        if !self.any_function {
            return *path == self.path;
        }
        let same = |(here, there): (&Step, &Step)| here.0 == there.0;
        let last = self.path.steps.len().saturating_sub(1);
        (path.domain, path.bus, path.steps.len())
            == (self.path.domain, self.path.bus, self.path.steps.len())
            && path
                .steps
                .iter()
                .zip(&self.path.steps)
                .take(last)
                .all(|(here, there)| here == there)
            && path
                .steps
                .last()
                .zip(self.path.steps.last())
                .is_some_and(same)
    }

    /// Whether a function of the device at `address` can be at the end of this walk, whatever the way to it.
    pub fn may_end_near(&self, address: &Address) -> bool {
        self.path
            .steps
            .last()
            .is_some_and(|(device, _)| *device == address.device)
    }

    /// Whether a device at `address` can be at the end of this walk, whatever the way to it.
    pub fn may_end_at(&self, address: &Address) -> bool {
        let fits = |(device, function): &Step| {
            *device == address.device && (self.any_function || *function == address.function)
        };
        self.path.steps.last().is_some_and(fits)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.path.to_string();
        match text.strip_suffix('0').filter(|_| self.any_function) {
            Some(stem) => write!(f, "{stem}*"),
            None => f.write_str(&text),
        }
    }
}

impl FromStr for PathPattern {
    type Err = Malformed;

    /// Reads `[domain:]bus:device.function[/device.function]*`; only the last function may be `*`.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (buses, walk) = text
            .rsplit_once(':')
            .ok_or_else(|| Malformed::new(text, "a path like 00:01.0/00.0"))?;
        let (domain, bus) = buses.rsplit_once(':').unwrap_or(("0", buses));
        let mut steps = Vec::new();
        let mut any_function = false;
        for part in walk.split('/') {
            if any_function {
                return Err(Malformed::new(text, "a path with * in its last step only"));
            }
            let (device, function) = device_function(part)?;
            any_function = function.is_none();
            steps.push((device, function.unwrap_or(0)));
        }
        let domain = hex(domain, 8, "a hexadecimal PCI domain")?;
        let bus = byte(bus, "a bus number from 00 to ff")?;
        Ok(Self {
            path: DevicePath { domain, bus, steps },
            any_function,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_path_survives_printing_and_reading(
            domain: u32, bus: u8, mut steps in prop::collection::vec((0u8..32, 0u8..8), 1..5), any_function: bool) {
            if let (true, Some(last)) = (any_function, steps.last_mut()) {
                last.1 = 0;
            }
            let pattern = PathPattern { path: DevicePath { domain, bus, steps }, any_function };
            prop_assert_eq!(pattern.to_string().parse::<PathPattern>(), Ok(pattern));
        }

        #[test]
        fn no_text_makes_a_path_parser_panic(text: String) {
            let _ = (text.parse::<PathPattern>(), DevicePath::from_link(&text));
        }
    }

    #[test]
    fn a_sysfs_link_is_walked_from_its_last_root_bus() {
        let read = |target| DevicePath::from_link(target).map(|path| path.to_string());
        assert_eq!(
            read("../../../devices/pci0000:00/0000:00:02.0"),
            Some("0000:00:02.0".into())
        );
        assert_eq!(
            read("../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:03.1"),
            Some("0000:00:01.0/00.0/03.1".into())
        );
        assert_eq!(
            read(
                "../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:01.0/10000:e1:00.0"
            ),
            Some("10000:e0:01.0/00.0".into())
        );
        assert_eq!(read("../../../devices/platform/x"), None);
    }

    #[test]
    fn a_star_takes_every_function_at_the_end_of_the_walk() {
        let pattern = "00:01.0/00.*".parse::<PathPattern>();
        let hit = |target| {
            let path = DevicePath::from_link(target);
            pattern
                .as_ref()
                .ok()
                .zip(path.as_ref())
                .map(|(pattern, path)| pattern.matches(path))
        };
        assert_eq!(hit("pci0000:00/0000:00:01.0/0000:05:00.1"), Some(true));
        assert_eq!(hit("pci0000:00/0000:00:01.1/0000:05:00.1"), Some(false));
        assert_eq!(hit("pci0000:00/0000:00:01.0/0000:05:01.1"), Some(false));
        assert_eq!(hit("pci0000:00/0000:00:01.0"), Some(false));
        assert!("00:01.*/00.0".parse::<PathPattern>().is_err());
    }
}
