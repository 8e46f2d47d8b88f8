//! Everything that a plan is made from, besides the request.

use super::bus::Bus;
use super::framebuffer::Framebuffer;
use super::guard_facts::{self, GuardFacts};
use super::host_aliases;
use super::iommu::IommuFacts;
use super::modules::Modules;
use super::protect_list::ProtectList;
use super::read_scope::ReadScope;
use super::selection::selected;
use super::unknown::Unknown;
use super::usage::Usage;
use crate::HOST;
use crate::config::{GroupMode, Problem, Request};
use crate::pci::Address;
use crate::sys::{Result, Root, SysPath};

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
    /// The boot framebuffer; `None` also where it was not needed.
    pub framebuffer: Option<Framebuffer>,
    /// The devices that the system needs, as the image lists them.
    pub protect: ProtectList,
    /// What the running system does with its devices; read for the commands of the host only.
    pub usages: Vec<Usage>,
    /// What of all this could not be read or understood; the rest is as read.
    pub problems: Vec<Problem>,
    /// What of this is not known: nothing, where the machine itself was read.
    pub unknown: Unknown,
}

impl Machine {
    /// Reads what `request` needs to know of the machine below `root`.
    pub fn read(root: &Root, request: &Request) -> Result<Self> {
        Self::read_with(root, request, request)
    }

    /// Reads the machine below `root` as far as `interest` goes, with the modules that `request` needs.
    pub fn read_with(root: &Root, request: &Request, interest: &dyn ReadScope) -> Result<Self> {
        let (protect, problems) = guard_facts::protect_list(root);
        let mut machine = Self::read_guarded(root, request, interest, protect)?;
        machine.problems.splice(0..0, problems);
        Ok(machine)
    }

    /// The same, where the system needs the devices in `protect`.
    pub fn read_guarded(
        root: &Root,
        request: &Request,
        interest: &dyn ReadScope,
        protect: ProtectList,
    ) -> Result<Self> {
        let release = root.attribute(SysPath::Release).unwrap_or_default();
        let kernel = String::from_utf8_lossy(&release).trim_end().to_owned();
        let mut bus = Bus::read(root, interest)?;
        GuardFacts::new(request, &protect).read(root, interest, &mut bus)?;
        read_preparations(root, request, &mut bus);
        let (framebuffer, problems) = guard_facts::framebuffer(root, interest, &bus);
        if let Some(framebuffer) = &framebuffer {
            framebuffer.mark(&mut bus);
        }
        let iommu = IommuFacts::read(root, &kernel);
        let others = iommu.modules();
        let drivers = request.drivers_wanted();
        let mut modules = if request.chooses_drivers() {
            Modules::with_variants(root, &kernel, drivers, others, &bus)
        } else {
            Modules::read(root, &kernel, &drivers, others)
        };
        if request.group == GroupMode::Listed {
            let asks = request.selectors.iter();
            let taken = asks.flat_map(|ask| selected(&ask.selector, &bus));
            let taken: Vec<Address> = taken.map(|device| device.address).collect();
            modules.hosts = host_aliases::read(root, &kernel, &bus, &taken);
        }
        Ok(Self {
            kernel,
            bus,
            iommu,
            modules,
            framebuffer,
            protect,
            usages: Vec::new(),
            problems,
            unknown: Unknown::default(),
        })
    }

    /// What the running system does with its devices; nothing in the boot build.
    pub fn usages(&self) -> &[Usage] {
        if HOST { &self.usages } else { &[] }
    }

    /// Forgets every serial number.
    pub fn hide_serials(&mut self) {
        for device in &mut self.bus.devices {
            device.serial = None;
        }
        for device in &mut self.protect.devices {
            device.serial = None;
        }
    }

    /// Reads again what changes when an IOMMU's driver comes up: the IOMMU, and the groups of the devices that `interest`
    /// asks for. `failure` is why it may not have come up.
    pub fn look_again(&mut self, root: &Root, request: &Request, failure: Option<String>) {
        self.iommu.look_again(root, failure);
        self.bus.look_again(root, request);
        read_preparations(root, request, &mut self.bus);
    }
}

/// Reads what the preparations in `request` depend on, of the devices that they are for.
fn read_preparations(root: &Root, request: &Request, bus: &mut Bus) {
    for prepare in &request.preparations {
        let devices = selected(&prepare.scope, bus).into_iter();
        let addresses: Vec<Address> = devices.map(|device| device.address).collect();
        bus.read_details(root, &addresses);
    }
}
