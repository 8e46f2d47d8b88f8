//! What kernel and firmware show of the IOMMU.
//!
//! Source: `/sys/class/iommu`, the ACPI tables or the device tree, and what the kernel handed to init: kernel messages
//! prove nothing.

use std::str::FromStr;

use super::iommu_support::{kernel_config, lists_none};
use super::modules::IOMMU_MODULES;
use crate::malformed::Malformed;
use crate::sys::{Root, SysPath};

/// ACPI's tables that describe an IOMMU.
const TABLES: [&str; 4] = ["DMAR", "IORT", "IVRS", "VIOT"];

/// Words for an IOMMU's driver that a kernel without the driver does not know.
const WORDS: [&str; 2] = ["intel_iommu=", "amd_iommu="];

/// Older kernels hand `intel_iommu=` to init although they know it: its handler returned the wrong number until 5.14.
const HANDS_OVER_UNKNOWN_ONLY: (u32, u32) = (5, 14);

/// How the firmware describes the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Firmware {
    /// By ACPI tables.
    #[default]
    Acpi,
    /// By a device tree.
    DeviceTree,
    /// By nothing that the kernel shows.
    Unseen,
}

impl Firmware {
    /// The word of the machine table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acpi => "acpi",
            Self::DeviceTree => "device-tree",
            Self::Unseen => "unseen",
        }
    }
}

impl FromStr for Firmware {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let all = [Self::Acpi, Self::DeviceTree, Self::Unseen];
        all.into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| Malformed::new(text, "acpi, device-tree or unseen"))
    }
}

/// What kernel and firmware show of the IOMMU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IommuFacts {
    /// The entries of `/sys/class/iommu`.
    pub iommus: Vec<String>,
    /// Where the firmware describes the machine.
    pub firmware: Firmware,
    /// The firmware's tables, or nodes of its device tree, that describe an IOMMU.
    pub tables: Vec<String>,
    /// Those of the tables that list no IOMMU; read only where none is in use.
    pub empty_tables: Vec<String>,
    /// What the kernel was built with, as `CONFIG_INTEL_IOMMU=y`, as far as it is known; read only where no IOMMU is in use.
    pub kernel_config: Vec<String>,
    /// The controller of a legacy interrupt: `IR-IO-APIC` where interrupts are remapped, else `IO-APIC`.
    pub interrupt_chip: Option<String>,
    /// Words for the IOMMU that the kernel did not know and handed to init; read only where no IOMMU is in use.
    pub handed_over: Vec<String>,
    /// Why the IOMMU's driver did not come up when it was loaded; `None` where it was not tried.
    pub failure: Option<String>,
}

impl IommuFacts {
    /// Reads the facts below `root` for kernel `release`.
    pub(super) fn read(root: &Root, release: &str) -> Self {
        let mut facts = Self {
            iommus: root.list(SysPath::Iommus).unwrap_or_default(),
            ..Self::default()
        };
        (facts.firmware, facts.tables) = described(root, facts.iommus.is_empty());
        if !facts.iommus.is_empty() {
            facts.interrupt_chip = interrupt_chip(root);
        } else if !facts.tables.is_empty() {
            let tables = facts.tables.iter();
            let empty = tables.filter(|name| lists_none(root, name));
            facts.empty_tables = empty.cloned().collect();
            facts.kernel_config = kernel_config(root, release);
            if version(release) >= Some(HANDS_OVER_UNKNOWN_ONLY) {
                facts.handed_over = handed_over(root);
            }
        }
        facts
    }

    /// Whether the kernel was built with `option`, where that is known.
    pub fn is_built_with(&self, option: &str) -> Option<bool> {
        let mut values = self.kernel_config.iter().filter_map(|word| {
            let (name, value) = word.split_once('=')?;
            (name == option).then_some(value == "y")
        });
        values.next()
    }

    /// The modules that the IOMMU needs, where none is in use and the firmware offers one of a module.
    pub(super) fn modules(&self) -> &'static [&'static str] {
        let offered = self.tables.iter().any(|table| table == "VIOT");
        if offered && self.iommus.is_empty() {
            &IOMMU_MODULES
        } else {
            &[]
        }
    }

    /// Reads again what a driver changes that was loaded meanwhile, or was to be but for `failure`.
    pub(super) fn look_again(&mut self, root: &Root, failure: Option<String>) {
        self.iommus = root.list(SysPath::Iommus).unwrap_or_default();
        if self.iommus.is_empty() {
            let silent = || "it was loaded and offers none".to_owned();
            self.failure = Some(failure.unwrap_or_else(silent));
        } else {
            self.interrupt_chip = interrupt_chip(root);
        }
    }
}

/// How the firmware describes the machine, and the tables that describe an IOMMU; the nodes of a device tree, which takes
/// many calls, only where `with_nodes`.
fn described(root: &Root, with_nodes: bool) -> (Firmware, Vec<String>) {
    let mut tables = root.list(SysPath::AcpiTable("")).unwrap_or_default();
    if !tables.is_empty() {
        tables.retain(|name| TABLES.contains(&name.as_str()));
        return (Firmware::Acpi, tables);
    }
    let top = root.list(SysPath::DeviceTree("")).unwrap_or_default();
    if top.is_empty() {
        return (Firmware::Unseen, Vec::new());
    }
    if !with_nodes {
        return (Firmware::DeviceTree, Vec::new());
    }
    // A node stands at the top or, as most do, in a bus there: soc, bus@0. A property is no directory.
    let below = top
        .iter()
        .flat_map(|bus| root.list(SysPath::DeviceTree(bus)).unwrap_or_default());
    let mut nodes: Vec<String> = below.chain(top.iter().cloned()).collect();
    nodes.retain(|name| {
        name.contains('@') && (name.starts_with("iommu") || name.starts_with("smmu"))
    });
    (Firmware::DeviceTree, nodes)
}

/// The words for the IOMMU in the environment that the kernel gave to the first process.
fn handed_over(root: &Root) -> Vec<String> {
    let environment = root.attribute(SysPath::InitEnvironment).unwrap_or_default();
    let words = environment.split(|byte| *byte == 0);
    let words = words.map(|word| String::from_utf8_lossy(word).into_owned());
    words
        .filter(|word| WORDS.iter().any(|known| word.starts_with(known)))
        .collect()
}

/// Major and minor number of a release: `6.1.0-56-amd64`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next()?.parse().ok();
    Some((next()?, next()?))
}

/// The first interrupt of an IO-APIC is enough: the kernel remaps all of them or none.
fn interrupt_chip(root: &Root) -> Option<String> {
    let mut interrupts: Vec<u32> = root
        .list(SysPath::Interrupts)
        .unwrap_or_default()
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    interrupts.sort_unstable();
    interrupts.into_iter().find_map(|irq| {
        let chip = root.attribute(SysPath::InterruptChip(irq)).ok()?;
        let chip = String::from_utf8_lossy(&chip).trim_end().to_owned();
        (chip.starts_with("IR-") || chip.ends_with("IO-APIC")).then_some(chip)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_begins_with_two_numbers() {
        assert_eq!(version("6.1.0-56-amd64"), Some((6, 1)));
        assert_eq!(version("5.14-rc1"), Some((5, 14)));
        assert!(version("5.10.0") < Some(HANDS_OVER_UNKNOWN_ONLY));
        assert_eq!(version(""), None);
    }
}
