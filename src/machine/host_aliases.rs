//! The modules that the host has for devices which no driver has yet: the `pci:` aliases that match them.
//!
//! Source: Linux's scripts/mod/file2alias.c for the form of an alias; modules.alias, or modules.alias.bin where an
//! image has only that (mkinitcpio).

use std::fmt;
use std::str::FromStr;

use super::bus::Bus;
use super::variants::{self, Variant};
use crate::malformed::Malformed;
use crate::pci::{Address, Device, DriverName};
use crate::sys::Root;

/// What every such alias begins with.
const PREFIX: &str = "pci:";

/// An alias and its module: `pci:v00008086d00002918sv*sd*bc*sc*i* lpc_ich`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAlias(Variant);

impl HostAlias {
    /// The alias by which a host's own `driver` takes `device`, and no other.
    pub fn of(device: &Device, driver: &DriverName) -> Self {
        Self(Variant::of(device, driver.to_string()))
    }
}

impl fmt::Display for HostAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(PREFIX, f)
    }
}

impl FromStr for HostAlias {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Variant::read(PREFIX, text).map(Self)
    }
}

/// The module that is meant most for `device`: one for its id before one for its class, the fewest wildcards, the first of
/// several.
pub fn host_module<'a>(aliases: &'a [HostAlias], device: &Device) -> Option<&'a str> {
    let matching = aliases.iter().filter(|alias| alias.0.matches(device));
    let best = matching.min_by_key(|alias| (!alias.0.is_for_id(), alias.0.wildcards()))?;
    Some(&best.0.module)
}

/// Whether the modules of the host matter: the device has no driver, and shares its group.
fn matters(bus: &Bus, device: &Device) -> bool {
    let shares = |other: &Device| other.group == device.group && other.address != device.address;
    device.driver.is_none()
        && device.group.is_some()
        && !device.is_bridge()
        && bus.devices.iter().any(shares)
}

/// Reads those that are for a device of `bus` which shares its group and has no driver. `taken` is what a claim takes
/// anyway.
pub(super) fn read(root: &Root, release: &str, bus: &Bus, taken: &[Address]) -> Vec<HostAlias> {
    let needs_alias = |device: &&Device| !taken.contains(&device.address) && matters(bus, device);
    let devices: Vec<&Device> = bus.devices.iter().filter(needs_alias).collect();
    if devices.is_empty() {
        return Vec::new();
    }
    let mut aliases = Vec::new();
    variants::each(root, release, PREFIX, &mut |text| {
        let is_for_one =
            |HostAlias(alias): &HostAlias| devices.iter().any(|device| alias.matches(device));
        aliases.extend(text.parse().ok().filter(is_for_one));
    });
    aliases
}

#[cfg(test)]
mod tests {
    use super::*;

    const LPC: &str = "pci:v00008086d00002918sv*sd*bc*sc*i* lpc_ich";

    #[test]
    fn an_alias_of_the_host_names_the_module_that_is_meant_most() {
        let line = "0000:00:1f.0 8086:2918 1af4:1100 060100 - 7";
        let machine: super::super::Machine = line.parse().unwrap();
        let device = &machine.bus.devices[0];
        let wide = "pci:v00008086d*sv*sd*bc06sc01i* intel_any";
        let aliases: Vec<HostAlias> = [wide, LPC]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        assert_eq!(aliases[1].to_string(), LPC);
        assert_eq!(host_module(&aliases, device), Some("lpc_ich"));
        assert_eq!(host_module(&aliases[..1], device), Some("intel_any"));
        assert!(
            "vfio_pci:v*d*sv*sd*bc*sc*i* x"
                .parse::<HostAlias>()
                .is_err()
        );
        let driver = "ahci".parse().unwrap();
        let own = [HostAlias::of(device, &driver)];
        assert_eq!(host_module(&own, device), Some("ahci"));
    }
}
