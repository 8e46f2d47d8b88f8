//! Everything the user asked for, from command line and files together.

use std::time::Duration;

use log::LevelFilter;

use super::boot_needs::BootNeeds;
use super::driver_ids::DriverIds;
use super::force::Force;
use super::modprobe::ModuleOption;
use super::prepare::Prepare;
use super::problem::Problem;
use super::requested::RequestedSelector;
use super::selector::Selector;
use super::vfs::Vfs;
use crate::HOST;
use crate::pci::DriverName;

/// What to do with the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Carry it out.
    #[default]
    Claim,
    /// Report it, change nothing.
    DryRun,
    /// Do nothing at all.
    Off,
}

/// How far a claim reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupMode {
    /// Exactly what is named.
    #[default]
    Listed,
    /// The IOMMU group of what is named, without bridges.
    Whole,
}

/// What becomes of a device with no IOMMU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IommuPolicy {
    /// It stays with the host.
    #[default]
    Require,
    /// It is claimed all the same.
    Any,
}

/// The parameters of the command line that decide what the kernel does with the IOMMU: every value that each was given, for the
/// kernel adds them up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelParameters {
    /// `intel_iommu=`.
    pub intel_iommu: Vec<String>,
    /// `amd_iommu=`.
    pub amd_iommu: Vec<String>,
    /// `iommu=`.
    pub iommu: Vec<String>,
    /// `acpi=`.
    pub acpi: Vec<String>,
    /// The word that has a patched kernel make groups of what the hardware does not isolate: `pcie_acs_override=downstream`.
    pub acs_override: Option<String>,
    /// The word that turns interrupt remapping off: `intremap=off` or `nointremap`.
    pub no_remapping: Option<String>,
}

impl KernelParameters {
    /// Whether the integrated display was taken out of the IOMMU.
    pub fn leaves_display_out(&self) -> bool {
        let parts = self.intel_iommu.iter().flat_map(|value| value.split(','));
        parts.into_iter().any(|part| part == "igfx_off")
    }

    /// Takes a word of the command line, its `_` written as `-`; `false` where it is none of these.
    pub(super) fn take(&mut self, key: &str, value: Option<&str>) -> bool {
        let list = match key {
            "intel-iommu" => &mut self.intel_iommu,
            "amd-iommu" => &mut self.amd_iommu,
            "iommu" => &mut self.iommu,
            "acpi" => &mut self.acpi,
            "pcie-acs-override" => {
                self.acs_override = value.map(|value| format!("pcie_acs_override={value}"));
                return true;
            }
            "nointremap" => {
                self.no_remapping = Some(key.to_owned());
                return true;
            }
            "intremap" => {
                let mut parts = value.unwrap_or("").split(',');
                // The kernel goes from left to right.
                match parts.rfind(|part| matches!(*part, "on" | "off")) {
                    Some("off") => self.no_remapping = Some("intremap=off".to_owned()),
                    Some(_) => self.no_remapping = None,
                    None => {}
                }
                return true;
            }
            _ => return false,
        };
        list.extend(value.map(str::to_owned));
        true
    }
}

/// What the user wants.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to claim, in the order written.
    pub selectors: Vec<RequestedSelector>,
    /// What never to claim.
    pub excludes: Vec<RequestedSelector>,
    /// What to do with the plan.
    pub mode: Mode,
    /// Whether the claim is made on the running system, which uses devices, rather than at boot.
    pub running: bool,
    /// The driver to give, and for which devices where that is given; `None` means the one we would choose.
    pub drivers: Vec<(Option<DriverName>, Option<Selector>)>,
    /// How far a claim reaches.
    pub group: GroupMode,
    /// What becomes of a device with no IOMMU.
    pub iommu: IommuPolicy,
    /// The guards that are overridden.
    pub forces: Vec<Force>,
    /// What to do to devices before their driver comes.
    pub preparations: Vec<Prepare>,
    /// What to make virtual functions of.
    pub vfs: Vec<Vfs>,
    /// How long one unbind may take.
    pub timeout: Duration,
    /// What is worth saying.
    pub log: LevelFilter,
    /// The kernel parameters about the IOMMU.
    pub kernel: KernelParameters,
    /// What the boot itself needs.
    pub needs: BootNeeds,
    /// Lists of ids on the command line that drivers would take themselves.
    pub driver_ids: Vec<DriverIds>,
    /// Options for modules from the command line.
    pub options: Vec<ModuleOption>,
    /// What could not be understood; the rest applies.
    pub problems: Vec<Problem>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            selectors: Vec::new(),
            excludes: Vec::new(),
            mode: Mode::default(),
            running: false,
            drivers: Vec::new(),
            group: GroupMode::default(),
            iommu: IommuPolicy::default(),
            forces: Vec::new(),
            preparations: Vec::new(),
            vfs: Vec::new(),
            timeout: Duration::from_millis(10_000),
            log: LevelFilter::Info,
            kernel: KernelParameters::default(),
            needs: BootNeeds::default(),
            driver_ids: Vec::new(),
            options: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Request {
    /// Whether the claim is made on the running system; never in the boot build.
    pub fn is_running(&self) -> bool {
        HOST && self.running
    }

    /// Whether nothing is requested, so that there is nothing to report.
    pub fn is_silent(&self) -> bool {
        !self.names_devices() && self.problems.is_empty()
    }

    /// What forbids every claim: something that could not be read and may hold an exclusion, or a trial that failed.
    pub fn forbids_claims(&self) -> Option<&Problem> {
        let mut problems = self.problems.iter();
        problems.find(|problem| {
            matches!(
                problem,
                Problem::ConfigUnreadable { .. } | Problem::TrialFailed
            )
        })
    }

    /// Whether it wants something kept from drivers that were given ids themselves: everything, an exclusion, or what a
    /// guard refuses.
    pub fn limits_drivers(&self) -> bool {
        let asked = !self.is_silent() || !self.excludes.is_empty() || self.mode == Mode::Off;
        asked && self.mode != Mode::DryRun
    }

    /// Whether a device may be claimed.
    pub fn names_devices(&self) -> bool {
        !self.selectors.is_empty() || !self.vfs.is_empty()
    }

    /// Whether a device may be given the driver that is best for it, rather than one that was named.
    pub fn chooses_drivers(&self) -> bool {
        let mut general = self.drivers.iter().rev();
        let general = general.find(|(_, scope)| scope.is_none());
        let auto = |(driver, _): &(Option<DriverName>, Option<Selector>)| driver.is_none();
        general.is_none_or(auto) || self.drivers.iter().any(auto)
    }

    /// Every driver that a device may be given.
    pub fn drivers_wanted(&self) -> Vec<DriverName> {
        let named = self.drivers.iter().filter_map(|(driver, _)| driver.clone());
        let implied = self.selectors.iter().filter_map(|ask| ask.driver.clone());
        let mut drivers: Vec<DriverName> = named
            .chain(implied)
            .chain([DriverName::vfio_pci()])
            .collect();
        drivers.sort_unstable();
        drivers.dedup();
        drivers
    }

    /// Every selector of the request.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let rules = self
            .drivers
            .iter()
            .filter_map(|(_, selector)| selector.as_ref());
        let forces = self.forces.iter().filter_map(|force| force.scope.as_ref());
        let preparations = self.preparations.iter().map(|prepare| &prepare.scope);
        self.selectors
            .iter()
            .chain(&self.excludes)
            .chain(self.vfs.iter().map(|vfs| &vfs.ask))
            .map(|ask| &ask.selector)
            .chain(rules)
            .chain(forces)
            .chain(preparations)
    }
}
