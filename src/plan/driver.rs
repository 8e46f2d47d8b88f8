//! Which driver a device gets, and what must be loaded before the kernel has that driver.
//!
//! Source: modules.dep(5): a module's dependencies stand behind it, the first to load last.

use std::collections::BTreeSet;

use super::Warning;
use super::message::Reason;
use crate::config::{ModuleOption, Request, RequestedSelector, Selector};
use crate::machine::{COMPANIONS, IOMMU_MODULES, Machine, Variant, best, module_name, selected};
use crate::pci::{Address, Device, DriverName};

/// One of the user's `driver=` rules.
#[derive(Debug)]
struct Rule<'a> {
    /// The driver, `None` for the one we would choose.
    driver: Option<&'a DriverName>,
    /// What the rule is for, and the devices that this takes; `None` where it is for all.
    scope: Option<(&'a Selector, BTreeSet<Address>)>,
}

/// The user's `driver=` rules in the order written.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    rules: Vec<Rule<'a>>,
    machine: &'a Machine,
    request: &'a Request,
}

impl<'a> Rules<'a> {
    pub(super) fn new(request: &'a Request, machine: &'a Machine) -> Self {
        let scope = |selector: &'a Selector| {
            let devices = selected(selector, &machine.bus);
            (
                selector,
                devices.iter().map(|device| device.address).collect(),
            )
        };
        let rule = |(driver, selector): &'a (Option<DriverName>, Option<Selector>)| Rule {
            driver: driver.as_ref(),
            scope: selector.as_ref().map(scope),
        };
        Self {
            rules: request.drivers.iter().map(rule).collect(),
            machine,
            request,
        }
    }

    /// A warning for each rule that is for some devices and finds none.
    pub(super) fn unused(&self) -> impl Iterator<Item = Warning> + '_ {
        self.rules.iter().filter_map(|rule| {
            let (selector, _) = rule
                .scope
                .as_ref()
                .filter(|(_, devices)| devices.is_empty())?;
            let name = rule.driver.map_or("auto", DriverName::as_str);
            Some(
                Reason::UnusedRule {
                    rule: format!("driver {name}@{selector}"),
                    devices: "device of this machine",
                }
                .into(),
            )
        })
    }

    /// The driver for `device`: the last rule that names it, else the key that asked for it, else the last rule for
    /// all, else the one that is best; and what speaks for another one that cannot be had.
    pub(super) fn driver(
        &self,
        device: &Device,
        ask: &RequestedSelector,
    ) -> (DriverName, Option<Reason>) {
        let chosen = |rule: &Rule<'_>| match rule.driver {
            Some(driver) => (driver.clone(), None),
            None => self.best(device),
        };
        let named = |rule: &&Rule<'_>| {
            rule.scope
                .as_ref()
                .is_some_and(|(_, devices)| devices.contains(&device.address))
        };
        let general = |rule: &&Rule<'_>| rule.scope.is_none();
        let (named, general) = (
            self.rules.iter().rev().find(named),
            self.rules.iter().rev().find(general),
        );
        named
            .map(chosen)
            .or_else(|| Some((ask.driver.clone()?, None)))
            .or_else(|| general.map(chosen))
            .unwrap_or_else(|| self.best(device))
    }

    /// The VFIO driver that has the device, else the variant that its module's aliases offer, else vfio-pci.
    fn best(&self, device: &Device) -> (DriverName, Option<Reason>) {
        if let Some(driver) = device.driver.as_ref().filter(|driver| driver.is_vfio()) {
            return (driver.clone(), None);
        }
        let variant = best(&self.machine.modules.variants, device);
        let Some(driver) = variant.and_then(Variant::driver) else {
            return (DriverName::vfio_pci(), None);
        };
        match Availability::of(&driver, self.machine, self.request) {
            Availability::Loads(_) => (driver, None),
            Availability::Missing(_) => {
                let address = device.address;
                let reason = Reason::VariantMissing { address, driver };
                (DriverName::vfio_pci(), Some(reason))
            }
        }
    }
}

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
        let mut loads = Vec::new();
        match modules.file(&module) {
            _ if known => {}
            Some(file) => {
                let paths = file.needs.iter().rev().chain([&file.path]);
                loads.extend(paths.map(|path| load(path, machine, request, false)));
            }
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
            for file in COMPANIONS.iter().filter_map(|module| modules.file(module)) {
                let paths = file.needs.iter().rev().chain([&file.path]);
                loads.extend(paths.map(|path| load(path, machine, request, true)));
            }
        }
        Self::Loads(not_loaded_yet(loads, machine))
    }
}

/// What to load for the IOMMU, where its driver is a module that nobody has loaded.
pub(super) fn iommu_loads(machine: &Machine, request: &Request) -> Vec<Load> {
    let modules = &machine.modules;
    let there = |module: &&str| modules.builtin.iter().any(|one| one == module);
    let [transport, driver] = IOMMU_MODULES.map(|module| modules.file(module));
    if driver.is_none() && !there(&IOMMU_MODULES[1]) {
        return Vec::new();
    }
    let files = [transport, driver].into_iter().flatten();
    let paths = files.flat_map(|file| file.needs.iter().rev().chain([&file.path]));
    let loads = paths
        .map(|path| load(path, machine, request, false))
        .collect();
    not_loaded_yet(loads, machine)
}

/// Each of `loads` once, without what is loaded.
fn not_loaded_yet(mut loads: Vec<Load>, machine: &Machine) -> Vec<Load> {
    let mut seen = BTreeSet::new();
    loads.retain(|load| {
        !machine.modules.loaded.contains(&load.module) && seen.insert(load.module.clone())
    });
    loads
}

/// The options of modprobe.d come before those of the command line, so that the latter win.
fn load(path: &str, machine: &Machine, request: &Request, optional: bool) -> Load {
    let module = module_name(path);
    let mine = |option: &&ModuleOption| option.module == module && !option.is_ids();
    let options = machine
        .modules
        .options
        .iter()
        .chain(&request.options)
        .filter(mine);
    let options: Vec<&str> = options.map(|option| option.text.as_str()).collect();
    Load {
        path: path.to_owned(),
        options: options.join(" "),
        module,
        optional,
    }
}
