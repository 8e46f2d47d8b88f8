//! Why no IOMMU is in use, and what to do about it.
//!
//! Source: the options of Linux's drivers/iommu/intel/iommu.c and amd/init.c, and arch/x86's pci-dma.c.

use crate::config::KernelParameters;
use crate::machine::{Firmware, IOMMU_MODULES, IommuFacts, Machine};
use crate::plan::iommu_kind::IommuKind;
use crate::plan::load::Load;

/// What contains all that a text can lack.
pub(super) const FULL_TEXT: &str =
    "use the output of \"vfio-early capture\" of that machine, or run this command there";

/// Why no IOMMU is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IommuCause {
    /// No ACPI table describes one.
    NoTable,
    /// The firmware does not describe one where the kernel shows it, which proves little.
    NotDescribed(Firmware),
    /// Whether one will be in use is only known to the boot to come.
    Open,
    /// The text that describes the machine does not contain whether one is in use.
    NotInText,
    /// A word of the command line turns it off.
    TurnedOff(String),
    /// This table of the firmware lists none.
    EmptyTable(String),
    /// The kernel was built without this option, and so has no driver.
    NotBuilt(&'static str),
    /// The kernel does not know this word of the command line, and so has no driver.
    Unsupported(String),
    /// A DMAR table is present, and no parameter decides; whether the kernel uses the IOMMU by default, where that is known.
    IntelNotUsed {
        /// Whether it does.
        by_default: Option<bool>,
    },
    /// An IVRS table is present, and no parameter decides: every kernel with the driver uses the IOMMU by default.
    AmdNotUsed,
    /// This table or node is present, and the kernel has no driver that uses it.
    NotUsed(String),
    /// The command line requests it, without effect.
    AskedInVain(String),
    /// Its driver is a module, which the claim loads before anything else.
    NotLoaded,
    /// Its driver is a module, which is not at hand.
    ModuleMissing,
    /// Its driver was loaded and did not come up.
    LoadFailed(String),
}

impl IommuCause {
    /// What is so: lower case, one line, no full stop.
    pub fn fact(&self) -> String {
        match self {
            Self::NoTable => {
                "the firmware describes none (no DMAR, IVRS, IORT or VIOT table)".to_owned()
            }
            Self::NotDescribed(Firmware::DeviceTree) => {
                "the cause is not known: the device tree describes none where one usually stands; the board may have \
                 none, or the kernel no driver for it"
                    .to_owned()
            }
            Self::NotDescribed(Firmware::Acpi | Firmware::Unseen) => {
                "the cause is not known: the kernel shows neither ACPI tables nor a device tree".to_owned()
            }
            Self::Open => {
                "what is known of the machine does not show whether one is in use".to_owned()
            }
            Self::NotInText => "the text does not contain whether one is in use".to_owned(),
            Self::TurnedOff(word) => format!("{word} on the kernel command line disables it"),
            Self::Unsupported(word) => format!(
                "the firmware describes one, but this kernel does not know {word} and so has no driver for it"
            ),
            Self::EmptyTable(table) => format!("the {table} table of the firmware lists none"),
            Self::NotBuilt(option) => format!(
                "the firmware describes one, but this kernel was built without {option} and so has no driver for it"
            ),
            Self::IntelNotUsed {
                by_default: Some(true),
            } => "the firmware describes one (DMAR), which this kernel uses by default, but it did not come up"
                .to_owned(),
            Self::IntelNotUsed {
                by_default: Some(false),
            } => "the firmware describes one (DMAR), but this kernel does not enable it by default".to_owned(),
            Self::IntelNotUsed { by_default: None } => {
                "the firmware describes one (DMAR), but it is not in use; this kernel may not enable it by default".to_owned()
            }
            Self::AmdNotUsed => {
                "the firmware describes an AMD IOMMU (IVRS), which the kernel uses by default, but AMD-Vi did not come up"
                    .to_owned()
            }
            Self::NotUsed(table) => {
                format!("the firmware describes one ({table}), but the kernel does not use it")
            }
            Self::AskedInVain(word) => {
                format!("{word} is on the kernel command line, but the kernel does not use it")
            }
            Self::NotLoaded => {
                "its driver is a module, virtio_iommu, which is loaded before the claim".to_owned()
            }
            Self::ModuleMissing => {
                "the firmware describes one (VIOT), but its driver, virtio_iommu, is not in this kernel and not among \
                 its modules here"
                    .to_owned()
            }
            Self::LoadFailed(error) => {
                format!("its driver, virtio_iommu, did not come up: {error}")
            }
        }
    }

    /// The sentence for people: the fact, and the fix where there is one.
    pub fn message(&self) -> String {
        match self.fix() {
            Some(fix) => format!("{}; {fix}", self.fact()),
            None => self.fact(),
        }
    }

