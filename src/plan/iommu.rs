//! Whether the machine has an IOMMU in use, and where not, why not.
//!
//! Source: `/sys/class/iommu`, the ACPI tables and the kernel command line; kernel messages prove nothing.

use super::iommu_kind::IommuKind;
use super::iommu_kind::NoRemapping;
use super::load::{Load, iommu_loads};
use super::message::IommuCause;
use crate::config::{ModuleOption, Request};
use crate::machine::Machine;

/// Whether an IOMMU is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IommuState {
    /// It is.
    Enabled,
    /// The firmware offers one, the kernel does not use it.
    Disabled,
    /// The firmware offers none.
    Absent,
    /// None is in use, and whether there is one is not known.
    Unknown,
}

impl IommuState {
    /// The word of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// What there is to know about the IOMMU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IommuVerdict {
    /// Whose it is, where it is known.
    pub kind: Option<IommuKind>,
    /// Why it is not in use; `None` where it is.
    pub cause: Option<IommuCause>,
    /// Whether interrupts are remapped, where it is known.
    pub interrupt_remapping: Option<bool>,
    /// The word of the command line that may have made groups of what the hardware does not isolate.
    pub acs_override: Option<String>,
    /// What the claim loads before anything else, so that the IOMMU comes into use.
    pub loads: Vec<Load>,
}

impl IommuVerdict {
    /// Judges by what the kernel shows and by its parameters.
    pub fn new(machine: &Machine, request: &Request) -> Self {
        let (facts, words) = (&machine.iommu, &request.kernel);
        let interrupt_remapping = facts
            .interrupt_chip
            .as_ref()
            .map(|chip| chip.starts_with("IR-"));
        let mut verdict = Self {
            kind: facts.iommus.first().map(|name| kind_in_use(name)),
            cause: None,
            interrupt_remapping,
            acs_override: words.acs_override.clone(),
            loads: Vec::new(),
        };
        if verdict.kind.is_some() {
            return verdict;
        }
        if machine.unknown.iommu {
            // No group without an IOMMU.
            let grouped = machine
                .bus
                .devices
                .iter()
                .any(|device| device.group.is_some());
            let open = if machine.unknown.is_of_text() {
                IommuCause::NotInText
            } else {
                IommuCause::Open
            };
            verdict.cause = (!grouped).then_some(open);
            return verdict;
        }
        verdict.cause = Some(match offered(&facts.tables) {
            None => IommuCause::of_nothing(facts, words),
            Some((Some(IommuKind::Virtio), _)) => {
                verdict.kind = Some(IommuKind::Virtio);
                if facts.failure.is_none() {
                    verdict.loads = iommu_loads(machine, request);
                }
                IommuCause::of_module(machine, &verdict.loads)
            }
            Some((kind, table)) => {
                verdict.kind = kind;
                IommuCause::of(kind, table, facts, words)
            }
        });
        verdict
    }

    /// Whether an IOMMU is in use, or will be once its driver is loaded, or may be.
    pub fn serves(&self) -> bool {
        matches!(
            self.cause,
            None | Some(IommuCause::NotLoaded | IommuCause::Open | IommuCause::NotInText)
        )
    }

    /// Whether an IOMMU is in use.
    pub fn state(&self) -> IommuState {
        match &self.cause {
            None => IommuState::Enabled,
            Some(IommuCause::NoTable | IommuCause::EmptyTable(_)) => IommuState::Absent,
            Some(IommuCause::NotDescribed(_) | IommuCause::Open | IommuCause::NotInText) => {
                IommuState::Unknown
            }
            Some(_) => IommuState::Disabled,
        }
    }
}

/// Intel's are called dmar0, AMD's ivhd0, ARM's smmu3.0x..., virtio's by a PCI address.
fn kind_in_use(name: &str) -> IommuKind {
    [
        ("dmar", IommuKind::Intel),
        ("ivhd", IommuKind::Amd),
        ("smmu", IommuKind::Arm),
    ]
    .iter()
    .find(|(prefix, _)| name.starts_with(prefix))
    .map_or(IommuKind::Virtio, |(_, kind)| *kind)
}

/// The kind that a table stands for; a node of a device tree can be any board's own.
fn offered(tables: &[String]) -> Option<(Option<IommuKind>, &str)> {
    let known = [
        ("DMAR", IommuKind::Intel),
        ("IVRS", IommuKind::Amd),
        ("IORT", IommuKind::Arm),
        ("VIOT", IommuKind::Virtio),
        ("smmu", IommuKind::Arm),
    ];
    let known = known.into_iter().find_map(|(prefix, kind)| {
        let table = tables.iter().find(|name| name.starts_with(prefix))?;
        Some((Some(kind), table.as_str()))
    });
    known.or_else(|| tables.first().map(|node| (None, node.as_str())))
}

impl IommuVerdict {
    /// Why interrupts are not remapped where that is so and the user has not taken the risk.
    pub(crate) fn no_remapping(&self, machine: &Machine, request: &Request) -> Option<NoRemapping> {
        let accepted = |option: &ModuleOption| {
            let value = option.value.as_deref().unwrap_or("1");
            option.module == "vfio_iommu_type1"
                && option.name == "allow_unsafe_interrupts"
                && ["1", "y", "Y", "on", "true"].contains(&value)
        };
        let mut options = machine
            .modules
            .modprobe
            .options
            .iter()
            .chain(&request.options);
        if self.interrupt_remapping != Some(false) || options.any(accepted) {
            return None;
        }
        Some(match &request.kernel.no_remapping {
            _ if self.kind == Some(IommuKind::Virtio) => NoRemapping::Virtio,
            Some(word) => NoRemapping::TurnedOff(word.clone()),
            None => NoRemapping::NotOffered,
        })
    }
}
