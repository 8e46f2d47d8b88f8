//! Which driver a device gets, and what must be loaded before the kernel has that driver.
//!
//! *Pure.* Source of truth: modules.dep(5): a module's dependencies stand behind it, the first to load last.
//! To add one: a way to choose a driver is a rule in `Rules::driver`.

use std::collections::BTreeSet;

use super::Reason;
use super::select::select;
use crate::ask::{Ask, Extent, ModuleOption, Request};
use crate::machine::{COMPANIONS, Machine, module_name};
use crate::pci::{Address, Bus, Device, DriverName};

/// The user's `driver=` rules, each with the devices it is for.
#[derive(Debug)]
pub(super) struct Rules<'a>(Vec<(&'a Option<DriverName>, Option<BTreeSet<Address>>)>);

impl<'a> Rules<'a> {
    pub(super) fn new(request: &'a Request, bus: &Bus) -> Self {
        let addresses = |selector: &crate::ask::Selector| {
            let origin = crate::ask::Origin {
                source: String::new(),
                key: String::new(),
            };
            let ask = Ask {
                text: String::new(),
                origin,
                selector: selector.clone(),
                driver: None,
            };
            let found = select(
                &ask,
                Extent::Itself,
                bus,
                &std::collections::BTreeMap::new(),
            );
            found.devices.iter().map(|device| device.address).collect()
        };
        let rule =
            |(driver, selector): &'a (_, Option<_>)| (driver, selector.as_ref().map(addresses));
        Self(request.drivers.iter().map(rule).collect())
    }

    /// The driver for `device`: the last rule that names it, else the key that asked for it, else the last rule for
    /// all, else vfio-pci.
    pub(super) fn driver(&self, device: &Device, ask: &Ask) -> DriverName {
        let of = |wanted: bool| {
            let mut rules = self.0.iter().rev();
            let found = rules.find(|(_, devices)| match devices {
                Some(devices) => wanted && devices.contains(&device.address),
                None => !wanted,
            });
            found.map(|(driver, _)| (*driver).clone().unwrap_or_else(DriverName::vfio_pci))
        };
        of(true)
            .or_else(|| ask.driver.clone())
            .or_else(|| of(false))
            .unwrap_or_else(DriverName::vfio_pci)
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
        let known = modules.registered.contains(driver) || modules.builtin.contains(&module);
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
        let mut seen = BTreeSet::new();
        loads.retain(|load| {
            !modules.loaded.contains(&load.module) && seen.insert(load.module.clone())
        });
        Self::Loads(loads)
    }
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