    /// What to do about it.
    pub fn fix(&self) -> Option<String> {
        let fix = match self {
            Self::NoTable => "enable VT-d, AMD-Vi or the SMMU in the firmware setup",
            Self::TurnedOff(word) => {
                return Some(format!("remove {word} from the kernel command line"));
            }
            Self::Unsupported(_) | Self::NotBuilt(_) => "use a kernel that has the driver",
            Self::NotInText => FULL_TEXT,
            Self::EmptyTable(_) => {
                "enable VT-d or AMD-Vi in the firmware setup, or update the firmware"
            }
            Self::IntelNotUsed {
                by_default: Some(true),
            } => "look for DMAR in the kernel log, and enable VT-d in the firmware setup",
            Self::IntelNotUsed { by_default: _ } => "add intel_iommu=on to the kernel command line",
            Self::AmdNotUsed => {
                "look for AMD-Vi in the kernel log, set the IOMMU to Enabled instead of Auto in the firmware setup, or update \
                 the firmware"
            }
            Self::NotUsed(_) => "use a kernel that has its driver, or add the driver to the image",
            Self::AskedInVain(_) => "look for DMAR in the kernel log",
            Self::ModuleMissing => "add it to the image, or use a kernel that has it",
            Self::NotDescribed(_) | Self::Open | Self::NotLoaded | Self::LoadFailed(_) => {
                return None;
            }
        };
        Some(fix.to_owned())
    }
}

impl IommuCause {
    /// Finds the cause where the firmware describes an IOMMU of `kind` in `table` and `/sys/class/iommu` is empty.
    pub(in crate::plan) fn of(
        kind: Option<IommuKind>,
        table: &str,
        facts: &IommuFacts,
        words: &KernelParameters,
    ) -> Self {
        let off = |word: &str| Self::TurnedOff(word.to_owned());
        let is_empty = facts.empty_tables.iter().any(|empty| empty == table);
        let empty = || Self::EmptyTable(table.to_owned());
        match kind {
            Some(IommuKind::Intel | IommuKind::Amd) if has(&words.iommu, "off") => off("iommu=off"),
            Some(IommuKind::Intel) => {
                let absent = unsupported(facts, "intel_iommu=", "CONFIG_INTEL_IOMMU");
                absent.unwrap_or_else(|| match intel_word(words) {
                    Some("off") => off("intel_iommu=off"),
                    _ if is_empty => empty(),
                    Some(_) => Self::AskedInVain("intel_iommu=on".to_owned()),
                    None => Self::IntelNotUsed {
                        by_default: facts.is_built_with("CONFIG_INTEL_IOMMU_DEFAULT_ON"),
                    },
                })
            }
            Some(IommuKind::Amd) => {
                let absent = unsupported(facts, "amd_iommu=", "CONFIG_AMD_IOMMU");
                absent.unwrap_or_else(|| {
                    if has(&words.amd_iommu, "off") {
                        off("amd_iommu=off")
                    } else if is_empty {
                        empty()
                    } else {
                        Self::AmdNotUsed
                    }
                })
            }
            _ => Self::NotUsed(table.to_owned()),
        }
    }

    /// The cause where the IOMMU's driver can be a module and `loads` is what would bring it up.
    pub(in crate::plan) fn of_module(machine: &Machine, loads: &[Load]) -> Self {
        let driver = IOMMU_MODULES.last().copied().unwrap_or_default();
        let modules = &machine.modules;
        let there = |list: &[String]| list.iter().any(|name| name == driver);
        match &machine.iommu.failure {
            Some(error) => Self::LoadFailed(error.clone()),
            None if !loads.is_empty() => Self::NotLoaded,
            None if there(&modules.loaded) || there(&modules.builtin) => {
                Self::LoadFailed("it is there and offers none".to_owned())
            }
            None => Self::ModuleMissing,
        }
    }

    /// The cause where the firmware describes no IOMMU.
    pub(in crate::plan) fn of_nothing(facts: &IommuFacts, words: &KernelParameters) -> Self {
        match facts.firmware {
            Firmware::Acpi => Self::NoTable,
            Firmware::Unseen if has(&words.acpi, "off") => Self::TurnedOff("acpi=off".to_owned()),
            firmware => Self::NotDescribed(firmware),
        }
    }
}

/// The cause where the kernel has no driver: it does not know a word that begins with `prefix`, or was built without `option`.
fn unsupported(facts: &IommuFacts, prefix: &str, option: &'static str) -> Option<IommuCause> {
    let mut words = facts.handed_over.iter();
    let unknown = words.find(|word| word.starts_with(prefix));
    let unknown = unknown.cloned().map(IommuCause::Unsupported);
    let options = ["CONFIG_IOMMU_API", option].into_iter();
    let mut missing = options.filter(|option| facts.is_built_with(option) == Some(false));
    unknown.or_else(|| missing.next().map(IommuCause::NotBuilt))
}

/// The last of `on` and `off` that `intel_iommu=` was given: the kernel goes from left to right.
fn intel_word(words: &KernelParameters) -> Option<&str> {
    parts(&words.intel_iommu)
        .filter(|part| matches!(*part, "on" | "off"))
        .last()
}

/// The parts of all values that a word was given.
fn parts(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().flat_map(|value| value.split(','))
}

fn has(values: &[String], wanted: &str) -> bool {
    parts(values).any(|part| part == wanted)
}
