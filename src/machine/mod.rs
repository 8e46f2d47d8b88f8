//! The machine as a value: its PCI functions, its IOMMU and the modules at hand, read once before anything is decided.
//!
//! *Reads*, except `table.rs`, `print.rs` and `unknown.rs`, which are pure. Source of truth: sysfs and `/lib/modules`.
//! To add one: a fact is a field of [`Machine`] or its parts, read here and written in the machine table.

mod index;
mod modules;
mod print;
mod stakes;
mod table;
mod unknown;

pub use modules::{COMPANIONS, ModuleFile, Modules, module_name};
pub use unknown::Unknown;

use crate::ask::Request;
use crate::pci::{Bus, Interest};
use crate::plan::Reason;
use crate::protect::ProtectList;
use crate::root::{Place, Result, Root};
use stakes::Stakes;

/// The firmware's tables that describe an IOMMU.
const TABLES: [&str; 4] = ["DMAR", "IORT", "IVRS", "VIOT"];

/// What the kernel shows of the IOMMU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IommuFacts {
    /// The entries of `/sys/class/iommu`.
    pub iommus: Vec<String>,
    /// Those of the firmware's tables that describe an IOMMU.
    pub tables: Vec<String>,
    /// The controller of a legacy interrupt: `IR-IO-APIC` where interrupts are remapped, else `IO-APIC`.
    pub interrupt_chip: Option<String>,
}

/// Everything that a plan is made from, besides the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The kernel's release, as in `/lib/modules`.
    pub kernel: String,
    /// The PCI functions.
    pub bus: Bus,
    /// The IOMMU.
    pub iommu: IommuFacts,
    /// Drivers and modules at hand.
    pub modules: Modules,
    /// What the image says that the system needs.
    pub protect: ProtectList,
    /// What of that could not be understood, with the rest left standing.
    pub problems: Vec<Reason>,
    /// What of this is not known: nothing, where the machine itself was read.
    pub unknown: Unknown,
}

impl Machine {
    /// Reads what `request` needs to know of the machine below `root`.
    pub fn read(root: &Root, request: &Request) -> Result<Self> {
        Self::read_with(root, request, request)
    }

    /// Reads the machine below `root` as far as `interest` goes, with the modules that `request` needs.
    pub fn read_with(root: &Root, request: &Request, interest: &dyn Interest) -> Result<Self> {
        let release = root.attribute(Place::Release).unwrap_or_default();
        let kernel = String::from_utf8_lossy(&release).trim_end().to_owned();
        let (protect, problems) = stakes::protect_list(root);
        let mut bus = Bus::read(root, interest)?;
        Stakes::new(request, &protect).read(root, interest, &mut bus)?;
        let modules = Modules::read(root, &kernel, &request.drivers_wanted());
        Ok(Self {
            kernel,
            bus,
            iommu: IommuFacts::read(root),
            modules,
            protect,
            problems,
            unknown: Unknown::default(),
        })
    }
}

impl IommuFacts {
    fn read(root: &Root) -> Self {
        let iommus = root.list(Place::Iommus).unwrap_or_default();
        let mut tables = root.list(Place::AcpiTables).unwrap_or_default();
        tables.retain(|name| TABLES.contains(&name.as_str()));
        let interrupt_chip = if iommus.is_empty() {
            None
        } else {
            interrupt_chip(root)
        };
        Self {
            iommus,
            tables,
            interrupt_chip,
        }
    }
}

/// The first interrupt of an IO-APIC tells: the kernel remaps all of them or none.
fn interrupt_chip(root: &Root) -> Option<String> {
    let mut interrupts: Vec<u32> = root
        .list(Place::Interrupts)
        .unwrap_or_default()
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    interrupts.sort_unstable();
    interrupts.into_iter().find_map(|irq| {
        let chip = root.attribute(Place::InterruptChip(irq)).ok()?;
        let chip = String::from_utf8_lossy(&chip).trim_end().to_owned();
        (chip.starts_with("IR-") || chip.ends_with("IO-APIC")).then_some(chip)
    })
}
