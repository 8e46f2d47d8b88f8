//! What must be loaded before the kernel has a driver.
//!
//! Source: modules.dep(5): a module's dependencies stand behind it, the first to load last; and
//! `__kmod_module_fill_softdep()` in kmod's libkmod-module.c for the soft dependencies of modprobe.d.

use crate::config::{ModuleOption, Request};
use crate::machine::{IOMMU_MODULES, Machine, ModuleFile, module_name};

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
pub(super) struct Loads<'a> {
    machine: &'a Machine,
    request: &'a Request,
    pub(super) loads: Vec<Load>,
    /// The modules that have been looked at.
    seen: Vec<String>,
}

impl<'a> Loads<'a> {
    pub(super) fn new(machine: &'a Machine, request: &'a Request) -> Self {
        Self {
            machine,
            request,
            loads: Vec::new(),
            seen: machine.modules.loaded.clone(),
        }
    }

    /// Adds a module with what it needs and with the soft dependencies of each.
    pub(super) fn add(&mut self, file: &ModuleFile, optional: bool) {
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
    pub(super) fn add_optional(&mut self, module: &str) {
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
