//! Brings a driver into the kernel.
//!
//! Source: finit_module(2); its errors as measured on 6.1, 6.12 and 7.2.

use nix::errno::Errno;

use crate::machine::{Modules, module_name};
use crate::pci::DriverName;
use crate::plan::{Load, Reason};
use crate::sys::{Root, SysPath};

/// Loads the files in `loads` of kernel `release`, after which the kernel must know `driver`, and returns how the kernel
/// spells it.
pub(super) fn load(
    root: &Root,
    release: &str,
    driver: &DriverName,
    loads: &[Load],
) -> Result<DriverName, Reason> {
    let failed = |error| Reason::ModuleLoadFailed {
        driver: driver.clone(),
        error,
    };
    in_order(root, release, loads).map_err(failed)?;
    if root.exists(SysPath::Driver(driver)) {
        Ok(driver.clone())
    } else {
        of_module(root, &driver.module()).ok_or(Reason::DriverUnregistered {
            driver: driver.clone(),
        })
    }
}

/// The PCI driver that a module brought: the name of a driver need not be that of its module.
fn of_module(root: &Root, module: &str) -> Option<DriverName> {
    let names = root.list(SysPath::Drivers).ok()?;
    names.iter().find_map(|name| {
        let driver = name.parse().ok()?;
        let target = root.link(SysPath::DriverFile(&driver, "module")).ok()??;
        (target.rsplit('/').next()? == module).then_some(driver)
    })
}

/// Loads the files in `loads` of kernel `release`, which need no driver of their own.
pub(super) fn load_all(root: &Root, release: &str, loads: &[Load]) -> Result<(), String> {
    loads.iter().try_for_each(|load| alone(root, release, load))
}

/// Loads the module of a file system of kernel `release`; nothing is done where there is no such file.
pub fn load_file_system(root: &Root, release: &str, module: &str) -> Result<(), String> {
    let modules = Modules::read(root, release, &[], &[module]);
    let Some(file) = modules.file(module) else {
        return Ok(());
    };
    let mut paths = file.needs.iter().rev().chain([&file.path]);
    paths.try_for_each(|path| {
        let load = Load {
            path: path.clone(),
            module: module_name(path),
            options: String::new(),
            optional: false,
        };
        alone(root, release, &load)
    })
}

/// Loads one file after the other. Where the kernel cannot unpack one that is required, modprobe loads the last of them
/// with all that it needs.
fn in_order(root: &Root, release: &str, loads: &[Load]) -> Result<(), String> {
    let last = loads.iter().rfind(|load| !load.optional);
    let mut done = false;
    for load in loads {
        if load.optional {
            if let Err(error) = alone(root, release, load) {
                log::debug!(target: "vfio-early", "{error}; the claim goes on without");
            }
        } else if !done && !kernel_loads(root, release, load)? {
            modprobe(root, last.unwrap_or(load))?;
            done = true;
        }
    }
    Ok(())
}

/// Loads one file, whose dependencies are loaded.
fn alone(root: &Root, release: &str, load: &Load) -> Result<(), String> {
    if kernel_loads(root, release, load)? {
        return Ok(());
    }
    modprobe(root, load)
}

/// Has modprobe load a module. It hands on the `ids=` of the command line and of modprobe.d; the last one counts, and
/// this one is empty: else the module would take every match past selectors, exclusions and guards.
fn modprobe(root: &Root, load: &Load) -> Result<(), String> {
    root.modprobe(&["--", &load.module, "ids="])
        .map_err(|error| error.to_string())
}

/// Hands one file to the kernel; `false` where it is compressed and the kernel cannot unpack it.
fn kernel_loads(root: &Root, release: &str, load: &Load) -> Result<bool, String> {
    let place = SysPath::Modules(release, &load.path);
    let start = root.attribute(place).map_err(|error| error.to_string())?;
    let compressed = !start.starts_with(b"\x7fELF");
    match root.load_module(place, &load.options, compressed) {
        Ok(()) => Ok(true),
        Err(error) => match Errno::from_raw(error.errno()) {
            // Another program was faster, which is as good.
            Errno::EEXIST => Ok(true),
            Errno::EOPNOTSUPP | Errno::EINVAL if compressed => Ok(false),
            _ => Err(error.to_string()),
        },
    }
}
