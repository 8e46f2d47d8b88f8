//! What must be loaded before the kernel has a driver.
//!
//! Source: modules.dep(5): a module's dependencies stand behind it, the first to load last; and
//! `__kmod_module_fill_softdep()` in kmod's libkmod-module.c for the soft dependencies of modprobe.d.

use super::message::Reason;
use crate::config::{ModuleOption, Request};
use crate::machine::{COMPANIONS, IOMMU_MODULES, Machine, ModuleFile, module_name};
use crate::pci::DriverName;

/// One module file to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its path below `/lib/modules/RELEASE`.
    pub path: String,
    /// The module in it.
    pub module: String,
    /// Its options, as finit_module(2) takes them.
    pub options: String,
    /// Whether the claim can do without.
    pub optional: bool,
}

/// Whether the kernel has a driver, or how it gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// The driver is there, perhaps once these files are loaded, in this order.
    Loads(Vec<Load>),
    /// It cannot be had.
    Missing(Reason),
}

impl Availability {
    /// Looks `driver` up on `machine`. What is loaded is not loaded again.
    pub fn of(driver: &DriverName, machine: &Machine, request: &Request) -> Self {
        let modules = &machine.modules;
        let module = driver.module();
        let known = modules.registered.contains(driver)
            || modules.builtin.contains(&module)
            || machine.unknown.modules;
        let mut loads = Loads::new(machine, request);
        match modules.file(&module) {
            _ if known => {}
            Some(file) => loads.add(file, false),
            None if modules.loaded.contains(&module) => {}
            None => {
                let reason = Reason::ModuleMissing {
                    driver: driver.clone(),
                    release: machine.kernel.clone(),
                };
                return Self::Missing(reason);
            }
        }
        if driver.is_vfio() {
            COMPANIONS
                .iter()
                .for_each(|module| loads.add_optional(module));
        }
        Self::Loads(loads.loads)
    }
}

/// What to load for the IOMMU, where its driver is a module that is not loaded.
pub(super) fn iommu_loads(machine: &Machine, request: &Request) -> Vec<Load> {
    let modules = &machine.modules;
    let there = |module: &&str| modules.builtin.iter().any(|one| one == module);
    let [transport, driver] = IOMMU_MODULES.map(|module| modules.file(module));
    if driver.is_none() && !there(&IOMMU_MODULES[1]) {
        return Vec::new();
    }
    let mut loads = Loads::new(machine, request);
    let files = [transport, driver].into_iter().flatten();
    files.for_each(|file| loads.add(file, false));
    loads.loads
}

/// Collects what is not loaded yet, each module once and in order.
#[derive(Debug)]
struct Loads<'a> {
    machine: &'a Machine,
    request: &'a Request,
    loads: Vec<Load>,
    /// The modules that have been looked at.
    seen: Vec<String>,
}

impl<'a> Loads<'a> {
    fn new(machine: &'a Machine, request: &'a Request) -> Self {
        Self {
            machine,
            request,
            loads: Vec::new(),
            seen: machine.modules.loaded.clone(),
        }
    }

    /// Adds a module with what it needs and with the soft dependencies of each.
    fn add(&mut self, file: &ModuleFile, optional: bool) {
        for path in file.needs.iter().rev().chain([&file.path]) {
            let module = module_name(path);
            if self.seen.contains(&module) {
                continue;
            }
            self.seen.push(module.clone());
            let softdep = self.machine.modules.modprobe.soft_dependency(&module);
            for name in softdep.iter().flat_map(|softdep| &softdep.before) {
                self.add_optional(name);
            }
            self.loads.push(self.load(path, module, optional));
            for name in softdep.iter().flat_map(|softdep| &softdep.after) {
                self.add_optional(name);
            }
        }
    }

    /// Adds a module that a claim can do without, where there is one.
    fn add_optional(&mut self, module: &str) {
        if let Some(file) = self.machine.modules.file(module) {
            self.add(file, true);
        }
    }

    /// The options of modprobe.d come before those of the command line, so that the latter win.
    fn load(&self, path: &str, module: String, optional: bool) -> Load {
        let mine = |option: &&ModuleOption| option.module == module && !option.is_ids();
        let configured = self.machine.modules.modprobe.options.iter();
        let options = configured.chain(&self.request.options).filter(mine);
        let options: Vec<&str> = options.map(|option| option.text.as_str()).collect();
        Load {
            path: path.to_owned(),
            options: options.join(" "),
            module,
            optional,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_dependencies_are_loaded_around_their_module_and_may_be_missing() {
        let table = "module vfio/vfio-pci.ko: vfio/vfio-pci-core.ko vfio/vfio.ko\n\
                     module extra/vendor-reset.ko: extra/hook.ko\nmodule late.ko: vfio/vfio.ko\n\
                     module kernel/vfio_iommu_type1.ko: vfio/vfio.ko\nloaded here\n\
                     option vfio_pci x=\"a b\"\noption vendor_reset y=1\n\
                     softdep vfio_pci pre: vendor_reset here gone post: late\nsoftdep vendor_reset pre: vfio_pci\n";
        let machine: Machine = table.parse().unwrap();
        let found = Availability::of(&DriverName::vfio_pci(), &machine, &Request::default());
        let Availability::Loads(loads) = found else {
            panic!("{found:?}");
        };
        let show = |load: &Load| format!("{} {} {}", load.module, load.options, load.optional);
        let shown: Vec<String> = loads.iter().map(show).collect();
        let wanted = [
            "vfio  false",
            "vfio_pci_core  false",
            "hook  true",
            "vendor_reset y=1 true",
            "vfio_pci x=\"a b\" false",
            "late  true",
            "vfio_iommu_type1  true",
        ];
        assert_eq!(shown, wanted);
    }
}
